/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/select/eval.c - does a record fulfil the condition?
 *
 * Values are compared by what they are: integers of any width, floats and decimals with each other,
 * text bytewise, instants and dates with a literal that is a time. Any other pair is unknown, as
 * is a value that is missing or null; unknown goes through and, or and not as in SQL.
 */
#include "plugins/select/expr.h"

#define FALSE   0u
#define TRUE    1u
#define UNKNOWN 2u

/* The outcome of a comparison as bit, 0: can't be compared. */
static uint32_t outcome(int less, int greater)
{
    return less ? SL_SEL_LESS : greater ? SL_SEL_GREATER : SL_SEL_EQUAL;
}

static uint32_t text_outcome(const sl_val *v, const sl_bytes *text)
{
    uint64_t n = v->n < text->len ? v->n : text->len;
    int c = memcmp(v->ptr, text->ptr, n);

    return c ? outcome(c < 0, 1) : outcome(v->n<text->len, v->n> text->len);
}

/* Bring A and B to one scale; false when that leaves 128 bits. */
static int same_scale(sl_decimal *a, const sl_decimal *b)
{
    while (a->scale < b->scale) {
        if (__builtin_mul_overflow(a->unscaled, 10, &a->unscaled))
            return 0;
        a->scale++;
    }
    return 1;
}

static double as_double(const sl_decimal *d)
{
    char text[SL_DECIMAL_TEXT];
    double f = 0;

    (void)sl_f64_parse(text, sl_decimal_print(d, text), &f); /* a decimal prints as a number */
    return f;
}

static uint32_t decimal_outcome(sl_decimal a, const sl_sel_literal *lit)
{
    sl_decimal b = lit->decimal;
    double fa;

    if (lit->has_decimal && same_scale(&a, &b) && same_scale(&b, &a))
        return outcome(a.unscaled<b.unscaled, a.unscaled> b.unscaled);
    fa = as_double(&a);
    return outcome(fa<lit->f, fa> lit->f);
}

static uint32_t number_outcome(const sl_val *v, const sl_sel_literal *lit)
{
    sl_decimal d = {0};
    long double a;
    long double b;

    if (v->type == SL_V_INT && lit->type == SL_V_INT)
        return outcome(v->i<lit->i, v->i> lit->i);
    if (v->type == SL_V_EXT) {
        if (v->ext == SL_EXT_DECIMAL && sl_decimal_unpack(v->ptr, v->n, &d))
            return decimal_outcome(d, lit);
        if (v->ext == SL_EXT_NUMBER) {
            double f;

            return sl_f64_parse((const char *)v->ptr, v->n, &f) ? outcome(f<lit->f, f> lit->f) : 0;
        }
        return 0;
    }
    if (lit->type == SL_V_FLOAT && lit->has_decimal && v->type != SL_V_FLOAT) {
        d.unscaled = v->type == SL_V_INT ? (__int128)v->i : (__int128)v->u;
        return decimal_outcome(d, lit);
    }
    a = v->type == SL_V_INT    ? (long double)v->i
        : v->type == SL_V_UINT ? (long double)v->u
                               : (long double)v->f;
    b = lit->type == SL_V_INT ? (long double)lit->i : (long double)lit->f;
    return a != a ? 0 : outcome(a<b, a> b);
}

static uint32_t time_outcome(const sl_val *v, const sl_sel_literal *lit)
{
    int64_t us;

    if (!lit->has_time || v->type != SL_V_EXT)
        return 0;
    if (v->ext == SL_EXT_DATE && v->n == 4)
        us = (int64_t)(int32_t)sl_get32(v->ptr) * 86400000000;
    else if (v->ext == SL_EXT_LOCAL && v->n == 8)
        us = (int64_t)sl_get64(v->ptr);
    else if (!sl_val_time_us(v, &us))
        return 0;
    return outcome(us<lit->us, us> lit->us);
}

/* How V stands to LIT: a bit, 0 when they can't be compared. */
static uint32_t compare(const sl_val *v, const sl_sel_literal *lit)
{
    switch (lit->type) {
    case SL_V_STR:
        return v->type == SL_V_STR ? text_outcome(v, &lit->text) : time_outcome(v, lit);
    case SL_V_BOOL:
        return v->type == SL_V_BOOL ? outcome(v->i<lit->i, v->i> lit->i) : 0;
    default:
        switch (v->type) {
        case SL_V_INT:
        case SL_V_UINT:
        case SL_V_FLOAT:
        case SL_V_EXT:
            return number_outcome(v, lit);
        default:
            return 0;
        }
    }
}

/* One character of UTF-8 at I. */
static uint64_t past_char(const uint8_t *p, uint64_t i, uint64_t n)
{
    for (i++; i < n && (p[i] & 0xc0) == 0x80; i++)
        ;
    return i;
}

/* Does TEXT fit PATTERN (% any run, _ one character, \ takes the next as it is)? Goes back at most
 * to the last %, so the work is bounded by the product of the lengths. */
static int is_like(const uint8_t *text, uint64_t n, const uint8_t *pat, uint64_t pn)
{
    uint64_t t = 0;
    uint64_t p = 0;
    uint64_t star = UINT64_MAX;
    uint64_t star_t = 0;

    while (t < n) {
        uint64_t lit = p < pn && pat[p] == '\\' && p + 1 < pn ? p + 1 : p;

        if (p < pn && lit == p && pat[p] == '%') {
            star = p++;
            star_t = t;
        } else if (p < pn && lit == p && pat[p] == '_') {
            t = past_char(text, t, n);
            p++;
        } else if (p < pn && pat[lit] == text[t]) {
            t++;
            p = lit + 1;
        } else if (star != UINT64_MAX) {
            p = star + 1;
            t = ++star_t;
        } else {
            return 0;
        }
    }
    while (p < pn && pat[p] == '%')
        p++;
    return p == pn;
}

static uint32_t is_in(const sl_sel_expr *e, const sl_val *v)
{
    uint32_t found = 0;

    for (uint32_t i = 0; i < e->literals; i++) {
        uint32_t c = compare(v, &e->literal[i]);

        if (c == SL_SEL_EQUAL)
            return TRUE;
        found |= c;
    }
    return found ? FALSE : UNKNOWN;
}

static uint32_t leaf(const sl_sel_expr *e, const sl_batch *batch, uint32_t row)
{
    uint32_t c;
    sl_val v;

    (void)sl_batch_get(batch, row, e->path, &v);
    if (e->op == SL_SEL_NULL)
        return sl_val_some(&v) ? FALSE : TRUE;
    if (!sl_val_some(&v))
        return UNKNOWN;
    if (e->op == SL_SEL_IN)
        return is_in(e, &v);
    if (e->op == SL_SEL_LIKE) {
        const sl_bytes *text = &e->literal->text;

        if (v.type != SL_V_STR)
            return UNKNOWN;
        return is_like(v.ptr, v.n, text->ptr, text->len) ? TRUE : FALSE;
    }
    c = compare(&v, e->literal);
    return !c ? UNKNOWN : c & e->wanted ? TRUE : FALSE;
}

static uint32_t eval(const sl_sel_expr *e, const sl_batch *batch, uint32_t row)
{
    uint32_t left;
    uint32_t right;

    if (e->op > SL_SEL_NOT)
        return leaf(e, batch, row);
    left = eval(e->left, batch, row);
    if (e->op == SL_SEL_NOT)
        return left == UNKNOWN ? UNKNOWN : !left;
    if (left == (e->op == SL_SEL_AND ? FALSE : TRUE))
        return left;
    right = eval(e->right, batch, row);
    if (right == UNKNOWN || left == UNKNOWN)
        return right == (e->op == SL_SEL_AND ? FALSE : TRUE) ? right : UNKNOWN;
    return right;
}

int sl_sel_expr_holds(const sl_sel_expr *e, const sl_batch *batch, uint32_t row)
{
    return eval(e, batch, row) == TRUE;
}
