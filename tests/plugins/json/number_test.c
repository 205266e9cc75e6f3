/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/plugins/json/number_test.c - numbers: which type each becomes, and that none is rounded.
 */
#include "plugins/json/json.h"
#include "plugins/json/lib/print.h"
#include "tests/lib/suite.h"
#include "tests/plugins/json/fake.h"

#include <sluice/text.h>

#include <stdio.h>

static const char *const everything[] = {"*", NULL};

/* What TEXT becomes, as element of an array, as last value of an object, and alone at the end of
 * the text: always the same. "bad" when it is refused. */
static const char *decoded(const char *text)
{
    static char first[512];
    static const char *const around[][2] = {{"[[", " ]]"}, {"{\"value\":", "}"}, {"", ""}};
    char line[512];

    for (size_t i = 0; i < 3; i++) {
        fake *f = fake_new(&sl_json_decoder, NULL, everything, 0, NULL);
        char got[512];
        const char *dump;

        (void)snprintf(line, sizeof line, "%s%s%s", around[i][0], text, around[i][1]);
        ck_assert_int_eq(fake_push(f, line, strlen(line), 1, SL_BATCH_WHOLE), SL_OK);
        dump = fake_dump(f);
        if (f->nrejects)
            (void)snprintf(got, sizeof got, "bad");
        else
            (void)snprintf(got, sizeof got, "%.*s", (int)strlen(dump) - (i == 0 ? 13 : 11),
                           dump + 9 + (i == 0));
        ck_assert_int_eq(fake_free(f), 0);
        if (i == 0)
            memcpy(first, got, sizeof first);
        ck_assert_msg(!strcmp(first, got), "%s gave %s, then %s", text, first, got);
    }
    return first;
}

START_TEST(whole_numbers_are_integers_as_long_as_they_fit)
{
    static const char *const same[] = {"0",
                                       "7",
                                       "127",
                                       "128",
                                       "255",
                                       "256",
                                       "65535",
                                       "65536",
                                       "4294967295",
                                       "4294967296",
                                       "9007199254740993",
                                       "99999999999999999",
                                       "999999999999999999",
                                       "1000000000000000000",
                                       "9223372036854775806",
                                       "9223372036854775807",
                                       "9223372036854775808",
                                       "18446744073709551614",
                                       "18446744073709551615",
                                       "-1",
                                       "-32",
                                       "-33",
                                       "-128",
                                       "-129",
                                       "-32768",
                                       "-32769",
                                       "-2147483648",
                                       "-2147483649",
                                       "-999999999999999999",
                                       "-9223372036854775807",
                                       "-9223372036854775808"};

    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        ck_assert_str_eq(decoded(same[i]), same[i]);
}
END_TEST

START_TEST(other_numbers_take_the_first_type_that_is_exact)
{
    static const char *const cases[][2] = {
        {"-0", "-0.0"},
        {"-0.0", "-0.0"},
        {"0.0", "0.0"},
        {"0e99999", "0.0"},
        {"1.0", "1.0"},
        {"1e0", "1.0"},
        {"1E+2", "100.0"},
        {"1.5", "1.5"},
        {"-2.5e-3", "-0.0025000000000000001"},
        {"0.1", "0.10000000000000001"},
        {"123456789.123456", "123456789.123456"},
        {"0.30000000000000004", "0.30000000000000004"},
        {"1.7976931348623157e308", "1.7976931348623157e+308"},
        {"5e-324", "4.9406564584124654e-324"},
        {"2.2250738585072014e-308", "2.2250738585072014e-308"},
        {"9007199254740993.0", "d9007199254740993"},
        {"18446744073709551616", "1.8446744073709552e+19"},
        {"18446744073709551617", "d18446744073709551617"},
        {"-9223372036854775809", "d-9223372036854775809"},
        {"100000000000000000000", "1e+20"},
        {"0.1234567890123456789", "d0.1234567890123456789"},
        {"0.3000000000000000444", "d0.3000000000000000444"},
        {"1e400", "d1e400"},
        {"-1e-400", "d-1e-400"},
        {"12345678901234567890123456789012345678", "d12345678901234567890123456789012345678"},
        {"123456789012345678901234567890123456789", "n123456789012345678901234567890123456789"},
        {"0.1000000000000000055511151231257827021181583404541015625",
         "n0.1000000000000000055511151231257827021181583404541015625"},
        {"1e99999", "n1e99999"},
        {"1.000000000000000000000000000000000000000000000", "1.0"},
        {"1.50000000000000000", "1.5"},
        {"100000000000000000.5", "d100000000000000000.5"},
        {"0.000000000000000000000000123", "1.23e-25"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[256];

        (void)snprintf(text, sizeof text, "%s", decoded(cases[i][0]));
        ck_assert_msg(!strcmp(text, cases[i][1]), "%s gave %s", cases[i][0], text);
    }
}
END_TEST

START_TEST(what_is_no_number_is_refused)
{
    static const char *const bad[] = {"01",  "-",    "+1",   ".5",       "1.",  "1.e1",  "1e",
                                      "1e+", "0x10", "1_0",  "--1",      "-a",  "1.2.3", "1e1.5",
                                      "00",  "-01",  "1,5x", "Infinity", "NaN", "1 2",   "1e5e5"};

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ck_assert_msg(!strcmp(decoded(bad[i]), "bad"), "%s gave %s", bad[i], decoded(bad[i]));
}
END_TEST

/* Decode TEXT and print it again into OUT. */
static const char *printed(fake *f, const char *text, sl_json_text *out)
{
    sl_val row;
    sl_val v;

    fake_clear(f);
    ck_assert_int_eq(fake_push(f, text, strlen(text), 1, SL_BATCH_WHOLE), SL_OK);
    ck_assert_uint_eq(f->nrejects, 0);
    sl_batch_row(f->batches[0], 0, &row);
    ck_assert(sl_val_find(&row, "value", 5, &v));
    out->len = 0;
    ck_assert_int_eq(sl_json_print(out, v.raw), SL_OK);
    ck_assert_int_eq(sl_json_text_put(out, "", 1), SL_OK);
    return (const char *)out->ptr;
}

/* The number TEXT as decimal without trailing zeros. */
static sl_decimal exact(const char *text)
{
    sl_decimal d;

    ck_assert_msg(sl_decimal_parse(text, strlen(text), &d), "%s", text);
    while (d.unscaled && d.unscaled % 10 == 0) {
        d.unscaled /= 10;
        d.scale--;
    }
    return d;
}

static uint64_t seed = 1;

static uint64_t next(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

START_TEST(no_number_of_any_length_is_rounded)
{
    fake *f = fake_new(&sl_json_decoder, NULL, everything, 0, NULL);
    sl_json_text out;

    sl_json_text_init(&out, fake_host(), f);
    for (uint32_t i = 0; i < 60000; i++) {
        uint32_t digits = 1 + (uint32_t)(next() % 20);
        uint32_t point = (uint32_t)(next() % (digits + 1));
        char text[64];
        uint32_t n = 0;

        if (next() % 2)
            text[n++] = '-';
        if (point == 0)
            text[n++] = '0';
        for (uint32_t k = 0; k < digits; k++) {
            if (k == point)
                text[n++] = '.';
            text[n++] = (char)('0' + (k == 0 && point > 0 ? 1 + next() % 9 : next() % 10));
        }
        if (next() % 4 == 0)
            n += (uint32_t)sprintf(text + n, "e%d", (int)(next() % 60) - 30);
        text[n] = 0;

        const char *back = printed(f, text, &out);
        sl_decimal a = exact(text);
        sl_decimal b = exact(back);
        ck_assert_msg(a.unscaled == b.unscaled && (a.scale == b.scale || !a.unscaled),
                      "%s came back as %s", text, back);
    }
    sl_json_text_fini(&out);
    ck_assert_int_eq(fake_free(f), 0);
}
END_TEST

START_TEST(shortest_forms_of_doubles_become_those_doubles)
{
    fake *f = fake_new(&sl_json_decoder, NULL, everything, 0, NULL);

    for (uint32_t i = 0; i < 60000; i++) {
        uint64_t bits = next();
        double want;
        sl_val row;
        sl_val v;
        char text[SL_F64_TEXT + 1];

        if (i % 2) /* not too big and not too small: those that the fast way takes */
            bits = (bits & 0x800fffffffffffffu) | (uint64_t)(1023 - 20 + next() % 50) << 52;
        memcpy(&want, &bits, sizeof want);
        if (!__builtin_isfinite(want))
            continue;
        text[sl_f64_print(want, text)] = 0;

        fake_clear(f);
        ck_assert_int_eq(fake_push(f, text, strlen(text), 1, SL_BATCH_WHOLE), SL_OK);
        sl_batch_row(f->batches[0], 0, &row);
        ck_assert(sl_val_find(&row, "value", 5, &v));
        if (v.type == SL_V_INT || v.type == SL_V_UINT)
            continue; /* a whole number without point */
        ck_assert_msg(v.type == SL_V_FLOAT && !memcmp(&v.f, &want, sizeof want), "%s", text);
    }
    ck_assert_int_eq(fake_free(f), 0);
}
END_TEST

START_TEST(neighbours_of_shortest_forms_are_not_taken_for_them)
{
    fake *f = fake_new(&sl_json_decoder, NULL, everything, 0, NULL);

    for (uint32_t i = 0; i < 60000; i++) {
        double v = (double)(next() >> 11) / 9007199254740992.0 * (double)(1 + next() % 1000);
        char text[64];
        char shortest[SL_F64_TEXT + 1];
        double back;
        sl_val row;
        sl_val got;

        (void)snprintf(text, sizeof text, "%.*f", 14 + (int)(next() % 5), v);
        ck_assert(sl_f64_parse(text, strlen(text), &back));
        shortest[sl_f64_print(back, shortest)] = 0;
        sl_decimal a = exact(text);
        sl_decimal b = exact(shortest);

        fake_clear(f);
        ck_assert_int_eq(fake_push(f, text, strlen(text), 1, SL_BATCH_WHOLE), SL_OK);
        sl_batch_row(f->batches[0], 0, &row);
        ck_assert(sl_val_find(&row, "value", 5, &got));
        ck_assert_msg((got.type == SL_V_FLOAT) == (a.unscaled == b.unscaled && a.scale == b.scale),
                      "%s, whose double is %s", text, shortest);
    }
    ck_assert_int_eq(fake_free(f), 0);
}
END_TEST

SUITE("json numbers", whole_numbers_are_integers_as_long_as_they_fit,
      other_numbers_take_the_first_type_that_is_exact, what_is_no_number_is_refused,
      no_number_of_any_length_is_rounded, shortest_forms_of_doubles_become_those_doubles,
      neighbours_of_shortest_forms_are_not_taken_for_them)
