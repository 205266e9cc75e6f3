/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/service/row_text.h - JSON text of records, for dead letters and harnesses.
 *
 * Not for the data path: the json plugin has its own printer. A buffer that could not grow
 * remembers it, so only its end needs a check.
 */
#ifndef SL_SERVICE_ROW_TEXT_H
#define SL_SERVICE_ROW_TEXT_H
#include "sdk/lib/mem.h"

#include <sluice/sdk.h>

typedef struct sl_rowtext {
    sl_mem *mem;
    char *text; /* no NUL behind it, unless sl_rowtext_end put one */
    size_t len;
    size_t cap;
    int32_t is_short; /* memory ran out: the text is not whole */
} sl_rowtext;

/* [any] Append LEN bytes as they are. */
void sl_rowtext_raw(sl_rowtext *out, const void *bytes, size_t len);
/* [any] Append a literal. */
void sl_rowtext_lit(sl_rowtext *out, const char *text);
/* [any] Append a string in quotes; what is no UTF-8 becomes U+FFFD. */
void sl_rowtext_str(sl_rowtext *out, const void *text, size_t len);
/* [any] Append bytes as a string of hexadecimal digits. */
void sl_rowtext_hex(sl_rowtext *out, const void *bytes, size_t len);
/* [any] Append bytes as a string in base64. */
void sl_rowtext_base64(sl_rowtext *out, const void *bytes, size_t len);
/* [any] Append the value V, at most DEPTH levels of it (deeper ones are null): times as text, bin
 * in base64, decimals as numbers, NaN and infinities as null. */
void sl_rowtext_val(sl_rowtext *out, const sl_val *v, uint32_t depth);
/* [any] Put a NUL behind it. Gives the text, NULL when it is not whole; borrowed until free. */
const char *sl_rowtext_end(sl_rowtext *out);
/* [any] Free the text. */
void sl_rowtext_free(sl_rowtext *out);

#endif
