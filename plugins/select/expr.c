/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/select/expr.c - reads the condition of where.
 *
 *   or    := and { OR and }          and  := unary { AND unary }
 *   unary := NOT unary | ( or ) | PATH test
 *   test  := OP literal | [NOT] IN ( literal, ... ) | [NOT] LIKE text | IS [NOT] NULL
 *
 * Recursive descent over one string. Words are read without regard to case; every mistake is
 * reported at its place and ends the reading.
 */
#include "plugins/select/expr.h"

#include <strings.h>

#define DEPTH 64u   /* of parentheses and not */
#define NODES 4096u /* evaluation recurses along chains of and, or */

#define T_END    0u
#define T_PATH   1u
#define T_WORD   2u
#define T_STRING 3u
#define T_NUMBER 4u
#define T_OP     5u
#define T_SIGN   6u /* ( ) , and what is not known */

/* A path that was declared already. */
typedef struct known {
    struct known *next;
    const sl_path *path;
    uint32_t len;
    char text[];
} known;

typedef struct parser {
    sl_instance *self;
    const char *text;
    uint32_t len;
    uint32_t depth;
    uint32_t nodes;
    known *paths;
    /* the token at hand */
    uint32_t kind;
    uint32_t at;
    uint32_t end;
    uint32_t wanted; /* T_OP: the outcomes it asks for */
} parser;

static const struct {
    const char *text;
    uint32_t wanted;
} operators[] = {
    {"<=", SL_SEL_LESS | SL_SEL_EQUAL},
    {">=", SL_SEL_GREATER | SL_SEL_EQUAL},
    {"<>", SL_SEL_LESS | SL_SEL_GREATER},
    {"!=", SL_SEL_LESS | SL_SEL_GREATER},
    {"==", SL_SEL_EQUAL},
    {"=", SL_SEL_EQUAL},
    {"<", SL_SEL_LESS},
    {">", SL_SEL_GREATER},
};

static const char *const words[] = {"and",  "or",   "not",  "in",   "is",
                                    "null", "like", "true", "false"};

static sl_sel_expr *fail(parser *p, uint32_t at, uint32_t end, const char *text)
{
    sl_sel_where where = {"where", at, end - at};

    (void)sl_sel_fail(p->self, &where, "select.where.syntax", "%s", text);
    return NULL;
}

/* ---- tokens ---- */

static int is_word(const char *text, uint32_t len)
{
    for (uint32_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strlen(words[i]) == len && !strncasecmp(words[i], text, len))
            return 1;
    }
    return 0;
}

static uint32_t string_end(const parser *p, uint32_t at)
{
    for (at++; at < p->len; at++) {
        if (p->text[at] != '\'')
            continue;
        if (at + 1 < p->len && p->text[at + 1] == '\'')
            at++;
        else
            return at + 1;
    }
    return 0;
}

static void path_or_word(parser *p)
{
    sl_sel_path path;
    uint32_t bad;
    uint32_t n = sl_sel_path_read(p->self, p->text + p->at, p->len - p->at, &path, &bad);

    p->kind = n ? T_PATH : T_SIGN;
    p->at += n ? 0 : bad;
    p->end = p->at + (n ? n : 1);
    if (n && is_word(p->text + p->at, n))
        p->kind = T_WORD;
}

/* Read the token behind the one at hand. */
static void next(parser *p)
{
    const char *t = p->text;
    uint32_t at = p->end;

    while (at < p->len && strchr(" \t\r\n", t[at]))
        at++;
    p->at = at;
    p->end = at;
    p->kind = T_END;
    if (at >= p->len)
        return;
    for (uint32_t i = 0; i < sizeof operators / sizeof *operators; i++) {
        size_t n = strlen(operators[i].text);

        if (n <= p->len - at && !memcmp(t + at, operators[i].text, n)) {
            p->kind = T_OP;
            p->wanted = operators[i].wanted;
            p->end = at + (uint32_t)n;
            return;
        }
    }
    if (t[at] == '\'') {
        p->end = string_end(p, at);
        p->kind = p->end ? T_STRING : T_SIGN;
        if (!p->end)
            p->end = p->len;
    } else if ((t[at] >= '0' && t[at] <= '9') || t[at] == '-' || t[at] == '+') {
        p->kind = T_NUMBER;
        p->end = at + 1;
        while (p->end < p->len && strchr("0123456789.eE+-", t[p->end]))
            p->end++;
    } else if (strchr("(),", t[at])) {
        p->kind = T_SIGN;
        p->end = at + 1;
    } else {
        path_or_word(p);
    }
}

static int at_word(const parser *p, const char *word)
{
    return p->kind == T_WORD && strlen(word) == p->end - p->at &&
           !strncasecmp(word, p->text + p->at, p->end - p->at);
}

static int at_sign(const parser *p, char sign)
{
    return p->kind == T_SIGN && p->text[p->at] == sign;
}

/* Go past WORD if it is at hand. */
static int past_word(parser *p, const char *word)
{
    if (!at_word(p, word))
        return 0;
    next(p);
    return 1;
}

/* ---- literals ---- */

static int read_string(parser *p, sl_sel_literal *out)
{
    uint32_t n = p->end - p->at - 2;
    uint8_t *to = sl_sel_alloc(p->self, (uint64_t)n + 1);
    int zone;

    if (!to)
        return 0;
    out->type = SL_V_STR;
    out->text.ptr = to;
    for (uint32_t i = 0; i < n; i++) {
        to[out->text.len++] = (uint8_t)p->text[p->at + 1 + i];
        i += p->text[p->at + 1 + i] == '\'';
    }
    out->has_time = sl_time_parse((const char *)to, out->text.len, &out->us, &zone) ? 1 : 0;
    return 1;
}

static int read_number(parser *p, sl_sel_literal *out)
{
    const char *text = p->text + p->at;
    uint32_t n = p->end - p->at;
    sl_decimal d;

    if (*text == '+') {
        text++;
        n--;
    }
    if (!sl_f64_parse(text, n, &out->f)) {
        (void)fail(p, p->at, p->end, "this is no number; text is written in single quotes");
        return 0;
    }
    out->type = SL_V_FLOAT;
    out->has_decimal = sl_decimal_parse(text, n, &d) ? 1 : 0;
    if (out->has_decimal) {
        out->decimal = d;
        if (d.scale == 0 && d.unscaled >= INT64_MIN && d.unscaled <= INT64_MAX) {
            out->type = SL_V_INT;
            out->i = (int64_t)d.unscaled;
        }
    }
    return 1;
}

/* The literal at hand, into OUT; goes past it. */
static int read_literal(parser *p, sl_sel_literal *out)
{
    memset(out, 0, sizeof *out);
    if (p->kind == T_STRING) {
        if (!read_string(p, out))
            return 0;
    } else if (p->kind == T_NUMBER) {
        if (!read_number(p, out))
            return 0;
    } else if (at_word(p, "true") || at_word(p, "false")) {
        out->type = SL_V_BOOL;
        out->i = at_word(p, "true");
    } else if (at_word(p, "null")) {
        (void)fail(p, p->at, p->end, "nothing is equal to null; write: is null, or: is not null");
        return 0;
    } else {
        (void)fail(p, p->at, p->end,
                   p->kind == T_PATH
                       ? "a value is expected here: a number, true, false or text in single quotes "
                         "('click'); double quotes are for names of fields"
                       : "a value is expected here: a number, true, false or text in single "
                         "quotes");
        return 0;
    }
    next(p);
    return 1;
}

/* ---- tests ---- */

static sl_sel_expr *make(parser *p, uint32_t op, sl_sel_expr *left, sl_sel_expr *right)
{
    sl_sel_expr *e;

    if (++p->nodes > NODES)
        return fail(p, p->at, p->end, "the condition is too long; a list (in) may do instead");
    e = sl_sel_alloc(p->self, sizeof *e);
    if (e) {
        e->op = op;
        e->left = left;
        e->right = right;
    }
    return e;
}

static sl_sel_expr *negated(parser *p, sl_sel_expr *e, int is_not)
{
    return e && is_not ? make(p, SL_SEL_NOT, e, NULL) : e;
}

static int read_list(parser *p, sl_sel_expr *e)
{
    uint32_t open = p->at;
    uint32_t cap = 1;

    if (!at_sign(p, '('))
        return fail(p, p->at, p->end, "a list in parentheses is expected behind in: (1, 2)") != 0;
    for (uint32_t i = p->end; i < p->len; i++)
        cap += p->text[i] == ',';
    e->literal = sl_sel_alloc(p->self, cap * sizeof *e->literal);
    if (!e->literal)
        return 0;
    do {
        next(p);
        if (!read_literal(p, &e->literal[e->literals]))
            return 0;
        e->literals++;
    } while (at_sign(p, ',') && e->literals < cap);
    if (!at_sign(p, ')'))
        return fail(p, open, open + 1, "this parenthesis is never closed") != 0;
    next(p);
    return 1;
}

static int read_one(parser *p, sl_sel_expr *e)
{
    e->literal = sl_sel_alloc(p->self, sizeof *e->literal);
    if (!e->literal || !read_literal(p, e->literal))
        return 0;
    e->literals = 1;
    return 1;
}

/* What is asked of PATH. */
static sl_sel_expr *read_test(parser *p, const sl_path *path)
{
    sl_sel_expr *e = make(p, SL_SEL_CMP, NULL, NULL);
    int is_not;

    if (!e)
        return NULL;
    e->path = path;
    if (p->kind == T_OP) {
        e->wanted = p->wanted;
        next(p);
        return read_one(p, e) ? e : NULL;
    }
    if (past_word(p, "is")) {
        is_not = past_word(p, "not");
        e->op = SL_SEL_NULL;
        if (!past_word(p, "null"))
            return fail(p, p->at, p->end, "null is expected behind is");
        return negated(p, e, is_not);
    }
    is_not = past_word(p, "not");
    if (past_word(p, "in")) {
        e->op = SL_SEL_IN;
        return read_list(p, e) ? negated(p, e, is_not) : NULL;
    }
    if (past_word(p, "like")) {
        e->op = SL_SEL_LIKE;
        if (p->kind != T_STRING)
            return fail(p, p->at, p->end, "like needs a pattern in single quotes: 'abc%'");
        return read_one(p, e) ? negated(p, e, is_not) : NULL;
    }
    return fail(p, p->at, p->end,
                "a comparison is expected here: = != < <= > >=, in, like, is null");
}

static sl_sel_expr *read_or(parser *p);

/* The path at hand, declared once however often it is named. NULL after a failure. */
static const sl_path *read_path(parser *p)
{
    const sl_host *host = p->self->host;
    uint32_t n = p->end - p->at;
    known *k = p->paths;

    while (k && (k->len != n || memcmp(k->text, p->text + p->at, n) != 0))
        k = k->next;
    if (!k) {
        k = sl_sel_alloc(p->self, sizeof *k + n + 1);
        if (!k)
            return NULL;
        memcpy(k->text, p->text + p->at, n);
        k->len = n;
        k->path = host->rows->path(p->self->node, 0, k->text);
        if (!k->path)
            return NULL;
        k->next = p->paths;
        p->paths = k;
    }
    next(p);
    return k->path;
}

static sl_sel_expr *read_unary(parser *p)
{
    sl_sel_expr *e;

    if (past_word(p, "not")) {
        if (++p->depth > DEPTH)
            return fail(p, p->at, p->end, "nested too deeply");
        e = negated(p, read_unary(p), 1);
        p->depth--;
        return e;
    }
    if (at_sign(p, '(')) {
        uint32_t open = p->at;

        next(p);
        if (++p->depth > DEPTH)
            return fail(p, open, open + 1, "nested too deeply");
        e = read_or(p);
        p->depth--;
        if (!e)
            return NULL;
        if (!at_sign(p, ')'))
            return fail(p, open, open + 1, "this parenthesis is never closed");
        next(p);
        return e;
    }
    if (p->kind == T_PATH) {
        const sl_path *path = read_path(p);

        return path ? read_test(p, path) : NULL;
    }
    if (p->kind == T_SIGN && p->text[p->at] == '\'')
        return fail(p, p->at, p->at + 1, "this quote is never closed");
    return fail(p, p->at, p->end, "the name of a field is expected here");
}

static sl_sel_expr *read_chain(parser *p, const char *word, uint32_t op,
                               sl_sel_expr *(*part)(parser *))
{
    sl_sel_expr *e = part(p);

    while (e && past_word(p, word)) {
        sl_sel_expr *right = part(p);

        e = right ? make(p, op, e, right) : NULL;
    }
    return e;
}

static sl_sel_expr *read_and(parser *p)
{
    return read_chain(p, "and", SL_SEL_AND, read_unary);
}

static sl_sel_expr *read_or(parser *p)
{
    return read_chain(p, "or", SL_SEL_OR, read_and);
}

sl_status sl_sel_expr_read(sl_instance *self, const char *text)
{
    parser p = {.self = self, .text = text, .len = (uint32_t)strlen(text)};

    next(&p);
    self->where = read_or(&p);
    if (self->where && p.kind != T_END)
        self->where = fail(&p, p.at, p.end, "and, or, or the end is expected here");
    if (self->where)
        return SL_OK;
    return self->failed ? SL_E_CONFIG : SL_E_NOMEM;
}
