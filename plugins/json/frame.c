/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/json/frame.c - where documents end, in text that may be broken.
 *
 * Plain byte by byte work: it is done only for pieces that the first stage refused and after
 * errors. It knows brackets and quotes, not the grammar.
 */
#include "plugins/json/feed.h"

/* The place behind the string whose opening quote is at FROM; see sl_json_scan. */
static int scan_string(const uint8_t *text, uint64_t from, uint64_t len, uint64_t *end)
{
    for (uint64_t i = from + 1; i < len; i++) {
        uint8_t c = text[i];

        if (c == '"') {
            *end = i + 1;
            return SL_JSON_SCAN_WHOLE;
        }
        if (c == '\\')
            i++;
        if (c < 0x20) {
            *end = i;
            return SL_JSON_SCAN_BAD;
        }
    }
    *end = len;
    return SL_JSON_SCAN_SHORT;
}

/* The place behind a scalar that is no string. */
static int scan_scalar(const uint8_t *text, uint64_t from, uint64_t len, uint64_t *end)
{
    uint64_t i = from;

    while (i < len && !strchr(" \t\r\n,:[]{}\"", text[i]))
        i++;
    *end = i == from ? from + 1 : i;
    return i == len ? SL_JSON_SCAN_SHORT : SL_JSON_SCAN_WHOLE;
}

int sl_json_scan(const uint8_t *text, uint64_t from, uint64_t len, uint32_t deepest, uint64_t *end)
{
    uint64_t depth = 0;
    uint64_t i = from;
    int got;

    if (text[from] == '"')
        return scan_string(text, from, len, end);
    if (text[from] != '{' && text[from] != '[')
        return scan_scalar(text, from, len, end);
    while (i < len) {
        uint8_t c = text[i];

        if (c == '"') {
            got = scan_string(text, i, len, &i);
            if (got != SL_JSON_SCAN_WHOLE) {
                *end = i;
                return got;
            }
            continue;
        }
        i++;
        if (c == '{' || c == '[') {
            if (++depth > deepest) {
                *end = i - 1;
                return SL_JSON_SCAN_DEEP;
            }
        } else if ((c == '}' || c == ']') && --depth == 0) {
            *end = i;
            return SL_JSON_SCAN_WHOLE;
        }
    }
    *end = len;
    return SL_JSON_SCAN_SHORT;
}

/* How far the line that holds place AT is indented there: the bytes between its start and AT when
 * they are white, else those before its first other byte. */
static uint64_t indent(const uint8_t *text, uint64_t at)
{
    uint64_t from = at;
    uint64_t n = 0;

    while (from > 0 && text[from - 1] != '\n')
        from--;
    while (from + n < at && (text[from + n] == ' ' || text[from + n] == '\t'))
        n++;
    return n;
}

int sl_json_resume(const uint8_t *text, uint64_t start, uint64_t at, uint64_t len, uint64_t *place)
{
    const uint8_t *line = memchr(text + start, '\n', len - start);
    uint64_t most;
    uint64_t i;

    if (!line)
        return 0;
    if ((uint64_t)(line - text) >= at) { /* the bad document never left its line */
        *place = (uint64_t)(line - text) + 1;
        return 1;
    }
    most = indent(text, start);
    while (line) {
        i = (uint64_t)(line - text) + 1;
        while (i < len && (text[i] == ' ' || text[i] == '\t'))
            i++;
        if (i < len && (text[i] == '{' || text[i] == '[') &&
            i - (uint64_t)(line - text) - 1 <= most) {
            *place = i;
            return 1;
        }
        line = i < len ? memchr(text + i, '\n', len - i) : NULL;
    }
    return 0;
}

uint64_t sl_json_last_quote(const uint8_t *text, uint64_t from, uint64_t len)
{
    uint64_t i = len;

    while (i > from) {
        const uint8_t *quote = memrchr(text + from, '"', i - from);
        uint64_t slashes = 0;

        if (!quote)
            return len;
        i = (uint64_t)(quote - text);
        while (i - slashes > from && text[i - slashes - 1] == '\\')
            slashes++;
        if (slashes % 2 == 0)
            return i;
    }
    return len;
}
