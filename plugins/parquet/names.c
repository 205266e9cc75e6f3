/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/parquet/names.c - column names from keys.
 *
 * Query engines take letters, digits and _ without quotes; everything beyond ASCII is kept. Names
 * that differ only in case are one name to most of them, so they are compared folded: simple
 * folding of the Latin, Greek and Cyrillic letters.
 */
#include "schema.h"

static int is_kept(uint8_t c)
{
    return c >= 0x80 || c == '_' || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
           (c >= 'a' && c <= 'z');
}

uint32_t sl_pw_name_clean(const uint8_t *key, uint32_t len, char *out)
{
    uint32_t n = 0, i;

    if (len == 0 || (key[0] >= '0' && key[0] <= '9'))
        out[n++] = '_';
    for (i = 0; i < len && n < SL_PW_NAME_MAX; i++)
        out[n++] = is_kept(key[i]) ? (char)key[i] : '_';
    if (i < len) /* cut between characters */
        while (n > 0 && i > 0 && (key[i] & 0xc0) == 0x80) {
            i--;
            n--;
        }
    return n;
}

/* The character at P, which has LEFT bytes; STEP gets how many it takes. */
static uint32_t next_char(const char *text, uint32_t left, uint32_t *step)
{
    const uint8_t *p = (const uint8_t *)text;

    *step = 1;
    if (p[0] < 0xc0 || left < 2)
        return p[0];
    if (p[0] < 0xe0) {
        *step = 2;
        return (uint32_t)(p[0] & 0x1f) << 6 | (p[1] & 0x3f);
    }
    return p[0];
}

static uint32_t fold(uint32_t c)
{
    if ((c >= 'A' && c <= 'Z') || (c >= 0xc0 && c <= 0xde && c != 0xd7) ||
        (c >= 0x391 && c <= 0x3a9) || (c >= 0x410 && c <= 0x42f))
        return c + 32;
    if ((c >= 0x100 && c <= 0x137) || (c >= 0x14a && c <= 0x177))
        return c | 1;
    if ((c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17e))
        return c + (c & 1);
    return c >= 0x400 && c <= 0x40f ? c + 80 : c;
}

int sl_pw_name_same(const char *a, uint32_t a_len, const char *b, uint32_t b_len)
{
    uint32_t i = 0, step_a, step_b;

    if (a_len != b_len) /* the letters that are folded keep their length */
        return 0;
    while (i < a_len) {
        if (fold(next_char(a + i, a_len - i, &step_a)) !=
            fold(next_char(b + i, b_len - i, &step_b)))
            return 0;
        i += step_a;
    }
    return 1;
}
