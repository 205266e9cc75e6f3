/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/sdk/rows_property_test.c - what must hold for any records.
 *
 * Random records, in every form that msgpack has, go into a builder; then: an independent library
 * reads the same values; slots lead where walking leads; rebuilding gives the slots of the maker;
 * rows that were copied or selected are the rows that they were.
 */
#include "tests/lib/gen_msgpack.h"
#include "tests/lib/rows.h"
#include "tests/lib/suite.h"

#include "sdk/lib/validate.h"

#include <msgpack.h>

#define SLOTS 64u

/* Fail the property with a word about where. */
#define HOLD(x)                                                                                    \
    do {                                                                                           \
        if (!(x)) {                                                                                \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #x);                        \
            return 0;                                                                              \
        }                                                                                          \
    } while (0)

/* ---- an independent reader ----------------------------------------------------------------- */

static int same_value(const msgpack_object *o, const sl_val *v);

static int same_map(const msgpack_object *o, const sl_val *v)
{
    sl_cur cur;
    sl_val key;
    sl_val val;

    HOLD(v->type == SL_V_MAP && v->n == o->via.map.size);
    sl_cur_enter(&cur, v);
    for (uint32_t i = 0; i < o->via.map.size; i++) {
        HOLD(sl_cur_next(&cur, &key, &val));
        HOLD(same_value(&o->via.map.ptr[i].key, &key));
        HOLD(same_value(&o->via.map.ptr[i].val, &val));
    }
    return !sl_cur_next(&cur, &key, &val);
}

static int same_array(const msgpack_object *o, const sl_val *v)
{
    sl_cur cur;
    sl_val val;

    HOLD(v->type == SL_V_ARRAY && v->n == o->via.array.size);
    sl_cur_enter(&cur, v);
    for (uint32_t i = 0; i < o->via.array.size; i++) {
        HOLD(sl_cur_next(&cur, NULL, &val));
        HOLD(same_value(&o->via.array.ptr[i], &val));
    }
    return !sl_cur_next(&cur, NULL, &val);
}

static int same_text(uint32_t type, const sl_val *v, const char *ptr, uint32_t len)
{
    return v->type == type && v->n == len && !memcmp(v->ptr, ptr, len);
}

static int same_float(const msgpack_object *o, const sl_val *v)
{
    double want = o->via.f64;

    return v->type == SL_V_FLOAT && (!memcmp(&want, &v->f, sizeof want) || want != want);
}

static int same_value(const msgpack_object *o, const sl_val *v)
{
    switch (o->type) {
    case MSGPACK_OBJECT_NIL:
        return v->type == SL_V_NIL;
    case MSGPACK_OBJECT_BOOLEAN:
        return v->type == SL_V_BOOL && (v->n != 0) == o->via.boolean;
    case MSGPACK_OBJECT_POSITIVE_INTEGER:
        return v->u == o->via.u64 && v->type == (o->via.u64 >> 63 ? SL_V_UINT : SL_V_INT);
    case MSGPACK_OBJECT_NEGATIVE_INTEGER:
        return v->type == SL_V_INT && v->i == o->via.i64;
    case MSGPACK_OBJECT_FLOAT32:
    case MSGPACK_OBJECT_FLOAT64:
        return same_float(o, v);
    case MSGPACK_OBJECT_STR:
        return same_text(SL_V_STR, v, o->via.str.ptr, o->via.str.size);
    case MSGPACK_OBJECT_BIN:
        return same_text(SL_V_BIN, v, o->via.bin.ptr, o->via.bin.size);
    case MSGPACK_OBJECT_EXT:
        return v->ext == o->via.ext.type && same_text(SL_V_EXT, v, o->via.ext.ptr, o->via.ext.size);
    case MSGPACK_OBJECT_ARRAY:
        return same_array(o, v);
    default:
        return o->type == MSGPACK_OBJECT_MAP && same_map(o, v);
    }
}

/* Does the other library read the whole body as we do? */
static int same_as_other_reader(const sl_batch *batch)
{
    msgpack_unpacked other;
    size_t used = 0;
    sl_val v;
    int same;

    msgpack_unpacked_init(&other);
    same = msgpack_unpack_next(&other, (const char *)batch->body, batch->body_len, &used) ==
               MSGPACK_UNPACK_SUCCESS &&
           used == batch->body_len && other.data.type == MSGPACK_OBJECT_ARRAY &&
           other.data.via.array.size == batch->nrec;
    (void)sl_val_read(batch->body, &v);
    same = same && same_value(&other.data, &v);
    msgpack_unpacked_destroy(&other);
    return same;
}

/* ---- making batches ------------------------------------------------------------------------ */

typedef struct world {
    sl_mem *mem;
    sl_pathset *set;
    sl_pool *pool;
    sl_ptree *tree;
} world;

/* Declare some paths of the stock, then perhaps open the set. */
static void make_world(world *w, gen *g)
{
    uint32_t n = gen_below(g, 12);
    uint8_t text[3][300];

    w->mem = sl_mem_new(NULL, NULL, "world", 0);
    w->set = sl_pathset_new(w->mem, SLOTS);
    w->pool = sl_pool_new(w->mem, 1u << 20);
    for (uint32_t i = 0; i < n; i++) {
        sl_bytes keys[3];
        uint32_t depth = gen_range(g, 1, 3);
        for (uint32_t k = 0; k < depth; k++) {
            keys[k].len = gen_stock_key(gen_below(g, 16), text[k]);
            keys[k].ptr = text[k];
        }
        (void)sl_pathset_add(w->set, keys, depth);
    }
    if (gen_one_in(g, 2))
        sl_pathset_open(w->set);
    w->tree = sl_ptree_new(w->mem, w->set, gen_one_in(g, 4) ? gen_below(g, 30) : 4096);
}

static void end_world(world *w)
{
    sl_ptree_free(w->tree);
    sl_pool_unref(w->pool);
    sl_pathset_unref(w->set);
    sl_mem_drop(w->mem);
}

/* Walk the map at AT, which was just written to B, in step with the tree and note its slots: what a
 * decoder does while it writes. */
static const uint8_t *note_slots(world *w, sl_builder *b, sl_pnode *node, const uint8_t *at)
{
    sl_pnode *prev = NULL;
    sl_val map;
    const uint8_t *p = sl_val_read(at, &map);

    for (uint64_t i = 0; i < map.n; i++) {
        sl_pnode *child;
        sl_val key = {0};
        p = sl_val_read(p, &key);
        child = sl_ptree_child(w->tree, node, prev, key.ptr, key.n);
        if (!child) {
            p = sl_val_skip(p);
            continue;
        }
        prev = child;
        if (child->slot != SL_NO_SLOT && child->slot >= b->nslot) {
            /* The body stays where it is: no bytes are asked for. */
            if (sl_builder_grow(b, 0) != SL_OK)
                return NULL;
        }
        if (child->slot < b->nslot && b->slot)
            b->slot[(size_t)b->nrec * b->stride + child->slot] = (uint32_t)(p - b->body);
        if (*p >> 4 == 8 || *p == 0xde || *p == 0xdf)
            p = note_slots(w, b, child, p);
        else
            p = sl_val_skip(p);
    }
    return p;
}

/* A batch of random records; with slots unless there may be duplicate keys. */
static sl_batch *draw_batch(world *w, gen *g, int has_duplicates)
{
    static gen_out o;
    sl_builder *b = sl_builder_new(w->pool, has_duplicates ? NULL : w->set, NULL);
    uint32_t n = gen_below(g, 40);

    if (!b)
        abort();
    for (uint32_t i = 0; i < n; i++) {
        o.len = 0;
        o.has_duplicates = has_duplicates;
        gen_put_map(g, &o, 4);
        if (sl_builder_grow(b, o.len) != SL_OK)
            abort();
        memcpy(b->cur, o.bytes, o.len);
        if (!has_duplicates)
            (void)note_slots(w, b, sl_ptree_root(w->tree), b->cur);
        b->cur += o.len;
        b->rec[++b->nrec] = (uint32_t)(b->cur - b->body);
    }
    return sl_builder_finish(b);
}

/* ---- what must hold ------------------------------------------------------------------------ */

static int is_valid(const sl_batch *batch)
{
    uint32_t rows = 0;

    return sl_body_check(batch->body, batch->body_len, 128, &rows, NULL) == SL_OK &&
           rows == batch->nrec;
}

/* Is what each path of the set leads to, by slot, what walking finds? */
static int slots_lead_where_walking_leads(const sl_batch *batch, const sl_pathset *set)
{
    for (uint32_t s = 0; s < sl_pathset_count(set); s++) {
        sl_bytes keys[8];
        sl_path_priv path = {.pub = {set, s, 0, sl_path_walk}, .keys = keys};
        path.n = sl_pathset_keys(set, s, keys, 8);
        SL_EACH (row, batch)
            HOLD(sl_batch_at(batch, row, &path.pub) == sl_path_walk(batch, row, &path.pub));
    }
    return 1;
}

static int same_row(const sl_batch *a, uint32_t i, const sl_batch *b, uint32_t k)
{
    uint32_t len = a->rec[i + 1] - a->rec[i];

    return b->rec[k + 1] - b->rec[k] == len &&
           !memcmp(a->body + a->rec[i], b->body + b->rec[k], len);
}

/* Are the rows of B those rows of A that SEL counts? */
static int rows_are(const sl_batch *a, const sl_batch *sel, const sl_batch *b)
{
    uint32_t k = 0;

    HOLD(sel->nsel == b->nsel);
    SL_EACH (row, sel)
        HOLD(same_row(a, row, b, k++));
    return 1;
}

/* Select, copy the selection, copy the copy: all must be the same rows. */
static int copies_are_the_rows(world *w, gen *g, sl_batch *batch)
{
    uint16_t row[64];
    uint32_t n = gen_subset(g, row, batch->nrec);
    sl_batch *sel = sl_batch_select(batch, row, n);
    sl_builder *b = sl_builder_new(w->pool, w->set, sel);
    sl_batch *copy;
    sl_batch *again;
    int good;

    good = sl_builder_copy(b, NULL, 0) == SL_OK;
    copy = sl_builder_finish(b);
    b = sl_builder_new(w->pool, w->set, batch);
    good = good && sl_builder_copy(b, row, n) == SL_OK;
    again = sl_builder_finish(b);
    good = good && is_valid(copy) && rows_are(batch, sel, copy) && rows_are(batch, sel, again) &&
           slots_lead_where_walking_leads(sel, w->set) &&
           slots_lead_where_walking_leads(copy, w->set) &&
           slots_lead_where_walking_leads(again, w->set) && (copy->slot || !batch->slot);
    sl_batch_unref(again);
    sl_batch_unref(copy);
    sl_batch_unref(sel);
    return good;
}

/* Rebuild the slots with another tree; the maker's must be the same. */
static int rebuilding_gives_the_same_slots(world *w, sl_batch *batch)
{
    sl_ptree *tree = sl_ptree_new(w->mem, w->set, 4096);
    sl_batch *first = sl_batch_reslot(batch, tree);
    sl_batch *second = sl_batch_reslot(batch, tree);
    int good = first && second && slots_lead_where_walking_leads(first, w->set) &&
               slots_lead_where_walking_leads(second, w->set);

    for (uint32_t i = 0; good && batch->slot && i < batch->nrec; i++) {
        for (uint32_t s = 0; s < batch->nslot; s++)
            good = good && first->slot[(size_t)i * first->stride + s] ==
                               batch->slot[(size_t)i * batch->stride + s];
    }
    if (!good)
        fprintf(stderr, "rebuilt slots differ\n");
    sl_batch_unref(first);
    sl_batch_unref(second);
    sl_ptree_free(tree);
    return good;
}

static int any_records_hold(gen *g, void *arg)
{
    int has_duplicates = *(const int *)arg;
    sl_batch *batch;
    world w;
    int good;

    make_world(&w, g);
    batch = draw_batch(&w, g, has_duplicates);
    good = batch && is_valid(batch) && same_as_other_reader(batch) &&
           slots_lead_where_walking_leads(batch, w.set) && copies_are_the_rows(&w, g, batch) &&
           rebuilding_gives_the_same_slots(&w, batch);
    sl_batch_unref(batch);
    if (sl_pool_out(w.pool))
        good = 0;
    end_world(&w);
    return good;
}

START_TEST(records_are_the_same_by_slot_by_walking_and_for_another_reader)
{
    int has_duplicates = 0;

    ck_assert(gen_check("records", any_records_hold, &has_duplicates, 2000, 1));
}
END_TEST

START_TEST(last_of_duplicate_keys_counts_in_rebuilt_slots)
{
    int has_duplicates = 1;

    ck_assert(gen_check("duplicates", any_records_hold, &has_duplicates, 2000, 1000001));
}
END_TEST

/* ---- the writers of the SDK ---------------------------------------------------------------- */

/* Write a random value with the inline writers; the same into the other library's packer. */
static void write_both(gen *g, sl_writer *w, msgpack_packer *pk)
{
    static uint8_t text[65536];
    uint32_t n;
    int64_t i;
    uint64_t u;
    double f;

    switch (gen_below(g, 8)) {
    case 0:
        sl_row_put_nil(w, NULL);
        msgpack_pack_nil(pk);
        break;
    case 1:
        n = gen_below(g, 2);
        sl_row_put_bool(w, NULL, (int)n);
        if (n)
            msgpack_pack_true(pk);
        else
            msgpack_pack_false(pk);
        break;
    case 2:
        i = gen_i64(g);
        sl_row_put_i64(w, NULL, i);
        msgpack_pack_int64(pk, i);
        break;
    case 3:
        u = gen_u64(g);
        sl_row_put_u64(w, NULL, u);
        msgpack_pack_uint64(pk, u);
        break;
    case 4:
        f = gen_f64(g);
        sl_row_put_f64(w, NULL, f);
        msgpack_pack_double(pk, f);
        break;
    case 5:
        n = gen_text(g, text, 300);
        sl_row_put_str(w, NULL, text, n);
        msgpack_pack_str_with_body(pk, text, n);
        break;
    case 6:
        n = gen_text(g, text, 300);
        sl_row_put_bin(w, NULL, text, n);
        msgpack_pack_bin_with_body(pk, text, n);
        break;
    default:
        n = gen_below(g, 40);
        memset(text, 'e', 40);
        sl_row_put_ext(w, NULL, (int8_t)(n - 20), text, n);
        msgpack_pack_ext_with_body(pk, text, n, (int8_t)(n - 20));
        break;
    }
}

/* Scalars that the inline writers make are byte for byte those of the other library, which also
 * takes the shortest form. */
static int writers_agree(gen *g, void *arg)
{
    msgpack_sbuffer want;
    msgpack_packer pk;
    sl_builder *b;
    sl_writer w;
    world place;
    uint32_t n = gen_below(g, 60);
    int good;

    (void)arg;
    make_world(&place, g);
    b = sl_builder_new(place.pool, NULL, NULL);
    msgpack_sbuffer_init(&want);
    msgpack_packer_init(&pk, &want, msgpack_sbuffer_write);
    sl_writer_init(&w, &lib_rows, b);
    good = sl_row_begin(&w);
    sl_row_text_key(&w, "a", 1);
    sl_row_array(&w, NULL);
    for (uint32_t i = 0; i < n; i++)
        write_both(g, &w, &pk);
    sl_row_close(&w);
    good = good && sl_row_end(&w, 0) == SL_OK;
    /* In front: array32 of 5 bytes, map16 of 3, "a" of 2, array16 of 3. */
    good = good && b->rec[1] == 13 + want.size && b->body[5] == 0xde && b->body[7] == 1 &&
           b->body[10] == 0xdc && b->body[12] == n &&
           (!n || !memcmp(b->body + 13, want.data, want.size));
    msgpack_sbuffer_destroy(&want);
    sl_builder_discard(b);
    end_world(&place);
    return good;
}

START_TEST(inline_writers_take_the_shortest_form)
{
    ck_assert(gen_check("writers", writers_agree, NULL, 2000, 77));
}
END_TEST

SUITE("rows_property", records_are_the_same_by_slot_by_walking_and_for_another_reader,
      last_of_duplicate_keys_counts_in_rebuilt_slots, inline_writers_take_the_shortest_form)
