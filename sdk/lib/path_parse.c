/* SPDX-License-Identifier: Apache-2.0
 *
 * sdk/lib/path_parse.c - dotted paths as users write them.
 *
 * A path is keys with points between them. A key with a point, a quote or nothing in it stands in
 * double quotes, where \" and \\ stand for themselves. The unquoted bytes of all keys go into one
 * block, which is never longer than the text.
 */
#include "sdk/lib/pathset.h"

/* Where the reader is, and where the keys' bytes go. */
typedef struct reader {
    const char *text;
    uint32_t at;
    uint8_t *out;
} reader;

/* A key in quotes; false when the quote is not closed or a \ stands before something else. */
static int read_quoted(reader *r)
{
    for (r->at++; r->text[r->at] != '"'; r->at++) {
        char c = r->text[r->at];
        if (c == '\\') {
            c = r->text[r->at + 1];
            if (c != '"' && c != '\\')
                return 0;
            r->at++;
        }
        if (!c)
            return 0;
        *r->out++ = (uint8_t)c;
    }
    r->at++;
    return 1;
}

static int read_plain(reader *r)
{
    uint32_t begin = r->at;

    for (; r->text[r->at] && r->text[r->at] != '.'; r->at++) {
        if (r->text[r->at] == '"')
            return 0;
        *r->out++ = (uint8_t)r->text[r->at];
    }
    return r->at > begin;
}

static uint32_t read_keys(reader *r, sl_bytes *keys, uint32_t cap)
{
    uint32_t n = 0;

    for (;;) {
        const uint8_t *begin = r->out;
        if (n == cap || !(r->text[r->at] == '"' ? read_quoted(r) : read_plain(r)))
            return 0;
        keys[n].ptr = begin;
        keys[n].len = (uint64_t)(r->out - begin);
        n++;
        if (!r->text[r->at])
            return n;
        if (r->text[r->at] != '.')
            return 0;
        r->at++;
    }
}

uint32_t sl_path_parse(sl_mem *mem, const char *text, sl_bytes *keys, uint32_t cap, void **block,
                       uint32_t *at)
{
    size_t len = __builtin_strlen(text);
    reader r = {text, 0, NULL};
    uint8_t *room;
    uint32_t n;

    room = len < UINT32_MAX ? sl_mem_alloc(mem, len + 1) : NULL;
    if (!room) {
        *at = UINT32_MAX;
        return 0;
    }
    r.out = room;
    n = read_keys(&r, keys, cap);
    if (!n) {
        sl_mem_free(room);
        *at = r.at;
        return 0;
    }
    *block = room;
    return n;
}
