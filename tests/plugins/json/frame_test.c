/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/plugins/json/frame_test.c - how text is cut into records, and what becomes of bad text.
 */
#include "plugins/json/json.h"
#include "tests/lib/suite.h"
#include "tests/plugins/json/fake.h"

#include <stdio.h>

static const char *const everything[] = {"*", NULL};

/* A decoder with the one setting NAME = VALUE (NULL: none). */
static fake *decoder(const char *name, const char *value)
{
    fake_setting settings[] = {{name, value}, {NULL, NULL}};
    fake *f = fake_new(&sl_json_decoder, name ? settings : NULL, everything, 0, NULL);

    ck_assert_ptr_nonnull(f);
    f->settings = NULL;
    return f;
}

static void push(fake *f, const char *text, uint32_t flags)
{
    ck_assert_int_eq(fake_push(f, text, strlen(text), 1, flags), SL_OK);
}

/* Dead letter I holds BYTES, for CODE. */
static void rejected(const fake *f, uint32_t i, const char *code, const char *bytes)
{
    ck_assert_uint_gt(f->nrejects, i);
    ck_assert_str_eq(f->rejects[i].code, code);
    ck_assert_str_eq(f->rejects[i].bytes, bytes);
    ck_assert_uint_eq(f->rejects[i].len, strlen(bytes));
}

static void finish(fake *f)
{
    ck_assert_int_eq(fake_free(f), 0);
}

START_TEST(records_stand_on_lines)
{
    fake *f = decoder(NULL, NULL);

    push(f, "{\"a\":1}\n{\"a\":2}\r\n\n  \n{\"a\":3}", SL_BATCH_LAST);

    ck_assert_str_eq(fake_dump(f), "{\"a\":1}\n{\"a\":2}\n{\"a\":3}\n");
    ck_assert_uint_eq(f->nrejects, 0);
    finish(f);
}
END_TEST

START_TEST(records_follow_each_other_on_one_line)
{
    fake *f = decoder(NULL, NULL);

    push(f, "{\"a\":1}{\"a\":2} [{\"a\":3}]5 \"x\" null", SL_BATCH_LAST);

    ck_assert_str_eq(fake_dump(f), "{\"a\":1}\n{\"a\":2}\n{\"a\":3}\n{\"value\":5}\n"
                                   "{\"value\":\"x\"}\n{\"value\":null}\n");
    finish(f);
}
END_TEST

START_TEST(records_span_lines)
{
    fake *f = decoder(NULL, NULL);

    push(f, "{\n  \"a\": [\n    1,\n    2\n  ]\n}\n{\n  \"b\": {\n  }\n}\n", SL_BATCH_LAST);

    ck_assert_str_eq(fake_dump(f), "{\"a\":[1,2]}\n{\"b\":{}}\n");
    ck_assert_uint_eq(f->nrejects, 0);
    finish(f);
}
END_TEST

START_TEST(array_on_top_is_a_list_of_records)
{
    fake *f = decoder(NULL, NULL);

    push(f, "[\n {\"a\":1},\n [7,8],\n \"t\"\n]\n[]", SL_BATCH_LAST);

    ck_assert_str_eq(fake_dump(f), "{\"a\":1}\n{\"value\":[7,8]}\n{\"value\":\"t\"}\n");
    ck_assert_uint_eq(f->nrejects, 0);
    finish(f);
}
END_TEST

START_TEST(byte_order_mark_is_no_part_of_the_text)
{
    fake *f = decoder(NULL, NULL);

    push(f, "\xef\xbb", 0);
    push(f, "\xbf{\"a\":1}\n", 0);
    push(f, "{\"a\":2}\n\xef\xbb\xbf{\"a\":3}\n", SL_BATCH_LAST);

    ck_assert_str_eq(fake_dump(f), "{\"a\":1}\n{\"a\":2}\n");
    ck_assert_uint_eq(f->nrejects, 1);
    finish(f);
}
END_TEST

START_TEST(place_in_the_payload_is_kept_for_each_record)
{
    fake *f = decoder(NULL, NULL);

    push(f, "{\"a\":", 0);
    push(f, "1}\n {\"a\":2}\n", SL_BATCH_LAST);

    ck_assert_uint_eq(f->nbatches, 1);
    ck_assert_uint_eq(f->batches[0]->within[0], 0);
    ck_assert_uint_eq(f->batches[0]->within[1], 4);
    ck_assert_uint_eq(f->batches[0]->split, 1);
    ck_assert_uint_eq(f->batches[0]->flags & SL_BATCH_LAST, SL_BATCH_LAST);
    finish(f);
}
END_TEST

static const char sample[] =
    "{\"id\":1,\"t\":\"a\\\\\\\"b\\u00e9\\ud83d\\ude00 \xc3\xa9\",\"n\":[1,-2.5e3,true,null]}\n"
    "  {\"id\":2,\"deep\":{\"x\":{\"y\":[{}, []]}}}{\"id\":3}\r\n\n"
    "[{\"id\":4},{\"id\":5,\"s\":\"]},{\"}\n, {\"id\":6} ]\n"
    "{\n  \"id\": 7,\n  \"list\": [\n    1,\n    12345678901234567890\n  ]\n}\n"
    "12 \"text\" false\n"
    "{\"id\":8,\"f\":0.30000000000000004}";

START_TEST(cuts_anywhere_change_nothing)
{
    fake *whole = decoder(NULL, NULL);
    char *expected;

    push(whole, sample, SL_BATCH_LAST);
    expected = strdup(fake_dump(whole));
    ck_assert_uint_eq(whole->nrejects, 0);
    ck_assert_uint_eq(fake_rows(whole), 11);

    for (size_t cut = 0; cut < sizeof sample; cut++) {
        for (size_t second = cut; second < sizeof sample; second += 7) {
            fake *f = decoder(NULL, NULL);

            ck_assert_int_eq(fake_push(f, sample, cut, 1, 0), SL_OK);
            ck_assert_int_eq(fake_push(f, sample + cut, second - cut, 1, 0), SL_OK);
            ck_assert_int_eq(
                fake_push(f, sample + second, sizeof sample - 1 - second, 1, SL_BATCH_LAST), SL_OK);
            ck_assert_str_eq(fake_dump(f), expected);
            ck_assert_uint_eq(f->nrejects, 0);
            finish(f);
        }
    }
    free(expected);
    finish(whole);
}
END_TEST

START_TEST(documents_longer_than_a_piece_come_through)
{
    char *text = malloc(1000000);
    size_t n = 0;
    char *expected = NULL;

    for (uint32_t doc = 0; doc < 5; doc++) {
        n += (size_t)sprintf(text + n, "{\n  \"list\": [\n");
        for (uint32_t i = 0; i < doc * 2000; i++)
            n += (size_t)sprintf(text + n, "    {\n      \"i\": %u\n    },\n", i);
        n += (size_t)sprintf(text + n, "    7\n  ]\n}\n{\"small\":%u}\n", doc);
    }
    for (size_t cut = 0; cut < n; cut += 39119) {
        fake *f = decoder(NULL, NULL);

        ck_assert_int_eq(fake_push(f, text, cut, 1, 0), SL_OK);
        ck_assert_int_eq(fake_push(f, text + cut, n - cut - cut % 2, 1, SL_BATCH_LAST), SL_OK);
        ck_assert_uint_eq(f->nrejects, 0);
        ck_assert_uint_eq(fake_rows(f), 10);
        if (!expected)
            expected = strdup(fake_dump(f));
        ck_assert_str_eq(fake_dump(f), expected);
        finish(f);
    }
    free(expected);
    free(text);
}
END_TEST

static const char broken[] = "{\"a\":1}\n{\"a\":}\n{\"a\":\"\xff\"}\n{\"a\":\"\t\"}\n{\"a\":2}\n"
                             "{\"a\":\"never closed\n{\"a\":3}\n{\"a\":[1,2\n{\"a\":4}\n";

START_TEST(cuts_anywhere_keep_the_good_records_among_bad_ones)
{
    for (size_t cut = 0; cut < sizeof broken; cut++) {
        fake *f = decoder(NULL, NULL);
        uint64_t bytes = 0;

        ck_assert_int_eq(fake_push(f, broken, cut, 1, 0), SL_OK);
        ck_assert_int_eq(fake_push(f, broken + cut, sizeof broken - 1 - cut, 1, SL_BATCH_LAST),
                         SL_OK);

        ck_assert_str_eq(fake_dump(f), "{\"a\":1}\n{\"a\":2}\n{\"a\":3}\n{\"a\":4}\n");
        ck_assert_uint_eq(f->nrejects, 5);
        for (uint32_t i = 0; i < f->nrejects; i++)
            bytes += f->rejects[i].len + 1;
        ck_assert_uint_eq(bytes + 4 * 8, sizeof broken - 1);
        finish(f);
    }
}
END_TEST

START_TEST(bad_lines_are_rejected_byte_for_byte)
{
    fake *f = decoder(NULL, NULL);

    push(f, broken, SL_BATCH_LAST);

    ck_assert_uint_eq(f->nrejects, 5);
    rejected(f, 0, "json.syntax", "{\"a\":}");
    rejected(f, 1, "json.utf8", "{\"a\":\"\xff\"}");
    rejected(f, 2, "json.control", "{\"a\":\"\t\"}");
    rejected(f, 3, "json.control", "{\"a\":\"never closed");
    rejected(f, 4, "json.syntax", "{\"a\":[1,2");
    ck_assert_uint_eq(f->rejects[0].at, 8);
    ck_assert_str_eq(f->rejects[0].why, "this is not JSON: unexpected '}' at byte 5");
    finish(f);
}
END_TEST

START_TEST(bad_document_of_many_lines_is_rejected_as_one)
{
    static const char text[] =
        "{\n  \"a\": 1\n}\n{\n  \"b\": 01,\n  \"c\": {\n  }\n}\n{\n  \"d\": 2\n}";
    fake *f = decoder(NULL, NULL);

    push(f, text, SL_BATCH_LAST);

    ck_assert_str_eq(fake_dump(f), "{\"a\":1}\n{\"d\":2}\n");
    ck_assert_uint_eq(f->nrejects, 1);
    rejected(f, 0, "json.number", "{\n  \"b\": 01,\n  \"c\": {\n  }\n}");
    finish(f);
}
END_TEST

START_TEST(bad_element_of_an_array_is_rejected_alone)
{
    static const char *const text[] = {
        "[\n {\n  \"a\": 1\n },\n {\n  \"a\": tru\n },\n {\n  \"a\": 3\n }\n]\n{\"a\":4}",
        "[{\"a\":1},\n{\"a\":tru},\n{\"a\":3}]\n{\"a\":4}",
        "[{\"a\":1},\n{\"a\":\"\xc0\"},\n{\"a\":3}]\n{\"a\":4}",
    };

    for (size_t i = 0; i < sizeof text / sizeof *text; i++) {
        fake *f = decoder(NULL, NULL);

        push(f, text[i], SL_BATCH_LAST);

        ck_assert_str_eq(fake_dump(f), "{\"a\":1}\n{\"a\":3}\n{\"a\":4}\n");
        ck_assert_uint_eq(f->nrejects, 1);
        finish(f);
    }
}
END_TEST

START_TEST(wrong_separators_of_an_array_cost_no_record)
{
    static const struct {
        const char *text;
        const char *rows;
        uint32_t rejects;
    } cases[] = {
        {"[1,2\n{\"a\":1}\n{\"a\":2}\n", "{\"value\":1}\n{\"value\":2}\n{\"a\":1}\n{\"a\":2}\n", 1},
        {"[1,,2]3", "{\"value\":1}\n{\"value\":2}\n{\"value\":3}\n", 1},
        {"[1,]3", "{\"value\":1}\n{\"value\":3}\n", 1},
        {"[,1]3", "{\"value\":1}\n{\"value\":3}\n", 1},
        {"[1 2]3", "{\"value\":1}\n{\"value\":2}\n{\"value\":3}\n", 1},
        {"[1,2", "{\"value\":1}\n{\"value\":2}\n", 1},
        {"[1,", "{\"value\":1}\n", 1},
        {"[", "", 1},
        {"{\"a\":1},\n{\"a\":2},\n", "{\"a\":1}\n{\"a\":2}\n", 2},
        {"]\n1", "{\"value\":1}\n", 1},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        fake *f = decoder(NULL, NULL);

        push(f, cases[i].text, SL_BATCH_LAST);

        ck_assert_msg(!strcmp(fake_dump(f), cases[i].rows), "%s gave %s", cases[i].text,
                      fake_dump(f));
        ck_assert_msg(f->nrejects == cases[i].rejects, "%s", cases[i].text);
        finish(f);
    }
}
END_TEST

START_TEST(array_on_top_streams_through_blocks_without_lines)
{
    fake *f = decoder(NULL, NULL);
    char text[64];

    push(f, "[", 0);
    for (uint32_t i = 0; i < 20000; i++) {
        (void)snprintf(text, sizeof text, "%s{\"id\":%u,\"text\":\"abc\"}", i ? "," : "", i);
        push(f, text, 0);
        if (i % 1000 == 999) {
            ck_assert_uint_eq(fake_rows(f), 1000);
            fake_clear(f);
        }
    }
    push(f, "]", SL_BATCH_LAST);

    ck_assert_uint_eq(f->nrejects, 0);
    finish(f);
}
END_TEST

START_TEST(message_holds_exactly_one_document)
{
    static const struct {
        const char *text;
        const char *rows;
        const char *code;
    } cases[] = {
        {" {\"a\":1}\n", "{\"a\":1}\n", NULL},
        {"[1,2]", "{\"value\":1}\n{\"value\":2}\n", NULL},
        {"7", "{\"value\":7}\n", NULL},
        {"{\"a\":1}{\"a\":2}", "", "json.trailing"},
        {"[1,2]]", "", "json.trailing"},
        {"[1,2", "", "json.syntax"},
        {"[1,2,]", "", "json.syntax"},
        {"[1 2]", "", "json.syntax"},
        {"[1,{\"a\":}]", "", "json.syntax"},
        {"{\"a\":1", "", "json.syntax"},
        {"\"open", "", "json.syntax"},
        {"\"a\xe2\x82\"", "", "json.utf8"},
        {"\"a\nb\"", "", "json.control"},
        {"", "", "json.empty"},
        {" \n", "", "json.empty"},
        {"nul", "", "json.syntax"},
        {"-", "", "json.number"},
        {"1x", "", "json.number"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        fake *f = decoder(NULL, NULL);

        push(f, cases[i].text, SL_BATCH_WHOLE);

        ck_assert_str_eq(fake_dump(f), cases[i].rows);
        ck_assert_uint_eq(f->nrejects, cases[i].code != NULL);
        if (cases[i].code)
            rejected(f, 0, cases[i].code, cases[i].text);
        finish(f);
    }
}
END_TEST

START_TEST(message_may_hold_many_documents_when_told_so)
{
    fake *f = decoder("documents", "many");

    push(f, "{\"a\":1}\nbad\n{\"a\":2}", SL_BATCH_WHOLE);

    ck_assert_str_eq(fake_dump(f), "{\"a\":1}\n{\"a\":2}\n");
    ck_assert_uint_eq(f->nrejects, 1);
    finish(f);
}
END_TEST

START_TEST(messages_stay_apart_and_know_their_raw_record)
{
    fake *f = decoder(NULL, NULL);
    sl_bytes payload[] = {{(const uint8_t *)"{\"a\":1}", 7},
                          {(const uint8_t *)"{\"a\":", 5},
                          {(const uint8_t *)"2}", 2},
                          {(const uint8_t *)"[{\"a\":3},{\"a\":4}]", 17}};

    ck_assert_int_eq(fake_push_batch(f, fake_raw(f, payload, 4, 1, SL_BATCH_WHOLE)), SL_OK);

    ck_assert_str_eq(fake_dump(f), "{\"a\":1}\n{\"a\":3}\n{\"a\":4}\n");
    ck_assert_uint_eq(f->nrejects, 2);
    ck_assert_uint_eq(f->rejects[0].row, 1);
    ck_assert_uint_eq(f->rejects[1].row, 2);
    ck_assert_uint_eq(f->batches[0]->within[2], 9);
    finish(f);
}
END_TEST

START_TEST(records_come_from_the_path_in_each_document)
{
    fake *f = decoder("records", "out.Records[]");

    push(f,
         "{\"x\":[{\"out\":1}],\"out\":{\"a\":{},\"Records\":[{\"id\":1},{\"id\":2},3],\"b\":0}}\n"
         "{\"out\":{\"Records\":[]}}\n{\"out\":[]}\n{\"out\":{\"Records\":{}}}\n[]\n"
         "{\"out\":{\"Records\":[{\"id\":4},{\"id\":}]}}\n{\"out\":{\"Records\":[{\"id\":5}]}}",
         SL_BATCH_LAST);

    ck_assert_str_eq(fake_dump(f), "{\"id\":1}\n{\"id\":2}\n{\"value\":3}\n{\"id\":5}\n");
    ck_assert_uint_eq(f->nrejects, 4);
    rejected(f, 0, "json.records", "{\"out\":[]}");
    rejected(f, 1, "json.records", "{\"out\":{\"Records\":{}}}");
    rejected(f, 2, "json.records", "[]");
    rejected(f, 3, "json.syntax", "{\"out\":{\"Records\":[{\"id\":4},{\"id\":}]}}");
    ck_assert_uint_eq(f->batches[0]->within[1], 51);
    finish(f);
}
END_TEST

START_TEST(path_to_the_records_is_checked)
{
    static const char *const bad[] = {"Records", "[]", "a..b[]", ".a[]", "a.[]", "a[].b[]."};

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        fake_setting settings[] = {{"records", bad[i]}, {NULL, NULL}};
        char why[256] = "";

        ck_assert_ptr_null(fake_new(&sl_json_decoder, settings, everything, 0, why));
        ck_assert_msg(!strncmp(why, "json.records.path", 17), "%s: %s", bad[i], why);
    }
}
END_TEST

START_TEST(record_over_the_limit_is_rejected_alone)
{
    fake *f = decoder("max_record", "1KiB");
    char *text = malloc(20000);

    memset(text, 'x', 20000);
    memcpy(text, "{\"a\":1}\n{\"a\":\"", 14);
    memcpy(text + 5000, "\"}\n{\"a\":2}\n{\"a\":\"", 17);
    memcpy(text + 6020, "\"}\n{\"a\":3}\n", 12);
    push(f, text, SL_BATCH_LAST);

    ck_assert_uint_eq(f->nrejects, 1);
    ck_assert_str_eq(f->rejects[0].code, "record.size");
    ck_assert_uint_eq(f->rejects[0].len, 4994);
    ck_assert_uint_eq(fake_rows(f), 4);
    free(text);
    finish(f);
}
END_TEST

START_TEST(record_over_the_limit_does_not_pile_up_in_memory)
{
    fake *f = decoder("max_record", "1KiB");
    char part[1000];
    uint64_t bytes = 0;

    memset(part, 'x', sizeof part);
    push(f, "{\"a\":1}\n{\"a\":\"", 0);
    for (uint32_t i = 0; i < 1000; i++)
        ck_assert_int_eq(fake_push(f, part, sizeof part, 1, 0), SL_OK);
    push(f, "\"}\n{\"a\":2}\n", SL_BATCH_LAST);

    ck_assert_str_eq(fake_dump(f), "{\"a\":1}\n{\"a\":2}\n");
    for (uint32_t i = 0; i < f->nrejects; i++) {
        ck_assert_str_eq(f->rejects[i].code, "record.size");
        bytes += f->rejects[i].len;
    }
    ck_assert_uint_eq(bytes, 6 + 1000000 + 2);
    ck_assert_uint_lt(sl_mem_peak(f->mem), 400000);
    finish(f);
}
END_TEST

START_TEST(output_comes_in_batches_of_moderate_size)
{
    fake *f = decoder(NULL, NULL);
    char *text = malloc(1100000);
    size_t len = 0;
    uint32_t rows = 0;

    while (len < 1048000)
        len += (size_t)sprintf(text + len, "{\"id\":%u,\"text\":\"abcdefghijklmnopqrstuvw\"}\n",
                               rows++);
    ck_assert_int_eq(fake_push(f, text, len, 1, SL_BATCH_LAST), SL_OK);

    ck_assert_uint_eq(fake_rows(f), rows);
    ck_assert_uint_gt(f->nbatches, 4);
    for (uint32_t i = 0; i < f->nbatches; i++)
        ck_assert_uint_lt(f->batches[i]->body_len, 140000);
    free(text);
    finish(f);
}
END_TEST

START_TEST(messages_come_out_in_batches_of_moderate_size_too)
{
    fake *f = decoder(NULL, NULL);
    static sl_bytes payload[2000];
    char text[600];

    memset(text, 'x', sizeof text);
    memcpy(text, "{\"a\":\"", 6);
    memcpy(text + sizeof text - 2, "\"}", 2);
    for (uint32_t i = 0; i < 2000; i++)
        payload[i] = (sl_bytes){(const uint8_t *)text, sizeof text};
    ck_assert_int_eq(fake_push_batch(f, fake_raw(f, payload, 2000, 1, SL_BATCH_WHOLE)), SL_OK);

    ck_assert_uint_eq(fake_rows(f), 2000);
    for (uint32_t i = 0; i < f->nbatches; i++)
        ck_assert_uint_lt(f->batches[i]->body_len, 140000);
    finish(f);
}
END_TEST

static uint64_t seed = 3;

static uint32_t pick(uint32_t n)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (uint32_t)(seed >> 33) % n;
}

/* Some text at TEXT, mostly whole records. */
static size_t some_text(char *text, uint32_t id)
{
    static const char *const bad[] = {"{\"bad\":}",       "{\"bad\":\"\xff\"}",
                                      "{\"bad\":\"\t\"}", "{\"bad\":\"open",
                                      "{\"bad\":[1,2",    "}",
                                      "nonsense",         "{\n  \"bad\": 01,\n  \"b\": 2\n}"};
    size_t n = 0;

    switch (pick(12)) {
    case 0:
        n += (size_t)sprintf(text, "{\n  \"id\": %u,\n  \"list\": [\n", id);
        for (uint32_t i = 0, most = pick(2000) * (pick(10) == 0); i < most; i++)
            n += (size_t)sprintf(text + n, "    {\n      \"i\": %u\n    },\n", i);
        return n + (size_t)sprintf(text + n, "    null\n  ]\n}\n");
    case 1:
        n += (size_t)sprintf(text, "[");
        for (uint32_t i = 0, most = pick(300); i < most; i++)
            n += (size_t)sprintf(text + n, "%s{\"id\":%u,\"i\":%u}", i ? "," : "", id, i);
        return n + (size_t)sprintf(text + n, "]\n");
    case 2:
        return (size_t)sprintf(text, "%s\n", bad[pick(8)]);
    case 3:
        n += (size_t)sprintf(text, "{\"id\":%u,\"text\":\"", id);
        for (uint32_t i = 0, most = pick(3000); i < most; i++)
            n += (size_t)sprintf(text + n, "%s", pick(9) ? "x]" : "\\\"{");
        return n + (size_t)sprintf(text + n, "\"}\n");
    default:
        return (size_t)sprintf(text, "{\"id\":%u,\"n\":[%u]}\n", id, pick(1000));
    }
}

START_TEST(cuts_of_long_mixed_text_change_no_record)
{
    char *text = malloc(4000000);

    for (uint32_t round = 0; round < 30; round++) {
        size_t n = 0;
        char *expected = NULL;

        for (uint32_t id = 0; n < 300000; id++)
            n += some_text(text + n, id);
        for (uint32_t run = 0; run < 4; run++) {
            fake *f = decoder(NULL, NULL);
            uint64_t lost = 0;

            for (size_t at = 0, step; run && at + 1 < n; at += step) {
                step = 1 + pick(run == 1 ? 200000 : 20000);
                step = at + step < n - 1 ? step : n - 1 - at;
                ck_assert_int_eq(fake_push(f, text + at, step, 1, 0), SL_OK);
            }
            ck_assert_int_eq(fake_push(f, text + (run ? n - 1 : 0), run ? 1 : n, 1, SL_BATCH_LAST),
                             SL_OK);
            for (uint32_t i = 0; i < f->nrejects; i++)
                lost += f->rejects[i].len;
            if (!expected)
                expected = strdup(fake_dump(f));
            ck_assert_msg(!strcmp(fake_dump(f), expected), "round %u, run %u", round, run);
            ck_assert_uint_lt(lost, n / 2);
            finish(f);
        }
        free(expected);
    }
    free(text);
}
END_TEST

START_TEST(decoding_goes_on_where_no_builder_was_to_be_had)
{
    fake *f = decoder(NULL, NULL);
    const sl_transform_ops *ops = sl_json_decoder.ops;
    sl_bytes payload[2];
    sl_batch *raw;
    char *text = malloc(700000);
    size_t len = 0;
    uint32_t rows = 0;
    uint32_t again = 0;
    sl_status status;

    while (len < 300000)
        len += (size_t)sprintf(text + len, "{\"id\":%u,\"text\":\"abcdefghijklmnopqrstuvw\"}\n",
                               rows++);
    payload[0] = payload[1] = (sl_bytes){(const uint8_t *)text, len};
    raw = fake_raw(f, payload, 2, 1, SL_BATCH_LAST);

    while ((status = ops->process(f->self, NULL, 0, raw)) == SL_AGAIN) {
        f->refuse_build = again++ % 2;
        ck_assert_uint_lt(again, 100);
    }
    f->refuse_build = 0;

    ck_assert_int_eq(status, SL_OK);
    ck_assert_uint_eq(fake_rows(f), 2 * rows);
    sl_batch_unref(raw);
    free(text);
    finish(f);
}
END_TEST

START_TEST(rest_of_a_split_is_in_the_snapshot)
{
    fake *before = decoder(NULL, NULL);
    fake *after = decoder(NULL, NULL);
    void *state = NULL;
    uint64_t len = 0;

    push(before, "[{\"a\":1},{\"a\"", 0);
    ck_assert_int_eq(sl_json_decoder.snapshot(before->self, 1, &state, &len), SL_OK);
    ck_assert_int_eq(sl_json_decoder.restore(after->self, state, len), SL_OK);
    push(after, ":2}]", SL_BATCH_LAST);

    ck_assert_str_eq(fake_dump(after), "{\"a\":2}\n");
    ck_assert_uint_eq(after->nrejects, 0);
    sl_mem_free(state);
    finish(before);
    finish(after);
}
END_TEST

SUITE("json framing", records_stand_on_lines, records_follow_each_other_on_one_line,
      records_span_lines, array_on_top_is_a_list_of_records, byte_order_mark_is_no_part_of_the_text,
      place_in_the_payload_is_kept_for_each_record, cuts_anywhere_change_nothing,
      documents_longer_than_a_piece_come_through,
      cuts_anywhere_keep_the_good_records_among_bad_ones, bad_lines_are_rejected_byte_for_byte,
      bad_document_of_many_lines_is_rejected_as_one, bad_element_of_an_array_is_rejected_alone,
      wrong_separators_of_an_array_cost_no_record,
      array_on_top_streams_through_blocks_without_lines, message_holds_exactly_one_document,
      message_may_hold_many_documents_when_told_so, messages_stay_apart_and_know_their_raw_record,
      records_come_from_the_path_in_each_document, path_to_the_records_is_checked,
      record_over_the_limit_is_rejected_alone, record_over_the_limit_does_not_pile_up_in_memory,
      output_comes_in_batches_of_moderate_size, messages_come_out_in_batches_of_moderate_size_too,
      cuts_of_long_mixed_text_change_no_record, decoding_goes_on_where_no_builder_was_to_be_had,
      rest_of_a_split_is_in_the_snapshot)
