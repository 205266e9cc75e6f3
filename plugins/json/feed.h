/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/json/feed.h - from blocks of text to rows: framing, bad input, batches.
 *
 * A feed takes one block after the other: a block of a file, in front of which stands what the
 * block before left over, or a whole message. It cuts the block into pieces that stay in the cache,
 * has each indexed, and walks the documents in it. Documents may follow each other on lines, on one
 * line, or span lines; a top-level array is a list of records, which come out one by one.
 *
 * What is bad is rejected alone. After an error the feed goes on at the next line; when the bad
 * document spans lines, at the next line that opens one no further to the right. When the first
 * stage refuses a piece the feed goes through it document by document, finding each by its
 * brackets. A bad message is rejected whole, unless rows of it have gone out already.
 */
#ifndef SL_JSON_FEED_H
#define SL_JSON_FEED_H
#include "plugins/json/walk.h"

#define SL_JSON_DOCUMENTS_AUTO 0u /* one in a message, many in blocks */
#define SL_JSON_DOCUMENTS_ONE  1u
#define SL_JSON_DOCUMENTS_MANY 2u

#define SL_JSON_PATH_KEYS 32u

/* What comes next on the top level. */
#define SL_JSON_AT_DOCUMENT 0u /* not in an array */
#define SL_JSON_AT_FIRST    1u /* behind the [ of a list of records */
#define SL_JSON_AT_VALUE    2u /* behind a comma in it */
#define SL_JSON_AT_COMMA    3u /* behind a record in it */
#define SL_JSON_AT_ANY      4u /* in it, after an error: commas are not insisted on */

/* What a split remembers between blocks; part of the carry's state. */
typedef struct sl_json_state {
    uint8_t begun; /* a byte order mark is not looked for any more */
    uint8_t at;    /* SL_JSON_AT_* */
    uint8_t skip;  /* within a record that was too big: up to the end of the line nothing counts */
    uint8_t spare;
} sl_json_state;

typedef struct sl_json_feed {
    sl_json_walk w;
    sl_json_index *index;
    const sl_host *host;
    sl_node *node;
    uint64_t max_record; /* bytes */
    uint32_t documents;  /* SL_JSON_DOCUMENTS_* */
    uint32_t nkeys;      /* of the path to the records; 0: each document is a record */
    sl_bytes keys[SL_JSON_PATH_KEYS];

    sl_batch *batch; /* borrowed: the raw records under way */
    uint32_t row;    /* of them */
    sl_builder *b;   /* NULL: none begun */

    const uint8_t *block;
    uint64_t len;
    uint64_t before;   /* bytes of the block that came with earlier payloads */
    uint64_t pos;      /* where the next piece begins */
    uint64_t last_end; /* behind the last record or separator that was good */
    uint64_t slow_end; /* up to here the first stage is asked document by document */
    uint64_t want;     /* bytes of the next piece */
    sl_json_state state;
    uint32_t is_final; /* nothing follows the block */
    uint32_t one;      /* the block must hold one document */
    uint32_t documents_seen;
    uint32_t first_row;  /* rows of the builder when the block began */
    uint32_t item_row;   /* rows of the builder when the document under way began */
    uint32_t progressed; /* a batch or a dead letter has gone out for this input batch */
} sl_json_feed;

/* [inst] Begin with the LEN bytes at BLOCK (borrowed until it is done), of which BEFORE came with
 * earlier payloads, as text of record ROW of BATCH. FINAL: nothing of the split follows. WHOLE: a
 * message. F.state is the split's. */
void sl_json_feed_begin(sl_json_feed *f, sl_batch *batch, uint32_t row, const uint8_t *block,
                        uint64_t len, uint64_t before, int is_final, int whole);
/* [inst] Do the block. SL_OK: done, and f.pos is where the rest to be carried begins. SL_AGAIN: no
 * builder to be had; call again. Failures are those of the host's functions. */
sl_status sl_json_feed_run(sl_json_feed *f);
/* [inst] Emit the rows that are in the builder; LAST: they are the last of their split. */
sl_status sl_json_feed_flush(sl_json_feed *f, int last);
/* [inst] Make room for a row. SL_AGAIN or SL_E_NOMEM when there is no builder to be had. */
sl_status sl_json_feed_ready(sl_json_feed *f);
/* [inst] End the row that the walk wrote up to OUT, whose text is at PLACE of the block. */
void sl_json_feed_row(sl_json_feed *f, uint8_t *out, uint64_t place);
/* [inst] Take back the rows from ROW on, and what was written since. */
void sl_json_feed_undo(sl_json_feed *f, uint32_t row);
/* [inst] Send bytes FROM to TO of the block to the dead letters for FAULT, which is at AT. */
void sl_json_feed_reject(sl_json_feed *f, uint64_t from, uint64_t to, uint32_t fault, uint64_t at);

/* ---- frame.c -------------------------------------------------------------------------------- */

#define SL_JSON_SCAN_WHOLE 0 /* END is behind the value */
#define SL_JSON_SCAN_SHORT 1 /* the text ends before the value does */
#define SL_JSON_SCAN_BAD   2 /* a control character in a string, at END */
#define SL_JSON_SCAN_DEEP  3 /* nested deeper than is allowed, at END */

/* [any] Find the end of the value at place FROM of the LEN bytes of TEXT by its brackets and
 * quotes alone. Gives up at the DEEPEST level, so that text which only ever opens brackets is not
 * gone through to its end for each of them. */
int sl_json_scan(const uint8_t *text, uint64_t from, uint64_t len, uint32_t deepest, uint64_t *end);
/* [any] Where to go on after an error at place AT in the document that starts at START: behind what
 * is bad. False when the text ends before that place is known. */
int sl_json_resume(const uint8_t *text, uint64_t start, uint64_t at, uint64_t len, uint64_t *place);
/* [any] The last quote of TEXT[FROM..LEN) that no backslash escapes; LEN when there is none. */
uint64_t sl_json_last_quote(const uint8_t *text, uint64_t from, uint64_t len);

/* ---- records.c ------------------------------------------------------------------------------ */

/* [any] Cut the setting "records" ("a.b[]") into KEYS of F, which point into TEXT's copy BLOCK
 * (give, from the host). SL_E_CONFIG and AT, the place, when it is malformed. */
sl_status sl_json_records_parse(sl_json_feed *f, const char *text, char **block, uint32_t *at);
/* [inst] Walk a document and make a row of each element of the arrays at the path. BASE is the
 * place of the piece in the block. STATUS gets SL_OK or what ended the walk that is not the text's
 * fault. */
sl_json_step sl_json_records_walk(sl_json_feed *f, sl_json_step s, uint64_t base,
                                  sl_status *status);

#endif
