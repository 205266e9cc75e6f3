/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/json/stage1.h - the structural index of JSON text.
 *
 * The one place that touches simdjson, and of that only its first stage: the places of all opening
 * quotes, of { } [ ] : , outside of strings and of the first byte of every other scalar. It also
 * checks UTF-8, that strings are closed and that they hold no control characters. What follows a
 * closing quote up to the next place of the index is white space, nothing else.
 *
 * Behind the index stand SL_JSON_SENTINELS more places, all equal to the length of the text, so
 * that a walk that runs off the end meets them before anything else.
 */
#ifndef SL_JSON_STAGE1_H
#define SL_JSON_STAGE1_H
#include <stddef.h>
#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif

#define SL_JSON_SENTINELS 512u
#define SL_JSON_TEXT_MAX  0x70000000u /* bytes of one text, so that places fit uint32_t */

/* What sl_json_index_run answers. */
#define SL_JSON_INDEX_OK    0
#define SL_JSON_INDEX_EMPTY 1 /* nothing but white space */
#define SL_JSON_INDEX_BAD   2 /* bad UTF-8, or a control character within a string */
#define SL_JSON_INDEX_OPEN  3 /* the text ends within a string */
#define SL_JSON_INDEX_NOMEM 4

typedef struct sl_json_index sl_json_index;

/* [inst] A new index for texts of about BYTES. NULL when memory is short. */
sl_json_index *sl_json_index_new(size_t bytes);
/* [inst] NULL is fine. */
void sl_json_index_free(sl_json_index *index);
/* [inst] Index the LEN bytes at TEXT (at most SL_JSON_TEXT_MAX), behind which 64 more are readable.
 * Gives SL_JSON_INDEX_* and, when that is OK, the N places at PLACES, borrowed until the next run.
 */
int sl_json_index_run(sl_json_index *index, const uint8_t *text, size_t len,
                      const uint32_t **places, uint32_t *n);
/* [inst] Memory that INDEX holds goes down to what texts of BYTES need, when it is far more. */
void sl_json_index_trim(sl_json_index *index, size_t bytes);

#ifdef __cplusplus
}
#endif
#endif
