/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/lib/text_host.h - a host for one instance of a decoder, encoder or transform.
 *
 * Rows, path sets and trees are libsluice's. Settings are given as a list; defaults come from the
 * class. What is emitted is kept as text, one record a line: JSON, but that instants are t"...",
 * decimals d"...", dates D"..." and bytes b"...". Every value is read through its slot as well, and
 * a slot that disagrees with the record fails the test. The n-th allocation can fail.
 */
#ifndef SL_TESTS_TEXT_HOST_H
#define SL_TESTS_TEXT_HOST_H
#include "sdk/lib/batch.h"
#include "tests/lib/fail_mem.h"

#include <sluice/sdk.h>

typedef struct th_setting {
    const char *path;
    const char *key; /* of a map; NULL: a plain value, or the next item of a list */
    const char *value;
} th_setting;

#define TH_REJECTS 4096u

typedef struct th_reject {
    uint8_t *bytes;
    uint64_t len;
    uint32_t row;
    uint32_t at;
    char code[48];
    char why[320];
} th_reject;

typedef struct text_host {
    fail_mem memory;
    sl_mem *mem;
    sl_node *node;
    const sl_class *klass;
    const th_setting *settings;
    sl_instance *self;
    sl_pool *in_pool;
    sl_pool *out_pool;
    sl_pathset *in_set;
    sl_pathset *out_set;
    sl_ptree *in_tree;
    sl_ptree *out_tree;
    int is_through;
    char *out; /* what was emitted */
    size_t out_len;
    uint32_t batches;
    uint32_t all_batches; /* with SL_BATCH_ALL */
    th_reject rejects[TH_REJECTS];
    uint32_t nrejects;
    uint64_t used;
    uint64_t filtered;
    char code[64]; /* of the last fail or fail_at */
    char why[512];
    char path[160];
    uint32_t at;
    uint32_t len;
    int keeps_out;  /* 0: emitted batches are only counted and freed */
    uint64_t rows;  /* emitted */
    sl_batch *last; /* the last batch emitted; borrowed until the next */
} text_host;

/* [main] A host for KLASS with SETTINGS (ends with path NULL; borrowed). WANTS: dotted paths asked
 * for downstream, NULL-ended; "*": all. The FAIL_AT-th allocation from now on fails (0: none).
 * Gives the status of create and open. */
sl_status th_open(text_host *h, const sl_class *klass, const th_setting *settings,
                  const char *const *wants, uint64_t fail_at);
/* [main] Destroy all; fails the test when memory is still out. */
void th_close(text_host *h);
/* [main] Push one payload (raw record). Calls again while it says SL_AGAIN. */
sl_status th_push_raw(text_host *h, const void *data, size_t len, uint32_t split, uint32_t flags);
/* [main] Push the records of a JSON array of objects. {"$t":"..."} is an instant. */
sl_status th_push_json(text_host *h, const char *json);
/* [main] As th_push_json, one JSON object; the batch has only slots of declared paths. Gives the
 * batch instead of pushing it (give). */
sl_batch *th_batch_json(text_host *h, const char *json);
/* [main] Push BATCH (borrowed). */
sl_status th_push(text_host *h, sl_batch *batch);
/* [main] Snapshot, destroy, create anew, restore, open. After a failure there is no instance,
 * unless it was the snapshot's. */
sl_status th_restart(text_host *h);
/* [main] All output so far; "" at first. */
const char *th_text(const text_host *h);

#endif
