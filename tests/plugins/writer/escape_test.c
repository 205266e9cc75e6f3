/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/plugins/writer/escape_test.c - values as names of folders: within their folder, and back.
 */
#include <stdio.h>
#include <string.h>

#include "plugins/writer/lib/escape.h"
#include "tests/lib/suite.h"

static uint64_t seed = 7;

static uint32_t draw(uint32_t below)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(seed >> 33) % below;
}

/* Bytes that like to be trouble. */
static uint8_t draw_byte(void)
{
    static const char nasty[] = "/.%=:\\~\"#'*?{[]^_ ";

    if (draw(3))
        return (uint8_t)nasty[draw(sizeof nasty)]; /* its NUL too */
    return (uint8_t)draw(256);
}

static int is_printable(const char *text, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        if ((uint8_t)text[i] < 0x20 || text[i] == 0x7f)
            return 0;
    }
    return 1;
}

START_TEST(any_value_stays_in_its_folder_and_comes_back)
{
    for (int round = 0; round < 50000; round++) {
        uint8_t value[64];
        uint8_t back[SL_ESCAPE_ROOM];
        char text[SL_ESCAPE_ROOM];
        uint32_t len = 1 + draw(sizeof value);
        uint32_t n;

        for (uint32_t i = 0; i < len; i++)
            value[i] = draw_byte();
        n = sl_escape(value, len, 8, text);

        ck_assert_uint_eq(n, strlen(text));
        ck_assert_ptr_null(strpbrk(text, "/\\=:\"#'*?{[]^"));
        ck_assert(is_printable(text, n));
        if (strchr(text, '~') && n > SL_ESCAPE_MAX - 8)
            continue; /* it was cut */
        ck_assert_int_eq(sl_unescape(text, n, back), len);
        ck_assert_mem_eq(back, value, len);
    }
}
END_TEST

START_TEST(null_and_a_text_that_looks_like_it_differ)
{
    char text[SL_ESCAPE_ROOM];
    uint8_t back[SL_ESCAPE_ROOM];

    ck_assert_uint_eq(sl_escape(NULL, 0, 0, text), 26);
    ck_assert_str_eq(text, SL_ESCAPE_NULL);
    ck_assert_int_eq(sl_unescape(text, 26, back), -1);
    (void)sl_escape("", 0, 0, text);
    ck_assert_str_eq(text, SL_ESCAPE_NULL);
    (void)sl_escape(SL_ESCAPE_NULL, 26, 0, text);
    ck_assert_str_eq(text, "%5F_HIVE_DEFAULT_PARTITION__");
    ck_assert_int_eq(sl_unescape(text, strlen(text), back), 26);
    ck_assert_mem_eq(back, SL_ESCAPE_NULL, 26);
}
END_TEST

START_TEST(long_values_are_cut_at_a_character_and_kept_apart)
{
    char a[1000];
    char text[2][SL_ESCAPE_ROOM];

    for (size_t i = 0; i < sizeof a; i++)
        a[i] = "\xe2\x82\xac"[i % 3];
    for (uint32_t used = 0; used <= 128; used++) {
        uint32_t n = sl_escape(a, 999, used, text[0]);

        a[998] ^= 1;
        (void)sl_escape(a, 999, used, text[1]);
        a[998] ^= 1;
        ck_assert_uint_le(n + used, 217);
        ck_assert_int_ne(strcmp(text[0], text[1]), 0);
        ck_assert_int_eq((int)(strchr(text[0], '~') - text[0]) % 3, 0);
    }
    memset(a, '/', sizeof a);
    (void)sl_escape(a, sizeof a, 1, text[0]);
    ck_assert_int_eq((int)(strchr(text[0], '~') - text[0]) % 3, 0);
}
END_TEST

START_TEST(malformed_escapes_are_refused)
{
    uint8_t back[16];

    ck_assert_int_eq(sl_unescape("a%2", 3, back), -2);
    ck_assert_int_eq(sl_unescape("%", 1, back), -2);
    ck_assert_int_eq(sl_unescape("%g0", 3, back), -2);
    ck_assert_int_eq(sl_unescape("%2f", 3, back), 1);
    ck_assert_int_eq(back[0], '/');
}
END_TEST

SUITE("escape", any_value_stays_in_its_folder_and_comes_back,
      null_and_a_text_that_looks_like_it_differ, long_values_are_cut_at_a_character_and_kept_apart,
      malformed_escapes_are_refused)
