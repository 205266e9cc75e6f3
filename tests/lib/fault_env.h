/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/lib/fault_env.h - the real world, but one call of it fails.
 *
 * The fault env of the engine's tests: memory and files are the real ones until the n-th call,
 * which fails in the chosen way; with FAULT_FROM every call from the n-th on. Calls are counted, so
 * a first run without a fault tells how many there are. One at a time in a process.
 */
#ifndef SL_TESTS_FAULT_ENV_H
#define SL_TESTS_FAULT_ENV_H
#include "engine/service/env_real.h"

#define FAULT_NONE   0u
#define FAULT_MEMORY 1u  /* an allocation gives NULL */
#define FAULT_EIO    2u  /* a file call fails with EIO */
#define FAULT_ENOSPC 3u  /* a write, sync, open, mkdir or rename fails with ENOSPC */
#define FAULT_SHORT  4u  /* a read or write does a single byte */
#define FAULT_FROM   16u /* added: the n-th and all after it */

typedef struct fault_counts {
    uint64_t calls;  /* that the chosen fault could have met */
    uint64_t blocks; /* of memory that are out now */
    int met;         /* the fault was given */
} fault_counts;

/* [main] From now on the N-th call of ENV fails as KIND says (N 0: none, they are only counted). */
void fault_env_set(sl_env *env, uint32_t kind, uint64_t n);
/* [any] What has happened so far. */
fault_counts fault_env_counts(void);
/* [main] A source of memory that counts and fails with the rest. */
const sl_mem_source *fault_env_memory(void);

#endif
