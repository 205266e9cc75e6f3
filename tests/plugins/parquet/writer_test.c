/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/plugins/parquet/writer_test.c - which columns follow from which records.
 *
 * Records are written as JSON without escapes. That values arrive whole is shown elsewhere, by
 * independent readers (tests/interop/parquet_records.py); here are names, types, the growing of
 * files, dead letters and the failing of memory, with slots and without.
 */
#include "tests/plugins/parquet/format_host.h"

#include "tests/lib/suite.h"

/* ---- records from text ----------------------------------------------------------------------- */

static uint8_t packed[1 << 16];
static uint8_t *pack_at;
static const char *text_at;

static void pack_value(void);

static void pack_string(void)
{
    const char *end = strchr(++text_at, '"');

    pack_at = sl_enc_str_head(pack_at, (uint64_t)(end - text_at));
    memcpy(pack_at, text_at, (size_t)(end - text_at));
    pack_at += end - text_at;
    text_at = end + 1;
}

static void pack_items(char close, uint8_t head)
{
    uint8_t *count = pack_at++;
    uint8_t n = 0;

    for (text_at++; *text_at != close; n++) {
        text_at += *text_at == ',';
        if (close == '}') {
            pack_string();
            text_at++;
        }
        pack_value();
    }
    ck_assert_uint_lt(n, 16);
    *count = head | n;
    text_at++;
}

static void pack_number(void)
{
    char *end, *stop;
    int64_t i = strtoll(text_at, &end, 10);
    double d = strtod(text_at, &stop);

    pack_at = stop == end ? sl_enc_i64(pack_at, i) : sl_enc_f64(pack_at, d);
    text_at = stop;
}

static void pack_value(void)
{
    if (*text_at == '{') {
        pack_items('}', 0x80);
    } else if (*text_at == '[') {
        pack_items(']', 0x90);
    } else if (*text_at == '"') {
        pack_string();
    } else if (*text_at == 'n' || *text_at == 't') {
        *pack_at++ = *text_at == 'n' ? 0xc0 : 0xc3;
        text_at += 4;
    } else if (*text_at == '$') { /* decimal 1.23, or an instant */
        pack_at = sl_enc_ext(pack_at, SL_EXT_DECIMAL, "\0\x02\x7b", 3);
        text_at++;
    } else if (*text_at == '@') {
        pack_at = sl_enc_time(pack_at, 1767225600000000);
        text_at++;
    } else {
        pack_number();
    }
}

/* ---- a file ---------------------------------------------------------------------------------- */

static sl_format *writer_format;
static sl_format_file *open_file;
static sl_files_out out;
static int with_slots;

static void start(int64_t group_rows)
{
    writer_format = fh_begin("none", group_rows, 0);
    ck_assert_ptr_nonnull(writer_format);
    ck_assert_int_eq(format_begin(writer_format, &out, &open_file), SL_OK);
}

static sl_batch *batch_of(const char *text)
{
    const uint8_t *at = packed;
    sl_batch *batch;

    pack_at = packed;
    for (text_at = text; *text_at; text_at += *text_at == ' ')
        pack_value();
    memset(pack_at, 0, 64);
    batch = fh_batch(&at, pack_at, 1000, with_slots);
    ck_assert_ptr_nonnull(batch);
    return batch;
}

/* Add the records of TEXT, which are separated by a space; gives how many were done. */
static uint32_t add(const char *text, sl_status want)
{
    sl_batch *batch = batch_of(text);
    uint32_t done = 0;

    ck_assert_int_eq(format_add(open_file, batch, NULL, batch->nrec, &done), want);
    ck_assert(want != SL_OK || done == batch->nrec);
    sl_batch_unref(batch);
    return done;
}

static void finish(const char *schema)
{
    ck_assert_int_eq(fh_finish(open_file), SL_OK);
    ck_assert_str_eq(fh.schema, schema);
}

static void next_file(void)
{
    ck_assert_int_eq(format_begin(writer_format, &out, &open_file), SL_OK);
}

static void end(void)
{
    fh_end(writer_format);
    ck_assert_int_eq(fh.blocks, 0);
}

/* Write RECORDS into one file, with slots and without, and compare its schema. */
static void expect_schema(const char *records, const char *schema)
{
    for (with_slots = 0; with_slots < 2; with_slots++) {
        start(1000000);
        (void)add(records, SL_OK);
        finish(schema);
        end();
    }
}

/* ---- types ----------------------------------------------------------------------------------- */

START_TEST(columns_have_the_types_of_their_values)
{
    expect_schema("{\"a\":1,\"b\":1.5,\"c\":\"x\",\"d\":true,\"e\":@,\"f\":$}",
                  "a:int64 b:double c:string d:bool e:timestamptz f:decimal(38,2)");
}
END_TEST

START_TEST(objects_are_structs_and_arrays_lists)
{
    expect_schema("{\"a\":{\"x\":1,\"y\":{\"z\":\"t\"}},\"l\":[{\"s\":1},{\"t\":[1]}]}",
                  "a:struct(x:int64 y:struct(z:string)) "
                  "l:list(element:struct(s:int64 t:list(element:int64)))");
}
END_TEST

START_TEST(path_of_nulls_has_no_column)
{
    expect_schema("{\"a\":null,\"b\":1} {\"a\":null,\"c\":{\"d\":null}}",
                  "b:int64 c:map(key!string value:string)");
}
END_TEST

START_TEST(empty_objects_and_arrays_get_columns_of_text)
{
    expect_schema("{\"a\":{},\"b\":[],\"c\":[[]],\"d\":[{}]}",
                  "a:map(key!string value:string) b:list(element:string) "
                  "c:list(element:list(element:string)) "
                  "d:list(element:map(key!string value:string))");
}
END_TEST

START_TEST(integers_and_floats_of_the_first_row_group_are_doubles)
{
    expect_schema("{\"a\":1} {\"a\":1.5} {\"a\":2}", "a:double");
}
END_TEST

START_TEST(integers_that_are_no_doubles_stay_integers)
{
    for (with_slots = 0; with_slots < 2; with_slots++) {
        start(1000000);
        (void)add("{\"a\":9007199254740993}", SL_OK);
        (void)add("{\"a\":1.5}", SL_OK);
        finish("a:int64 a__double:double");
        end();
    }
    expect_schema("{\"a\":1.5} {\"a\":9007199254740993}", "a:double a__int:int64");
}
END_TEST

START_TEST(integers_of_one_chunk_are_looked_at_again_when_the_column_turns_double)
{
    expect_schema("{\"a\":1,\"b\":9007199254740993} {\"a\":9007199254740993,\"b\":1} {\"a\":1.5}",
                  "a:double a__int:int64 b:int64");
}
END_TEST

START_TEST(value_of_another_type_goes_to_a_sibling)
{
    expect_schema("{\"a\":1} {\"a\":\"x\"} {\"a\":true} {\"a\":[1]} {\"a\":{\"b\":1}}",
                  "a:int64 a__string:string a__bool:bool a__list:list(element:int64) "
                  "a__struct:struct(b:int64)");
}
END_TEST

START_TEST(mixed_list_is_json_text)
{
    expect_schema("{\"a\":[1,\"x\"]} {\"a\":[1]} {\"a\":[\"y\"]}",
                  "a:json a__list:list(element:int64)");
    expect_schema("{\"a\":[[1],[\"x\"]]}", "a:json");
}
END_TEST

START_TEST(lists_of_numbers_unite_like_numbers)
{
    expect_schema("{\"a\":[1,2]} {\"a\":[0.5,3]}", "a:list(element:double)");
    expect_schema("{\"a\":[9007199254740993]} {\"a\":[0.5]}",
                  "a:list(element:double) a__json:json");
}
END_TEST

/* ---- names ----------------------------------------------------------------------------------- */

START_TEST(names_are_cleaned_and_collisions_numbered)
{
    expect_schema("{\"geo.ip\":1,\"2x\":1,\"\":1,\"Price\":1,\"price\":1,\"PRICE\":1,\"geo_ip\":1}",
                  "geo_ip:int64 _2x:int64 _:int64 Price:int64 price__2:int64 PRICE__3:int64 "
                  "geo_ip__2:int64");
}
END_TEST

START_TEST(key_that_is_spelt_like_a_sibling_collides)
{
    expect_schema("{\"a\":1,\"a__string\":1} {\"a\":\"x\"}",
                  "a:int64 a__string__2:string a__string:int64");
}
END_TEST

START_TEST(case_is_folded_beyond_ascii)
{
    expect_schema("{\"\xc3\x84\":1,\"\xc3\xa4\":1,\"\xd0\x94\":1,\"\xd0\xb4\":1}",
                  "\xc3\x84:int64 \xc3\xa4__2:int64 \xd0\x94:int64 \xd0\xb4__2:int64");
}
END_TEST

START_TEST(long_key_is_cut_between_characters)
{
    char out_name[SL_PW_NAME_ROOM];
    uint8_t key[300];

    memset(key, 'k', sizeof(key));
    memcpy(key + 199, "\xc3\xa4", 2);

    ck_assert_uint_eq(sl_pw_name_clean(key, sizeof(key), out_name), 199);
    key[199] = 'k';
    key[200] = 'k';
    ck_assert_uint_eq(sl_pw_name_clean(key, sizeof(key), out_name), 200);
}
END_TEST

START_TEST(example_of_the_rules_gives_its_columns)
{
    expect_schema("{\"id\":1,\"Price\":10,\"tags\":[]} "
                  "{\"id\":2,\"price\":\"n/a\",\"geo.ip\":\"::1\"} "
                  "{\"id\":3,\"Price\":10.5,\"tags\":[\"x\"],\"\":true}",
                  "id:int64 Price:double tags:list(element:string) price__2:string geo_ip:string "
                  "_:bool");
}
END_TEST

/* ---- growing --------------------------------------------------------------------------------- */

START_TEST(late_column_is_null_in_earlier_rows)
{
    for (with_slots = 0; with_slots < 2; with_slots++) {
        start(1000000);
        (void)add("{\"a\":{\"b\":1}} {\"a\":null} {}", SL_OK);
        (void)add("{\"a\":{\"c\":\"x\"}}", SL_OK);

        finish("a:struct(b:int64 c:string)");

        ck_assert_str_eq(fh.columns, "a.b=3+ a.c=3+");
        end();
    }
}
END_TEST

START_TEST(new_column_after_the_first_row_group_needs_a_new_file)
{
    for (with_slots = 0; with_slots < 2; with_slots++) {
        start(2);
        (void)add("{\"a\":1} {\"a\":2} {\"a\":3}", SL_OK);

        ck_assert_uint_eq(add("{\"a\":4} {\"a\":5,\"b\":null} {\"b\":1} {\"a\":6}", SL_AGAIN), 2);

        finish("a:int64");
        next_file();
        (void)add("{\"b\":1}", SL_OK);
        finish("a:int64 b:int64");
        end();
    }
}
END_TEST

START_TEST(settled_type_stays_in_later_files)
{
    start(2);
    (void)add("{\"a\":1} {\"a\":2} {\"a\":3}", SL_OK);
    finish("a:int64");
    next_file();

    (void)add("{\"a\":1.5}", SL_OK);

    finish("a:int64 a__double:double");
    end();
}
END_TEST

START_TEST(partition_column_is_left_to_the_folder)
{
    for (with_slots = 0; with_slots < 2; with_slots++) {
        start(1000000);
        fh.part.name = fh.part.text = "country";
        fh.part.is_column = 1;
        fh.env.nparts = 1;

        (void)add("{\"a\":1,\"country\":\"de\"}", SL_OK);

        finish("a:int64");
        end();
    }
}
END_TEST

START_TEST(file_of_nulls_alone_still_has_a_column)
{
    expect_schema("{\"a\":null}", "a:string");
    expect_schema("{}", "_:string");
}
END_TEST

/* ---- failures -------------------------------------------------------------------------------- */

#define SAMPLE                                                                                     \
    "{\"a\":1,\"b\":{\"c\":\"x\",\"d\":[1,2]},\"e\":[{\"f\":1.5}],\"g\":$} "                       \
    "{\"a\":2.5,\"b\":{},\"e\":[],\"h\":@,\"i\":[[1],[\"x\"]]} "                                   \
    "{\"a\":\"t\",\"b\":null,\"e\":[{\"f\":1,\"k\":{}}],\"l\":{}}"

/* Write SAMPLE in small batches as long as memory lasts; gives the first failure. */
static sl_status write_sample(uint64_t fail_at)
{
    sl_status rc = SL_E_NOMEM;
    uint32_t i;

    open_file = NULL;
    writer_format = fh_begin("snappy", 4, fail_at);
    if (writer_format)
        rc = format_begin(writer_format, &out, &open_file);
    for (i = 0; i < 3 && rc == SL_OK; i++) {
        sl_batch *batch = batch_of(SAMPLE);
        uint32_t done = 0;

        rc = format_add(open_file, batch, NULL, batch->nrec, &done);
        ck_assert(rc != SL_OK || done == batch->nrec);
        sl_batch_unref(batch);
    }
    if (rc == SL_OK)
        rc = fh_finish(open_file);
    if (rc != SL_OK)
        sl_pw_file_free(open_file);
    fh_end(writer_format);
    return rc;
}

START_TEST(every_allocation_may_fail)
{
    for (with_slots = 0; with_slots < 2; with_slots++) {
        sl_status rc = SL_E_NOMEM;
        uint64_t at;

        for (at = 1; rc != SL_OK; at++) {
            rc = write_sample(at);
            ck_assert(rc == SL_E_NOMEM || rc == SL_E_FATAL || rc == SL_OK);
            ck_assert_int_eq(fh.blocks, 0);
        }
        ck_assert_uint_gt(at, 200);
    }
}
END_TEST

START_TEST(row_that_would_pass_the_limit_of_columns_is_sent_off)
{
    for (with_slots = 0; with_slots < 2; with_slots++) {
        start(1000000);
        (void)add("{\"a\":1}", SL_OK);
        writer_format->schema.leaves = SL_PW_LEAVES;

        (void)add("{\"a\":2} {\"b\":3} {\"a\":4}", SL_OK);

        ck_assert_uint_eq(fh.rejected, 1);
        ck_assert_uint_eq(open_file->rows, 3);
        finish("a:int64");
        end();
    }
}
END_TEST

SUITE("parquet writer", columns_have_the_types_of_their_values,
      objects_are_structs_and_arrays_lists, path_of_nulls_has_no_column,
      empty_objects_and_arrays_get_columns_of_text,
      integers_and_floats_of_the_first_row_group_are_doubles,
      integers_that_are_no_doubles_stay_integers,
      integers_of_one_chunk_are_looked_at_again_when_the_column_turns_double,
      value_of_another_type_goes_to_a_sibling, mixed_list_is_json_text,
      lists_of_numbers_unite_like_numbers, names_are_cleaned_and_collisions_numbered,
      key_that_is_spelt_like_a_sibling_collides, case_is_folded_beyond_ascii,
      long_key_is_cut_between_characters, example_of_the_rules_gives_its_columns,
      late_column_is_null_in_earlier_rows, new_column_after_the_first_row_group_needs_a_new_file,
      settled_type_stays_in_later_files, partition_column_is_left_to_the_folder,
      file_of_nulls_alone_still_has_a_column, every_allocation_may_fail,
      row_that_would_pass_the_limit_of_columns_is_sent_off)
