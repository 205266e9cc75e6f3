/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/service/json_text.h - JSON text of records, for dead letters and harnesses.
 *
 * Not for the data path: the json plugin has its own printer. A buffer that could not grow remembers
 * it, so only its end needs a check.
 */
#ifndef SL_SERVICE_JSON_TEXT_H
#define SL_SERVICE_JSON_TEXT_H
#include "sdk/lib/mem.h"

#include <sluice/sdk.h>

typedef struct sl_json_text {
    sl_mem *mem;
    char *text; /* no NUL behind it, unless sl_json_end put one */
    size_t len;
    size_t cap;
    int32_t is_short; /* memory ran out: the text is not whole */
} sl_json_text;

/* [any] Append LEN bytes as they are. */
void sl_json_raw(sl_json_text *out, const void *bytes, size_t len);
/* [any] Append a literal. */
void sl_json_lit(sl_json_text *out, const char *text);
/* [any] Append a string in quotes; what is no UTF-8 becomes U+FFFD. */
void sl_json_str(sl_json_text *out, const void *text, size_t len);
/* [any] Append bytes as a string of hexadecimal digits. */
void sl_json_hex(sl_json_text *out, const void *bytes, size_t len);
/* [any] Append bytes as a string in base64. */
void sl_json_base64(sl_json_text *out, const void *bytes, size_t len);
/* [any] Append the value V, at most DEPTH levels of it (deeper ones are null): times as text, bin
 * in base64, decimals as numbers, NaN and infinities as null. */
void sl_json_val(sl_json_text *out, const sl_val *v, uint32_t depth);
/* [any] Put a NUL behind it. Gives the text, NULL when it is not whole; borrowed until free. */
const char *sl_json_end(sl_json_text *out);
/* [any] Free the text. */
void sl_json_free(sl_json_text *out);

#endif
