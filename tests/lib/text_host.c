/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/lib/text_host.c - a host for one instance of a decoder, encoder or transform.
 *
 * One instance a process: the host table has no argument of its own, so the node is the host. Paths
 * are declared in the input's set before open; keys get a slot in the output's set when somebody
 * wants them.
 */
#include "tests/lib/text_host.h"

#include "sdk/lib/json.h"
#include "sdk/lib/validate.h"
#include "tests/lib/plain_check.h"

#include <stdio.h>

#include <sluice/text.h>

#define PATHS 128u

struct sl_config {
    const char *text;
    const char *key;
};

struct sl_node {
    text_host *h;
    sl_path_priv path[PATHS];
    void *keys[PATHS];
    uint32_t paths;
    sl_key key[PATHS * 4];
    uint8_t *key_text[PATHS * 4];
    uint32_t nkeys;
    struct sl_config item[512];
    uint32_t items;
    int wants_all;
};

/* The class's slots have no argument for the host, so there is one at a time. */
static text_host *current;

/* ---- settings ---- */

static const char *fallback_of(const text_host *h, const char *path)
{
    for (const sl_setting *s = h->klass->settings; s && s->name; s++) {
        if (!strcmp(s->name, path))
            return s->fallback ? s->fallback : "";
    }
    ck_abort_msg("the setting %s is not declared", path);
}

static const char *get_text(const sl_config *cfg, const char *path)
{
    if (cfg && !*path)
        return cfg->text;
    for (const th_setting *s = current->settings; s && s->path; s++) {
        if (!strcmp(s->path, path) && !s->key)
            return s->value;
    }
    return fallback_of(current, path);
}

static int64_t get_int(const sl_config *cfg, const char *path)
{
    const char *text = get_text(cfg, path);
    int64_t v = 0;

    if (!strcmp(text, "true"))
        return 1;
    return sl_size_parse(text, strlen(text), &v) ? v : 0;
}

/* A test sets the limit on records like a setting, "max_record". */
static uint64_t host_limit(sl_node *node, uint32_t which)
{
    (void)node;
    if (which != SL_LIMIT_RECORD)
        return which == SL_LIMIT_DEPTH ? 128 : 0;
    for (const th_setting *s = current->settings; s && s->path; s++) {
        if (!strcmp(s->path, "max_record"))
            return (uint64_t)get_int(NULL, s->path);
    }
    return 16 << 20;
}

static uint32_t get_count(const sl_config *cfg, const char *path)
{
    uint32_t n = 0;

    (void)cfg;
    (void)fallback_of(current, path);
    for (const th_setting *s = current->settings; s && s->path; s++)
        n += !strcmp(s->path, path);
    return n;
}

static const sl_config *get_item(const sl_config *cfg, const char *path, uint32_t i,
                                 const char **key)
{
    (void)cfg;
    for (const th_setting *s = current->settings; s && s->path; s++) {
        sl_node *node = current->node;

        if (strcmp(s->path, path) != 0 || i--)
            continue;
        if (key)
            *key = s->key;
        node->item[node->items] = (struct sl_config){s->value, s->key};
        return &node->item[node->items++];
    }
    return NULL;
}

/* ---- messages ---- */

static void explain(sl_node *node, const char *code, const char *text)
{
    (void)snprintf(node->h->code, sizeof node->h->code, "%s", code);
    (void)snprintf(node->h->why, sizeof node->h->why, "%s", text);
}

static void fail_at(sl_node *node, const char *path, uint32_t at, uint32_t len, const char *code,
                    const char *text)
{
    explain(node, code, text);
    (void)snprintf(node->h->path, sizeof node->h->path, "%s", path);
    node->h->at = at;
    node->h->len = len;
}

static void host_log(sl_node *node, uint32_t level, const char *code, const char *text)
{
    (void)node;
    (void)level;
    (void)code;
    (void)text;
}

static th_reject *new_reject(text_host *h, const char *code, const char *why)
{
    th_reject *r = &h->rejects[h->nrejects++];

    ck_assert_uint_lt(h->nrejects, TH_REJECTS);
    (void)snprintf(r->code, sizeof r->code, "%s", code);
    (void)snprintf(r->why, sizeof r->why, "%s", why);
    return r;
}

static void reject(sl_node *node, sl_batch *batch, const uint16_t *row, uint32_t n,
                   const char *code, const char *why)
{
    (void)batch;
    for (uint32_t i = 0; i < n; i++)
        new_reject(node->h, code, why)->row = row[i];
}

static void reject_part(sl_node *node, sl_batch *batch, uint32_t row, uint32_t at, const void *data,
                        uint64_t len, const char *code, const char *why)
{
    th_reject *r = new_reject(node->h, code, why);

    ck_assert(batch->nrec == 0 || row < batch->nrec);
    r->row = row;
    r->at = at;
    r->len = len;
    r->bytes = malloc(len + 1);
    ck_assert_ptr_nonnull(r->bytes);
    memcpy(r->bytes, data, len);
    r->bytes[len] = 0;
}

static void count(sl_node *node, uint64_t used, uint64_t filtered)
{
    node->h->used += used;
    node->h->filtered += filtered;
}

/* ---- memory ---- */

static void *host_alloc(sl_node *node, uint64_t bytes)
{
    return sl_mem_alloc(node->h->mem, bytes);
}

static void *host_resize(sl_node *node, void *mem, uint64_t bytes)
{
    return sl_mem_resize(node->h->mem, mem, bytes);
}

static void host_random(sl_node *node, void *out, uint64_t len)
{
    (void)node;
    memset(out, 7, len);
}

static int64_t host_now(sl_node *node)
{
    (void)node;
    return INT64_C(1780000000000000000);
}

/* ---- paths ---- */

static const sl_path *declare(sl_node *node, uint32_t port, const char *text)
{
    sl_path_priv *p = &node->path[node->paths];
    sl_bytes *keys = sl_mem_alloc(node->h->mem, 32 * sizeof *keys);
    uint32_t at;

    (void)port;
    ck_assert_uint_lt(node->paths, PATHS / 2);
    if (!keys)
        return NULL;
    node->keys[node->paths * 2] = keys;
    p->n = sl_path_parse(node->h->mem, text, keys, 32, &node->keys[node->paths * 2 + 1], &at);
    node->paths++;
    if (!p->n)
        return NULL;
    p->keys = keys;
    p->pub.walk = sl_path_walk;
    p->pub.slot = SL_NO_SLOT;
    return &p->pub;
}

static const sl_key *declare_key(sl_node *node, uint32_t port, const char *name)
{
    size_t n = strlen(name);
    uint8_t *text = sl_mem_alloc(node->h->mem, n + 5);
    sl_key *key = &node->key[node->nkeys];

    (void)port;
    ck_assert_uint_lt(node->nkeys, PATHS * 4);
    if (!text)
        return NULL;
    node->key_text[node->nkeys++] = text;
    key->text.ptr = text;
    key->text.len = (uint64_t)(sl_enc_str_head(text, n) - text) + n;
    memcpy(text + key->text.len - n, name, n);
    key->slot = SL_NO_SLOT;
    return key;
}

static sl_status through(sl_node *node, uint32_t in, uint32_t out)
{
    (void)in;
    (void)out;
    node->h->is_through = 1;
    return SL_OK;
}

static sl_ptree *tree_of(sl_node *node, uint32_t port)
{
    (void)port;
    return node->h->out_tree;
}

static const sl_paths paths_table = {
    .size = sizeof paths_table,
    .tree = tree_of,
    .root = sl_ptree_root,
    .child = sl_ptree_child,
    .count = sl_pathset_count,
    .keys = sl_pathset_keys,
    .find = sl_pathset_find,
};

static const void *extension(sl_node *node, const char *id)
{
    (void)node;
    return strcmp(id, "sluice.paths/1") ? NULL : &paths_table;
}

/* ---- output as text ---- */

static void put(text_host *h, const void *text, size_t n)
{
    h->out = realloc(h->out, h->out_len + n + 1);
    ck_assert_ptr_nonnull(h->out);
    memcpy(h->out + h->out_len, text, n);
    h->out_len += n;
    h->out[h->out_len] = 0;
}

static void put_text(text_host *h, char mark, const void *text, size_t n)
{
    const uint8_t *p = text;
    char hex[8];

    if (mark)
        put(h, &mark, 1);
    put(h, "\"", 1);
    for (size_t i = 0; i < n; i++) {
        if (p[i] == '"' || p[i] == '\\') {
            put(h, "\\", 1);
            put(h, p + i, 1);
        } else if (p[i] == '\n') {
            put(h, "\\n", 2);
        } else if (p[i] < 0x20) {
            put(h, hex, (size_t)snprintf(hex, sizeof hex, "\\u%04x", p[i]));
        } else {
            put(h, p + i, 1);
        }
    }
    put(h, "\"", 1);
}

static void put_ext(text_host *h, const sl_val *v)
{
    char text[SL_DECIMAL_TEXT];
    sl_decimal d;
    int64_t us;

    if (sl_val_time_us(v, &us)) {
        put_text(h, 't', text, sl_time_print(us, text));
    } else if (v->ext == SL_EXT_DECIMAL && sl_decimal_unpack(v->ptr, v->n, &d)) {
        put_text(h, 'd', text, sl_decimal_print(&d, text));
    } else if (v->ext == SL_EXT_DATE) {
        us = (int64_t)(int32_t)sl_get32(v->ptr) * 86400000000;
        (void)sl_time_print(us, text);
        put_text(h, 'D', text, 10);
    } else {
        put_text(h, 'x', v->ptr, v->n);
    }
}

static void put_val(text_host *h, const sl_val *v)
{
    char text[64];
    sl_cur cur;
    sl_val key;
    sl_val val;
    uint32_t n = 0;

    switch (v->type) {
    case SL_V_NIL:
        put(h, "null", 4);
        break;
    case SL_V_BOOL:
        put(h, v->u ? "true" : "false", v->u ? 4 : 5);
        break;
    case SL_V_INT:
        put(h, text, (size_t)snprintf(text, sizeof text, "%lld", (long long)v->i));
        break;
    case SL_V_UINT:
        put(h, text, (size_t)snprintf(text, sizeof text, "%llu", (unsigned long long)v->u));
        break;
    case SL_V_FLOAT:
        n = sl_f64_print(v->f, text);
        put(h, text, n);
        if (!memchr(text, '.', n) && !memchr(text, 'e', n))
            put(h, ".0", 2);
        break;
    case SL_V_STR:
        put_text(h, 0, v->ptr, v->n);
        break;
    case SL_V_BIN:
        put_text(h, 'b', v->ptr, v->n);
        break;
    case SL_V_EXT:
        put_ext(h, v);
        break;
    default:
        put(h, v->type == SL_V_MAP ? "{" : "[", 1);
        sl_cur_enter(&cur, v);
        while (sl_cur_next(&cur, &key, &val)) {
            if (n++)
                put(h, ",", 1);
            if (v->type == SL_V_MAP) {
                put_text(h, 0, key.ptr, key.n);
                put(h, ":", 1);
            }
            put_val(h, &val);
        }
        put(h, v->type == SL_V_MAP ? "}" : "]", 1);
        break;
    }
}

/* What the slots say must be what the record says. */
static void check_slots(const text_host *h, const sl_batch *batch, uint32_t row)
{
    for (uint32_t slot = 0; batch->slot && slot < batch->nslot; slot++) {
        sl_bytes keys[32];
        uint32_t n = sl_pathset_keys(batch->paths, slot, keys, 32);
        uint32_t at = batch->slot[(size_t)row * batch->stride + slot];
        sl_val v;

        (void)h;
        sl_batch_row(batch, row, &v);
        for (uint32_t i = 0; i < n; i++) {
            sl_val inner;

            (void)sl_val_find(&v, keys[i].ptr, keys[i].len, &inner);
            v = inner;
        }
        if (v.raw)
            ck_assert_msg(at == (uint32_t)(v.raw - batch->body), "slot %u of row %u: %u, is at %u",
                          slot, row, at, (uint32_t)(v.raw - batch->body));
        else
            ck_assert_msg(!at, "slot %u of row %u: %u, but is absent", slot, row, at);
    }
}

/* What is emitted must be well formed. */
static void check_body(const sl_batch *batch)
{
    sl_error err;
    uint32_t rows;

    ck_assert_int_eq(sl_body_check(batch->body, batch->body_len, 255, &rows, &err), SL_OK);
    ck_assert_uint_eq(rows, batch->nrec);
}

static sl_status emit(sl_node *node, uint32_t port, sl_batch *batch)
{
    text_host *h = node->h;

    ck_assert_uint_eq(port, 0);
    check_body(batch);
    h->batches++;
    h->all_batches += (batch->flags & SL_BATCH_ALL) != 0;
    h->rows += batch->nsel;
    if (h->keeps_out) {
        SL_EACH (row, batch) {
            sl_val v;

            sl_batch_row(batch, row, &v);
            put_val(h, &v);
            put(h, "\n", 1);
            check_slots(h, batch, row);
        }
    }
    sl_batch_unref(h->last);
    h->last = batch;
    return SL_OK;
}

static sl_builder *build(sl_node *node, uint32_t port, sl_batch *like)
{
    (void)port;
    return sl_builder_new(node->h->out_pool, node->h->out_set, like);
}

static sl_rows rows_table;
static sl_host host_table;

static void fill_tables(void)
{
    rows_table = (sl_rows){
        .size = sizeof rows_table,
        .ref = sl_batch_ref,
        .unref = sl_batch_unref,
        .path = declare,
        .key = declare_key,
        .through = through,
        .select = sl_batch_select,
        .build = build,
        .grow = sl_builder_grow,
        .copy = sl_builder_copy,
        .origin = sl_builder_origin,
        .finish = sl_builder_finish,
        .discard = sl_builder_discard,
    };
    host_table = (sl_host){
        .size = sizeof host_table,
        .abi_major = SL_ABI_MAJOR,
        .rows = &rows_table,
        .extension = extension,
        .fail = explain,
        .fail_at = fail_at,
        .log = host_log,
        .get_int = get_int,
        .get_text = get_text,
        .get_count = get_count,
        .get_item = get_item,
        .alloc = host_alloc,
        .resize = host_resize,
        .release = sl_mem_free,
        .emit = emit,
        .reject = reject,
        .reject_part = reject_part,
        .limit = host_limit,
        .count = count,
        .random = host_random,
        .now = host_now,
    };
}

/* ---- life ---- */

/* Wanted paths and declared ones get their slots, as a host does between create and open. */
static void number(text_host *h)
{
    for (uint32_t i = 0; i < h->node->paths; i++) {
        sl_path_priv *p = &h->node->path[i];

        p->pub.set = h->in_set;
        p->pub.slot = p->n ? sl_pathset_add(h->in_set, p->keys, p->n) : SL_NO_SLOT;
    }
    for (uint32_t i = 0; i < h->node->nkeys; i++) {
        sl_key *key = &h->node->key[i];
        sl_val v = {.type = SL_V_ABSENT};
        sl_bytes name;

        (void)sl_val_read(key->text.ptr, &v);
        name = (sl_bytes){v.ptr, v.n};
        key->slot = h->node->wants_all ? sl_pathset_add(h->out_set, &name, 1)
                                       : sl_pathset_find(h->out_set, &name, 1);
    }
}

static sl_status start(text_host *h)
{
    sl_status rc = h->klass->create(&host_table, h->node, NULL, &h->self);

    if (rc != SL_OK) {
        h->self = NULL;
        return rc;
    }
    number(h);
    return SL_OK;
}

static void want(text_host *h, const char *const *wants)
{
    for (; wants && *wants; wants++) {
        sl_bytes keys[32];
        void *block = NULL;
        uint32_t at;
        uint32_t n;

        if (!strcmp(*wants, "*")) {
            h->node->wants_all = 1;
            sl_pathset_open(h->out_set);
            continue;
        }
        n = sl_path_parse(h->mem, *wants, keys, 32, &block, &at);
        ck_assert_uint_ne(n, 0);
        (void)sl_pathset_add(h->out_set, keys, n);
        sl_mem_free(block);
    }
}

sl_status th_open(text_host *h, const sl_class *klass, const th_setting *settings,
                  const char *const *wants, uint64_t fail_at_call)
{
    sl_status rc;

    memset(h, 0, sizeof *h);
    fill_tables();
    current = h;
    fail_mem_init(&h->memory, 0);
    h->mem = sl_mem_new(&h->memory.source, NULL, "test", 0);
    h->node = calloc(1, sizeof *h->node);
    ck_assert_ptr_nonnull(h->node);
    h->node->h = h;
    h->klass = klass;
    h->settings = settings;
    h->keeps_out = 1;
    h->in_pool = sl_pool_new(h->mem, 1 << 30);
    h->out_pool = sl_pool_new(h->mem, 1 << 30);
    h->in_set = sl_pathset_new(h->mem, 1024);
    h->out_set = sl_pathset_new(h->mem, 1024);
    want(h, wants);
    h->in_tree = sl_ptree_new(h->mem, h->in_set, 4096);
    h->out_tree = sl_ptree_new(h->mem, h->out_set, 4096);
    h->memory.fail_at = fail_at_call ? h->memory.calls + fail_at_call : 0;
    rc = start(h);
    if (rc == SL_OK && klass->open)
        rc = klass->open(h->self, NULL);
    return rc;
}

void th_close(text_host *h)
{
    if (h->self)
        h->klass->destroy(h->self);
    sl_batch_unref(h->last);
    for (uint32_t i = 0; i < PATHS; i++)
        sl_mem_free(h->node->keys[i]);
    for (uint32_t i = 0; i < h->node->nkeys; i++)
        sl_mem_free(h->node->key_text[i]);
    sl_ptree_free(h->in_tree);
    sl_ptree_free(h->out_tree);
    sl_pathset_unref(h->in_set);
    sl_pathset_unref(h->out_set);
    sl_pool_unref(h->in_pool);
    sl_pool_unref(h->out_pool);
    sl_mem_drop(h->mem);
    ck_assert_int_eq(h->memory.blocks, 0);
    for (uint32_t i = 0; i < h->nrejects; i++)
        free(h->rejects[i].bytes);
    free(h->node);
    free(h->out);
}

sl_status th_restart(text_host *h)
{
    void *state = NULL;
    uint64_t len = 0;
    sl_status rc = h->klass->snapshot(h->self, 1, &state, &len);

    if (rc != SL_OK)
        return rc;
    h->klass->destroy(h->self);
    h->self = NULL;
    rc = start(h);
    if (rc == SL_OK)
        rc = h->klass->restore(h->self, state, len);
    sl_mem_free(state);
    if (rc == SL_OK && h->klass->open)
        rc = h->klass->open(h->self, NULL);
    if (rc != SL_OK && h->self) {
        h->klass->destroy(h->self);
        h->self = NULL;
    }
    return rc;
}

/* ---- input ---- */

sl_status th_push(text_host *h, sl_batch *batch)
{
    const sl_transform_ops *ops = h->klass->ops;
    sl_status rc;
    uint32_t calls = 0;

    do
        rc = ops->process(h->self, NULL, 0, batch);
    while ((rc == SL_AGAIN || rc == SL_E_NOMEM) && ++calls < 1000);
    return rc;
}

sl_status th_push_raw(text_host *h, const void *data, size_t len, uint32_t split, uint32_t flags)
{
    sl_builder *b = sl_builder_new(h->in_pool, h->in_set, NULL);
    sl_bytes name = {(const uint8_t *)"payload", 7};
    uint8_t room[16] = {0xa7, 'p', 'a', 'y', 'l', 'o', 'a', 'd'};
    sl_key key = {.text = {room, 8}, .slot = sl_pathset_find(h->in_set, &name, 1)};
    sl_bytes none = {NULL, 0};
    sl_batch *batch;
    sl_writer w;
    sl_status rc;

    if (!b)
        return SL_E_NOMEM;
    sl_writer_init(&w, &rows_table, b);
    (void)sl_row_begin(&w);
    sl_row_put_bin(&w, &key, data, len);
    if (sl_row_end(&w, 0) != SL_OK || sl_builder_origin(b, split, none, none, NULL) != SL_OK) {
        sl_builder_discard(b);
        return SL_E_NOMEM;
    }
    b->flags = flags;
    batch = sl_builder_finish(b);
    if (!batch)
        return SL_E_NOMEM;
    rc = th_push(h, batch);
    sl_batch_unref(batch);
    return rc;
}

static void put_node(sl_writer *w, const sl_json_node *n)
{
    double f;
    int64_t us;
    int zone;

    switch (n->type) {
    case SL_JSON_NULL:
        sl_row_put_nil(w, NULL);
        break;
    case SL_JSON_BOOL:
        sl_row_put_bool(w, NULL, n->count != 0);
        break;
    case SL_JSON_NUMBER:
        if (strpbrk(n->text, ".eE")) {
            ck_assert(sl_f64_parse(n->text, n->len, &f));
            sl_row_put_f64(w, NULL, f);
        } else if (*n->text == '-') {
            sl_row_put_i64(w, NULL, strtoll(n->text, NULL, 10));
        } else {
            sl_row_put_u64(w, NULL, strtoull(n->text, NULL, 10));
        }
        break;
    case SL_JSON_STRING:
        sl_row_put_str(w, NULL, n->text, n->len);
        break;
    default:
        if (n->child && n->child->key && !strcmp(n->child->key, "$t")) {
            ck_assert(sl_time_parse(n->child->text, n->child->len, &us, &zone));
            sl_row_put_time(w, NULL, us);
            break;
        }
        if (n->type == SL_JSON_OBJECT)
            sl_row_map(w, NULL);
        else
            sl_row_array(w, NULL);
        for (const sl_json_node *c = n->child; c; c = c->next) {
            if (n->type == SL_JSON_OBJECT)
                sl_row_text_key(w, c->key, strlen(c->key));
            put_node(w, c);
        }
        sl_row_close(w);
        break;
    }
}

sl_batch *th_batch_json(text_host *h, const char *json)
{
    sl_builder *b = sl_builder_new(h->in_pool, NULL, NULL);
    sl_json_doc *doc = NULL;
    sl_error err;
    sl_batch *plain;
    sl_batch *batch;
    sl_writer w;

    ck_assert_ptr_nonnull(b);
    ck_assert_int_eq(sl_json_read(h->mem, json, strlen(json), &doc, &err), SL_OK);
    sl_writer_init(&w, &rows_table, b);
    for (const sl_json_node *n = sl_json_root(doc)->child; n; n = n->next) {
        ck_assert(sl_row_begin(&w));
        for (const sl_json_node *c = n->child; c; c = c->next) {
            sl_row_text_key(&w, c->key, strlen(c->key));
            put_node(&w, c);
        }
        ck_assert_int_eq(sl_row_end(&w, 0), SL_OK);
    }
    sl_json_free(doc);
    plain = sl_builder_finish(b);
    ck_assert_ptr_nonnull(plain);
    batch = sl_batch_reslot(plain, h->in_tree);
    sl_batch_unref(plain);
    ck_assert_ptr_nonnull(batch);
    return batch;
}

sl_status th_push_json(text_host *h, const char *json)
{
    uint64_t fail_at_call = h->memory.fail_at;
    sl_batch *batch;
    sl_status rc;

    h->memory.fail_at = 0;
    batch = th_batch_json(h, json);
    h->memory.fail_at = fail_at_call;
    rc = th_push(h, batch);
    sl_batch_unref(batch);
    return rc;
}

const char *th_text(const text_host *h)
{
    return h->out ? h->out : "";
}
