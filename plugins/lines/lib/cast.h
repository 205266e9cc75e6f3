/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/lines/lib/cast.h - turn a value into a type that a user has named.
 *
 * Types are written int, float, decimal, string, bool, date, timestamp, timestamp(ms),
 * time(FORMAT). A cast keeps no memory: it may be copied. Casts are used by the decoders of text,
 * whose values are all text, and by transforms.
 */
#ifndef SL_LINES_LIB_CAST_H
#define SL_LINES_LIB_CAST_H
#include <sluice/sdk.h>

#define SL_CAST_ROOM   96u  /* bytes that a value made by a cast takes at most */
#define SL_CAST_TEXT   96u  /* longest name of a type, with its end */
#define SL_CAST_REASON 256u /* longest message, with its end */

typedef struct sl_cast {
    uint32_t kind;           /* place in the table of types */
    uint32_t per_unit;       /* timestamp(ms): microseconds of one, or 0 */
    uint32_t unit_part;      /* timestamp(ns): ones in a microsecond, or 0 */
    uint32_t is_string;      /* the type is string: text stays as it is */
    char text[SL_CAST_TEXT]; /* as the user wrote it */
    char format[SL_CAST_TEXT];
} sl_cast;

/* What is wrong with the name of a type: LEN bytes at AT; LEN 0: all of it. */
typedef struct sl_cast_error {
    const char *code;
    uint32_t at;
    uint32_t len;
    char text[SL_CAST_REASON];
} sl_cast_error;

/* What casts remember from value to value: the last day and the last time seen. Zeroed at first. */
typedef struct sl_cast_days {
    uint8_t text[16];
    int64_t us;
    uint8_t last[48]; /* text of a time(FORMAT) value, of cast LAST_OF */
    uint32_t last_len;
    int32_t year; /* of times without one */
    const sl_cast *last_of;
    int64_t last_us;
} sl_cast_days;

/* [any] Read the type TEXT. False, and ERR says why, when it is none. */
int sl_cast_read(const char *text, sl_cast *out, sl_cast_error *err);

/* [any] Turn the value V into CAST's type. *OUT, LEN bytes, is V's own bytes or BUF. False when it
 * can't be; nil stays nil. */
int sl_cast_apply(sl_cast_days *days, const sl_cast *cast, const sl_val *v,
                  uint8_t buf[SL_CAST_ROOM], const uint8_t **out, uint64_t *len);

/* [any] The year of the instant US, 1970 when that is not known: for times without a year. */
int32_t sl_cast_year(int64_t us);

/* [any] Read a time in FORMAT, remembering the last one of CAST. False when TEXT is none. */
int sl_cast_scan(sl_cast_days *days, const sl_cast *cast, const uint8_t *text, uint64_t len,
                 int64_t *us);

#endif
