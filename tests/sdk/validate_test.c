/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/sdk/validate_test.c - the gate for msgpack from outside: all forms, all cuts, all limits.
 */
#include "sdk/lib/validate.h"

#include "tests/lib/suite.h"

#include <string.h>

typedef struct sample {
    const char *bytes;
    uint32_t len;
} sample;

#define S(text)                                                                                    \
    {                                                                                              \
        text, sizeof(text) - 1                                                                     \
    }

/* One of each form of the specification, some with something inside. */
static const sample whole[] = {
    S("\x00"),
    S("\x7f"),
    S("\xe0"),
    S("\xff"),
    S("\xc0"),
    S("\xc2"),
    S("\xc3"),
    S("\xcc\xff"),
    S("\xcd\xff\xff"),
    S("\xce\xff\xff\xff\xff"),
    S("\xcf\xff\xff\xff\xff\xff\xff\xff\xff"),
    S("\xd0\x80"),
    S("\xd1\x80\x00"),
    S("\xd2\x80\x00\x00\x00"),
    S("\xd3\x80\x00\x00\x00\x00\x00\x00\x00"),
    S("\xca\x00\x00\x00\x00"),
    S("\xcb\x00\x00\x00\x00\x00\x00\x00\x00"),
    S("\xa0"),
    S("\xa3xyz"),
    S("\xd9\x01x"),
    S("\xda\x00\x02xy"),
    S("\xdb\x00\x00\x00\x01x"),
    S("\xc4\x02\xff\xfe"),
    S("\xc5\x00\x01\xff"),
    S("\xc6\x00\x00\x00\x00"),
    S("\xd4\x01x"),
    S("\xd5\x01xy"),
    S("\xd6\xff\x00\x00\x00\x00"),
    S("\xd7\xff\x00\x00\x00\x00\x00\x00\x00\x00"),
    S("\xd8\x01"
      "0123456789abcdef"),
    S("\xc7\x03\x05xyz"),
    S("\xc8\x00\x01\x05x"),
    S("\xc9\x00\x00\x00\x01\x05x"),
    S("\x90"),
    S("\x92\x01\xc0"),
    S("\xdc\x00\x01\x90"),
    S("\xdd\x00\x00\x00\x01\x91\x01"),
    S("\x80"),
    S("\x82\xa1"
      "a\x01\xa1"
      "b\x80"),
    S("\xde\x00\x01\xa0\xc0"),
    S("\xdf\x00\x00\x00\x01\xd9\x01"
      "a\x91\x81\xa1"
      "b\xa1"
      "c"),
};

#define COUNT(table) (sizeof(table) / sizeof *(table))

static sl_status run(const void *bytes, uint64_t len, uint32_t depth, uint64_t *used, sl_error *err)
{
    /* In a block of exactly that size, so that a sanitizer sees any step too far. */
    uint8_t *copy = malloc(len ? len : 1);
    sl_status rc;

    ck_assert_ptr_nonnull(copy);
    memcpy(copy, bytes, len);
    rc = sl_msgpack_check(copy, len, depth, used, err);
    free(copy);
    return rc;
}

START_TEST(every_form_is_one_whole_value)
{
    for (size_t i = 0; i < COUNT(whole); i++) {
        char room[64];
        uint64_t used = 0;
        sl_error err;
        memcpy(room, whole[i].bytes, whole[i].len);
        memset(room + whole[i].len, 0xc1, 3);

        ck_assert_msg(run(room, whole[i].len + 3u, 128, &used, &err) == SL_OK, "sample %zu: %s", i,
                      err.text);
        ck_assert_uint_eq(used, whole[i].len);
    }
}
END_TEST

START_TEST(every_cut_of_every_form_is_refused)
{
    for (size_t i = 0; i < COUNT(whole); i++) {
        for (uint32_t n = 0; n < whole[i].len; n++) {
            uint64_t used = 77;
            sl_error err;
            ck_assert_int_eq(run(whole[i].bytes, n, 128, &used, &err), SL_E_DATA);
            ck_assert_msg(!strcmp(err.code, "msgpack.truncated") ||
                              !strcmp(err.code, "msgpack.count"),
                          "sample %zu cut to %u: %s", i, n, err.code);
            ck_assert_uint_eq(used, 77);
        }
    }
}
END_TEST

typedef struct refused {
    sample s;
    const char *code;
    const char *place;
} refused;

START_TEST(what_readers_must_not_see_is_refused_with_its_place)
{
    static const refused cases[] = {
        {S("\xc1"), "msgpack.type", "byte 0"},
        {S("\x92\x01\xc1"), "msgpack.type", "byte 2"},
        {S("\x81\x01\x02"), "msgpack.key", "byte 1"},
        {S("\x81\xc0\x02"), "msgpack.key", "byte 1"},
        {S("\x82\xa1"
           "a\x01\x90\x01"),
         "msgpack.key", "byte 4"},
        {S("\xa2\xff\xfe"), "msgpack.utf8", "byte 0"},
        {S("\x91\xa3\xed\xa0\x80"), "msgpack.utf8", "byte 1"},
        {S("\x81\xa1\x80\x01"), "msgpack.utf8", "byte 1"},
        {S("\xdd\x06\x00\x00\x00"), "msgpack.count", "byte 0"},
        {S("\xdf\x40\x00\x00\x00\xa0\xc0"), "msgpack.count", "byte 0"},
        {S("\xdf\xff\xff\xff\xff"), "msgpack.count", "byte 0"},
        {S("\x93\x93\x00\x00\x00"), "msgpack.count", "byte 1"},
        {S("\xc6\xff\xff\xff\xff\x00"), "msgpack.truncated", "byte 0"},
        {S("\xdb\xff\xff\xff\xff\x00"), "msgpack.truncated", "byte 0"},
        {S("\xc9\xff\xff\xff\xff\x01\x00"), "msgpack.truncated", "byte 0"},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        uint64_t used = 0;
        sl_error err;
        ck_assert_int_eq(run(cases[i].s.bytes, cases[i].s.len, 128, &used, &err), SL_E_DATA);
        ck_assert_msg(!strcmp(err.code, cases[i].code), "case %zu: %s", i, err.code);
        ck_assert_msg(strstr(err.text, cases[i].place) != NULL, "case %zu: %s", i, err.text);
    }
}
END_TEST

/* N arrays around a nil. */
static sl_status check_nested(uint32_t n, uint32_t depth)
{
    uint8_t bytes[400];
    uint64_t used = 0;
    sl_error err;

    memset(bytes, 0x91, n);
    bytes[n] = 0xc0;
    return run(bytes, n + 1u, depth, &used, &err);
}

START_TEST(depth_is_refused_only_above_the_limit)
{
    static const uint32_t limits[] = {0, 1, 128, 254, 255};

    for (size_t i = 0; i < COUNT(limits); i++) {
        if (limits[i])
            ck_assert_int_eq(check_nested(limits[i] - 1, limits[i]), SL_OK);
        ck_assert_int_eq(check_nested(limits[i], limits[i]), SL_OK);
        ck_assert_int_eq(check_nested(limits[i] + 1, limits[i]), SL_E_DATA);
    }
    ck_assert_int_eq(check_nested(255, 1000), SL_OK);
    ck_assert_int_eq(check_nested(256, 1000), SL_E_DATA);
}
END_TEST

START_TEST(keys_are_refused_only_above_65535_bytes)
{
    static uint8_t bytes[70000];

    for (uint32_t n = 65534; n <= 65536; n++) {
        uint64_t used = 0;
        sl_error err;
        memset(bytes, 'k', sizeof bytes);
        bytes[0] = 0x81;
        bytes[1] = 0xdb;
        bytes[2] = 0;
        bytes[3] = (uint8_t)(n >> 16);
        bytes[4] = (uint8_t)(n >> 8);
        bytes[5] = (uint8_t)n;
        bytes[6 + n] = 0xc0;
        ck_assert_int_eq(run(bytes, 7u + n, 128, &used, &err), n > 65535 ? SL_E_DATA : SL_OK);
    }
}
END_TEST

static sl_status run_body(const sample *s, uint32_t *rows, sl_error *err)
{
    uint8_t *copy = malloc(s->len ? s->len : 1);
    sl_status rc;

    ck_assert_ptr_nonnull(copy);
    memcpy(copy, s->bytes, s->len);
    rc = sl_body_check(copy, s->len, 128, rows, err);
    free(copy);
    return rc;
}

START_TEST(body_is_an_array_of_maps_and_nothing_else)
{
    static const sample good[] = {S("\xdd\x00\x00\x00\x00"), S("\x90"),
                                  S("\xdd\x00\x00\x00\x01\x80"),
                                  S("\x92\x80\x81\xa1"
                                    "a\x01"),
                                  S("\xdc\x00\x01\x80")};
    static const uint32_t rows[] = {0, 0, 1, 2, 1};
    static const refused bad[] = {
        {S(""), "msgpack.truncated", "byte 0"},
        {S("\x80"), "msgpack.body", "byte 0"},
        {S("\x91\x01"), "msgpack.record", "byte 1"},
        {S("\x91\x90"), "msgpack.record", "byte 1"},
        {S("\x91\x80\x00"), "msgpack.body", "byte 2"},
        {S("\x92\x80"), "msgpack.count", "byte 0"},
        {S("\x92\x81\xa1"), "msgpack.count", "byte 1"},
        {S("\xdd\x00\x00\x00"), "msgpack.truncated", "byte 0"},
        {S("\xdd\x00\x01\x00\x00\x80"), "msgpack.rows", "byte 0"},
        {S("\x91\x81\x01\x01"), "msgpack.key", "byte 2"},
    };

    for (size_t i = 0; i < COUNT(good); i++) {
        uint32_t n = 77;
        sl_error err;
        ck_assert_msg(run_body(&good[i], &n, &err) == SL_OK, "case %zu: %s", i, err.text);
        ck_assert_uint_eq(n, rows[i]);
    }
    for (size_t i = 0; i < COUNT(bad); i++) {
        uint32_t n = 77;
        sl_error err;
        ck_assert_int_eq(run_body(&bad[i].s, &n, &err), SL_E_DATA);
        ck_assert_msg(!strcmp(err.code, bad[i].code), "case %zu: %s", i, err.code);
        ck_assert_msg(strstr(err.text, bad[i].place) != NULL, "case %zu: %s", i, err.text);
        ck_assert_uint_eq(n, 77);
    }
}
END_TEST

START_TEST(body_is_refused_only_above_65535_records)
{
    static char bytes[5 + 65536];

    for (uint32_t n = 65534; n <= 65536; n++) {
        sample s = {bytes, 5 + n};
        uint32_t rows = 0;
        sl_error err;
        memset(bytes, (char)0x80, sizeof bytes);
        bytes[0] = (char)0xdd;
        bytes[1] = 0;
        bytes[2] = (char)(n >> 16);
        bytes[3] = (char)(n >> 8);
        bytes[4] = (char)n;
        ck_assert_int_eq(run_body(&s, &rows, &err), n > 65535 ? SL_E_DATA : SL_OK);
    }
}
END_TEST

START_TEST(bad_byte_is_found_at_every_place_of_a_short_text_and_not_behind_it)
{
    uint8_t bytes[128];
    uint64_t used = 0;
    sl_error err;

    for (uint32_t n = 0; n < 32; n++) {
        for (uint32_t at = 0; at < 40; at++) {
            memset(bytes, 'x', sizeof bytes);
            bytes[0] = 0x91;
            bytes[1] = (uint8_t)(0xa0 | n);
            bytes[2 + at] = 0xff;
            ck_assert_int_eq(run(bytes, sizeof bytes, 128, &used, &err),
                             at < n ? SL_E_DATA : SL_OK);
            if (at >= n)
                ck_assert_uint_eq(used, 2 + n);
        }
    }
}
END_TEST

SUITE("validate", every_form_is_one_whole_value, every_cut_of_every_form_is_refused,
      what_readers_must_not_see_is_refused_with_its_place, depth_is_refused_only_above_the_limit,
      keys_are_refused_only_above_65535_bytes, body_is_an_array_of_maps_and_nothing_else,
      body_is_refused_only_above_65535_records,
      bad_byte_is_found_at_every_place_of_a_short_text_and_not_behind_it)
