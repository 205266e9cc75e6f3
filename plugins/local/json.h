/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/local/json.h - JSON of the catalog's own files: text from values and values from text.
 *
 * Values are msgpack, read with the SDK's inlines. Text is made and read in memory; a buffer keeps
 * its first failure. What is read is a file that may be damaged: it is checked in full.
 */
#ifndef SL_LOCAL_JSON_H
#define SL_LOCAL_JSON_H
#include <sluice/sdk.h>

/* Bytes that grow; zero it but for host and node. Free with jbuf_free. */
typedef struct jbuf {
    const sl_host *host;
    sl_node *node;
    uint8_t *data;
    uint64_t len;
    uint64_t room;
    sl_status status; /* SL_E_NOMEM once memory was short; SL_E_DATA once a text was malformed */
} jbuf;

/* [inst] Append N bytes. */
void jbuf_raw(jbuf *b, const void *data, uint64_t n);
/* [inst] Append a NUL-ended text. */
void jbuf_text(jbuf *b, const char *text);
/* [inst] Append a whole number in decimal. */
void jbuf_u64(jbuf *b, uint64_t v);
/* [inst] Forget the content and the failure, keep the memory. */
void jbuf_clear(jbuf *b);
/* [inst] Release the memory. */
void jbuf_free(jbuf *b);
/* [any] Its content as bytes, borrowed. */
static inline sl_bytes jbuf_bytes(const jbuf *b)
{
    sl_bytes out = {.ptr = b->data, .len = b->len};

    return out;
}

/* [inst] Append TEXT (LEN bytes of UTF-8) as a JSON string. */
void json_str(jbuf *b, const void *text, uint64_t len);
/* [inst] Append DATA as a JSON string of lower-case hex digits. */
void json_hex(jbuf *b, const void *data, uint64_t len);
/* [inst] Append the value V. Bytes become hex; times, dates, decimals and uuids their text; what
 * JSON can't say null. Also what follows V in a batch is not touched. */
void json_value(jbuf *b, const sl_val *v);

/* [inst] Read the one JSON value that the LEN bytes at TEXT are, as msgpack behind what OUT holds.
 * OUT's status becomes SL_E_DATA when it is malformed. */
void json_read(jbuf *out, const char *text, uint64_t len);

#endif
