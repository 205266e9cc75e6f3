/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/fuzz/msgpack_fuzz.c - bytes from outside: the gate, and all readers behind it.
 *
 * Whatever the gate lets through is read in every way there is: by skipping, by cursor, by rebuilt
 * slots, by walking. They must agree, and none may leave the bytes. The first byte is the depth
 * that is allowed.
 */
#include "tests/fuzz/fuzz.h"

#include <sluice/sdk.h>

#include "sdk/lib/batch.h"
#include "sdk/lib/validate.h"

/* Read all of V, which ends before END. */
static void read_all(const sl_val *v, const uint8_t *end)
{
    sl_cur cur;
    sl_val key;
    sl_val val;
    sl_val found;
    int64_t us;

    FUZZ_HOLD(sl_val_skip(v->raw) <= end);
    (void)sl_val_time_us(v, &us);
    sl_cur_enter(&cur, v);
    while (sl_cur_next(&cur, &key, &val)) {
        if (cur.is_map) {
            FUZZ_HOLD(key.type == SL_V_STR);
            FUZZ_HOLD(sl_val_find(v, key.ptr, key.n, &found));
        }
        read_all(&val, end);
    }
    if (v->type == SL_V_MAP || v->type == SL_V_ARRAY)
        FUZZ_HOLD(cur.at == sl_val_skip(v->raw));
}

/* The records of the body at PTR, behind its header, in a batch without slots. */
static sl_batch *make_batch(sl_pool *pool, const uint8_t *ptr, uint64_t len, uint32_t rows)
{
    sl_builder *b = sl_builder_new(pool, NULL, NULL);
    const uint8_t *end = ptr + len;
    sl_val v;

    if (!b)
        abort();
    for (ptr = sl_val_read(ptr, &v); rows; rows--) {
        const uint8_t *next = sl_val_skip(ptr);
        uint64_t n = (uint64_t)(next - ptr);
        FUZZ_HOLD(next <= end);
        if (b->nrec == b->cap || (uint64_t)(b->end - b->cur) < n)
            FUZZ_HOLD(sl_builder_grow(b, n) == SL_OK);
        memcpy(b->cur, ptr, n);
        b->cur += n;
        b->rec[++b->nrec] = (uint32_t)(b->cur - b->body);
        ptr = next;
    }
    FUZZ_HOLD(ptr == end);
    return sl_builder_finish(b);
}

static void compare_slots(const sl_batch *batch, const sl_pathset *set)
{
    static sl_bytes keys[SL_PATH_MAX_DEPTH];
    uint32_t rows = batch->nrec < 50 ? batch->nrec : 50;

    for (uint32_t s = 0; s < batch->nslot; s++) {
        sl_path_priv path = {.pub = {set, s, 0, sl_path_walk}, .keys = keys};
        path.n = sl_pathset_keys(set, s, keys, SL_PATH_MAX_DEPTH);
        for (uint32_t i = 0; i < rows; i++)
            FUZZ_HOLD(sl_batch_at(batch, i, &path.pub) == sl_path_walk(batch, i, &path.pub));
    }
}

static void use_body(const uint8_t *data, uint64_t len, uint32_t rows)
{
    sl_mem *mem = sl_mem_new(NULL, NULL, "fuzz", 0);
    sl_pathset *set = sl_pathset_new(mem, 64);
    sl_pool *pool = sl_pool_new(mem, 1u << 20);
    sl_ptree *tree = sl_ptree_new(mem, set, 128);
    sl_batch *batch = make_batch(pool, data, len, rows);
    sl_batch *anew;

    sl_pathset_open(set);
    anew = sl_batch_reslot(batch, tree);
    FUZZ_HOLD(anew != NULL);
    compare_slots(anew, set);
    sl_batch_unref(anew);
    sl_batch_unref(batch);
    sl_ptree_free(tree);
    sl_pool_unref(pool);
    sl_pathset_unref(set);
    sl_mem_drop(mem);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    uint32_t depth = len ? data[0] : 0;
    uint64_t used = 0;
    uint32_t rows = 0;
    sl_error err;
    sl_val v;

    if (!len)
        return 0;
    data++;
    len--;
    if (sl_msgpack_check(data, len, depth, &used, &err) == SL_OK) {
        FUZZ_HOLD(used && used <= len);
        FUZZ_HOLD(sl_val_skip(data) == data + used);
        (void)sl_val_read(data, &v);
        /* Looking each key up makes reading quadratic: large input is for skipping alone. */
        if (len < 4096)
            read_all(&v, data + used);
    }
    if (sl_body_check(data, len, depth, &rows, &err) == SL_OK) {
        FUZZ_HOLD(sl_msgpack_check(data, len, depth + 1, &used, &err) == SL_OK || depth == 255);
        use_body(data, len, rows);
    }
    return 0;
}
