/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/sdk/number_test.c - doubles and decimals as text: exact in both directions.
 *
 * Doubles are compared with the C library's strtod and printf, decimals with a slow reference that
 * works on text.
 */
#include <sluice/text.h>

#include "tests/lib/suite.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t next_random(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static double from_bits(uint64_t bits)
{
    double v;

    memcpy(&v, &bits, sizeof v);
    return v;
}

static uint64_t to_bits(double v)
{
    uint64_t bits;

    memcpy(&bits, &v, sizeof bits);
    return bits;
}

START_TEST(doubles_print_and_read_back_bit_by_bit)
{
    uint64_t state = 1;

    for (uint32_t i = 0; i < 300000; i++) {
        double v = from_bits(next_random(&state));
        char text[SL_F64_TEXT + 1];
        double back = 0;
        uint32_t n;
        if (!isfinite(v))
            continue;
        n = sl_f64_print(v, text);
        text[n] = '\0';
        ck_assert_msg(sl_f64_parse(text, n, &back), "%s", text);
        ck_assert_msg(to_bits(back) == to_bits(v), "%s", text);
        ck_assert_uint_eq(to_bits(strtod(text, NULL)), to_bits(v));
    }
}
END_TEST

START_TEST(doubles_read_as_the_c_library_reads_them)
{
    static const char *const edges[] = {"0",
                                        "-0",
                                        "0.0",
                                        "-0.0e5",
                                        "1",
                                        "-1",
                                        "0.1",
                                        "1e308",
                                        "1.7976931348623157e308",
                                        "1.7976931348623158e308",
                                        "4.9e-324",
                                        "2.4703282292062328e-324",
                                        "2.4703282292062327e-324",
                                        "2.2250738585072014e-308",
                                        "2.2250738585072011e-308",
                                        "9007199254740993",
                                        "9007199254740992.9999999999999999999999",
                                        "123456789012345678901234567890",
                                        "1e-400",
                                        "-1e-400",
                                        "0e999999999",
                                        "0.000000000000000000000000000000000000000000000001e30",
                                        "17976931348623157081e289",
                                        "1E5",
                                        "1e+5",
                                        "100e-2",
                                        "8.5e-1000000000"};
    uint64_t state = 7;

    for (size_t i = 0; i < sizeof edges / sizeof *edges; i++) {
        double v = 0;
        ck_assert_msg(sl_f64_parse(edges[i], strlen(edges[i]), &v), "%s", edges[i]);
        ck_assert_msg(to_bits(v) == to_bits(strtod(edges[i], NULL)), "%s", edges[i]);
    }
    for (uint32_t i = 0; i < 100000; i++) {
        char text[64];
        double v = 0;
        (void)snprintf(text, sizeof text, "%llu.%llue%d", (unsigned long long)next_random(&state),
                       (unsigned long long)next_random(&state),
                       (int)(next_random(&state) % 600) - 300);
        if (isinf(strtod(text, NULL))) {
            ck_assert_msg(!sl_f64_parse(text, strlen(text), &v), "%s", text);
            continue;
        }
        ck_assert_msg(sl_f64_parse(text, strlen(text), &v), "%s", text);
        ck_assert_msg(to_bits(v) == to_bits(strtod(text, NULL)), "%s", text);
    }
}
END_TEST

START_TEST(what_is_no_json_number_is_refused)
{
    static const char *const cases[] = {"",
                                        "-",
                                        "+1",
                                        ".5",
                                        "5.",
                                        "01",
                                        "-01",
                                        "1e",
                                        "1e+",
                                        "inf",
                                        "nan",
                                        "Inf",
                                        "0x10",
                                        "1 ",
                                        " 1",
                                        "1.e5",
                                        "1..2",
                                        "1e5.5",
                                        "--1",
                                        "1e999",
                                        "-1e309",
                                        "1,5",
                                        "1.7976931348623159e308",
                                        "infinity"};

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double v = 7;
        ck_assert_msg(!sl_f64_parse(cases[i], strlen(cases[i]), &v), "%s", cases[i]);
        ck_assert(v == 7);
    }
}
END_TEST

START_TEST(doubles_print_in_the_shortest_form)
{
    static const struct {
        double v;
        const char *text;
    } cases[] = {{3, "3"},
                 {-0.0, "-0"},
                 {0.1, "0.1"},
                 {1e22, "1e+22"},
                 {1e21, "1e+21"},
                 {123456, "123456"},
                 {0.3, "0.3"},
                 {5e-324, "5e-324"},
                 {1.5e-7, "1.5e-07"},
                 {9007199254740994, "9007199254740994"},
                 {-98765432109876544.0, "-98765432109876540"},
                 {18446744073709551616.0, "18446744073709552000"},
                 {HUGE_VAL, "inf"},
                 {-HUGE_VAL, "-inf"},
                 {-(double)NAN, "nan"}};

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[SL_F64_TEXT + 1];
        text[sl_f64_print(cases[i].v, text)] = '\0';
        ck_assert_str_eq(text, cases[i].text);
    }
}
END_TEST

static void check_decimal(const char *text, const char *digits, int32_t scale)
{
    sl_decimal d = {0, 0};
    sl_decimal back = {0, 0};
    char printed[SL_DECIMAL_TEXT];
    uint8_t packed[18];
    __int128 want = 0;
    uint32_t n;

    for (const char *p = digits; *p; p++)
        want = *p == '-' ? want : want * 10 + (*p - '0');
    ck_assert_msg(sl_decimal_parse(text, strlen(text), &d), "%s", text);
    ck_assert_msg(d.unscaled == (*digits == '-' ? -want : want), "%s", text);
    ck_assert_msg(d.scale == scale, "%s has scale %d", text, d.scale);
    n = sl_decimal_pack(&d, packed);
    ck_assert_uint_le(n, 18);
    ck_assert(sl_decimal_unpack(packed, n, &back));
    ck_assert(back.unscaled == d.unscaled && back.scale == d.scale);
    n = sl_decimal_print(&d, printed);
    ck_assert_uint_le(n, SL_DECIMAL_TEXT);
    ck_assert(sl_decimal_parse(printed, n, &back));
    ck_assert(back.unscaled == d.unscaled || d.scale < 0);
}

START_TEST(decimals_keep_every_digit)
{
    check_decimal("0", "0", 0);
    check_decimal("-0.00", "0", 2);
    check_decimal("1.50", "150", 2);
    check_decimal("007", "7", 0);
    check_decimal("+.5", "5", 1);
    check_decimal("5.", "5", 0);
    check_decimal("1e5", "1", -5);
    check_decimal("12.5E-3", "125", 4);
    check_decimal("12.5e+3", "125", -2);
    check_decimal("-99999999999999999999999999999999999999",
                  "-99999999999999999999999999999999999999", 0);
    check_decimal("0.00000000000000000000000000000000000000000000000001", "1", 50);
    check_decimal("99999999999999999999999999999999999999000",
                  "99999999999999999999999999999999999999", -3);
    check_decimal("1.0000000000000000000000000000000000000000000",
                  "10000000000000000000000000000000000000", 37);
    check_decimal("1e-32767", "1", 32767);
    check_decimal("1e32768", "1", -32768);
    check_decimal("1e32769", "10", -32768);
    check_decimal("0e99999999999999", "0", 0);
    check_decimal("-128", "-128", 0);
    check_decimal("127", "127", 0);
    check_decimal("128", "128", 0);
}
END_TEST

START_TEST(what_no_decimal_can_hold_is_refused)
{
    static const char *const cases[] = {"",
                                        "-",
                                        ".",
                                        "e5",
                                        "1e",
                                        "1e-",
                                        "1.2.3",
                                        "1x",
                                        "x",
                                        " 1",
                                        "123456789012345678901234567890123456789",
                                        "1.00000000000000000000000000000000000001",
                                        "1e-32768",
                                        "1e32806",
                                        "inf",
                                        "nan",
                                        "1e99999999999999999999"};

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        sl_decimal d = {7, 7};
        ck_assert_msg(!sl_decimal_parse(cases[i], strlen(cases[i]), &d), "%s", cases[i]);
        ck_assert(d.unscaled == 7 && d.scale == 7);
    }
}
END_TEST

START_TEST(decimals_print_plainly_up_to_nineteen_places)
{
    static const struct {
        int64_t unscaled;
        int32_t scale;
        const char *text;
    } cases[] = {{15, 1, "1.5"},         {-15, 4, "-0.0015"},
                 {5, -3, "5000"},        {0, 2, "0.00"},
                 {0, -3, "0"},           {15, 20, "15e-20"},
                 {-15, -20, "-15e20"},   {1, 19, "0.0000000000000000001"},
                 {1, -32768, "1e32768"}, {1, -19, "10000000000000000000"}};

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        sl_decimal d = {cases[i].unscaled, cases[i].scale};
        char text[SL_DECIMAL_TEXT + 1];
        text[sl_decimal_print(&d, text)] = '\0';
        ck_assert_str_eq(text, cases[i].text);
    }
}
END_TEST

START_TEST(random_decimals_survive_text_and_ext)
{
    uint64_t state = 3;

    for (uint32_t i = 0; i < 100000; i++) {
        uint32_t digits = 1 + (uint32_t)(next_random(&state) % 38);
        char text[SL_DECIMAL_TEXT + 1] = "";
        char back[SL_DECIMAL_TEXT + 1];
        uint8_t packed[18];
        sl_decimal d;
        sl_decimal e;
        uint32_t n = 0;
        uint32_t point = (uint32_t)(next_random(&state) % (digits < 19 ? digits : 19));
        if (next_random(&state) & 1)
            text[n++] = '-';
        for (uint32_t k = 0; k < digits; k++) {
            if (k && k == digits - point)
                text[n++] = '.';
            text[n++] = (char)('0' + (k ? next_random(&state) % 10 : 1 + next_random(&state) % 9));
        }
        text[n] = '\0';

        ck_assert_msg(sl_decimal_parse(text, n, &d), "%s", text);
        ck_assert(sl_decimal_unpack(packed, sl_decimal_pack(&d, packed), &e));
        back[sl_decimal_print(&e, back)] = '\0';

        ck_assert_str_eq(back, text);
    }
}
END_TEST

START_TEST(malformed_decimal_ext_is_refused)
{
    uint8_t big[18] = {0, 0, 0x7f};
    uint8_t least[18] = {0, 0, 0x80};
    sl_decimal d = {7, 7};

    ck_assert(!sl_decimal_unpack(big, 0, &d));
    ck_assert(!sl_decimal_unpack(big, 2, &d));
    ck_assert(!sl_decimal_unpack(big, 19, &d));
    ck_assert(!sl_decimal_unpack(big, 18, &d));
    ck_assert(!sl_decimal_unpack(least, 18, &d));
    ck_assert(d.unscaled == 7);
    ck_assert(sl_decimal_unpack(big, 3, &d) && d.unscaled == 127);
    ck_assert(sl_decimal_unpack(least, 3, &d) && d.unscaled == -128);
}
END_TEST

SUITE("number", doubles_print_and_read_back_bit_by_bit, doubles_read_as_the_c_library_reads_them,
      what_is_no_json_number_is_refused, doubles_print_in_the_shortest_form,
      decimals_keep_every_digit, what_no_decimal_can_hold_is_refused,
      decimals_print_plainly_up_to_nineteen_places, random_decimals_survive_text_and_ext,
      malformed_decimal_ext_is_refused)
