/* SPDX-License-Identifier: Apache-2.0
 *
 * sdk/lib/error.h - what went wrong, for a caller and for a human.
 *
 * A function that can fail for a reason that a human may see takes an sl_error on the caller's
 * stack as its last argument and fills it. The code is dotted, stable and listed in docs/errors.md;
 * the text names the thing: file, line, node, setting, value. Secrets never go into it.
 */
#ifndef SL_LIB_ERROR_H
#define SL_LIB_ERROR_H
#include <sluice/abi.h>

#define SL_API           __attribute__((visibility("default")))
#define SL_MUST_USE      __attribute__((warn_unused_result))
#define SL_PRINTF(f, a)  __attribute__((format(printf, f, a)))
#define SL_CLEANUP(fn)   __attribute__((cleanup(fn)))
#define SL_STATIC_ASSERT _Static_assert

/* Hand the pointer P over: gives its value and leaves NULL behind. */
#define SL_TAKE(p)                                                                                 \
    __extension__({                                                                                \
        __typeof__(p) taken_ = (p);                                                                \
        (p) = NULL;                                                                                \
        taken_;                                                                                    \
    })

/* States what only a bug can break; on in every build. */
#define SL_ASSERT(x) ((x) ? (void)0 : sl_assert_failed(#x, __FILE__, __LINE__))

/* 256 bytes, no allocation: fill it with sl_error_set and friends. */
typedef struct sl_error {
    sl_status status;
    char code[48]; /* "config.setting.unknown" */
    char text[204];
} sl_error;

SL_STATIC_ASSERT(sizeof(sl_error) == 256, "sl_error is a fixed 256 bytes");

/* [any] Fill ERR (NULL is fine) and give STATUS. A text too long is cut at a character's border. */
SL_API sl_status sl_error_set(sl_error *err, sl_status status, const char *code, const char *fmt,
                              ...) SL_PRINTF(4, 5);

/* [any] As sl_error_set, from errno: status SL_E_RETRY for what may pass (EAGAIN, EMFILE, ENOSPC,
 * EIO …), SL_E_CONFIG for ENOENT, EACCES, ENOTDIR …, SL_E_NOMEM for ENOMEM; the text gets
 * ": reason" behind it. */
SL_API sl_status sl_error_errno(sl_error *err, const char *code, const char *fmt, ...)
    SL_PRINTF(3, 4);

/* [any] Put "text: " in front of what ERR says already, and give STATUS. */
SL_API sl_status sl_error_wrap(sl_error *err, sl_status status, const char *fmt, ...)
    SL_PRINTF(3, 4);

/* [any] Say what failed on standard error and stop the process: a bug in sluice. */
SL_API __attribute__((noreturn, cold)) void sl_assert_failed(const char *what, const char *file,
                                                             int line);

#endif
