/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/plugins/json/fake.h - just enough of a host to run one instance of a class.
 *
 * Builds on libsluice's pools, path sets and trees. Keeps what is emitted and what is rejected, and
 * can dump records as text that tells types apart: ints 1, floats 1.0, decimals d1.5, numbers as
 * text n1e999, bytes b"…", times t"…". All memory comes from one source, whose n-th call can fail.
 */
#ifndef SL_TESTS_JSON_FAKE_H
#define SL_TESTS_JSON_FAKE_H
#include "sdk/lib/batch.h"

#include "tests/lib/fail_mem.h"

#include <sluice/sdk.h>

#define FAKE_BATCHES 4096u
#define FAKE_PATHS   16u

typedef struct fake_setting {
    const char *name;
    const char *value; /* as a user would write it */
} fake_setting;

typedef struct fake_reject {
    char *bytes;
    uint64_t len;
    uint32_t row;
    uint32_t at;
    char code[48];
    char why[256];
} fake_reject;

typedef struct sl_node {
    fail_mem source;
    sl_mem *mem;
    sl_pool *in_pool;
    sl_pool *pool;
    sl_pathset *in_set;
    sl_pathset *set;
    sl_ptree *tree;
    const sl_class *class;
    const fake_setting *settings;
    sl_instance *self;
    sl_path_priv *paths[FAKE_PATHS];
    void *blocks[FAKE_PATHS];
    uint32_t npaths;
    sl_batch *batches[FAKE_BATCHES];
    uint32_t nbatches;
    fake_reject *rejects;
    uint32_t nrejects;
    uint32_t refuse_build; /* the next so many builders are refused */
    uint64_t used;
    uint64_t filtered;
    char failed[256]; /* what fail and fail_at said */
    char *text;       /* of the dump */
    size_t text_len;
    size_t text_cap;
} fake;

/* Make an instance of CLASS with SETTINGS (ends with name NULL; NULL: none) and open it. WANTED:
 * paths asked for downstream, ends with NULL; "*" for all. FAIL_AT: that allocation fails. Gives
 * NULL when the instance could not be made; REASON then says why (NULL is fine). */
fake *fake_new(const sl_class *class, const fake_setting *settings, const char *const *wanted,
               uint64_t fail_at, char *reason);
/* The host table that the instances get. */
const sl_host *fake_host(void);
/* Frees all; gives how many blocks of memory were lost. */
int64_t fake_free(fake *f);
/* A batch of raw records with the N payloads PAYLOAD. */
sl_batch *fake_raw(fake *f, const sl_bytes *payload, uint32_t n, uint32_t split, uint32_t flags);
/* Have the instance process one raw record; again while it answers SL_AGAIN. */
sl_status fake_push(fake *f, const void *text, size_t len, uint32_t split, uint32_t flags);
/* As fake_push, for a batch; takes it. */
sl_status fake_push_batch(fake *f, sl_batch *batch);
/* All records emitted so far, one a line; borrowed until the next dump. */
const char *fake_dump(fake *f);
/* The same for one value. */
const char *fake_dump_val(fake *f, const sl_val *v);
/* Records emitted so far. */
uint64_t fake_rows(const fake *f);
/* Forget what was emitted and rejected. */
void fake_clear(fake *f);

#endif
