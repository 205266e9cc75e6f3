/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/local/unite.c - one schema of two: what a table's files have in common and beyond.
 *
 * A schema is a list of fields {name, type, nullable, children}. Fields are matched by name, the
 * order is that of the older schema with new fields behind. Only the catalog's description is made
 * here; no file is changed.
 */
#include "meta.h"

#include <stdio.h>

static void put_str(jbuf *b, const void *text, uint64_t len)
{
    uint8_t head[5];

    jbuf_raw(b, head, (uint64_t)(sl_enc_str_head(head, len) - head));
    jbuf_raw(b, text, len);
}

static void put_text(jbuf *b, const char *text)
{
    put_str(b, text, strlen(text));
}

/* A header with a 32-bit count. */
static void put_count(jbuf *b, uint8_t form, uint32_t n)
{
    uint8_t head[5] = {form};

    sl_set32(head + 1, n);
    jbuf_raw(b, head, 5);
}

static int member(const sl_val *field, const char *name, sl_val *out)
{
    return sl_val_find(field, name, strlen(name), out);
}

static int str_is(const sl_val *v, const char *text)
{
    return v->type == SL_V_STR && v->n == strlen(text) && !memcmp(v->ptr, text, v->n);
}

static int same_str(const sl_val *a, const sl_val *b)
{
    return a->type == SL_V_STR && b->type == SL_V_STR && a->n == b->n &&
           !memcmp(a->ptr, b->ptr, a->n);
}

/* The field of LIST that has FIELD's name. */
static int find_field(const sl_val *list, const sl_val *field, sl_val *out)
{
    sl_cur cur;
    sl_val key;
    sl_val name;
    sl_val other;

    (void)member(field, "name", &name);
    sl_cur_enter(&cur, list);
    while (sl_cur_next(&cur, &key, out)) {
        if (member(out, "name", &other) && same_str(&name, &other))
            return 1;
    }
    return 0;
}

/* Digits and scale of "decimal(p,s)". */
static int decimal_parts(const sl_val *type, int *digits, int *scale)
{
    char text[32];

    if (type->type != SL_V_STR || type->n >= sizeof text)
        return 0;
    memcpy(text, type->ptr, type->n);
    text[type->n] = 0;
    return sscanf(text, "decimal(%d,%d)", digits, scale) == 2;
}

static void put_type(jbuf *out, const sl_val *a, const sl_val *b)
{
    int digits[2];
    int scale[2];
    char text[40];

    if (same_str(a, b)) {
        put_str(out, a->ptr, a->n);
    } else if ((str_is(a, "int64") && str_is(b, "double")) ||
               (str_is(a, "double") && str_is(b, "int64"))) {
        put_text(out, "double");
    } else if (decimal_parts(a, &digits[0], &scale[0]) && decimal_parts(b, &digits[1], &scale[1])) {
        int wide = scale[0] > scale[1] ? scale[0] : scale[1];
        int whole = digits[0] - scale[0] > digits[1] - scale[1] ? digits[0] - scale[0]
                                                                : digits[1] - scale[1];

        (void)snprintf(text, sizeof text, "decimal(%d,%d)", whole + wide, wide);
        put_text(out, text);
    } else {
        put_text(out, "mixed");
    }
}

static void unite_lists(jbuf *out, const sl_val *a, const sl_val *b);

/* The field A, united with B when that is not NULL. */
static void put_field(jbuf *out, const sl_val *a, const sl_val *b)
{
    sl_val name;
    sl_val type[2];
    sl_val null[2];
    sl_val children[2];
    int has_children = member(a, "children", &children[0]);

    (void)member(a, "name", &name);
    (void)member(a, "type", &type[0]);
    (void)member(a, "nullable", &null[0]);
    type[1] = type[0];
    children[1] = children[0];
    if (b) {
        (void)member(b, "type", &type[1]);
        (void)member(b, "nullable", &null[1]);
        if (member(b, "children", &children[1]))
            has_children = 1;
    }
    put_count(out, 0xdf, has_children ? 4 : 3);
    put_text(out, "name");
    put_str(out, name.ptr, name.type == SL_V_STR ? name.n : 0);
    put_text(out, "type");
    put_type(out, &type[0], &type[1]);
    put_text(out, "nullable");
    jbuf_raw(out,
             !b || (null[0].type == SL_V_BOOL && null[0].n) ||
                     (null[1].type == SL_V_BOOL && null[1].n)
                 ? "\xc3"
                 : "\xc2",
             1);
    if (has_children) {
        put_text(out, "children");
        unite_lists(out, &children[0], &children[1]);
    }
}

static void unite_lists(jbuf *out, const sl_val *a, const sl_val *b)
{
    uint64_t head = out->len;
    uint32_t count = 0;
    sl_cur cur;
    sl_val key;
    sl_val field;
    sl_val other;

    put_count(out, 0xdd, 0);
    sl_cur_enter(&cur, a);
    while (sl_cur_next(&cur, &key, &field)) {
        put_field(out, &field, find_field(b, &field, &other) ? &other : NULL);
        count++;
    }
    sl_cur_enter(&cur, b);
    while (sl_cur_next(&cur, &key, &field)) {
        if (find_field(a, &field, &other))
            continue;
        put_field(out, &field, NULL);
        count++;
    }
    if (out->status == SL_OK)
        sl_set32(out->data + head + 1, count);
}

void meta_unite(jbuf *out, const sl_bytes *a, const sl_bytes *b)
{
    sl_val left;
    sl_val right;

    (void)sl_val_read(a->ptr, &left);
    (void)sl_val_read(b->ptr, &right);
    unite_lists(out, &left, &right);
}
