/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/config/yaml_place.c - where in the file a byte of a scalar's text stands.
 *
 * The text and its source are walked side by side. They differ in quotes, escapes, the indentation
 * of block scalars and line folding; folding is handled as a whole: a run of blanks and line ends
 * in the source stands for the run in the text. Whatever does not fit leaves the place where it is:
 * a place is never outside the scalar.
 */
#include "engine/config/yaml.h"

#include <string.h>

typedef struct walk {
    const char *src;
    uint32_t at;  /* in the file */
    uint32_t end; /* of the scalar in the file */
    uint32_t indent;
    uint32_t style;
} walk;

static int is_break(char c)
{
    return c == '\n' || c == '\r';
}

static int is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static uint32_t skip_line(const walk *w, uint32_t at)
{
    while (at < w->end && !is_break(w->src[at]))
        at++;
    return at;
}

static uint32_t skip_break(const walk *w, uint32_t at)
{
    if (at + 1 < w->end && w->src[at] == '\r' && w->src[at + 1] == '\n')
        return at + 2;
    return at < w->end ? at + 1 : at;
}

/* Skip the anchor and the comments that may stand before the scalar itself. */
static void skip_properties(walk *w)
{
    while (w->at < w->end) {
        char c = w->src[w->at];

        if (is_blank(c) || is_break(c))
            w->at++;
        else if (c == '#')
            w->at = skip_line(w, w->at);
        else if (c == '&' || c == '!')
            while (w->at < w->end && !is_blank(w->src[w->at]) && !is_break(w->src[w->at]))
                w->at++;
        else
            return;
    }
}

static uint32_t count_blanks(const char *s, uint32_t at, uint32_t end)
{
    uint32_t n = 0;

    while (at + n < end && s[at + n] == ' ')
        n++;
    return n;
}

/* Go to the first content line of a block scalar and find out how far it is indented: by as much as
 * its first line that is not blank has more than the text. */
static void enter_block(walk *w, const char *text, uint32_t len)
{
    uint32_t line = 0;
    uint32_t at;

    w->at = skip_break(w, skip_line(w, w->at));
    at = w->at;
    while (at < w->end) {
        uint32_t blanks = count_blanks(w->src, at, w->end);

        if (at + blanks < w->end && !is_break(w->src[at + blanks])) {
            uint32_t mine;

            while (line < len && text[line] == '\n')
                line++;
            mine = count_blanks(text, line, len);
            w->indent = blanks > mine ? blanks - mine : 0;
            return;
        }
        at = skip_break(w, at + blanks);
    }
}

/* At the start of a line: go behind what belongs to the layout. */
static uint32_t skip_indent(const walk *w, uint32_t at)
{
    uint32_t n = 0;

    if (w->style >= SL_YAML_LITERAL) {
        while (n < w->indent && at < w->end && w->src[at] == ' ') {
            at++;
            n++;
        }
        return at;
    }
    while (at < w->end && is_blank(w->src[at]))
        at++;
    return at;
}

/* The length of the escape at AT of a double-quoted scalar; N: how many bytes of text it makes. */
static uint32_t escape_length(const walk *w, uint32_t at, uint32_t *n)
{
    uint32_t digits = 0;
    uint32_t point = 0;
    char c = at + 1 < w->end ? w->src[at + 1] : 0;

    *n = 1;
    if (c == 'x' || c == 'u' || c == 'U')
        digits = c == 'x' ? 2 : c == 'u' ? 4 : 8;
    else if (c == 'N' || c == '_')
        *n = 2;
    else if (c == 'L' || c == 'P')
        *n = 3;
    if (!digits)
        return 2;
    for (uint32_t i = 0; i < digits && at + 2 + i < w->end; i++) {
        char d = w->src[at + 2 + i];
        uint32_t value = d <= '9' ? (uint32_t)(d - '0') : (uint32_t)((d | 32) - 'a' + 10);

        point = point << 4 | (value & 15u);
    }
    *n = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    return digits + 2;
}

/* A line ends at AT of the source, after BLANKS that were dropped: the whole run of line ends there
 * stands for the N breaks and blanks of the text. */
static uint32_t skip_fold(const walk *w, uint32_t at)
{
    for (;;) {
        uint32_t next;

        at = skip_indent(w, skip_break(w, at));
        next = at;
        if (w->style < SL_YAML_LITERAL)
            while (next < w->end && is_blank(w->src[next]))
                next++;
        if (next >= w->end || !is_break(w->src[next]))
            return at;
        at = next;
    }
}

/* Is there, from AT on, nothing but blanks up to a line end (which a flow scalar drops)? */
static int at_line_end(const walk *w, uint32_t *at)
{
    uint32_t next = *at;

    if (w->style < SL_YAML_LITERAL)
        while (next < w->end && is_blank(w->src[next]))
            next++;
    if (next >= w->end || !is_break(w->src[next]))
        return 0;
    *at = next;
    return 1;
}

/* A line end of the source that makes no text: the continuation of a double-quoted line. */
static void skip_continuation(walk *w)
{
    while (w->style == SL_YAML_DOUBLE && w->at + 1 < w->end && w->src[w->at] == '\\' &&
           is_break(w->src[w->at + 1]))
        w->at = skip_indent(w, skip_break(w, w->at + 1));
}

/* Step over the source of the text at I; gives the bytes of text that it makes. */
static uint32_t step(walk *w, const char *text, uint32_t i, uint32_t len)
{
    uint32_t n = 1;
    uint32_t at = w->at;

    if (w->style == SL_YAML_LITERAL && at < w->end && is_break(w->src[at])) {
        w->at = skip_indent(w, skip_break(w, at));
        return 1;
    }
    if ((text[i] == ' ' || text[i] == '\n') && at_line_end(w, &at)) {
        w->at = skip_fold(w, at);
        while (text[i] == '\n' && i + n < len && text[i + n] == '\n')
            n++;
        return n;
    }
    if (w->style == SL_YAML_DOUBLE && at < w->end && w->src[at] == '\\')
        w->at += escape_length(w, at, &n);
    else if (w->style == SL_YAML_SINGLE && at + 1 < w->end && w->src[at] == '\'')
        w->at += 2;
    else
        w->at += 1;
    return n;
}

/* The place in the file of byte WANT of the text; of its end when WANT is past it. */
static uint32_t find(const sl_yaml *node, uint32_t want)
{
    walk w = {.src = node->file->bytes,
              .at = node->at,
              .end = node->at + node->len,
              .style = node->style};
    uint32_t i = 0;

    skip_properties(&w);
    if (node->style >= SL_YAML_LITERAL) {
        enter_block(&w, node->text, node->text_len);
        w.at = skip_indent(&w, w.at);
    } else if (node->style != SL_YAML_PLAIN) {
        w.at++;
    }
    for (;;) {
        uint32_t n;
        uint32_t before;

        skip_continuation(&w);
        if (i >= want || i >= node->text_len || w.at >= w.end)
            break;
        before = w.at;
        n = step(&w, node->text, i, node->text_len);
        if (i + n > want) {
            w.at = before;
            break;
        }
        i += n;
    }
    return w.at < w.end ? w.at : w.end;
}

sl_place sl_yaml_place(const sl_yaml *node)
{
    sl_place place = {node->file, node->at, node->len};

    return place;
}

sl_place sl_yaml_text_place(const sl_yaml *node, uint32_t at, uint32_t len)
{
    sl_place place = sl_yaml_place(node);
    uint32_t last;

    if (node->kind != SL_YAML_SCALAR || len == 0 || at >= node->text_len)
        return place;
    if (len > node->text_len - at)
        len = node->text_len - at;
    place.at = find(node, at);
    last = find(node, at + len - 1);
    if (last < node->at + node->len && node->file->bytes[last] != node->text[at + len - 1])
        last = find(node, at + len) - 1; /* an escape or a fold: all of it */
    place.len = last > place.at ? last - place.at + 1 : 1;
    if (place.at + place.len > node->at + node->len)
        place.len = node->at + node->len - place.at;
    return place;
}
