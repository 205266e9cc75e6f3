/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/select/walk.c - writes records whose keys are not known beforehand.
 *
 * Walks a record and the tree of rules together: drops, renames, casts, puts an exploded element in
 * its array's place, joins keys with flatten. The output's path tree is walked in step, so that
 * whatever a later node asked for gets its slot; maps that no rule concerns are copied whole.
 */
#include "plugins/select/priv.h"

/* The open map that pairs are written into. */
typedef struct scope {
    sl_pnode *parent; /* NULL: the tree was full */
    sl_pnode *prev;
    uint32_t count;
    uint32_t prefix;  /* bytes of self->name in front of each key */
    uint32_t levels;  /* of maps that were flattened into it */
    uint32_t is_flat; /* the record's own pairs: flatten concerns them */
} scope;

/* What was seen at a path: for the profile of the data. */
static uint32_t kind_of(const uint8_t *raw)
{
    static const uint16_t kinds[] = {
        [SL_V_NIL] = SL_KIND_NIL,   [SL_V_BOOL] = SL_KIND_BOOL,   [SL_V_INT] = SL_KIND_INT,
        [SL_V_UINT] = SL_KIND_UINT, [SL_V_FLOAT] = SL_KIND_FLOAT, [SL_V_STR] = SL_KIND_STR,
        [SL_V_BIN] = SL_KIND_BIN,   [SL_V_ARRAY] = SL_KIND_ARRAY, [SL_V_MAP] = SL_KIND_MAP,
        [SL_V_EXT] = SL_KIND_EXT,
    };
    sl_val v;

    if (sl_sel_leads[*raw].kind == SL_SEL_K_STR)
        return SL_KIND_STR;
    (void)sl_val_read(raw, &v);
    if (v.type != SL_V_EXT)
        return kinds[v.type];
    return v.ext == SL_EXT_TIME      ? SL_KIND_TIME
           : v.ext == SL_EXT_DECIMAL ? SL_KIND_DECIMAL
                                     : SL_KIND_EXT;
}

/* Is KEY the key of N? Keys are short, so a call of memcmp would cost more than comparing. */
static inline int is_key(const sl_pnode *n, const uint8_t *key, uint64_t len)
{
    const uint8_t *p = n->key.ptr;
    uint64_t a;
    uint64_t b;

    if (n->key.len != len)
        return 0;
    if (len < 8) {
        for (uint64_t i = 0; i < len; i++) {
            if (p[i] != key[i])
                return 0;
        }
        return 1;
    }
    for (uint64_t i = 0;; i = i + 8 < len - 8 ? i + 8 : len - 8) {
        memcpy(&a, p + i, 8);
        memcpy(&b, key + i, 8);
        if (a != b)
            return 0;
        if (i == len - 8)
            return 1;
    }
}

/* The output's node for a key; most of the time it is the one that is predicted. */
static sl_pnode *node_of(sl_sel_row *r, scope *s, const uint8_t *key, uint64_t len)
{
    sl_pnode *n;

    if (!s->parent)
        return NULL;
    n = s->prev ? s->prev->next : s->parent->child;
    if (!n || !is_key(n, key, len))
        n = r->self->paths->child(r->self->tree, s->parent, s->prev, key, len);
    if (n)
        s->prev = n;
    return n;
}

/* NODE was learned after the batch was begun: make room for its slot. No row so far has it. */
static void widen(sl_sel_row *r)
{
    sl_status rc = r->self->host->rows->grow(r->b, 0);

    if (rc != SL_OK && r->status == SL_OK)
        r->status = rc;
    sl_sel_row_point(r);
}

/* Remember that the value of NODE, which is encoded at RAW, goes to place AT. */
static inline void note(sl_sel_row *r, sl_pnode *node, const uint8_t *raw, uint32_t at)
{
    if (node) {
        node->seen++;
        node->kinds |= kind_of(raw);
        if (r->slot && node->slot != SL_NO_SLOT && node->slot >= r->slots)
            widen(r);
    }
    if (node && node->slot < r->slots)
        r->slot[node->slot] = at;
    else
        r->all = 0;
}

/* The slots of what lies below MAP, a copy of whose value at BASE will begin at place AT. Gives the
 * end of MAP. */
static const uint8_t *note_below(sl_sel_row *r, sl_pnode *node, const sl_val *map,
                                 const uint8_t *base, uint32_t at)
{
    scope s = {.parent = node};
    const uint8_t *p = map->ptr;
    sl_val key;

    for (uint64_t left = map->n; left; left--) {
        sl_pnode *below;

        p = sl_val_read(p, &key);
        below = node_of(r, &s, key.ptr, key.n);
        note(r, below, p, at + (uint32_t)(p - base));
        if (sl_sel_leads[*p].kind == SL_SEL_K_MAP) {
            sl_val inner;

            (void)sl_val_read(p, &inner);
            p = note_below(r, below, &inner, base, at);
        } else {
            p += sl_sel_span(p);
        }
    }
    return p;
}

/* FROM is in a body, or else has SL_SEL_PAD readable bytes behind it. */
static void put_bytes(sl_sel_row *r, const uint8_t *from, uint64_t n)
{
    if (!sl_sel_room(r, n + SL_SEL_PAD))
        return;
    sl_sel_copy(r->b->cur, from, n);
    r->b->cur += n;
}

static void put(sl_sel_row *r, scope *s, const uint8_t *key, uint64_t len, const sl_val *v,
                const sl_sel_rule *rule);

/* A pair as it is: the encoded key at KEY, the value, which is no map, at RAW. */
static inline uint64_t put_plain(sl_sel_row *r, scope *s, const sl_val *key, const uint8_t *raw)
{
    sl_pnode *node = node_of(r, s, key->ptr, key->n);
    uint64_t len = (uint64_t)(raw - key->raw);
    uint64_t n = sl_sel_span(raw);

    if (!sl_sel_room(r, len + n + SL_SEL_PAD))
        return n;
    sl_sel_copy(r->b->cur, key->raw, len);
    r->b->cur += len;
    s->count++;
    note(r, node, raw, (uint32_t)(r->b->cur - r->b->body));
    sl_sel_copy(r->b->cur, raw, n);
    r->b->cur += n;
    return n;
}

/* All pairs of MAP into S, each with its rule below RULE. */
static void put_pairs(sl_sel_row *r, scope *s, const sl_val *map, const sl_sel_rule *rule)
{
    const uint8_t *p = map->ptr;
    sl_val key;
    sl_val v;

    for (uint64_t left = map->n; left && r->status == SL_OK; left--) {
        const sl_sel_rule *below;

        p = sl_val_read(p, &key);
        below = sl_sel_rule_of(rule, key.ptr, key.n);
        if (!below && !s->prefix && sl_sel_leads[*p].kind != SL_SEL_K_MAP) {
            p += put_plain(r, s, &key, p);
            continue;
        }
        (void)sl_val_read(p, &v);
        put(r, s, key.ptr, key.n, &v, below);
        p += sl_sel_span(p);
    }
}

/* A map that keeps its place. */
static void put_map(sl_sel_row *r, sl_pnode *node, const sl_val *map, const sl_sel_rule *rule)
{
    scope s = {.parent = node};
    uint32_t head = (uint32_t)(r->b->cur - r->b->body);
    uint32_t is_wide = map->n > UINT16_MAX;

    if (!rule || !rule->child) {
        const uint8_t *end =
            r->slot ? note_below(r, node, map, map->raw, head) : map->raw + sl_sel_span(map->raw);

        put_bytes(r, map->raw, (uint64_t)(end - map->raw));
        return;
    }
    if (!sl_sel_room(r, 5))
        return;
    *r->b->cur = is_wide ? 0xdf : 0xde;
    r->b->cur += is_wide ? 5 : 3;
    put_pairs(r, &s, map, rule);
    if (is_wide)
        sl_set32(r->b->body + head + 1, s.count);
    else
        sl_set16(r->b->body + head + 1, (uint16_t)s.count);
}

static void put_value(sl_sel_row *r, scope *s, const uint8_t *key, uint64_t len, const sl_val *v,
                      const sl_sel_rule *rule)
{
    sl_pnode *node = node_of(r, s, key, len);

    if (!sl_sel_room(r, len + 5))
        return;
    r->b->cur = sl_enc_str_head(r->b->cur, len);
    memcpy(r->b->cur, key, len);
    r->b->cur += len;
    s->count++;
    note(r, node, v->raw, (uint32_t)(r->b->cur - r->b->body));
    if (v->type == SL_V_MAP)
        put_map(r, node, v, rule);
    else
        put_bytes(r, v->raw, sl_sel_span(v->raw));
}

static void put_cast(sl_sel_row *r, scope *s, const uint8_t *key, uint64_t len, const sl_val *v,
                     const sl_sel_rule *rule)
{
    uint8_t buf[SL_CAST_ROOM + SL_SEL_PAD];
    const uint8_t *from;
    uint64_t n;
    sl_val turned;

    if (!sl_cast_apply(&r->self->days, rule->cast, v, buf, &from, &n)) {
        if (!r->self->null_on_error) {
            sl_sel_row_fail(r, "select.cast", rule->text, rule->cast, v);
            return;
        }
        buf[0] = 0xc0;
        from = buf;
    }
    (void)sl_val_read(from, &turned);
    put_value(r, s, key, len, &turned, NULL);
}

/* Put KEY behind the prefix of S. Gives the whole length, 0 when that is no key any more. */
static uint32_t join(sl_sel_row *r, const scope *s, const uint8_t *key, uint64_t len)
{
    uint8_t *name = r->self->name;

    if (s->prefix + len > UINT16_MAX) {
        sl_val none = {.type = SL_V_ABSENT};

        sl_sel_row_fail(r, "select.flatten.key", "flatten", NULL, &none);
        return 0;
    }
    memcpy(name + s->prefix, key, len);
    return s->prefix + (uint32_t)len;
}

/* The pairs of MAP beside those of S, their keys joined with KEY. */
static void put_flat(sl_sel_row *r, scope *s, const uint8_t *key, uint64_t len, const sl_val *map,
                     const sl_sel_rule *rule)
{
    const sl_bytes *separator = &r->self->separator;
    uint32_t before = s->prefix;
    uint32_t n = join(r, s, key, len);

    if (r->status != SL_OK)
        return;
    s->prefix = n;
    n = join(r, s, separator->ptr, separator->len);
    s->prefix = n;
    s->levels++;
    if (r->status == SL_OK)
        put_pairs(r, s, map, rule);
    s->levels--;
    s->prefix = before;
}

static void put(sl_sel_row *r, scope *s, const uint8_t *key, uint64_t len, const sl_val *v,
                const sl_sel_rule *rule)
{
    const sl_instance *self = r->self;

    if (rule) {
        if (rule->drops)
            return;
        if (rule->explodes)
            v = r->element;
        if (rule->name.ptr) {
            key = rule->name.ptr;
            len = rule->name.len;
        }
    }
    if (v->type == SL_V_MAP && self->flattens && s->is_flat && !(rule && rule->cast) &&
        (!self->flatten_depth || s->levels < self->flatten_depth)) {
        put_flat(r, s, key, len, v, rule);
        return;
    }
    if (s->prefix) {
        len = join(r, s, key, len);
        key = self->name;
        if (r->status != SL_OK)
            return;
    }
    if (rule && rule->cast)
        put_cast(r, s, key, len, v, rule);
    else
        put_value(r, s, key, len, v, rule);
}

sl_status sl_sel_write_value(sl_sel_row *r, const uint8_t *name, uint64_t len, const sl_val *v,
                             const sl_sel_rule *rule)
{
    sl_sel_rule below = {.child = rule ? rule->child : NULL};
    scope s = {
        .parent = r->self->paths->root(r->self->tree),
        .prev = r->last,
        .is_flat = 1,
    };

    put(r, &s, name, len, v, &below);
    r->last = s.prev;
    r->count += s.count;
    return r->status;
}

sl_status sl_sel_write_record(sl_sel_row *r)
{
    scope s = {.parent = r->self->paths->root(r->self->tree), .is_flat = 1};
    sl_val record;

    sl_batch_row(r->batch, r->row, &record);
    put_pairs(r, &s, &record, r->self->root);
    r->count += s.count;
    return r->status;
}
