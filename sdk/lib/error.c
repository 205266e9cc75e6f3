/* SPDX-License-Identifier: Apache-2.0
 *
 * sdk/lib/error.c - filling and extending an sl_error.
 *
 * Texts are formatted straight into the fixed struct. One that is too long is cut at the border of
 * a UTF-8 character, so that what is shown stays valid text.
 */
#include "sdk/lib/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Cut TEXT, which fills a room of SIZE bytes and lost its end, in front of a broken character. */
static void cut_at_character(char *text, size_t size)
{
    size_t n = size - 1;
    size_t back = 0;
    size_t want;
    unsigned char lead;

    while (back < 3 && back < n && ((unsigned char)text[n - 1 - back] & 0xc0) == 0x80)
        back++;
    if (back == n)
        return;
    lead = (unsigned char)text[n - 1 - back];
    want = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
    if (want > back + 1)
        text[n - 1 - back] = '\0';
}

static SL_PRINTF(3, 0) void format_text(char *out, size_t size, const char *fmt, va_list ap)
{
    int n = vsnprintf(out, size, fmt, ap);

    if (n < 0)
        out[0] = '\0';
    else if ((size_t)n >= size)
        cut_at_character(out, size);
}

static void put_code(sl_error *err, sl_status status, const char *code)
{
    err->status = status;
    (void)snprintf(err->code, sizeof err->code, "%s", code);
}

sl_status sl_error_set(sl_error *err, sl_status status, const char *code, const char *fmt, ...)
{
    va_list ap;

    if (!err)
        return status;
    put_code(err, status, code);
    va_start(ap, fmt);
    format_text(err->text, sizeof err->text, fmt, ap);
    va_end(ap);
    return status;
}

static sl_status status_of_errno(int number)
{
    static const int config[] = {ENOENT, EACCES, ENOTDIR, EISDIR, EPERM,        EROFS,   ELOOP,
                                 EINVAL, EEXIST, ENODEV,  ENXIO,  ENAMETOOLONG, ENOTSUP, EXDEV};

    if (number == ENOMEM)
        return SL_E_NOMEM;
    if (number == ECANCELED)
        return SL_E_CANCELED;
    for (size_t i = 0; i < sizeof config / sizeof *config; i++) {
        if (config[i] == number)
            return SL_E_CONFIG;
    }
    return SL_E_RETRY;
}

sl_status sl_error_errno(sl_error *err, const char *code, const char *fmt, ...)
{
    int number = errno;
    sl_status status = status_of_errno(number);
    char room[64];
    char text[sizeof err->text];
    va_list ap;

    if (err) {
        va_start(ap, fmt);
        format_text(text, sizeof text, fmt, ap);
        va_end(ap);
        (void)sl_error_set(err, status, code, "%s: %s", text,
                           strerror_r(number, room, sizeof room));
    }
    errno = number;
    return status;
}

sl_status sl_error_wrap(sl_error *err, sl_status status, const char *fmt, ...)
{
    char before[sizeof err->text];
    char old[sizeof err->text];
    char code[sizeof err->code];
    va_list ap;

    if (!err)
        return status;
    va_start(ap, fmt);
    format_text(before, sizeof before, fmt, ap);
    va_end(ap);
    memcpy(old, err->text, sizeof old);
    memcpy(code, err->code, sizeof code);
    return sl_error_set(err, status, code, "%s: %s", before, old);
}

void sl_assert_failed(const char *what, const char *file, int line)
{
    (void)fprintf(stderr, "sluice: internal error: %s does not hold at %s:%d\n", what, file, line);
    abort();
}
