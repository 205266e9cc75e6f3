/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/plugins/parquet/file_test.c - schema, columns and files of the Parquet library.
 *
 * That files are right is shown by independent readers (tests/interop/parquet_property.py); here
 * is what these can't show: levels, limits, order of calls, memory and output that fail.
 */
#include "plugins/parquet/lib/pq_priv.h"

#include "tests/lib/suite.h"
#include "tests/plugins/parquet/pq_fixture.h"

static pq_memory memory;
static pq_file file;
static sl_pq_schema *schema;
static sl_pq_writer *writer;

static void start(void)
{
    pq_memory_init(&memory, 0);
    pq_file_init(&file, 8u << 20);
    schema = sl_pq_schema_new(&memory.table);
    ck_assert_ptr_nonnull(schema);
    writer = NULL;
}

static void end(void)
{
    sl_pq_writer_free(writer);
    sl_pq_schema_free(schema);
    pq_file_fini(&file);
    ck_assert_int_eq(memory.blocks, 0);
}

static int try_add(uint32_t parent, const char *name, sl_pq_kind kind, int required, uint32_t *node)
{
    sl_pq_field f = {.name = name, .kind = kind, .required = required, .id = SL_PQ_NO_ID};

    f.name_len = (uint32_t)strlen(name);
    f.precision = 20;
    f.length = 5;
    return sl_pq_schema_add(schema, parent, &f, node);
}

static uint32_t add(uint32_t parent, const char *name, sl_pq_kind kind, int required)
{
    uint32_t node = 0;

    ck_assert_int_eq(try_add(parent, name, kind, required, &node), SL_PQ_OK);
    return node;
}

static void open_writer(const sl_pq_options *o)
{
    ck_assert_int_eq(sl_pq_writer_open(schema, o, &file.table, &writer), SL_PQ_OK);
}

/* ---- schema ---------------------------------------------------------------------------------- */

START_TEST(levels_follow_nesting_and_nullability)
{
    start();
    uint32_t user = add(SL_PQ_ROOT, "user", SL_PQ_STRUCT, 0);
    uint32_t id = add(user, "id", SL_PQ_INT64, 1);
    uint32_t items = add(user, "items", SL_PQ_LIST, 0);
    uint32_t item = add(items, "", SL_PQ_STRUCT, 0);
    uint32_t tags = add(item, "tags", SL_PQ_MAP, 1);
    uint32_t key = add(tags, "", SL_PQ_STRING, 0);
    uint32_t value = add(tags, "", SL_PQ_STRING, 0);

    ck_assert_uint_eq(sl_pq_schema_def(schema, user), 1);
    ck_assert_uint_eq(sl_pq_schema_def(schema, id), 1);
    ck_assert_uint_eq(sl_pq_schema_def(schema, items), 2);
    ck_assert_uint_eq(sl_pq_schema_rep(schema, items), 1);
    ck_assert_uint_eq(sl_pq_schema_def(schema, item), 4);
    ck_assert_uint_eq(sl_pq_schema_rep(schema, item), 1);
    ck_assert_uint_eq(sl_pq_schema_def(schema, tags), 4);
    ck_assert_uint_eq(sl_pq_schema_rep(schema, tags), 2);
    ck_assert_uint_eq(sl_pq_schema_def(schema, key), 5);
    ck_assert_uint_eq(sl_pq_schema_def(schema, value), 6);
    end();
}
END_TEST

START_TEST(what_the_format_cannot_hold_is_refused)
{
    start();
    uint32_t leaf = add(SL_PQ_ROOT, "a", SL_PQ_INT64, 1);
    uint32_t list = add(SL_PQ_ROOT, "l", SL_PQ_LIST, 1);
    uint32_t map = add(SL_PQ_ROOT, "m", SL_PQ_MAP, 1);

    ck_assert_int_eq(try_add(SL_PQ_ROOT, "a", SL_PQ_STRING, 1, NULL), SL_PQ_E_SCHEMA);
    ck_assert_int_eq(try_add(leaf, "x", SL_PQ_STRING, 1, NULL), SL_PQ_E_SCHEMA);
    ck_assert_int_eq(try_add(map, "", SL_PQ_STRUCT, 1, NULL), SL_PQ_E_SCHEMA);
    ck_assert_int_eq(try_add(999, "x", SL_PQ_STRING, 1, NULL), SL_PQ_E_SCHEMA);
    ck_assert_int_eq(try_add(SL_PQ_ROOT, "n", SL_PQ_NULL, 1, NULL), SL_PQ_E_SCHEMA);
    (void)add(list, "", SL_PQ_INT8, 1);
    ck_assert_int_eq(try_add(list, "", SL_PQ_INT8, 1, NULL), SL_PQ_E_SCHEMA);
    (void)add(map, "", SL_PQ_INT8, 1);
    (void)add(map, "", SL_PQ_INT8, 1);
    ck_assert_int_eq(try_add(map, "", SL_PQ_INT8, 1, NULL), SL_PQ_E_SCHEMA);
    end();
}
END_TEST

START_TEST(nesting_beyond_the_limit_is_refused)
{
    uint32_t node = SL_PQ_ROOT, depth = 0;

    start();

    while (try_add(node, "", SL_PQ_LIST, 0, &node) == SL_PQ_OK)
        depth++;

    ck_assert_uint_gt(depth, 100);
    ck_assert_uint_le(sl_pq_schema_def(schema, node), 255);
    end();
}
END_TEST

START_TEST(decimals_take_the_fewest_bytes)
{
    static const struct {
        int32_t precision;
        int32_t physical;
        uint32_t width;
    } CASES[] = {{1, SL_PQ_P_INT32, 4},   {9, SL_PQ_P_INT32, 4},  {10, SL_PQ_P_INT64, 8},
                 {18, SL_PQ_P_INT64, 8},  {19, SL_PQ_P_FIXED, 9}, {21, SL_PQ_P_FIXED, 9},
                 {22, SL_PQ_P_FIXED, 10}, {38, SL_PQ_P_FIXED, 16}};
    size_t i;

    for (i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        sl_pq_node node = {.field = {.kind = SL_PQ_DECIMAL, .precision = CASES[i].precision}};

        sl_pq_node_set_type(&node);

        ck_assert_int_eq(node.physical, CASES[i].physical);
        ck_assert_uint_eq(node.width, CASES[i].width);
    }
}
END_TEST

/* ---- columns --------------------------------------------------------------------------------- */

START_TEST(dictionary_is_kept_for_few_values_and_given_up_for_many)
{
    uint8_t text[16 + SL_PQ_PAD] = "value-00000000";
    sl_pq_column *few, *many;
    uint32_t i;

    start();
    uint32_t a = add(SL_PQ_ROOT, "few", SL_PQ_STRING, 1);
    uint32_t b = add(SL_PQ_ROOT, "many", SL_PQ_STRING, 1);
    open_writer(NULL);
    few = sl_pq_writer_column(writer, a);
    many = sl_pq_writer_column(writer, b);

    for (i = 0; i < 50000; i++) {
        ck_assert_int_eq(sl_pq_add_bytes(few, 0, text + i % 7, 5), SL_PQ_OK);
        memcpy(text, &i, sizeof(i));
        ck_assert_int_eq(sl_pq_add_bytes(many, 0, text, 14), SL_PQ_OK);
        memcpy(text, "value-00000000", 14);
    }
    ck_assert_int_eq(sl_pq_rows(writer, 50000), SL_PQ_OK);

    ck_assert_uint_eq(few->chunk->dict_pages, 2);
    ck_assert_uint_eq(few->chunk->dict_count, 7);
    ck_assert_uint_eq(many->chunk->dict_pages, 0);
    ck_assert_uint_gt(many->chunk->plain_pages, 0);
    ck_assert_int_eq(sl_pq_writer_flush(writer), SL_PQ_OK);
    ck_assert_ptr_nonnull(few->slot);
    ck_assert_ptr_null(many->slot);
    end();
}
END_TEST

START_TEST(pages_close_at_the_row_limit)
{
    sl_pq_options o = {.page_rows = 100};
    sl_pq_column *col;
    const sl_pq_page *page;
    uint32_t i;

    start();
    uint32_t node = add(SL_PQ_ROOT, "n", SL_PQ_INT64, 0);
    open_writer(&o);
    col = sl_pq_writer_column(writer, node);

    for (i = 0; i < 250; i++)
        ck_assert_int_eq(i % 3 ? sl_pq_add_i64(col, 0, i) : sl_pq_add_null(col, 0, 0), SL_PQ_OK);

    page = (const sl_pq_page *)(const void *)col->chunk->info.ptr;
    ck_assert_uint_eq(col->chunk->info.len, 2 * sizeof(*page));
    ck_assert_uint_eq(page[0].rows, 100);
    ck_assert_uint_eq(page[1].rows, 100);
    ck_assert_uint_eq(page[0].nulls, 34);
    ck_assert_uint_eq(sl_pq_column_rows(col), 250);
    end();
}
END_TEST

START_TEST(row_of_a_list_never_spans_pages)
{
    sl_pq_options o = {.page_bytes = 64};
    sl_pq_column *col;
    const sl_pq_page *page;
    uint32_t row, i, pages;

    start();
    uint32_t list = add(SL_PQ_ROOT, "l", SL_PQ_LIST, 1);
    uint32_t node = add(list, "", SL_PQ_INT64, 1);
    open_writer(&o);
    col = sl_pq_writer_column(writer, node);

    for (row = 0; row < 10; row++)
        for (i = 0; i < 50; i++)
            ck_assert_int_eq(sl_pq_add_i64(col, i > 0, i), SL_PQ_OK);
    ck_assert_int_eq(sl_pq_rows(writer, 10), SL_PQ_OK);
    ck_assert_int_eq(sl_pq_column_drain(col), SL_PQ_OK);

    page = (const sl_pq_page *)(const void *)col->chunk->info.ptr;
    pages = (uint32_t)(col->chunk->info.len / sizeof(*page));
    ck_assert_uint_eq(pages, 10);
    for (i = 0; i < pages; i++)
        ck_assert_uint_eq(page[i].rows, 1);
    end();
}
END_TEST

START_TEST(held_integers_become_doubles_only_when_exact)
{
    sl_pq_column *col;
    uint32_t i;
    double d;

    start();
    uint32_t node = add(SL_PQ_ROOT, "n", SL_PQ_INT64, 1);
    open_writer(NULL);
    col = sl_pq_writer_column(writer, node);
    ck_assert_int_eq(sl_pq_column_hold(col), SL_PQ_OK);
    for (i = 0; i < 50000; i++)
        ck_assert_int_eq(sl_pq_add_i64(col, 0, i), SL_PQ_OK);
    ck_assert_int_eq(sl_pq_add_i64(col, 0, (INT64_C(1) << 53) + 1), SL_PQ_OK);

    ck_assert_int_eq(sl_pq_column_to_double(col), SL_PQ_E_LIMIT);

    sl_pq_store64(col->val + 8 * (size_t)50000, UINT64_C(1) << 60);
    ck_assert_int_eq(sl_pq_column_to_double(col), SL_PQ_OK);
    memcpy(&d, col->val + 8 * (size_t)49999, sizeof(d));
    ck_assert(d == 49999.0);
    ck_assert_int_eq(sl_pq_column_to_double(col), SL_PQ_E_USE);
    ck_assert_int_eq(sl_pq_rows(writer, 50001), SL_PQ_OK);
    ck_assert_int_eq(sl_pq_writer_finish(writer), SL_PQ_OK);
    end();
}
END_TEST

START_TEST(colliding_hashes_cost_the_dictionary_not_the_time)
{
    uint8_t text[16 + SL_PQ_PAD] = {0};
    sl_pq_column *col;
    uint32_t i;

    start();
    uint32_t node = add(SL_PQ_ROOT, "s", SL_PQ_BYTES, 1);
    open_writer(NULL);
    col = sl_pq_writer_column(writer, node);

    for (i = 0; i < 500 && col->slot; i++) {
        memcpy(text, &i, sizeof(i));
        ck_assert_int_eq(sl_pq_entry(col, 0, col->def_max), SL_PQ_OK);
        ck_assert_int_eq(sl_pq_column_insert(col, 42, text, 16), SL_PQ_OK);
    }

    ck_assert_uint_gt(i, 90);
    ck_assert_uint_lt(i, 120);
    ck_assert_uint_eq(col->nval, i);
    ck_assert_uint_eq(col->val_len, i * 20);
    end();
}
END_TEST

/* ---- files ----------------------------------------------------------------------------------- */

START_TEST(columns_of_different_length_are_an_error_of_use)
{
    start();
    uint32_t a = add(SL_PQ_ROOT, "a", SL_PQ_BOOL, 1);
    uint32_t b = add(SL_PQ_ROOT, "b", SL_PQ_BOOL, 1);
    open_writer(NULL);
    ck_assert_int_eq(sl_pq_add_bool(sl_pq_writer_column(writer, a), 0, 1), SL_PQ_OK);
    ck_assert_ptr_nonnull(sl_pq_writer_column(writer, b));

    ck_assert_int_eq(sl_pq_rows(writer, 1), SL_PQ_E_USE);

    ck_assert_int_eq(sl_pq_writer_finish(writer), SL_PQ_E_USE);
    end();
}
END_TEST

START_TEST(leaf_may_come_late_but_not_after_the_first_row_group)
{
    start();
    uint32_t a = add(SL_PQ_ROOT, "a", SL_PQ_INT64, 0);
    open_writer(NULL);
    ck_assert_int_eq(sl_pq_add_i64(sl_pq_writer_column(writer, a), 0, 1), SL_PQ_OK);
    ck_assert_int_eq(sl_pq_rows(writer, 1), SL_PQ_OK);

    uint32_t b = add(SL_PQ_ROOT, "b", SL_PQ_STRING, 0);
    ck_assert_int_eq(sl_pq_add_null_n(sl_pq_writer_column(writer, b), 0, 1), SL_PQ_OK);
    ck_assert_int_eq(sl_pq_writer_flush(writer), SL_PQ_OK);
    uint32_t c = add(SL_PQ_ROOT, "c", SL_PQ_STRING, 0);

    ck_assert_ptr_null(sl_pq_writer_column(writer, c));
    end();
}
END_TEST

START_TEST(empty_file_is_whole)
{
    start();
    (void)add(SL_PQ_ROOT, "a", SL_PQ_INT64, 0);
    open_writer(NULL);

    ck_assert_int_eq(sl_pq_writer_finish(writer), SL_PQ_OK);

    ck_assert_uint_eq(file.len, sl_pq_writer_bytes(writer));
    ck_assert_mem_eq(file.data, "PAR1", 4);
    ck_assert_mem_eq(file.data + file.len - 4, "PAR1", 4);
    ck_assert_int_eq(sl_pq_writer_finish(writer), SL_PQ_E_USE);
    end();
}
END_TEST

START_TEST(bad_options_are_refused)
{
    sl_pq_options level = {.codec = SL_PQ_ZSTD, .level = 99};
    sl_pq_options codec = {.codec = SL_PQ_CODECS};

    start();

    ck_assert_int_eq(sl_pq_writer_open(schema, &level, &file.table, &writer), SL_PQ_E_USE);
    ck_assert_int_eq(sl_pq_writer_open(schema, &codec, &file.table, &writer), SL_PQ_E_USE);
    end();
}
END_TEST

/* A file with one column of each way of storing, two row groups, long and short texts, a late
 * column. Gives the first failure. */
static int write_sample(sl_pq_codec codec)
{
    static const sl_pq_kind KINDS[] = {SL_PQ_INT64, SL_PQ_STRING, SL_PQ_BYTES,  SL_PQ_DOUBLE,
                                       SL_PQ_UUID,  SL_PQ_BOOL,   SL_PQ_DECIMAL};
    sl_pq_options o = {.codec = codec,
                       .page_rows = 300,
                       .row_group_rows = 1500,
                       .row_group_least = 1,
                       .dictionary_bytes = 2000};
    uint8_t text[200 + SL_PQ_PAD];
    sl_pq_column *col[7];
    uint32_t i, k, node[7];
    int rc = SL_PQ_OK;

    schema = sl_pq_schema_new(&memory.table);
    if (!schema)
        return SL_PQ_E_NOMEM;
    for (k = 0; k < 7 && !rc; k++)
        rc = try_add(SL_PQ_ROOT, &"abcdefgh"[k], KINDS[k], 0, &node[k]);
    if (!rc)
        rc = sl_pq_writer_open(schema, &o, &file.table, &writer);
    for (k = 0; k < 7 && !rc; k++) {
        col[k] = sl_pq_writer_column(writer, node[k]);
        rc = col[k] ? SL_PQ_OK : SL_PQ_E_NOMEM;
    }
    memset(text, 'x', sizeof(text));
    for (i = 0; i < 2000 && !rc; i++) {
        memcpy(text, &i, sizeof(i));
        rc = sl_pq_add_i64(col[0], 0, i % 11);
        rc = rc ? rc : sl_pq_add_bytes(col[1], 0, text + 4, i % 90);
        rc = rc ? rc : sl_pq_add_bytes(col[2], 0, text, 4 + i % 190);
        rc = rc ? rc : i % 5 ? sl_pq_add_f64(col[3], 0, i) : sl_pq_add_null(col[3], 0, 0);
        rc = rc ? rc : sl_pq_add_fixed(col[4], 0, text);
        rc = rc ? rc : sl_pq_add_bool(col[5], 0, i & 1);
        rc = rc ? rc : sl_pq_add_fixed(col[6], 0, text);
        rc = rc ? rc : sl_pq_rows(writer, 1);
    }
    rc = rc ? rc : sl_pq_writer_metadata(writer, "key", "value", 5);
    return rc ? rc : sl_pq_writer_finish(writer);
}

static void free_sample(void)
{
    sl_pq_writer_free(writer);
    sl_pq_schema_free(schema);
    writer = NULL;
    schema = NULL;
}

START_TEST(every_allocation_may_fail)
{
    uint64_t at;
    int rc = SL_PQ_E_NOMEM;

    for (at = 1; rc != SL_PQ_OK; at++) {
        pq_memory_init(&memory, at);
        pq_file_init(&file, 8u << 20);

        rc = write_sample(SL_PQ_SNAPPY);

        free_sample();
        pq_file_fini(&file);
        ck_assert_int_eq(memory.blocks, 0);
        ck_assert(rc == SL_PQ_E_NOMEM || (rc == SL_PQ_OK && memory.calls < at));
    }
    ck_assert_uint_gt(at, 100);
}
END_TEST

START_TEST(every_write_may_fail)
{
    size_t whole, limit;
    int rc;

    pq_memory_init(&memory, 0);
    pq_file_init(&file, 8u << 20);
    ck_assert_int_eq(write_sample(SL_PQ_ZSTD), SL_PQ_OK);
    whole = file.len;
    free_sample();
    pq_file_fini(&file);

    for (limit = 0; limit < whole; limit += 1 + limit / 7) {
        pq_file_init(&file, limit);

        rc = write_sample(SL_PQ_ZSTD);

        ck_assert_int_eq(rc, SL_PQ_E_OUTPUT);
        free_sample();
        pq_file_fini(&file);
    }
    ck_assert_int_eq(memory.blocks, 0);
}
END_TEST

SUITE("parquet file", levels_follow_nesting_and_nullability, what_the_format_cannot_hold_is_refused,
      nesting_beyond_the_limit_is_refused, decimals_take_the_fewest_bytes,
      dictionary_is_kept_for_few_values_and_given_up_for_many, pages_close_at_the_row_limit,
      row_of_a_list_never_spans_pages, held_integers_become_doubles_only_when_exact,
      colliding_hashes_cost_the_dictionary_not_the_time,
      columns_of_different_length_are_an_error_of_use,
      leaf_may_come_late_but_not_after_the_first_row_group, empty_file_is_whole,
      bad_options_are_refused, every_allocation_may_fail, every_write_may_fail)
