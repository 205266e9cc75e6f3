/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/lines/logfmt.c - lines of key=value pairs.
 *
 *   level=info msg="it \"works\"" took=12ms debug
 *
 * Values are text, in quotes when they hold blanks; in quotes \" \\ \n \r \t are escapes. A key
 * without a value is true, one with nothing behind = is the empty text. Keys are not known
 * beforehand, so they go through the output's path tree.
 */
#include "plugins/lines/priv.h"

/* The N bytes at P between quotes, unescaped. NULL when memory is short. */
static const uint8_t *unescape(sl_instance *self, const uint8_t *p, uint64_t *n)
{
    static const char signs[] = "nrt";
    static const char means[] = "\n\r\t";
    uint64_t len = 0;

    if (!memchr(p, '\\', *n))
        return p;
    if (!sl_lines_room(self, &self->plain, *n))
        return NULL;
    for (uint64_t i = 0; i < *n; i++) {
        uint8_t c = p[i];

        if (c == '\\' && i + 1 < *n) {
            const char *sign = p[i + 1] ? strchr(signs, p[i + 1]) : NULL;

            if (sign) {
                c = (uint8_t)means[sign - signs];
                i++;
            } else if (p[i + 1] == '"' || p[i + 1] == '\\') {
                c = p[++i];
            }
        }
        self->plain.ptr[len++] = c;
    }
    *n = len;
    return self->plain.ptr;
}

/* The value at P + AT, behind the =, written as text. Gives its end; 0: a quote is not closed. */
static uint64_t put_value(sl_instance *self, const uint8_t *p, uint64_t n, uint64_t at)
{
    sl_writer *w = &self->feed.w;
    uint64_t end = at;
    uint64_t len;
    const uint8_t *text;

    if (at == n || p[at] != '"') {
        while (end < n && p[end] != ' ' && p[end] != '\t')
            end++;
        sl_row_put_str(w, NULL, p + at, end - at);
        return end;
    }
    end = at + sl_lines_quote_end(p + at, n - at);
    if (end == n)
        return 0;
    len = end - at - 1;
    text = unescape(self, p + at + 1, &len);
    if (text)
        sl_row_put_str(w, NULL, text, len);
    return end + 1;
}

static uint32_t line(sl_instance *self, const uint8_t *p, uint64_t n)
{
    sl_writer *w = &self->feed.w;
    sl_feed_scope scope = {
        .paths = self->paths, .tree = self->tree, .parent = self->paths->root(self->tree)};
    uint64_t at = 0;
    uint64_t pairs = 0;

    if (!sl_row_begin(w))
        return SL_FEED_ROW;
    for (;;) {
        uint64_t from;

        while (at < n && (p[at] == ' ' || p[at] == '\t'))
            at++;
        if (at == n)
            break;
        from = at;
        while (at < n && p[at] > ' ' && p[at] != '=' && p[at] != '"')
            at++;
        if (at == from)
            return sl_lines_misfit(self, at, "a key is expected");
        if (at - from > UINT16_MAX)
            return sl_lines_misfit(self, from, "this key is longer than 65535 bytes");
        if (at < n && p[at] != '=' && p[at] != ' ' && p[at] != '\t')
            return sl_lines_misfit(self, at, "= or a blank is expected behind the key");
        pairs++;
        if (at == n || p[at] != '=') {
            (void)sl_feed_key(&self->feed, &scope, p + from, at - from, SL_KIND_BOOL);
            sl_row_put_bool(w, NULL, 1);
            continue;
        }
        (void)sl_feed_key(&self->feed, &scope, p + from, at - from, SL_KIND_STR);
        from = at + 1;
        at = put_value(self, p, n, from);
        if (!at)
            return sl_lines_misfit(self, from, "this quote is never closed");
        if (at < n && p[at] != ' ' && p[at] != '\t')
            return sl_lines_misfit(self, at, "a blank is expected behind the quote");
    }
    return pairs ? SL_FEED_ROW : sl_lines_misfit(self, 0, "a key is expected");
}

const sl_lines_format sl_lines_logfmt = {"logfmt", NULL, NULL, line};
