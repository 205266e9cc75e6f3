/* SPDX-License-Identifier: Apache-2.0
 *
 * sdk/lib/time_priv.h - a time in parts, shared by the readers of times.
 */
#ifndef SL_LIB_TIME_PRIV_H
#define SL_LIB_TIME_PRIV_H
#include <stdint.h>

/* A reading of a calendar and a clock. */
typedef struct sl_time_parts {
    int64_t year;
    uint32_t month;   /* 1 to 12 */
    uint32_t day;     /* 1 to 31 */
    uint32_t hour;    /* 0 to 23 */
    uint32_t minute;  /* 0 to 59 */
    uint32_t second;  /* 0 to 60: a leap second reads as the next second */
    uint32_t micros;  /* 0 to 999999 */
    int32_t offset_s; /* seconds that the clock is ahead of UTC */
} sl_time_parts;

/* [any] Is there such a date and time of day? Gives it in microseconds since 1970 UTC; false also
 * when that is outside of int64. */
int sl_time_from_parts(const sl_time_parts *t, int64_t *us);
/* [any] Read a zone at the start of TEXT: Z, +hh, +hhmm, +hh:mm. Gives the bytes of it, 0 when
 * there is none. */
uint32_t sl_time_zone(const char *text, const char *end, int32_t *offset_s);
/* [any] Read the digits of a fraction at TEXT: what is below a microsecond is cut. Gives the number
 * of digits, at most MAX. */
uint32_t sl_time_fraction(const char *text, const char *end, uint32_t max, uint32_t *micros);

#endif
