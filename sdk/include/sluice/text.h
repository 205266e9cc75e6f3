/* SPDX-License-Identifier: Apache-2.0
 *
 * sluice/text.h - numbers, times, sizes and UTF-8 as text: functions of libsluice.
 *
 * Exact in both directions: a double is read correctly rounded and printed in the shortest form
 * that reads back the same; a decimal keeps every digit; a time keeps microseconds. Nothing here
 * allocates, takes a lock or looks at the locale. A plugin that uses it links libsluice.
 */
#ifndef SLUICE_TEXT_H
#define SLUICE_TEXT_H
#include <stddef.h>
#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif

#ifndef SL_TEXT_API
#define SL_TEXT_API __attribute__((visibility("default")))
#endif

#define SL_F64_TEXT     32u /* room that sl_f64_print needs */
#define SL_TIME_TEXT    40u /* room that sl_time_print needs */
#define SL_DECIMAL_TEXT 64u /* room that sl_decimal_print needs, while |scale| <= 19 */
#define SL_DECIMAL_MAX  38u /* digits that a decimal holds */

/* unscaled / 10^scale */
typedef struct sl_decimal {
    __extension__ __int128 unscaled;
    int32_t scale; /* may be negative */
} sl_decimal;

/* [any] Read a number (JSON grammar, also inf and nan are refused) that is exactly the LEN bytes of
 * TEXT, correctly rounded. False when it is no number or beyond the range of a double. */
SL_TEXT_API int sl_f64_parse(const char *text, size_t len, double *out);
/* [any] Write V in the shortest form that reads back the same; a whole number keeps ".0" off ("3").
 * NaN and infinities print as nan, inf, -inf. Gives the length; no NUL. */
SL_TEXT_API uint32_t sl_f64_print(double v, char out[SL_F64_TEXT]);

/* [any] Read a decimal number, exponent allowed, without losing a digit. False when it is no
 * number, has more than 38 digits (leading and trailing zeros left out) or its scale leaves int16.
 */
SL_TEXT_API int sl_decimal_parse(const char *text, size_t len, sl_decimal *out);
/* [any] Write D as digits with a point, with an exponent when |scale| is above 19. Gives the
 * length; no NUL. */
SL_TEXT_API uint32_t sl_decimal_print(const sl_decimal *d, char out[SL_DECIMAL_TEXT]);
/* [any] The content of the ext SL_EXT_DECIMAL. Gives its length, at most 18. */
SL_TEXT_API uint32_t sl_decimal_pack(const sl_decimal *d, uint8_t out[18]);
/* [any] The reverse. False when the LEN bytes are malformed. */
SL_TEXT_API int sl_decimal_unpack(const uint8_t *data, uint64_t len, sl_decimal *out);

/* [any] Read an ISO 8601 / RFC 3339 time: date, then optionally T or a space, hours and minutes,
 * seconds and a fraction (what is below a microsecond is cut), and Z or an offset. ZONE tells
 * whether there was one; without one US is that clock's time as if it were UTC. */
SL_TEXT_API int sl_time_parse(const char *text, size_t len, int64_t *us, int *zone);
/* [any] Read a time in the form FORMAT: strptime's %Y %m %d %e %b %B %a %A %H %I %p %M %S %f (a
 * fraction of 1 to 9 digits) %z (+hhmm, +hh:mm, Z) %Z (UTC, GMT) %s (seconds) %L (milliseconds
 * since 1970) %y %j %T %D %F %R %n %t %%. English names. A missing year is YEAR. */
SL_TEXT_API int sl_time_scan(const char *text, size_t len, const char *format, int year,
                             int64_t *us, int *zone);
/* [any] The place in FORMAT of the first conversion that sl_time_scan does not know; -1 when all
 * is well. */
SL_TEXT_API int64_t sl_time_format_check(const char *format);
/* [any] Write US as 2026-01-31T12:00:00.123456Z, the fraction in 0, 3 or 6 digits as needed. Gives
 * the length; no NUL. Years beyond 9999 get a sign. */
SL_TEXT_API uint32_t sl_time_print(int64_t us, char out[SL_TIME_TEXT]);
/* [any] Days since 1970-01-01 of a date of the proleptic Gregorian calendar, and back. */
SL_TEXT_API int64_t sl_date_days(int64_t year, uint32_t month, uint32_t day);
/* [any] See sl_date_days. */
SL_TEXT_API void sl_date_civil(int64_t days, int64_t *year, uint32_t *month, uint32_t *day);

/* [any] Read "64MiB", "1.5 GB", "512": bytes. False when malformed or above int64. */
SL_TEXT_API int sl_size_parse(const char *text, size_t len, int64_t *bytes);
/* [any] Read "250ms", "1m30s", "2 days": nanoseconds (ns us ms s m h d w and the words). */
SL_TEXT_API int sl_duration_parse(const char *text, size_t len, int64_t *ns);

/* [any] The length of the well-formed UTF-8 (no surrogates, nothing overlong) at the start. */
SL_TEXT_API size_t sl_utf8_span(const uint8_t *text, size_t len);

#ifdef __cplusplus
}
#endif
#endif
