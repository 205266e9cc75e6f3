/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/sdk/batch_test.c - building, sharing, selecting and copying batches.
 *
 * Most tests use the edge of make_edge: slots 0 "id", 1 "name", 2 "at.x"; rows {id, name, at: {x}}.
 */
#include "tests/lib/fail_mem.h"
#include "tests/lib/rows.h"
#include "tests/lib/suite.h"

#include <pthread.h>
#include <stdio.h>

typedef struct edge {
    sl_mem *mem;
    sl_pathset *set;
    sl_pool *pool;
    sl_key id;
    sl_key name;
    sl_key at;
    sl_key x;
    uint8_t room[4][32];
} edge;

static uint32_t add_path(sl_pathset *set, const char *text)
{
    sl_bytes keys[8];
    void *block = NULL;
    uint32_t at;
    sl_mem *mem = sl_mem_new(NULL, NULL, "path", 0);
    uint32_t n = sl_path_parse(mem, text, keys, 8, &block, &at);
    uint32_t slot = sl_pathset_add(set, keys, n);

    sl_mem_free(block);
    sl_mem_drop(mem);
    return slot;
}

/* False when memory is short. */
static int make_edge(edge *e, const sl_mem_source *source)
{
    memset(e, 0, sizeof *e);
    e->mem = sl_mem_new(source, NULL, "edge", 0);
    if (!e->mem)
        return 0;
    e->set = sl_pathset_new(e->mem, 16);
    e->pool = sl_pool_new(e->mem, 1u << 20);
    if (!e->set || !e->pool)
        return 0;
    if (add_path(e->set, "id") == SL_NO_SLOT || add_path(e->set, "name") == SL_NO_SLOT ||
        add_path(e->set, "at.x") == SL_NO_SLOT)
        return 0;
    make_key(&e->id, e->room[0], "id", 0);
    make_key(&e->name, e->room[1], "name", 1);
    make_key(&e->at, e->room[2], "at", SL_NO_SLOT);
    make_key(&e->x, e->room[3], "x", 2);
    return 1;
}

static void end_edge(edge *e)
{
    sl_pool_unref(e->pool);
    sl_pathset_unref(e->set);
    if (e->mem)
        sl_mem_drop(e->mem);
}

static void put_row(edge *e, sl_writer *w, uint32_t i, uint32_t from)
{
    char name[32];
    int n = snprintf(name, sizeof name, "row %u", i);

    if (!sl_row_begin(w))
        return;
    sl_row_put_i64(w, &e->id, i);
    if (i % 3)
        sl_row_put_str(w, &e->name, name, (uint64_t)n);
    sl_row_map(w, &e->at);
    sl_row_put_f64(w, &e->x, i / 2.0);
    sl_row_close(w);
    (void)sl_row_end(w, from);
}

/* N rows numbered from BEGIN; NULL when memory is short. */
static sl_batch *make_batch(edge *e, uint32_t begin, uint32_t n, sl_batch *like)
{
    sl_builder *b = sl_builder_new(e->pool, e->set, like);
    sl_writer w;

    if (!b)
        return NULL;
    sl_writer_init(&w, &lib_rows, b);
    for (uint32_t i = 0; i < n; i++)
        put_row(e, &w, begin + i, i);
    if (w.status != SL_OK) {
        sl_builder_discard(b);
        return NULL;
    }
    return sl_builder_finish(b);
}

/* As make_batch, when memory is never short. */
static sl_batch *need_batch(edge *e, uint32_t begin, uint32_t n, sl_batch *like)
{
    sl_batch *batch = make_batch(e, begin, n, like);

    if (!batch)
        abort();
    return batch;
}

static sl_path path_of(edge *e, uint32_t slot, sl_path_priv *priv, sl_bytes *keys)
{
    memset(priv, 0, sizeof *priv);
    priv->n = sl_pathset_keys(e->set, slot, keys, 8);
    priv->keys = keys;
    priv->pub.set = e->set;
    priv->pub.slot = slot;
    priv->pub.walk = sl_path_walk;
    return priv->pub;
}

/* The counted rows of BATCH must be numbers WANT[0..N), by slot as well as by walking. */
static void check_rows(edge *e, const sl_batch *batch, const uint32_t *want, uint32_t n)
{
    sl_path_priv path[3];
    sl_bytes keys[3][8];
    uint32_t i = 0;

    for (uint32_t s = 0; s < 3; s++)
        (void)path_of(e, s, &path[s], keys[s]);
    ck_assert_uint_eq(batch->nsel, n);
    SL_EACH (row, batch) {
        sl_val v;
        ck_assert(sl_batch_get(batch, row, &path[0].pub, &v));
        ck_assert_int_eq(v.i, want[i]);
        ck_assert(sl_batch_get(batch, row, &path[1].pub, &v) == (want[i] % 3 != 0));
        ck_assert(sl_batch_get(batch, row, &path[2].pub, &v));
        ck_assert(v.f == want[i] / 2.0);
        for (uint32_t s = 0; s < 3; s++)
            ck_assert_uint_eq(sl_batch_at(batch, row, &path[s].pub),
                              sl_path_walk(batch, row, &path[s].pub));
        i++;
    }
    ck_assert_uint_eq(i, n);
}

START_TEST(rows_written_are_read_back_through_slots_and_by_walking)
{
    edge e;
    sl_batch *batch;
    uint32_t want[600];

    ck_assert(make_edge(&e, NULL));
    for (uint32_t i = 0; i < 600; i++)
        want[i] = 50 + i;
    batch = need_batch(&e, 50, 600, NULL);

    ck_assert_uint_eq(batch->nrec, 600);
    ck_assert_uint_eq(batch->nslot, 3);
    ck_assert_uint_eq(batch->stride, 8);
    ck_assert_uint_eq(batch->body[0], 0xdd);
    ck_assert_uint_eq(sl_get32(batch->body + 1), 600);
    ck_assert_uint_eq(batch->rec[0], 5);
    ck_assert_uint_eq(batch->rec[600], batch->body_len);
    for (uint32_t i = 0; i < SL_BATCH_PAD; i++)
        ck_assert_uint_eq(batch->body[batch->body_len + i], 0);
    check_rows(&e, batch, want, 600);
    sl_batch_unref(batch);
    end_edge(&e);
}
END_TEST

START_TEST(empty_batch_is_a_batch)
{
    edge e;
    sl_batch *batch;

    ck_assert(make_edge(&e, NULL));
    batch = need_batch(&e, 0, 0, NULL);

    ck_assert_uint_eq(batch->body_len, 5);
    ck_assert_uint_eq(batch->nsel, 0);
    check_rows(&e, batch, NULL, 0);
    sl_batch_unref(batch);
    end_edge(&e);
}
END_TEST

START_TEST(selection_shares_the_arrays_and_holds_the_first_batch)
{
    static const uint16_t odd[] = {1, 3, 5, 7, 9};
    static const uint16_t some[] = {3, 9};
    static const uint32_t want[] = {3, 9};
    edge e;
    sl_batch *batch;
    sl_batch *first;
    sl_batch *second;

    ck_assert(make_edge(&e, NULL));
    batch = need_batch(&e, 0, 10, NULL);
    first = sl_batch_select(batch, odd, 5);
    second = sl_batch_select(first, some, 2);
    sl_batch_unref(first);
    ck_assert_uint_eq(batch->refs, 2);
    ck_assert_ptr_eq(second->body, batch->body);
    ck_assert_uint_eq(sl_batch_bytes(second), sl_batch_bytes(batch));
    sl_batch_unref(batch);

    check_rows(&e, second, want, 2);
    sl_batch_unref(second);
    ck_assert_uint_eq(sl_pool_out(e.pool), 0);
    end_edge(&e);
}
END_TEST

START_TEST(selection_of_nothing_counts_no_row)
{
    edge e;
    sl_batch *batch;
    sl_batch *none;

    ck_assert(make_edge(&e, NULL));
    batch = need_batch(&e, 0, 10, NULL);
    none = sl_batch_select(batch, NULL, 0);

    check_rows(&e, none, NULL, 0);
    sl_batch_unref(none);
    sl_batch_unref(batch);
    end_edge(&e);
}
END_TEST

START_TEST(copied_rows_carry_bytes_and_slots)
{
    static const uint16_t pick[] = {0, 1, 2, 5, 9};
    static const uint32_t want[] = {20, 21, 22, 25, 29, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 7};
    edge e;
    sl_batch *batch;
    sl_batch *copy;
    sl_builder *b;
    sl_writer w;

    ck_assert(make_edge(&e, NULL));
    batch = need_batch(&e, 20, 10, NULL);
    b = sl_builder_new(e.pool, e.set, batch);
    ck_assert_int_eq(sl_builder_copy(b, pick, 5), SL_OK);
    ck_assert_int_eq(sl_builder_copy(b, NULL, 0), SL_OK);
    sl_writer_init(&w, &lib_rows, b);
    put_row(&e, &w, 7, 4);
    copy = sl_builder_finish(b);
    sl_batch_unref(batch);

    ck_assert_ptr_nonnull(copy->slot);
    check_rows(&e, copy, want, 16);
    sl_batch_unref(copy);
    end_edge(&e);
}
END_TEST

START_TEST(copy_of_a_selection_takes_the_rows_that_count)
{
    static const uint16_t odd[] = {1, 3, 4, 5};
    static const uint32_t want[] = {1, 3, 4, 5};
    edge e;
    sl_batch *batch;
    sl_batch *sel;
    sl_batch *copy;
    sl_builder *b;

    ck_assert(make_edge(&e, NULL));
    batch = need_batch(&e, 0, 10, NULL);
    sel = sl_batch_select(batch, odd, 4);
    b = sl_builder_new(e.pool, e.set, sel);
    ck_assert_int_eq(sl_builder_copy(b, NULL, 0), SL_OK);
    copy = sl_builder_finish(b);

    ck_assert_uint_eq(copy->nrec, 4);
    check_rows(&e, copy, want, 4);
    sl_batch_unref(copy);
    sl_batch_unref(sel);
    sl_batch_unref(batch);
    end_edge(&e);
}
END_TEST

START_TEST(copy_from_another_path_set_drops_the_slots)
{
    static const uint32_t want[] = {0, 1, 2};
    edge e;
    edge other;
    sl_batch *batch;
    sl_batch *copy;
    sl_builder *b;

    ck_assert(make_edge(&e, NULL));
    ck_assert(make_edge(&other, NULL));
    batch = need_batch(&e, 0, 3, NULL);
    b = sl_builder_new(other.pool, other.set, batch);
    ck_assert_int_eq(sl_builder_copy(b, NULL, 0), SL_OK);
    ck_assert_int_eq(sl_builder_grow(b, 1 << 20), SL_OK);
    ck_assert_ptr_null(b->slot);
    copy = sl_builder_finish(b);

    ck_assert_ptr_null(copy->slot);
    check_rows(&other, copy, want, 3);
    sl_batch_unref(copy);
    sl_batch_unref(batch);
    end_edge(&other);
    end_edge(&e);
}
END_TEST

START_TEST(copy_without_like_is_an_error_not_a_crash)
{
    edge e;
    sl_builder *b;

    ck_assert(make_edge(&e, NULL));
    b = sl_builder_new(e.pool, e.set, NULL);

    ck_assert_int_eq(sl_builder_copy(b, NULL, 0), SL_E_FATAL);
    sl_builder_discard(b);
    end_edge(&e);
}
END_TEST

START_TEST(origins_of_a_source_reach_the_rows_made_from_its_batch)
{
    static const char *const each[] = {"o0", "o1", "o2", "o3"};
    static const uint16_t pick[] = {1, 3};
    edge e;
    sl_bytes origin[4];
    sl_batch *raw;
    sl_batch *rows;
    sl_builder *b;

    ck_assert(make_edge(&e, NULL));
    for (uint32_t i = 0; i < 4; i++)
        origin[i] = bytes_of(each[i]);
    b = sl_builder_new(e.pool, e.set, NULL);
    sl_writer w;
    sl_writer_init(&w, &lib_rows, b);
    for (uint32_t i = 0; i < 4; i++)
        put_row(&e, &w, i, 0);
    ck_assert_int_eq(sl_builder_origin(b, 9, origin[0], origin[3], origin), SL_OK);
    put_row(&e, &w, 4, 0);
    raw = sl_builder_finish(b);
    ck_assert_uint_eq(raw->origin[4].len, 0);

    b = sl_builder_new(e.pool, e.set, raw);
    ck_assert_int_eq(sl_builder_copy(b, pick, 2), SL_OK);
    sl_writer_init(&w, &lib_rows, b);
    put_row(&e, &w, 70, 3);
    b->within[1] = 17;
    rows = sl_builder_finish(b);
    sl_batch_unref(raw);

    ck_assert_uint_eq(rows->split, 9);
    ck_assert_mem_eq(rows->first.ptr, "o0", 2);
    ck_assert_mem_eq(rows->last.ptr, "o3", 2);
    ck_assert_mem_eq(rows->origin[0].ptr, "o1", 2);
    ck_assert_mem_eq(rows->origin[1].ptr, "o3", 2);
    ck_assert_mem_eq(rows->origin[2].ptr, "o3", 2);
    ck_assert_ptr_eq(rows->origin[1].ptr, rows->origin[2].ptr);
    ck_assert_uint_eq(rows->within[0], 0);
    ck_assert_uint_eq(rows->within[1], 17);
    sl_batch_unref(rows);
    end_edge(&e);
}
END_TEST

START_TEST(times_and_ops_are_lent_row_by_row_and_may_be_overwritten)
{
    static const int64_t times[] = {100, 200, 300};
    static const uint8_t ops[] = {0, 1, 2};
    static const uint16_t pick[] = {1, 2};
    edge e;
    sl_batch *batch;
    sl_batch *copy;
    sl_builder *b;

    ck_assert(make_edge(&e, NULL));
    batch = need_batch(&e, 0, 3, NULL);
    batch->time_us = times;
    batch->op = ops;
    batch->watermark_us = 50;
    batch->arrived_us = 60;
    b = sl_builder_new(e.pool, e.set, batch);
    ck_assert_int_eq(sl_builder_copy(b, pick, 2), SL_OK);
    ck_assert_int_eq(sl_builder_copy(b, pick, 2), SL_OK);
    b->time_us[3] = 1000;
    b->op[0] = 0;
    copy = sl_builder_finish(b);

    ck_assert_int_eq(copy->time_us[0], 200);
    ck_assert_int_eq(copy->time_us[1], 300);
    ck_assert_int_eq(copy->time_us[3], 1000);
    ck_assert_int_eq(copy->time_min_us, 200);
    ck_assert_int_eq(copy->time_max_us, 1000);
    ck_assert_uint_eq(copy->op[0], 0);
    ck_assert_uint_eq(copy->op[1], 2);
    ck_assert_uint_eq(copy->op[2], 1);
    ck_assert_int_eq(copy->watermark_us, 50);
    ck_assert_int_eq(copy->arrived_us, 60);
    sl_batch_unref(copy);
    batch->time_us = NULL;
    sl_batch_unref(batch);
    end_edge(&e);
}
END_TEST

START_TEST(slots_learned_while_building_appear_after_grow)
{
    edge e;
    sl_builder *b;
    sl_batch *batch;
    sl_writer w;
    sl_path_priv path;
    sl_bytes keys[8];
    sl_key extra;
    uint8_t room[32];
    sl_val v;

    ck_assert(make_edge(&e, NULL));
    sl_pathset_open(e.set);
    b = sl_builder_new(e.pool, e.set, NULL);
    sl_writer_init(&w, &lib_rows, b);
    put_row(&e, &w, 0, 0);
    for (uint32_t i = 0; i < 13; i++) {
        char name[8];
        (void)snprintf(name, sizeof name, "k%u", i);
        ck_assert_uint_eq(add_path(e.set, name), 3 + i);
    }
    ck_assert_uint_eq(add_path(e.set, "full"), SL_NO_SLOT);
    ck_assert_int_eq(sl_builder_grow(b, 1), SL_OK);
    ck_assert_uint_eq(b->nslot, 3);
    ck_assert_int_eq(sl_builder_grow(b, 0), SL_OK);
    ck_assert_uint_eq(b->nslot, 16);
    make_key(&extra, room, "k12", 15);
    ck_assert(sl_row_begin(&w));
    sl_row_put_i64(&w, &extra, 5);
    ck_assert_int_eq(sl_row_end(&w, 0), SL_OK);
    batch = sl_builder_finish(b);

    (void)path_of(&e, 15, &path, keys);
    ck_assert_uint_eq(batch->nslot, 16);
    ck_assert(!sl_batch_get(batch, 0, &path.pub, &v));
    ck_assert(sl_batch_get(batch, 1, &path.pub, &v));
    ck_assert_int_eq(v.i, 5);
    (void)path_of(&e, 2, &path, keys);
    ck_assert(sl_batch_get(batch, 0, &path.pub, &v));
    sl_batch_unref(batch);
    end_edge(&e);
}
END_TEST

START_TEST(slot_matrix_is_laid_anew_when_the_rows_get_wider)
{
    edge e;
    sl_builder *b;
    sl_batch *batch;
    sl_writer w;
    sl_pathset *set;
    sl_mem *mem = sl_mem_new(NULL, NULL, "wide", 0);
    uint32_t want[90];

    ck_assert(make_edge(&e, NULL));
    sl_pathset_unref(e.set);
    set = e.set = sl_pathset_new(mem, 1000);
    ck_assert_uint_eq(add_path(set, "id"), 0);
    ck_assert_uint_eq(add_path(set, "name"), 1);
    ck_assert_uint_eq(add_path(set, "at.x"), 2);
    sl_pathset_open(set);
    b = sl_builder_new(e.pool, set, NULL);
    sl_writer_init(&w, &lib_rows, b);
    for (uint32_t i = 0; i < 90; i++) {
        char name[8];
        want[i] = i;
        put_row(&e, &w, i, 0);
        for (uint32_t k = 0; k < 5; k++) {
            (void)snprintf(name, sizeof name, "k%u", i * 5 + k);
            (void)add_path(set, name);
        }
        ck_assert_int_eq(sl_builder_grow(b, 0), SL_OK);
        ck_assert_uint_eq(b->nslot, 3 + (i + 1) * 5);
    }
    batch = sl_builder_finish(b);

    ck_assert_uint_eq(batch->nslot, 453);
    check_rows(&e, batch, want, 90);
    sl_batch_unref(batch);
    end_edge(&e);
    sl_mem_drop(mem);
}
END_TEST

static uint32_t calls_seen;

static void count_call(void *arg)
{
    calls_seen++;
    (void)arg;
}

START_TEST(pool_tells_when_the_fill_falls_below_the_cap)
{
    edge e;
    sl_batch *batch[64];
    uint32_t n = 0;

    ck_assert(make_edge(&e, NULL));
    sl_pool_unref(e.pool);
    e.pool = sl_pool_new(e.mem, 300000);
    calls_seen = 0;
    sl_pool_watch(e.pool, count_call, NULL);
    while (sl_pool_out(e.pool) < sl_pool_cap(e.pool))
        batch[n++] = need_batch(&e, 0, 100, NULL);
    ck_assert_uint_eq(calls_seen, 0);
    ck_assert_uint_gt(n, 2);

    sl_batch_unref(batch[--n]);
    ck_assert_uint_eq(calls_seen, 1);
    sl_batch_unref(batch[--n]);
    ck_assert_uint_eq(calls_seen, 1);
    sl_pool_watch(e.pool, NULL, NULL);
    while (n)
        sl_batch_unref(batch[--n]);

    ck_assert_uint_eq(sl_pool_out(e.pool), 0);
    end_edge(&e);
}
END_TEST

/* A lane that uses batches that it got from another. */
static void *use_batches(void *arg)
{
    sl_batch *batch = arg;
    static const uint16_t pick[] = {1, 5};

    for (uint32_t i = 0; i < 2000; i++) {
        sl_batch *held = sl_batch_ref(batch);
        sl_batch *sel = sl_batch_select(held, pick, 2);
        sl_batch_unref(held);
        sl_batch_unref(sel);
    }
    sl_batch_unref(batch);
    return NULL;
}

START_TEST(batches_go_back_to_their_pool_from_any_thread)
{
    pthread_t threads[3];
    edge e;

    ck_assert(make_edge(&e, NULL));
    sl_pool_unref(e.pool);
    e.pool = sl_pool_new(e.mem, 100000);
    sl_pool_watch(e.pool, count_call, NULL);
    for (uint32_t round = 0; round < 20; round++) {
        for (uint32_t i = 0; i < 3; i++)
            ck_assert_int_eq(
                pthread_create(&threads[i], NULL, use_batches, need_batch(&e, i, 10, NULL)), 0);
        sl_batch_unref(need_batch(&e, 0, 300, NULL));
        for (uint32_t i = 0; i < 3; i++)
            (void)pthread_join(threads[i], NULL);
    }

    ck_assert_uint_eq(sl_pool_out(e.pool), 0);
    sl_pool_watch(e.pool, NULL, NULL);
    end_edge(&e);
    ck_assert_uint_gt(calls_seen, 0);
}
END_TEST

START_TEST(batch_outlives_pool_set_and_account)
{
    fail_mem counted;
    edge e;
    sl_batch *batch;

    fail_mem_init(&counted, 0);
    ck_assert(make_edge(&e, &counted.source));
    batch = need_batch(&e, 0, 5, NULL);
    end_edge(&e);

    ck_assert_uint_eq(batch->nrec, 5);
    ck_assert_int_gt(counted.blocks, 0);
    sl_batch_unref(batch);
    ck_assert_int_eq(counted.blocks, 0);
}
END_TEST

START_TEST(rows_and_bytes_have_their_limits)
{
    edge e;
    sl_builder *b;
    sl_writer w;
    sl_batch *batch;

    ck_assert(make_edge(&e, NULL));
    b = sl_builder_new(e.pool, NULL, NULL);
    sl_writer_init(&w, &lib_rows, b);
    for (uint32_t i = 0; i < SL_BATCH_ROWS_MAX; i++) {
        ck_assert(sl_row_begin(&w));
        ck_assert_int_eq(sl_row_end(&w, 0), SL_OK);
    }
    ck_assert(!sl_row_begin(&w));
    ck_assert_int_eq(w.status, SL_E_DATA);
    ck_assert_int_eq(sl_builder_grow(b, 1 << 30), SL_E_DATA);
    ck_assert_int_eq(sl_builder_grow(b, UINT64_MAX), SL_E_DATA);
    batch = sl_builder_finish(b);

    ck_assert_uint_eq(batch->nrec, 65535);
    ck_assert_ptr_null(batch->slot);
    sl_batch_unref(batch);
    end_edge(&e);
}
END_TEST

/* Build, copy, select and rebuild with the N-th allocation failing. False when memory was short. */
static int churn(const sl_mem_source *source)
{
    static const uint16_t pick[] = {1, 2, 70};
    sl_batch *batch = NULL;
    sl_batch *copy = NULL;
    sl_batch *sel = NULL;
    sl_batch *anew = NULL;
    sl_ptree *tree = NULL;
    sl_builder *b;
    edge e;
    int good = make_edge(&e, source);

    if (good)
        batch = make_batch(&e, 0, 300, NULL);
    if (batch) {
        b = sl_builder_new(e.pool, e.set, batch);
        if (b && sl_builder_origin(b, 1, bytes_of("a"), bytes_of("b"), NULL) == SL_OK &&
            sl_builder_copy(b, NULL, 0) == SL_OK)
            copy = sl_builder_finish(b);
        else
            sl_builder_discard(b);
        sel = sl_batch_select(batch, pick, 3);
        tree = sl_ptree_new(e.mem, e.set, 100);
    }
    if (tree)
        anew = sl_batch_reslot(batch, tree);
    good = copy && sel && anew;
    if (anew && copy)
        ck_assert_mem_eq(anew->slot, batch->slot, 300 * 8 * 4);
    sl_ptree_free(tree);
    sl_batch_unref(anew);
    sl_batch_unref(sel);
    sl_batch_unref(copy);
    sl_batch_unref(batch);
    end_edge(&e);
    return good;
}

START_TEST(every_allocation_may_fail)
{
    uint64_t n = 0;
    fail_mem failing;
    int good;

    do {
        fail_mem_init(&failing, ++n);
        good = churn(&failing.source);
        ck_assert_int_eq(failing.blocks, 0);
        ck_assert(good || fail_mem_met(&failing));
    } while (fail_mem_met(&failing));

    ck_assert(good);
    ck_assert_uint_gt(n, 15);
}
END_TEST

SUITE("batch", rows_written_are_read_back_through_slots_and_by_walking, empty_batch_is_a_batch,
      selection_shares_the_arrays_and_holds_the_first_batch, selection_of_nothing_counts_no_row,
      copied_rows_carry_bytes_and_slots, copy_of_a_selection_takes_the_rows_that_count,
      copy_from_another_path_set_drops_the_slots, copy_without_like_is_an_error_not_a_crash,
      origins_of_a_source_reach_the_rows_made_from_its_batch,
      times_and_ops_are_lent_row_by_row_and_may_be_overwritten,
      slots_learned_while_building_appear_after_grow,
      slot_matrix_is_laid_anew_when_the_rows_get_wider,
      pool_tells_when_the_fill_falls_below_the_cap, batches_go_back_to_their_pool_from_any_thread,
      batch_outlives_pool_set_and_account, rows_and_bytes_have_their_limits,
      every_allocation_may_fail)
