/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/service/env_sim.h - the env table of a simulated world: one thread, virtual time.
 *
 * Posts, timers and lanes of all loops share one queue ordered by time and then by the order of
 * asking, so a run with one seed is always the same run. A lane's thread is simulated: thread()
 * calls its function at once, and loop_run inside of it returns at once; the lane's work is done by
 * whoever moves the clock. Files are real ones, or those of the table that the test puts in os.
 */
#ifndef SL_SERVICE_ENV_SIM_H
#define SL_SERVICE_ENV_SIM_H
#include "sdk/lib/env.h"

#define SL_SIM_STEPS_MAX 10000000u /* callbacks in one go before a run counts as stuck */

/* [main] A simulated world with random numbers from SEED, at WALL_US since 1970. NULL when memory
 * is short. Its fields may be changed (os, mem) before it is used. */
sl_env *sl_env_sim_new(sl_mem *mem, uint64_t seed, int64_t wall_us);
/* [main] NULL is fine. */
void sl_env_sim_free(sl_env *env);
/* [main] Do all that is due now, without moving the clock. Gives the number of callbacks. */
uint64_t sl_env_sim_idle(sl_env *env);
/* [main] Do all that becomes due within the next NS nanoseconds; the clock ends at that time. */
uint64_t sl_env_sim_advance(sl_env *env, int64_t ns);
/* [main] Do the one thing that is next, moving the clock to its time. False: there is none. */
int sl_env_sim_step(sl_env *env);
/* [main] When the next timer is due, in nanoseconds from now; -1: there is none. */
int64_t sl_env_sim_next(const sl_env *env);
/* [main] Let the wall clock jump by US microseconds. */
void sl_env_sim_jump(sl_env *env, int64_t us);

#endif
