/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/service/env_real.h - the env table of a running process: libevent and POSIX.
 *
 * One per process is enough; it holds nothing that changes but what its loops hold.
 */
#ifndef SL_SERVICE_ENV_REAL_H
#define SL_SERVICE_ENV_REAL_H
#include "sdk/lib/env.h"

/* [main] The real world; memory for it comes from MEM. NULL when memory is short. */
sl_env *sl_env_real_new(sl_mem *mem);
/* [main] All loops are freed and all threads joined. NULL is fine. */
void sl_env_real_free(sl_env *env);
/* [any] The table of POSIX calls; EINTR never comes through. */
const sl_os *sl_os_real(void);

#endif
