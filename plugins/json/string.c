/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/json/string.c - strings with escapes in them.
 *
 * The walk has written the string as it stands and found a backslash; here it is written again,
 * from its start. The result is never longer than the text. The first stage has seen to it that
 * the string is UTF-8 without control characters and that CLOSE is its closing quote.
 */
#include "plugins/json/scalar.h"

/* What the letter behind a backslash stands for; 0: no such escape, or u. */
static const uint8_t plain[256] = {['"'] = '"',  ['\\'] = '\\', ['/'] = '/',  ['b'] = '\b',
                                   ['f'] = '\f', ['n'] = '\n',  ['r'] = '\r', ['t'] = '\t'};

const uint8_t *sl_json_string_close(const uint8_t *p, const uint8_t *next)
{
    do {
        next--;
    } while (next > p && (*next == ' ' || *next == '\n' || *next == '\r' || *next == '\t'));
    return next > p && *next == '"' ? next : NULL;
}

/* The four hexadecimal digits at P; negative when one is none. */
static int32_t four_digits(const uint8_t *p)
{
    int32_t v = 0;

    for (uint32_t i = 0; i < 4; i++) {
        uint8_t c = p[i];

        if ((uint8_t)(c - '0') < 10)
            v = v << 4 | (c - '0');
        else if ((uint8_t)((c | 0x20) - 'a') < 6)
            v = v << 4 | ((c | 0x20) - 'a' + 10);
        else
            return -1;
    }
    return v;
}

/* Write the character CODE as UTF-8. */
static uint8_t *put_char(uint8_t *out, uint32_t code)
{
    if (code < 0x80) {
        *out++ = (uint8_t)code;
        return out;
    }
    if (code < 0x800) {
        *out++ = (uint8_t)(0xc0 | code >> 6);
    } else {
        if (code < 0x10000) {
            *out++ = (uint8_t)(0xe0 | code >> 12);
        } else {
            *out++ = (uint8_t)(0xf0 | code >> 18);
            *out++ = (uint8_t)(0x80 | (code >> 12 & 0x3f));
        }
        *out++ = (uint8_t)(0x80 | (code >> 6 & 0x3f));
    }
    *out++ = (uint8_t)(0x80 | (code & 0x3f));
    return out;
}

/* The escape \uXXXX at *AT, and its second half when it is the first of a pair. Moves *AT behind;
 * gives the character, or negative: minus the fault. */
static int32_t read_unicode(const sl_json_walk *w, const uint8_t **at, const uint8_t *close)
{
    const uint8_t *p = *at;
    int32_t high;
    int32_t low;

    if (close - p < 6 || (high = four_digits(p + 2)) < 0)
        return -(int32_t)SL_JSON_ESCAPE;
    *at = p += 6;
    if (high < 0xd800 || high > 0xdfff)
        return high;
    if (high < 0xdc00 && close - p >= 6 && p[0] == '\\' && p[1] == 'u') {
        low = four_digits(p + 2);
        if (low < 0)
            return -(int32_t)SL_JSON_ESCAPE;
        if (low >= 0xdc00 && low <= 0xdfff) {
            *at = p + 6;
            return 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
        }
    }
    return w->replace ? 0xfffd : -(int32_t)SL_JSON_SURROGATE;
}

uint8_t *sl_json_string_escaped(sl_json_walk *w, uint8_t *out, const uint8_t *p,
                                const uint8_t *close)
{
    uint8_t *start = out + 5; /* the longest header; moved down when it is known */
    uint8_t *to = start;
    const uint8_t *from = p + 1;
    const uint8_t *next;
    uint8_t *end;
    int32_t code;

    while (from < close) {
        next = memchr(from, '\\', (size_t)(close - from));
        if (!next)
            next = close;
        memcpy(to, from, (size_t)(next - from));
        to += next - from;
        from = next;
        if (from == close)
            break;
        if (from[1] == 'u') {
            code = read_unicode(w, &from, close);
            if (code < 0) {
                (void)sl_json_fail(w, (uint32_t)-code, next);
                return NULL;
            }
            to = put_char(to, (uint32_t)code);
        } else if (plain[from[1]]) {
            *to++ = plain[from[1]];
            from += 2;
        } else {
            (void)sl_json_fail(w, SL_JSON_ESCAPE, next);
            return NULL;
        }
    }
    end = sl_enc_str_head(out, (uint64_t)(to - start));
    memmove(end, start, (size_t)(to - start));
    return end + (to - start);
}
