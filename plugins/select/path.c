/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/select/path.c - paths of fields, as the settings hold them.
 *
 * A path is keys joined by dots. A key with other signs than letters, digits, _, -, $ and @ stands
 * in double quotes, in which \" and \\ are a quote and a backslash. Bytes above 0x7f count as
 * letters, so that keys of any language need no quotes.
 */
#include "plugins/select/priv.h"

static int is_plain(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '$' || c == '@' || c >= 0x80;
}

/* The key in quotes at TEXT, unescaped into TO. Gives its end, 0 when the quote is never closed. */
static uint32_t quoted(const char *text, uint32_t len, uint8_t *to, uint64_t *n)
{
    uint32_t i = 1;

    while (i < len && text[i] != '"') {
        if (text[i] == '\\' && i + 1 < len && (text[i + 1] == '"' || text[i + 1] == '\\'))
            i++;
        to[(*n)++] = (uint8_t)text[i++];
    }
    return i < len ? i + 1 : 0;
}

/* One key at TEXT into KEY. Gives its end, 0 when there is none. */
static uint32_t key_read(sl_instance *self, const char *text, uint32_t len, sl_bytes *key)
{
    uint8_t *to = sl_sel_alloc(self, (uint64_t)len + 1);
    uint64_t n = 0;
    uint32_t end = 0;

    if (!to)
        return 0;
    if (len && text[0] == '"') {
        end = quoted(text, len, to, &n);
    } else {
        while (end < len && is_plain((uint8_t)text[end]))
            to[n++] = (uint8_t)text[end++];
    }
    key->ptr = to;
    key->len = n;
    return n ? end : 0;
}

uint32_t sl_sel_path_read(sl_instance *self, const char *text, uint32_t len, sl_sel_path *out,
                          uint32_t *bad)
{
    uint32_t at = 0;

    out->n = 0;
    for (;;) {
        uint32_t took;

        *bad = at;
        if (out->n == SL_SEL_KEYS)
            return 0;
        took = key_read(self, text + at, len - at, &out->key[out->n]);
        if (!took)
            return 0;
        out->n++;
        at += took;
        if (at >= len || text[at] != '.')
            return at;
        at++;
    }
}
