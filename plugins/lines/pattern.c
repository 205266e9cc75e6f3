/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/lines/pattern.c - lines of a form that the user gives.
 *
 * A pattern is literal text with fields in braces. It is compiled into parts, each with the literal
 * text behind it; a field ends where that text first occurs. There is no choice and no going back,
 * so a line is read once from left to right, whatever the pattern is.
 */
#include "plugins/lines/priv.h"

#include <stdarg.h>
#include <stdio.h>

#include <sluice/text.h>

#define SKIPPED UINT32_MAX

/* A part in the reading: the text that it may take, up to what follows it. */
typedef struct piece {
    sl_instance *self;
    const sl_lines_part *part;
    const uint8_t *p;
    uint64_t n;    /* bytes up to the literal behind it, or to the end of the line */
    uint64_t left; /* bytes up to the end of the line */
} piece;

/* Each gives the bytes that it took, UINT64_MAX when the text does not fit. */
typedef uint64_t piece_fn(const piece *x, const sl_key *key);

static void put_null(const piece *x, const sl_key *key)
{
    if (key)
        sl_row_put_nil(&x->self->feed.w, key);
}

static int is_null(const piece *x)
{
    return x->n == 1 && *x->p == '-';
}

static uint64_t take_text(const piece *x, const sl_key *key)
{
    if (key)
        sl_row_put_str(&x->self->feed.w, key, x->p, x->n);
    return x->n;
}

static uint64_t take_int(const piece *x, const sl_key *key)
{
    uint32_t sign = x->n && (*x->p == '-' || *x->p == '+');
    int64_t v;

    if (is_null(x)) {
        put_null(x, key);
        return 1;
    }
    if (!sl_lines_number(x->p + sign, x->n - sign, &v))
        return UINT64_MAX;
    if (key)
        sl_row_put_i64(&x->self->feed.w, key, sign && *x->p == '-' ? -v : v);
    return x->n;
}

static uint64_t take_float(const piece *x, const sl_key *key)
{
    double v;

    if (is_null(x)) {
        put_null(x, key);
        return 1;
    }
    if (!sl_f64_parse((const char *)x->p, x->n, &v))
        return UINT64_MAX;
    if (key)
        sl_row_put_f64(&x->self->feed.w, key, v);
    return x->n;
}

static uint64_t take_time(const piece *x, const sl_key *key)
{
    int64_t us;

    if (is_null(x)) {
        put_null(x, key);
        return 1;
    }
    if (!sl_cast_scan(&x->self->days, &x->part->cast, x->p, x->n, &us))
        return UINT64_MAX;
    if (key)
        sl_row_put_time(&x->self->feed.w, key, us);
    return x->n;
}

/* Knows its end by itself: the closing quote. */
static uint64_t take_quoted(const piece *x, const sl_key *key)
{
    uint64_t end;
    uint64_t n;
    const uint8_t *text;

    if (x->left && *x->p == '-') {
        put_null(x, key);
        return 1;
    }
    if (!x->left || *x->p != '"')
        return UINT64_MAX;
    end = sl_lines_quote_end(x->p, x->left);
    if (end == x->left)
        return UINT64_MAX;
    n = end - 1;
    text = key ? sl_lines_unescape(x->self, x->p + 1, &n) : NULL;
    if (text)
        sl_row_put_str(&x->self->feed.w, key, text, n);
    return end + 1;
}

static const struct {
    const char *name;
    piece_fn *take;
    const char *expects;
} kinds[] = {
    {"", take_text, "text is expected, and what follows it in the pattern"},
    {"int", take_int, "a whole number is expected"},
    {"float", take_float, "a number is expected"},
    {"time", take_time, "a time in the pattern's format is expected"},
    {"quoted", take_quoted, "a text in double quotes is expected"},
    {"rest", take_text, "text is expected"},
    {"skip", take_text, "text is expected, and what follows it in the pattern"},
};
#define KINDS       (sizeof kinds / sizeof *kinds)
#define KIND_TIME   3u
#define KIND_QUOTED 4u
#define KIND_REST   5u
#define KIND_SKIP   6u

/* ---- compiling ---- */

typedef struct compiler {
    sl_instance *self;
    const char *text;
    uint32_t at;
    uint8_t *literal; /* where the next literal byte goes */
} compiler;

__attribute__((format(printf, 5, 6))) static sl_status fail(compiler *c, uint32_t at, uint32_t len,
                                                            const char *code, const char *fmt, ...)
{
    char text[384];
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    c->self->host->fail_at(c->self->node, "pattern", at, len, code, text);
    return SL_E_CONFIG;
}

/* The literal text at hand, up to a field or the end. */
static sl_status read_literal(compiler *c, sl_bytes *out)
{
    const char *t = c->text;

    out->ptr = c->literal;
    while (t[c->at]) {
        if (t[c->at] == '{' && t[c->at + 1] != '{')
            break;
        if (t[c->at] == '}' && t[c->at + 1] != '}')
            return fail(c, c->at, 1, "lines.pattern.syntax",
                        "this brace closes nothing; a brace in the text itself is written }}");
        c->at += t[c->at] == '{' || t[c->at] == '}';
        *c->literal++ = (uint8_t)t[c->at++];
    }
    out->len = (uint64_t)(c->literal - out->ptr);
    return SL_OK;
}

static sl_status set_key(compiler *c, sl_lines_part *part, uint32_t at, uint32_t len)
{
    sl_instance *self = c->self;
    char name[256];

    if (part->kind == KIND_SKIP && len)
        return fail(c, at, len, "lines.pattern.skip", "what is skipped has no name: write {:skip}");
    part->key = SKIPPED;
    if (part->kind == KIND_SKIP)
        return SL_OK;
    if (!len || len >= sizeof name)
        return fail(c, at, len, "lines.pattern.name",
                    "a field needs a name of 1 to 255 bytes; to leave a text out write {:skip}");
    memcpy(name, c->text + at, len);
    name[len] = 0;
    part->key = self->keys;
    self->key[self->keys] = self->host->rows->key(self->node, 0, name);
    if (!self->key[self->keys])
        return SL_E_NOMEM;
    for (uint32_t i = 0; i < self->keys; i++) {
        if (self->key[i]->text.len == self->key[self->keys]->text.len &&
            !memcmp(self->key[i]->text.ptr, self->key[self->keys]->text.ptr,
                    self->key[i]->text.len))
            return fail(c, at, len, "lines.pattern.twice", "two fields have the name %s", name);
    }
    self->keys++;
    return SL_OK;
}

/* What stands behind the colon: LEN bytes at AT. */
static sl_status set_kind(compiler *c, sl_lines_part *part, uint32_t at, uint32_t len)
{
    uint32_t n = (uint32_t)strcspn(c->text + at, "(}");
    char type[SL_CAST_TEXT];
    sl_cast_error err;

    if (n > len)
        n = len;
    for (part->kind = 1; part->kind < KINDS; part->kind++) {
        if (strlen(kinds[part->kind].name) == n && !memcmp(kinds[part->kind].name, c->text + at, n))
            break;
    }
    if (part->kind == KINDS || (n < len && part->kind != KIND_TIME))
        return fail(c, at, len, "lines.pattern.kind",
                    "there is no kind of field of this name; there are int, float, time(FORMAT), "
                    "quoted, rest and skip");
    if (part->kind != KIND_TIME)
        return SL_OK;
    if (len >= sizeof type)
        return fail(c, at, len, "lines.pattern.kind", "the time format is too long");
    memcpy(type, c->text + at, len);
    type[len] = 0;
    if (sl_cast_read(type, &part->cast, &err))
        return SL_OK;
    return fail(c, at + err.at, err.len ? err.len : len, "lines.pattern.time", "%s", err.text);
}

/* The field at hand: {name:kind}. */
static sl_status read_field(compiler *c, sl_lines_part *part)
{
    uint32_t open = c->at++;
    uint32_t name = c->at;
    uint32_t len = (uint32_t)strcspn(c->text + name, ":}");
    uint32_t end = name + len;
    sl_status rc;

    if (c->self->keys == SL_LINES_KEYS)
        return fail(c, open, 1, "lines.pattern.many", "a pattern has at most %u fields",
                    SL_LINES_KEYS);
    if (c->text[end] == ':') {
        uint32_t kind = end + 1;

        end = kind + (uint32_t)strcspn(c->text + kind, "(}");
        if (c->text[end] == '(')
            end += (uint32_t)strcspn(c->text + end, ")");
        end += (uint32_t)strcspn(c->text + end, "}");
        if (c->text[end]) {
            rc = set_kind(c, part, kind, end - kind);
            if (rc != SL_OK)
                return rc;
        }
    }
    if (!c->text[end])
        return fail(c, open, 1, "lines.pattern.syntax",
                    "this brace is never closed; a brace in the text itself is written {{");
    c->at = end + 1;
    return set_key(c, part, name, len);
}

static sl_status compile(compiler *c)
{
    sl_instance *self = c->self;
    sl_status rc = read_literal(c, &self->opening);

    while (rc == SL_OK && c->text[c->at]) {
        sl_lines_part *part = &self->part[self->parts++];
        uint32_t start = c->at;

        rc = read_field(c, part);
        if (rc == SL_OK)
            rc = read_literal(c, &part->stop);
        if (rc != SL_OK)
            return rc;
        if (part->kind == KIND_REST && (part->stop.len || c->text[c->at]))
            return fail(c, start, c->at - start, "lines.pattern.rest",
                        "nothing can follow a field that takes the rest of the line");
        if (!part->stop.len && c->text[c->at] && part->kind != KIND_QUOTED)
            return fail(c, c->at, 1, "lines.pattern.next",
                        "there must be some text between two fields, so that it is clear where "
                        "the first ends");
    }
    if (rc == SL_OK && !self->parts)
        return fail(c, 0, 0, "lines.pattern.empty", "the pattern has no field; write {name}");
    return rc;
}

static sl_status create(sl_instance *self, const sl_config *cfg)
{
    compiler c = {.self = self, .text = self->host->get_text(cfg, "pattern")};
    size_t len = strlen(c.text);
    size_t parts = 1;

    for (size_t i = 0; i < len; i++)
        parts += c.text[i] == '{';
    self->part = self->host->alloc(self->node, parts * sizeof *self->part);
    self->pattern = self->host->alloc(self->node, len + 1);
    if (!self->part || !self->pattern)
        return SL_E_NOMEM;
    memset(self->part, 0, parts * sizeof *self->part);
    c.literal = self->pattern;
    return compile(&c);
}

/* ---- reading ---- */

static uint32_t line(sl_instance *self, const uint8_t *p, uint64_t n)
{
    uint64_t at = self->opening.len;

    if (n < at || memcmp(p, self->opening.ptr, at) != 0)
        return sl_lines_misfit(self, 0, "the text in front of the first field is expected");
    if (!sl_row_begin(&self->feed.w))
        return SL_FEED_ROW;
    for (uint32_t i = 0; i < self->parts; i++) {
        const sl_lines_part *part = &self->part[i];
        const sl_bytes *stop = &part->stop;
        piece x = {self, part, p + at, n - at, n - at};
        uint64_t took;

        if (stop->len && part->kind != KIND_QUOTED) {
            const uint8_t *end = memmem(p + at, n - at, stop->ptr, stop->len);

            if (!end)
                return sl_lines_misfit(self, at, kinds[part->kind].expects);
            x.n = (uint64_t)(end - x.p);
        }
        took = kinds[part->kind].take(&x, part->key == SKIPPED ? NULL : self->key[part->key]);
        if (took == UINT64_MAX)
            return sl_lines_misfit(self, at, kinds[part->kind].expects);
        at += took;
        if (n - at < stop->len || memcmp(p + at, stop->ptr, stop->len) != 0)
            return sl_lines_misfit(self, at, "other text is expected by the pattern");
        at += stop->len;
    }
    if (at != n)
        return sl_lines_misfit(self, at, "the end of the line is expected");
    return SL_FEED_ROW;
}

const sl_lines_format sl_lines_pattern = {"pattern", NULL, create, line};
