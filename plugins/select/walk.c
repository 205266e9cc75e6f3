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

static const uint32_t kinds[] = {
    [SL_V_NIL] = SL_KIND_NIL,   [SL_V_BOOL] = SL_KIND_BOOL,   [SL_V_INT] = SL_KIND_INT,
    [SL_V_UINT] = SL_KIND_UINT, [SL_V_FLOAT] = SL_KIND_FLOAT, [SL_V_STR] = SL_KIND_STR,
    [SL_V_BIN] = SL_KIND_BIN,   [SL_V_ARRAY] = SL_KIND_ARRAY, [SL_V_MAP] = SL_KIND_MAP,
    [SL_V_EXT] = SL_KIND_EXT,
};

static uint32_t kind_of(const sl_val *v)
{
    if (v->type != SL_V_EXT)
        return kinds[v->type];
    return v->ext == SL_EXT_TIME      ? SL_KIND_TIME
           : v->ext == SL_EXT_DECIMAL ? SL_KIND_DECIMAL
                                      : SL_KIND_EXT;
}

/* The output's node for a key; most of the time it is the one that is predicted. */
static sl_pnode *node_of(sl_sel_row *r, scope *s, const uint8_t *key, uint64_t len)
{
    sl_pnode *n;

    if (!s->parent)
        return NULL;
    n = s->prev ? s->prev->next : s->parent->child;
    if (!n || n->key.len != len || memcmp(n->key.ptr, key, len) != 0)
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

/* Remember that the value of NODE goes to place AT. */
static void note(sl_sel_row *r, sl_pnode *node, const sl_val *v, uint32_t at)
{
    if (node) {
        node->seen++;
        node->kinds |= kind_of(v);
        if (r->slot && node->slot != SL_NO_SLOT && node->slot >= r->slots)
            widen(r);
    }
    if (node && node->slot < r->slots)
        r->slot[node->slot] = at;
    else
        r->all = 0;
}

/* The slots of what lies below MAP, a copy of whose value at BASE will begin at place AT. */
static void note_below(sl_sel_row *r, sl_pnode *node, const sl_val *map, const uint8_t *base,
                       uint32_t at)
{
    scope s = {.parent = node};
    sl_cur cur;
    sl_val key;

    sl_cur_enter(&cur, map);
    while (cur.left) {
        sl_pnode *below;
        sl_val v;

        cur.left--;
        cur.at = sl_val_read(cur.at, &key);
        cur.at = sl_val_read(cur.at, &v);
        below = node_of(r, &s, key.ptr, key.n);
        note(r, below, &v, at + (uint32_t)(v.raw - base));
        if (v.type == SL_V_MAP) {
            note_below(r, below, &v, base, at);
            cur.at = sl_val_skip(v.raw);
        } else if (v.type == SL_V_ARRAY) {
            cur.at = sl_val_skip(v.raw);
        }
    }
}

static void put_bytes(sl_sel_row *r, const uint8_t *from, uint64_t n)
{
    if (!sl_sel_room(r, n))
        return;
    memcpy(r->b->cur, from, n);
    r->b->cur += n;
}

static void put(sl_sel_row *r, scope *s, const uint8_t *key, uint64_t len, const sl_val *v,
                const sl_sel_rule *rule);

/* All pairs of MAP into S, each with its rule below RULE. */
static void put_pairs(sl_sel_row *r, scope *s, const sl_val *map, const sl_sel_rule *rule)
{
    sl_cur cur;
    sl_val key;
    sl_val v;

    sl_cur_enter(&cur, map);
    while (r->status == SL_OK && sl_cur_next(&cur, &key, &v))
        put(r, s, key.ptr, key.n, &v, sl_sel_rule_of(rule, key.ptr, key.n));
}

/* A map that keeps its place. */
static void put_map(sl_sel_row *r, sl_pnode *node, const sl_val *map, const sl_sel_rule *rule)
{
    scope s = {.parent = node};
    uint32_t head = (uint32_t)(r->b->cur - r->b->body);
    uint32_t is_wide = map->n > UINT16_MAX;

    if (!rule || !rule->child) {
        if (r->slot)
            note_below(r, node, map, map->raw, head);
        put_bytes(r, map->raw, sl_val_span(map));
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
    note(r, node, v, (uint32_t)(r->b->cur - r->b->body));
    if (v->type == SL_V_MAP)
        put_map(r, node, v, rule);
    else
        put_bytes(r, v->raw, sl_val_span(v));
}

static void put_cast(sl_sel_row *r, scope *s, const uint8_t *key, uint64_t len, const sl_val *v,
                     const sl_sel_rule *rule)
{
    uint8_t buf[SL_CAST_ROOM];
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
