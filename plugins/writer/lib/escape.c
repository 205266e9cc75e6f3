/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/writer/lib/escape.c - values as names of folders.
 *
 * The set of escaped bytes is the one that Hive uses, which all readers of such tables undo. A
 * value that is not UTF-8 is not repaired: its bytes are a name too.
 */
#include "escape.h"

#include <string.h>

static const char hex_digits[] = "0123456789ABCDEF";

static int is_plain(uint8_t c)
{
    return c >= 0x20 && c != 0x7f && !strchr("\"#%'*/:=?\\{[]^", c);
}

/* A hash of the whole value for the name of a cut one. */
static uint64_t hash_value(const uint8_t *p, uint64_t len)
{
    uint64_t h = 0xcbf29ce484222325u;

    for (uint64_t i = 0; i < len; i++)
        h = (h ^ p[i]) * 0x100000001b3u;
    h = (h ^ (h >> 33)) * 0xff51afd7ed558ccdu;
    return h ^ (h >> 33);
}

/* Shorten OUT (LEN bytes) so that no character is cut in two (escapes are whole already); by 3
 * bytes at most, so that a cut name stays longer than any whole one. */
static uint32_t cut_back(const char *out, uint32_t len)
{
    uint32_t n = len;

    while (n && len - n < 3 && ((uint8_t)out[n - 1] & 0xc0) == 0x80)
        n--;
    if (n && len - n < 3 && (uint8_t)out[n - 1] >= 0xc0)
        n--;
    return n;
}

uint32_t sl_escape(const void *value, uint64_t len, uint32_t used, char out[SL_ESCAPE_ROOM])
{
    static const char null_text[] = SL_ESCAPE_NULL;
    const uint8_t *p = value;
    uint32_t room = SL_ESCAPE_MAX - used;
    uint32_t n = 0;
    uint64_t i = 0;

    if (!value || !len) {
        memcpy(out, null_text, sizeof null_text);
        return sizeof null_text - 1;
    }
    if (len == sizeof null_text - 1 && !memcmp(p, null_text, len)) {
        memcpy(out, "%5F", 3);
        memcpy(out + 3, null_text + 1, len);
        return (uint32_t)len + 2;
    }
    for (; i < len; i++) {
        uint32_t need = is_plain(p[i]) ? 1 : 3;

        if (n + need > room)
            break;
        if (need == 1) {
            out[n++] = (char)p[i];
            continue;
        }
        out[n++] = '%';
        out[n++] = hex_digits[p[i] >> 4];
        out[n++] = hex_digits[p[i] & 15];
    }
    if (i < len) {
        uint64_t hash = hash_value(p, len);

        n = cut_back(out, n);
        out[n++] = '~';
        for (uint32_t shift = 64; shift; shift -= 4)
            out[n++] = hex_digits[hash >> (shift - 4) & 15];
    }
    out[n] = 0;
    return n;
}

static int hex_value(char c)
{
    const char *at = c ? strchr(hex_digits, c >= 'a' && c <= 'f' ? c - 'a' + 'A' : c) : NULL;

    return at ? (int)(at - hex_digits) : -1;
}

int64_t sl_unescape(const char *text, uint64_t len, uint8_t *out)
{
    int64_t n = 0;

    if (len == sizeof SL_ESCAPE_NULL - 1 && !memcmp(text, SL_ESCAPE_NULL, len))
        return -1;
    for (uint64_t i = 0; i < len; i++) {
        int high;
        int low;

        if (text[i] != '%') {
            out[n++] = (uint8_t)text[i];
            continue;
        }
        high = i + 2 < len ? hex_value(text[i + 1]) : -1;
        low = high >= 0 ? hex_value(text[i + 2]) : -1;
        if (low < 0)
            return -2;
        out[n++] = (uint8_t)(high << 4 | low);
        i += 2;
    }
    return n;
}
