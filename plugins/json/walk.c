/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/json/walk.c - the second stage: from indexed JSON text to msgpack, slots and counters.
 *
 * The loop of a map is the hot place. It compares the next key with the path that its tree
 * predicts, sixteen bytes at once, and copies the encoded key from there. On a miss it tries three
 * further siblings, then a cache of keys that were found by hash, then the tree itself. Values go
 * straight into the body; only when it must grow is the host called.
 *
 * Bounds. A token of the index lies within the piece; a sentinel lies at its end, where 64 bytes
 * are readable. A scalar is read beyond its own bytes only when a token follows, else by its
 * length. Containers nest at most 255 deep, so the sentinels (512) outlast what any run of the same
 * byte can make of them.
 */
#include "plugins/json/walk.h"

#include "plugins/json/scalar.h"

const sl_json_fault sl_json_faults[] = {
    [SL_JSON_SYNTAX] = {"json.syntax", "this is not JSON"},
    [SL_JSON_UTF8] = {"json.utf8", "the text is not UTF-8"},
    [SL_JSON_CONTROL] = {"json.control", "a control character within a string must be escaped"},
    [SL_JSON_ESCAPE] = {"json.escape", "a backslash in a string starts no valid escape"},
    [SL_JSON_SURROGATE] = {"json.surrogate", "an escape is half of a surrogate pair; \"surrogates: "
                                             "replace\" would put U+FFFD in its place"},
    [SL_JSON_NUMBER] = {"json.number", "this is not a number that JSON allows"},
    [SL_JSON_DEPTH] = {"record.depth", "the record is nested deeper than limits: depth allows"},
    [SL_JSON_SIZE] = {"record.size", "the record is bigger than limits: record allows"},
    [SL_JSON_KEY] = {"record.key", "a key is longer than 65535 bytes"},
    [SL_JSON_DUPLICATE] = {"json.duplicate", "a key stands twice in one object"},
    [SL_JSON_RECORDS] = {"json.records", "there is no array at the path of the setting "
                                         "\"records\""},
    [SL_JSON_EMPTY] = {"json.empty", "there is no JSON in the message"},
    [SL_JSON_TRAILING] = {"json.trailing", "something follows the JSON document; \"documents: "
                                           "many\" would read several from one message"},
    [SL_JSON_PAYLOAD] = {"json.payload", "the raw record has no payload of bytes or text"},
    [SL_JSON_NOMEM] = {"memory", "memory is short"},
};

static const sl_json_step failed = {NULL, NULL};

void sl_json_walk_init(sl_json_walk *w, const sl_host *host, sl_node *node, const sl_paths *paths,
                       sl_ptree *tree)
{
    memset(w, 0, sizeof *w);
    w->host = host;
    w->node = node;
    w->paths = paths;
    w->tree = tree;
    w->nowhere.slot = SL_NO_SLOT;
    w->root = tree ? paths->root(tree) : &w->nowhere;
}

void sl_json_walk_fini(sl_json_walk *w)
{
    w->host->release(w->keys);
    w->keys = NULL;
}

void sl_json_walk_into(sl_json_walk *w, sl_builder *b)
{
    w->b = b;
    w->body = b->body;
    w->limit = b->end;
    w->nslot = b->slot ? b->nslot : 0;
    w->row = b->slot ? b->slot + (size_t)b->nrec * b->stride : NULL;
}

sl_json_step sl_json_fail(sl_json_walk *w, uint32_t fault, const uint8_t *text)
{
    w->fault = fault;
    w->fault_at = text ? (uint32_t)(text - w->buf) : 0;
    return failed;
}

uint8_t *sl_json_grow(sl_json_walk *w, uint8_t *out, uint64_t need)
{
    w->b->cur = out;
    if (w->host->rows->grow(w->b, need) != SL_OK) {
        (void)sl_json_fail(w, SL_JSON_NOMEM, NULL);
        return NULL;
    }
    sl_json_walk_into(w, w->b);
    return w->b->cur;
}

/* Count a value of KIND at NODE. */
static inline void seen(sl_pnode *node, uint32_t kind)
{
    node->seen++;
    node->kinds |= kind;
}

/* ---- values --------------------------------------------------------------------------------- */

static sl_json_step walk_map(sl_json_walk *w, sl_json_step s, sl_pnode *node, uint32_t depth);
static sl_json_step walk_array(sl_json_walk *w, sl_json_step s, uint32_t depth);

/* Is C white space? */
static int is_white(uint8_t c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/* The last token of the piece is a scalar other than a string: it may not be read beyond. */
static sl_json_step last_scalar(sl_json_walk *w, sl_json_step s, const uint8_t *p, sl_pnode *node)
{
    uint64_t left = w->len - (uint64_t)(p - w->buf);
    uint32_t kind = 0;
    uint8_t *out;

    if (left == 0)
        return sl_json_fail(w, SL_JSON_SYNTAX, p);
    if (*p == '-' || (uint8_t)(*p - '0') < 10)
        out = sl_json_number_text(w, s.out, p, left, &kind);
    else if (*p == 't' || *p == 'f' || *p == 'n')
        out = sl_json_literal(s.out, p, left, &kind);
    else
        out = NULL;
    w->cut = !is_white(p[left - 1]);
    if (!out)
        return w->fault ? failed : sl_json_fail(w, SL_JSON_SYNTAX, p);
    seen(node, kind);
    return (sl_json_step){s.idx, out};
}

/* A value that is no string and no number, whose first byte is at P. */
static sl_json_step walk_other(sl_json_walk *w, sl_json_step s, const uint8_t *p, sl_pnode *node,
                               uint32_t depth)
{
    uint32_t kind = 0;

    if (*p == '{') {
        seen(node, SL_KIND_MAP);
        return walk_map(w, s, node, depth + 1);
    }
    if (*p == '[') {
        seen(node, SL_KIND_ARRAY);
        return walk_array(w, s, depth + 1);
    }
    if (*p != 't' && *p != 'f' && *p != 'n')
        return sl_json_fail(w, SL_JSON_SYNTAX, p);
    s.out = sl_json_literal(s.out, p, w->len - (uint64_t)(p - w->buf), &kind);
    if (!s.out)
        return sl_json_fail(w, SL_JSON_SYNTAX, p);
    seen(node, kind);
    return s;
}

/* The value whose token is next; S.out has SL_JSON_ROOM. */
static inline sl_json_step walk_any(sl_json_walk *w, sl_json_step s, sl_pnode *node, uint32_t depth)
{
    const uint8_t *p = w->buf + *s.idx++;
    uint32_t kind = 0;

    if (*p == '"') {
        seen(node, SL_KIND_STR);
        return sl_json_string(w, s, p);
    }
    if ((uint8_t)(*p - '0') < 10 || *p == '-') {
        if (SL_UNLIKELY(s.idx >= w->idx_end))
            return last_scalar(w, s, p, node);
        s.out = sl_json_number(w, s.out, p, &kind);
        if (SL_UNLIKELY(!s.out))
            return failed;
        seen(node, kind);
        return s;
    }
    if (SL_UNLIKELY(s.idx >= w->idx_end && *p != '{' && *p != '['))
        return last_scalar(w, s, p, node);
    return walk_other(w, s, p, node, depth);
}

sl_json_step sl_json_close(sl_json_walk *w, sl_json_step s, uint32_t head, uint32_t count)
{
    uint8_t *p = w->body + head;

    if (SL_LIKELY(count <= 0xffff)) {
        sl_set16(p + 1, (uint16_t)count);
        return s;
    }
    s.out = sl_json_grow(w, s.out, SL_JSON_ROOM);
    if (!s.out)
        return failed;
    p = w->body + head;
    memmove(p + 5, p + 3, (size_t)(s.out - p - 3));
    p[0] = (uint8_t)(p[0] + 1);
    sl_set32(p + 1, count);
    s.out += 2;
    return s;
}

/* The content of a map moved by two bytes, because its header became longer: so do the slots that
 * point into it. */
static void shift_slots(sl_json_walk *w, uint32_t head)
{
    for (uint32_t i = 0; i < w->nslot; i++) {
        if (w->row[i] > head)
            w->row[i] += 2;
    }
}

/* The end of a map of COUNT pairs at HEAD. */
static sl_json_step close_map(sl_json_walk *w, sl_json_step s, uint32_t head, uint32_t count)
{
    if (w->unique && !sl_json_keys_unique(w, head, count, w->buf + s.idx[-1]))
        return failed;
    if (SL_UNLIKELY(count > 0xffff))
        shift_slots(w, head);
    return sl_json_close(w, s, head, count);
}

/* One pair of a map with a node: gives the key's node in FOUND. */
static inline sl_json_step walk_key(sl_json_walk *w, sl_json_step s, sl_pnode *node, sl_pnode *prev,
                                    sl_json_map *map, sl_pnode **found)
{
    const uint8_t *p = w->buf + *s.idx;
    sl_pnode *n = prev ? prev->next : node->child;

    if (SL_LIKELY(n && sl_json_key_is(p, n))) {
        *found = n;
        s.out = sl_json_key_put(s.out, n);
        s.idx++;
        if (SL_UNLIKELY(map->jumped && n->child))
            sl_json_key_again(w, n, map->head);
        return s;
    }
    if (node == &w->nowhere) {
        *found = n = &w->nowhere;
        return sl_json_walk_key(w, s);
    }
    return sl_json_key_missed(w, s, node, prev, map, found);
}

/* A map, behind its brace. */
static sl_json_step walk_map(sl_json_walk *w, sl_json_step s, sl_pnode *node, uint32_t depth)
{
    const uint8_t *buf = w->buf;
    sl_json_map map = {(uint32_t)(s.out - w->body), 0};
    uint32_t count = 0;
    sl_pnode *prev = NULL;
    sl_pnode *n = NULL;
    uint8_t c;

    if (SL_UNLIKELY(depth > w->max_depth))
        return sl_json_fail(w, SL_JSON_DEPTH, buf + s.idx[-1]);
    *s.out = 0xde;
    s.out += 3;
    if (buf[*s.idx] == '}') {
        s.idx++;
        return close_map(w, s, map.head, 0);
    }
    for (;;) {
        if (SL_UNLIKELY(w->limit - s.out < (ptrdiff_t)SL_JSON_ROOM)) {
            s.out = sl_json_grow(w, s.out, SL_JSON_ROOM);
            if (!s.out)
                return failed;
        }
        s = walk_key(w, s, node, prev, &map, &n);
        if (SL_UNLIKELY(!s.idx))
            return s;
        if (SL_UNLIKELY(buf[*s.idx] != ':'))
            return sl_json_fail(w, SL_JSON_SYNTAX, buf + *s.idx);
        s.idx++;
        if (SL_LIKELY(n->slot < w->nslot)) {
            w->row[n->slot] = (uint32_t)(s.out - w->body);
        } else if (node != &w->nowhere) {
            s = sl_json_slot_missed(w, s, n);
            if (!s.idx)
                return s;
        }
        s = walk_any(w, s, n, depth);
        if (SL_UNLIKELY(!s.idx))
            return s;
        count++;
        prev = n == &w->nowhere ? prev : n;
        c = buf[*s.idx++];
        if (c == '}')
            return close_map(w, s, map.head, count);
        if (SL_UNLIKELY(c != ','))
            return sl_json_fail(w, SL_JSON_SYNTAX, buf + s.idx[-1]);
    }
}

/* An array, behind its bracket. */
static sl_json_step walk_array(sl_json_walk *w, sl_json_step s, uint32_t depth)
{
    uint32_t head = (uint32_t)(s.out - w->body);
    uint32_t count = 0;
    uint8_t c;

    if (SL_UNLIKELY(depth > w->max_depth))
        return sl_json_fail(w, SL_JSON_DEPTH, w->buf + s.idx[-1]);
    *s.out = 0xdc;
    s.out += 3;
    if (w->buf[*s.idx] == ']') {
        s.idx++;
        return sl_json_close(w, s, head, 0);
    }
    for (;;) {
        if (SL_UNLIKELY(w->limit - s.out < (ptrdiff_t)SL_JSON_ROOM)) {
            s.out = sl_json_grow(w, s.out, SL_JSON_ROOM);
            if (!s.out)
                return failed;
        }
        s = walk_any(w, s, &w->nowhere, depth);
        if (SL_UNLIKELY(!s.idx))
            return s;
        count++;
        c = w->buf[*s.idx++];
        if (c == ']')
            return sl_json_close(w, s, head, count);
        if (SL_UNLIKELY(c != ','))
            return sl_json_fail(w, SL_JSON_SYNTAX, w->buf + s.idx[-1]);
    }
}

sl_json_step sl_json_walk_value(sl_json_walk *w, sl_json_step s, uint32_t depth)
{
    if (w->limit - s.out < (ptrdiff_t)SL_JSON_ROOM) {
        s.out = sl_json_grow(w, s.out, SL_JSON_ROOM);
        if (!s.out)
            return failed;
    }
    return walk_any(w, s, &w->nowhere, depth);
}

sl_json_step sl_json_walk_record(sl_json_walk *w, sl_json_step s)
{
    static const uint8_t key[] = {0xa5, 'v', 'a', 'l', 'u', 'e'};
    sl_pnode *n;

    w->fault = 0;
    w->cut = 0;
    if (w->limit - s.out < (ptrdiff_t)SL_JSON_ROOM) {
        s.out = sl_json_grow(w, s.out, SL_JSON_ROOM);
        if (!s.out)
            return failed;
    }
    seen(w->root, SL_KIND_MAP);
    if (SL_LIKELY(w->buf[*s.idx] == '{')) {
        s.idx++;
        return walk_map(w, s, w->root, 1);
    }
    *s.out++ = 0x81;
    memcpy(s.out, key, sizeof key);
    n = w->tree ? sl_json_key_learn(w, w->root, NULL, s.out) : &w->nowhere;
    s.out += sizeof key;
    if (w->tree) {
        s = sl_json_slot_missed(w, s, n);
        if (!s.idx)
            return s;
    }
    return walk_any(w, s, n, 1);
}
