/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/json/lib/print.h - msgpack values as JSON text.
 *
 * What the decoder has read is printed so that it reads back the same: whole floats keep ".0",
 * decimals and numbers as text keep every digit. What JSON has no form for becomes the text that
 * most readers expect: times as ISO 8601, bytes as base64, NaN and infinities as null.
 *
 * A text grows as it is printed into; its memory is the host's. After a failure its length is what
 * it was before the value.
 */
#ifndef SL_JSON_LIB_PRINT_H
#define SL_JSON_LIB_PRINT_H
#include <sluice/sdk.h>

typedef struct sl_json_text {
    const sl_host *host;
    sl_node *node;
    uint8_t *ptr; /* text, 64 spare bytes behind it when there is any */
    uint64_t len;
    uint64_t cap;
} sl_json_text;

/* [inst] An empty text of NODE's. */
void sl_json_text_init(sl_json_text *t, const sl_host *host, sl_node *node);
/* [inst] Free its memory. */
void sl_json_text_fini(sl_json_text *t);
/* [inst] Append the value encoded at VALUE, which is well formed (its nesting is within the hard
 * limit of 255). SL_E_NOMEM: nothing was appended. */
sl_status sl_json_print(sl_json_text *t, const uint8_t *value);
/* [inst] Append LEN bytes of JSON text as they are. */
sl_status sl_json_text_put(sl_json_text *t, const void *text, uint64_t len);

#endif
