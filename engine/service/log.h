/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/service/log.h - one line per fact, repeats folded.
 *
 * Text for people on a terminal, JSON lines elsewhere. Of one code and node, LOG_BURST lines pass
 * in each window; the others are counted and told in one line when the window is over. Safe from
 * all threads.
 */
#ifndef SL_SERVICE_LOG_H
#define SL_SERVICE_LOG_H
#include "sdk/lib/env.h"

#define SL_LOG_DEBUG 0u
#define SL_LOG_INFO  1u
#define SL_LOG_WARN  2u
#define SL_LOG_ERROR 3u

typedef struct sl_log sl_log;

/* Where lines go instead of a descriptor. [any] LINE ends with a newline; borrowed. */
typedef void (*sl_log_sink)(void *arg, uint32_t level, const char *code, const char *line,
                            size_t len);

/* [main] A log that keeps lines of LEVEL and above, to descriptor FD, as JSON lines when AS_JSON.
 * NULL when memory is short. */
sl_log *sl_log_new(sl_env *env, sl_mem *mem, int32_t fd, uint32_t level, int as_json);
/* [main] From now on lines go to FN(ARG, …) and none is folded: for tests. */
void sl_log_capture(sl_log *log, sl_log_sink fn, void *arg);
/* [main] Tells what was folded, then frees it. NULL is fine. */
void sl_log_free(sl_log *log);
/* [any] Is a line of LEVEL kept? */
int sl_log_wanted(const sl_log *log, uint32_t level);
/* [any] One line about NODE (NULL: about the run). */
void sl_log_write(sl_log *log, uint32_t level, const char *node, const char *code,
                  const char *text);
/* [any] As sl_log_write, text as printf makes it, at most 1 KiB. */
void sl_log_print(sl_log *log, uint32_t level, const char *node, const char *code, const char *fmt,
                  ...) SL_PRINTF(5, 6);

#endif
