/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/lines/lib/feed.h - drives a decoder of text: blocks in, rows out.
 *
 * The feed joins each payload with the rest of its split, hands the bytes to the format record by
 * record, makes batches near the aim, sends bad records to the dead letters and keeps the new rest.
 * When memory is short it stops between two batches and goes on from there in the next call;
 * nothing is passed on or rejected twice.
 *
 * A format takes one record at a time: it looks for the end, and writes a row or says what is
 * wrong. It never sees batches, splits or blocks.
 */
#ifndef SL_LINES_LIB_FEED_H
#define SL_LINES_LIB_FEED_H
#include <sluice/carry.h>
#include <sluice/sdk.h>

#define SL_FEED_EXTRA 16u /* bytes of a format's own for each split */

#define SL_FEED_ROW  0u /* a row was written (begun, not ended) */
#define SL_FEED_NONE 1u /* the bytes hold no record: an empty line, a header */
#define SL_FEED_BAD  2u /* the record goes to the dead letters */
#define SL_FEED_MORE 3u /* the record does not end here; more bytes are needed */

/* A record for the dead letters. */
typedef struct sl_feed_bad {
    const uint8_t *ptr;
    uint64_t len;
    uint32_t row;
    uint32_t at;
    const char *code;
    const char *why;   /* a literal; with column: what was expected there */
    const char *field; /* NULL, or the name of the column; lives as long as the instance */
    uint32_t column;   /* from 1; 0: the place does not matter */
    uint32_t figure;   /* not 0: "WHY: FIGURE instead of FIGURE2" */
    uint32_t figure2;
} sl_feed_bad;

typedef struct sl_feed sl_feed;

/* One record at P, which has N > 0 bytes up to the end of the block and 64 readable bytes behind;
 * IS_LAST: the split ends there. Answers SL_FEED_*, and in FEED->used the bytes that it took (not
 * for MORE, which may not be answered when IS_LAST). For BAD, FEED->bad.code, why and what belongs
 * to them. A failure to write a row is seen in FEED->w.status by the feed. */
typedef uint32_t sl_feed_take(sl_instance *self, sl_feed *feed, const uint8_t *p, uint64_t n,
                              int is_last);

#define SL_FEED_BADS 256u

struct sl_feed {
    const sl_host *host;
    sl_node *node;
    sl_instance *self;
    sl_feed_take *take;
    uint64_t max_record; /* bytes; set by the owner */
    const sl_path *payload;
    sl_carry *carry;

    /* for formats */
    sl_writer w;
    uint64_t used;
    sl_feed_bad bad;
    void *extra;     /* the split's SL_FEED_EXTRA bytes; NULL when payloads are whole messages */
    uint32_t all;    /* cleared by a format that writes a key without a slot */
    int64_t seen_us; /* when the batch arrived; 0: unknown */
    const uint8_t *valid; /* up to here the block is well-formed UTF-8 */

    /* the batch in hand, and how far it is done */
    sl_batch *batch;
    uint32_t row_at; /* among its rows, one past the last: the rest of an ended split */
    uint32_t row;
    uint32_t stage;
    uint32_t is_last;
    const uint8_t *block;
    uint64_t len;
    uint64_t before;
    uint64_t pos;

    /* the batch in the making, and where it began */
    sl_builder *b;
    uint32_t start_row;
    uint64_t start_pos;
    uint32_t progress;
    uint32_t bads;
    sl_feed_bad *list;
};

/* [inst] In create: set up FEED (the owner's storage, zeroed) for NODE. */
sl_status sl_feed_init(sl_feed *feed, const sl_host *host, sl_node *node, sl_instance *self,
                       sl_feed_take *take);
/* [inst] Undo init; fine after a failed one too. */
void sl_feed_fini(sl_feed *feed);
/* [inst] As sl_transform_ops.process. */
sl_status sl_feed_process(sl_feed *feed, sl_batch *batch);
/* [any] The N bytes of Latin 1 at FROM as UTF-8 at TO, which has room for 2 * N. Gives the end. */
static inline uint8_t *sl_feed_recode(uint8_t *to, const uint8_t *from, uint64_t n)
{
    for (uint64_t i = 0; i < n; i++) {
        if (from[i] >= 0x80) {
            *to++ = (uint8_t)(0xc0 | from[i] >> 6);
            *to++ = (uint8_t)(0x80 | (from[i] & 0x3f));
        } else {
            *to++ = from[i];
        }
    }
    return to;
}

/* [inst] A record is bad: fill in FEED->bad. Gives SL_FEED_BAD. */
uint32_t sl_feed_refuse(sl_feed *feed, const char *code, const char *why, uint64_t place);

/* A key that was not declared, in the map whose path is PARENT, behind its sibling *PREV. */
typedef struct sl_feed_scope {
    const sl_paths *paths;
    sl_ptree *tree;
    sl_pnode *parent; /* NULL: the tree was full */
    sl_pnode *prev;
} sl_feed_scope;

/* [inst] Write the key KEY and note its value's slot; the value follows with a NULL key. Gives the
 * node, NULL when the tree is full. */
sl_pnode *sl_feed_key(sl_feed *feed, sl_feed_scope *scope, const uint8_t *key, uint64_t len,
                      uint32_t kind);

#endif
