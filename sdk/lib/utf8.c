/* SPDX-License-Identifier: Apache-2.0
 *
 * sdk/lib/utf8.c - how much of a text is well-formed UTF-8.
 *
 * Runs of ASCII go eight bytes at a time. A longer character is judged by its first two bytes: the
 * first gives the length, and the range that the second must lie in rules out overlong forms,
 * surrogates and what is above U+10FFFF.
 */
#include <sluice/text.h>

#include <string.h>

/* Bytes of the well-formed character at P, which is not ASCII; 0 when there is none in LEFT. */
static size_t character(const uint8_t *p, size_t left)
{
    uint8_t lead = p[0];
    uint8_t low = 0x80;
    uint8_t high = 0xbf;
    size_t n;

    if (lead < 0xc2 || lead > 0xf4)
        return 0;
    n = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    if (left < n)
        return 0;
    if (lead == 0xe0)
        low = 0xa0;
    else if (lead == 0xed)
        high = 0x9f;
    else if (lead == 0xf0)
        low = 0x90;
    else if (lead == 0xf4)
        high = 0x8f;
    if (p[1] < low || p[1] > high)
        return 0;
    for (size_t i = 2; i < n; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    }
    return n;
}

size_t sl_utf8_span(const uint8_t *text, size_t len)
{
    size_t at = 0;

    while (at < len) {
        uint64_t eight;
        size_t n;

        if (len - at >= sizeof eight) {
            memcpy(&eight, text + at, sizeof eight);
            if (!(eight & UINT64_C(0x8080808080808080))) {
                at += sizeof eight;
                continue;
            }
        }
        n = text[at] < 0x80 ? 1 : character(text + at, len - at);
        if (!n)
            break;
        at += n;
    }
    return at;
}
