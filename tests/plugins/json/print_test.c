/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/plugins/json/print_test.c - records as JSON text, and the encoder.
 */
#include "plugins/json/json.h"
#include "plugins/json/lib/print.h"
#include "tests/lib/suite.h"
#include "tests/plugins/json/fake.h"

#include <stdio.h>

static const char *const everything[] = {"*", NULL};

/* The text of the value that is encoded at VALUE, behind which 64 bytes are readable. */
static const char *printed(const uint8_t *value)
{
    static char text[1024];
    fake *f = fake_new(&sl_json_decoder, NULL, everything, 0, NULL);
    sl_json_text t;

    sl_json_text_init(&t, fake_host(), f);
    ck_assert_int_eq(sl_json_print(&t, value), SL_OK);
    ck_assert_uint_lt(t.len, sizeof text);
    memcpy(text, t.ptr, t.len);
    text[t.len] = 0;
    sl_json_text_fini(&t);
    ck_assert_int_eq(fake_free(f), 0);
    return text;
}

START_TEST(integers_print_all_their_digits)
{
    uint8_t value[128] = {0};
    char want[32];
    uint64_t v = 1;

    for (uint32_t i = 0; i < 20; i++, v *= 10) {
        for (uint64_t d = 0; d < 3; d++) {
            (void)sl_enc_u64(value, v - 1 + d);
            (void)snprintf(want, sizeof want, "%llu", (unsigned long long)(v - 1 + d));
            ck_assert_str_eq(printed(value), want);
            if (v > INT64_MAX)
                continue;
            (void)sl_enc_i64(value, -(int64_t)(v - 1 + d));
            (void)snprintf(want, sizeof want, "%lld", -(long long)(v - 1 + d));
            ck_assert_str_eq(printed(value), want);
        }
    }
    (void)sl_enc_u64(value, UINT64_MAX);
    ck_assert_str_eq(printed(value), "18446744073709551615");
    (void)sl_enc_i64(value, INT64_MIN);
    ck_assert_str_eq(printed(value), "-9223372036854775808");
}
END_TEST

START_TEST(floats_print_so_that_they_stay_floats)
{
    static const struct {
        double v;
        const char *text;
    } cases[] = {{0.0, "0.0"},
                 {-0.0, "-0.0"},
                 {3.0, "3.0"},
                 {0.1, "0.1"},
                 {1e22, "1e+22"},
                 {-2.5, "-2.5"},
                 {1e-7, "1e-07"},
                 {__builtin_nan(""), "null"},
                 {__builtin_inf(), "null"},
                 {-__builtin_inf(), "null"}};
    uint8_t value[128] = {0};

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        (void)sl_enc_f64(value, cases[i].v);
        ck_assert_str_eq(printed(value), cases[i].text);
    }
}
END_TEST

START_TEST(strings_print_with_the_escapes_that_they_need)
{
    uint8_t value[400];
    char want[700];
    char text[256];

    for (uint32_t n = 0; n < 70; n++) {
        for (uint32_t at = 0; at <= n; at++) {
            memset(value, '"', sizeof value); /* what lies behind must not matter */
            memset(text, 'x', n);
            if (at < n)
                text[at] = at % 3 == 0 ? '"' : at % 3 == 1 ? '\n' : '\x1f';
            memcpy(sl_enc_str_head(value, n), text, n);
            (void)snprintf(want, sizeof want, "\"%.*s%s%.*s\"", (int)at, text,
                           at == n       ? ""
                           : at % 3 == 0 ? "\\\""
                           : at % 3 == 1 ? "\\n"
                                         : "\\u001f",
                           at < n ? (int)(n - at - 1) : 0, at < n ? text + at + 1 : "");
            ck_assert_str_eq(printed(value), want);
        }
    }
}
END_TEST

START_TEST(all_escapes_read_back)
{
    static const char text[] = "\x01\x02\b\t\n\v\f\r\x1f \"\\/\x7f\xc3\xa9";
    uint8_t value[128] = {0};

    memcpy(sl_enc_str_head(value, sizeof text - 1), text, sizeof text - 1);

    ck_assert_str_eq(printed(value), "\"\\u0001\\u0002\\b\\t\\n\\u000b\\f\\r\\u001f "
                                     "\\\"\\\\/\x7f\xc3\xa9\"");
}
END_TEST

START_TEST(what_json_lacks_becomes_text)
{
    uint8_t value[128];

    memset(value, 0, sizeof value);
    (void)sl_enc_time(value, 1767225599123456);
    ck_assert_str_eq(printed(value), "\"2025-12-31T23:59:59.123456Z\"");
    (void)sl_enc_time(value, -1);
    ck_assert_str_eq(printed(value), "\"1969-12-31T23:59:59.999999Z\"");
    (void)sl_enc_ext(value, SL_EXT_DATE, "\x00\x00\x4f\xc2", 4);
    ck_assert_str_eq(printed(value), "\"2025-11-26\"");
    (void)sl_enc_ext(value, SL_EXT_LOCAL, "\x00\x00\x00\x00\x00\x0f\x42\x40", 8);
    ck_assert_str_eq(printed(value), "\"1970-01-01T00:00:01\"");
    (void)sl_enc_ext(value, SL_EXT_TIMEDAY, "\x00\x00\x00\x00\x00\x0f\x42\x40", 8);
    ck_assert_str_eq(printed(value), "\"00:00:01\"");
    (void)sl_enc_ext(value, SL_EXT_UUID,
                     "\x01\x23\x45\x67\x89\xab\xcd\xef\x01\x23\x45\x67\x89\xab\xcd\xef", 16);
    ck_assert_str_eq(printed(value), "\"01234567-89ab-cdef-0123-456789abcdef\"");
    (void)sl_enc_ext(value, SL_EXT_NUMBER, "1e999", 5);
    ck_assert_str_eq(printed(value), "1e999");
    (void)sl_enc_ext(value, 77, "abc", 3);
    ck_assert_str_eq(printed(value), "\"YWJj\"");
    memcpy(sl_enc_bin_head(value, 4), "abcd", 4);
    ck_assert_str_eq(printed(value), "\"YWJjZA==\"");
    memcpy(sl_enc_bin_head(value, 5), "\xff\xfe\xfd\xfc\xfb", 5);
    ck_assert_str_eq(printed(value), "\"//79/Ps=\"");
}
END_TEST

static const char records[] =
    "{\"a\":1,\"b\":[true,false,null,{}],\"c\":{\"d\":\"x\\\"y\",\"e\":-0.0}}\n"
    "{\"n\":123456789012345678901234567890,\"m\":0.12345678901234567891}\n"
    "{\"h\":1e400,\"i\":1234567890123456789012345678901234567890,\"f\":2.0}\n{}\n";

/* A batch of RECORDS, for the encoder. */
static sl_batch *input(fake *decoder)
{
    ck_assert_int_eq(fake_push(decoder, records, sizeof records - 1, 3, SL_BATCH_LAST), SL_OK);
    ck_assert_uint_eq(decoder->nbatches, 1);
    return sl_batch_ref(decoder->batches[0]);
}

/* All payloads that came out of F, one after the other, with "|" behind each. */
static const char *payloads(const fake *f)
{
    static char text[4096];
    size_t n = 0;

    for (uint32_t i = 0; i < f->nbatches; i++) {
        SL_EACH (row, f->batches[i]) {
            sl_val v;
            sl_val p;

            sl_batch_row(f->batches[i], row, &v);
            ck_assert(sl_val_find(&v, "payload", 7, &p));
            ck_assert_uint_eq(p.type, SL_V_BIN);
            memcpy(text + n, p.ptr, p.n);
            n += p.n;
            text[n++] = '|';
        }
    }
    text[n] = 0;
    return text;
}

START_TEST(encoder_prints_what_the_decoder_read)
{
    fake *d = fake_new(&sl_json_decoder, NULL, everything, 0, NULL);
    fake *e = fake_new(&sl_json_encoder, NULL, everything, 0, NULL);
    char want[sizeof records + 1];

    ck_assert_int_eq(fake_push_batch(e, input(d)), SL_OK);

    memcpy(want, records, sizeof records);
    for (char *c = want; *c; c++)
        *c = *c == '\n' ? '|' : *c;
    ck_assert_str_eq(payloads(e), want);
    ck_assert_uint_eq(e->used, 4);
    ck_assert_uint_eq(e->batches[0]->split, 3);
    ck_assert_int_eq(fake_free(e), 0);
    ck_assert_int_eq(fake_free(d), 0);
}
END_TEST

START_TEST(encoder_joins_lines_when_told_so)
{
    fake_setting settings[] = {{"framing", "lines"}, {NULL, NULL}};
    fake *d = fake_new(&sl_json_decoder, NULL, everything, 0, NULL);
    fake *e = fake_new(&sl_json_encoder, settings, everything, 0, NULL);
    char want[sizeof records + 1];

    ck_assert_int_eq(fake_push_batch(e, input(d)), SL_OK);

    (void)snprintf(want, sizeof want, "%s|", records);
    ck_assert_str_eq(payloads(e), want);
    ck_assert_uint_eq(e->used, 4);
    ck_assert_int_eq(fake_free(e), 0);
    ck_assert_int_eq(fake_free(d), 0);
}
END_TEST

START_TEST(encoder_writes_only_rows_that_count)
{
    static const uint16_t rows[] = {1, 3};
    fake *d = fake_new(&sl_json_decoder, NULL, everything, 0, NULL);
    fake *e = fake_new(&sl_json_encoder, NULL, everything, 0, NULL);
    sl_batch *all = input(d);

    ck_assert_int_eq(fake_push_batch(e, sl_batch_select(all, rows, 2)), SL_OK);

    ck_assert_str_eq(payloads(e),
                     "{\"n\":123456789012345678901234567890,\"m\":0.12345678901234567891}|{}|");
    sl_batch_unref(all);
    ck_assert_int_eq(fake_free(e), 0);
    ck_assert_int_eq(fake_free(d), 0);
}
END_TEST

START_TEST(encoder_goes_on_where_no_builder_was_to_be_had)
{
    fake *d = fake_new(&sl_json_decoder, NULL, everything, 0, NULL);
    fake *e = fake_new(&sl_json_encoder, NULL, everything, 0, NULL);
    const sl_transform_ops *ops = sl_json_encoder.ops;
    char *text = malloc(400000);
    size_t n = 0;
    uint32_t rows = 0;
    sl_status status;
    sl_val v;
    sl_val p;

    while (n < 300000)
        n += (size_t)sprintf(text + n, "{\"id\":%u}\n", rows++);
    ck_assert_int_eq(fake_push(d, text, n, 1, SL_BATCH_LAST), SL_OK);
    n = 0;
    for (uint32_t i = 0; i < d->nbatches; i++) {
        while ((status = ops->process(e->self, NULL, 0, d->batches[i])) == SL_AGAIN)
            e->refuse_build = (uint32_t)(n++ % 2);
        ck_assert_int_eq(status, SL_OK);
    }

    ck_assert_uint_eq(fake_rows(e), rows);
    rows = 0;
    for (uint32_t i = 0; i < e->nbatches; i++) {
        SL_EACH (row, e->batches[i]) {
            char want[32];

            sl_batch_row(e->batches[i], row, &v);
            ck_assert(sl_val_find(&v, "payload", 7, &p));
            (void)snprintf(want, sizeof want, "{\"id\":%u}", rows++);
            ck_assert_uint_eq(p.n, strlen(want));
            ck_assert_mem_eq(p.ptr, want, p.n);
        }
    }
    free(text);
    ck_assert_int_eq(fake_free(e), 0);
    ck_assert_int_eq(fake_free(d), 0);
}
END_TEST

START_TEST(no_failing_allocation_loses_memory_or_rows)
{
    fake_setting settings[] = {{"framing", "lines"}, {NULL, NULL}};
    fake *d = fake_new(&sl_json_decoder, NULL, everything, 0, NULL);
    sl_batch *batch = input(d);
    int met = 1;
    char want[sizeof records + 1];

    (void)snprintf(want, sizeof want, "%s|", records);
    for (uint64_t n = 1; met; n++) {
        fake *e = fake_new(&sl_json_encoder, settings, everything, n, NULL);

        if (!e)
            continue;
        if (fake_push_batch(e, sl_batch_ref(batch)) == SL_OK)
            ck_assert_str_eq(payloads(e), want);
        met = fail_mem_met(&e->source);
        ck_assert_int_eq(fake_free(e), 0);
    }
    sl_batch_unref(batch);
    ck_assert_int_eq(fake_free(d), 0);
}
END_TEST

SUITE("json printer", integers_print_all_their_digits, floats_print_so_that_they_stay_floats,
      strings_print_with_the_escapes_that_they_need, all_escapes_read_back,
      what_json_lacks_becomes_text, encoder_prints_what_the_decoder_read,
      encoder_joins_lines_when_told_so, encoder_writes_only_rows_that_count,
      encoder_goes_on_where_no_builder_was_to_be_had, no_failing_allocation_loses_memory_or_rows)
