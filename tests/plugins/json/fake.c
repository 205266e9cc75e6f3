/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/plugins/json/fake.c - just enough of a host to run one instance of a class.
 */
#include "tests/plugins/json/fake.h"

#include "tests/lib/fail_mem.h"

#include <sluice/text.h>
#include <stdarg.h>
#include <stdio.h>

/* ---- host table ----------------------------------------------------------------------------- */

static const sl_path *fake_path(sl_node *f, uint32_t port, const char *text)
{
    sl_bytes keys[32];
    sl_path_priv *p;
    uint32_t at;
    uint32_t n = sl_path_parse(f->mem, text, keys, 32, &f->blocks[f->npaths], &at);

    if (!n)
        return NULL;
    p = sl_mem_zalloc(f->mem, 1, sizeof *p + n * sizeof *keys);
    if (!p) {
        sl_mem_free(f->blocks[f->npaths]);
        return NULL;
    }
    memcpy(p + 1, keys, n * sizeof *keys);
    p->keys = (const sl_bytes *)(const void *)(p + 1);
    p->n = n;
    p->pub.port = port;
    p->pub.walk = sl_path_walk;
    p->pub.slot = SL_NO_SLOT;
    f->paths[f->npaths++] = p;
    return &p->pub;
}

/* The one output key that the encoder asks for; it has no slot. */
static const sl_key *fake_key(sl_node *f, uint32_t port, const char *name)
{
    static const uint8_t text[] = {0xa7, 'p', 'a', 'y', 'l', 'o', 'a', 'd'};
    static const sl_key key = {{text, sizeof text}, SL_NO_SLOT, 0};

    (void)f;
    (void)port;
    return strcmp(name, "payload") ? NULL : &key;
}

static sl_builder *fake_build(sl_node *f, uint32_t port, sl_batch *like)
{
    (void)port;
    if (f->refuse_build) {
        f->refuse_build--;
        return NULL;
    }
    return sl_builder_new(f->pool, f->set, like);
}

static const sl_rows fake_rows_table = {
    .size = sizeof fake_rows_table,
    .ref = sl_batch_ref,
    .unref = sl_batch_unref,
    .path = fake_path,
    .key = fake_key,
    .select = sl_batch_select,
    .build = fake_build,
    .grow = sl_builder_grow,
    .copy = sl_builder_copy,
    .origin = sl_builder_origin,
    .finish = sl_builder_finish,
    .discard = sl_builder_discard,
};

static sl_ptree *fake_tree(sl_node *f, uint32_t port)
{
    (void)port;
    return f->tree;
}

static const sl_paths fake_paths = {
    .size = sizeof fake_paths,
    .tree = fake_tree,
    .root = sl_ptree_root,
    .child = sl_ptree_child,
    .count = sl_pathset_count,
    .keys = sl_pathset_keys,
    .find = sl_pathset_find,
};

static const void *fake_extension(sl_node *node, const char *id)
{
    (void)node;
    return !strcmp(id, "sluice.paths/1") ? &fake_paths : NULL;
}

static void fake_fail(sl_node *f, const char *code, const char *text)
{
    (void)snprintf(f->failed, sizeof f->failed, "%s: %s", code, text);
}

static void fake_fail_at(sl_node *f, const char *path, uint32_t at, uint32_t len, const char *code,
                         const char *text)
{
    (void)path;
    (void)at;
    (void)len;
    fake_fail(f, code, text);
}

/* The value of setting NAME of the instance under way: CFG is the fake itself. */
static const char *setting(const sl_config *cfg, const char *name)
{
    const fake *f = (const fake *)(const void *)cfg;

    for (const fake_setting *s = f->settings; s && s->name; s++) {
        if (!strcmp(s->name, name))
            return s->value;
    }
    for (const sl_setting *s = f->class->settings; s->name; s++) {
        if (!strcmp(s->name, name))
            return s->fallback ? s->fallback : "";
    }
    return "";
}

static int64_t fake_get_int(const sl_config *cfg, const char *path)
{
    const char *text = setting(cfg, path);
    int64_t v = 0;

    if (!strcmp(text, "true"))
        return 1;
    return sl_size_parse(text, strlen(text), &v) ? v : 0;
}

/* A test sets limits like settings, "max_record" and "depth". */
static uint64_t fake_limit(sl_node *f, uint32_t which)
{
    const char *name = which == SL_LIMIT_RECORD ? "max_record" : "depth";
    int64_t v = fake_get_int((const sl_config *)(const void *)f, name);

    return v                          ? (uint64_t)v
           : which == SL_LIMIT_RECORD ? 16 << 20
           : which == SL_LIMIT_DEPTH  ? 128
                                      : 0;
}

static void *fake_alloc(sl_node *f, uint64_t bytes)
{
    return sl_mem_alloc(f->mem, bytes);
}

static void *fake_resize(sl_node *f, void *mem, uint64_t bytes)
{
    return sl_mem_resize(f->mem, mem, bytes);
}

static sl_status fake_emit(sl_node *f, uint32_t port, sl_batch *batch)
{
    (void)port;
    if (f->nbatches == FAKE_BATCHES) {
        sl_batch_unref(batch);
        return SL_E_NOMEM;
    }
    f->batches[f->nbatches++] = batch;
    return SL_OK;
}

static void fake_reject_part(sl_node *f, sl_batch *batch, uint32_t row, uint32_t at,
                             const void *data, uint64_t len, const char *code, const char *why)
{
    fake_reject *r;

    (void)batch;
    f->rejects = realloc(f->rejects, (f->nrejects + 1) * sizeof *f->rejects);
    r = &f->rejects[f->nrejects++];
    r->bytes = malloc(len + 1);
    memcpy(r->bytes, data, len);
    r->bytes[len] = 0;
    r->len = len;
    r->row = row;
    r->at = at;
    (void)snprintf(r->code, sizeof r->code, "%s", code);
    (void)snprintf(r->why, sizeof r->why, "%s", why);
}

static void fake_reject_rows(sl_node *f, sl_batch *batch, const uint16_t *row, uint32_t n,
                             const char *code, const char *why)
{
    for (uint32_t i = 0; i < n; i++)
        fake_reject_part(f, batch, row[i], 0, "", 0, code, why);
}

static void fake_count(sl_node *f, uint64_t used, uint64_t filtered)
{
    f->used += used;
    f->filtered += filtered;
}

static const sl_host host = {
    .size = sizeof host,
    .abi_major = SL_ABI_MAJOR,
    .abi_minor = SL_ABI_MINOR,
    .version = "fake",
    .rows = &fake_rows_table,
    .extension = fake_extension,
    .fail = fake_fail,
    .fail_at = fake_fail_at,
    .get_int = fake_get_int,
    .get_text = setting,
    .alloc = fake_alloc,
    .resize = fake_resize,
    .release = sl_mem_free,
    .emit = fake_emit,
    .reject = fake_reject_rows,
    .reject_part = fake_reject_part,
    .count = fake_count,
    .limit = fake_limit,
};

const sl_host *fake_host(void)
{
    return &host;
}

/* ---- life ----------------------------------------------------------------------------------- */

static void want(fake *f, const char *text)
{
    sl_bytes keys[32];
    void *block = NULL;
    uint32_t at;
    uint32_t n;

    if (!strcmp(text, "*")) {
        sl_pathset_open(f->set);
        return;
    }
    n = sl_path_parse(f->mem, text, keys, 32, &block, &at);
    if (n)
        (void)sl_pathset_add(f->set, keys, n);
    sl_mem_free(block);
}

static int world(fake *f, const char *const *wanted)
{
    f->mem = sl_mem_new(&f->source.source, NULL, "fake", 0);
    if (!f->mem)
        return 0;
    f->in_pool = sl_pool_new(f->mem, 1u << 30);
    f->pool = sl_pool_new(f->mem, 1u << 30);
    f->in_set = sl_pathset_new(f->mem, 16);
    f->set = sl_pathset_new(f->mem, 1024);
    if (!f->in_pool || !f->pool || !f->in_set || !f->set)
        return 0;
    for (uint32_t i = 0; wanted && wanted[i]; i++)
        want(f, wanted[i]);
    f->tree = sl_ptree_new(f->mem, f->set, 4096);
    return f->tree != NULL;
}

fake *fake_new(const sl_class *class, const fake_setting *settings, const char *const *wanted,
               uint64_t fail_at, char *reason)
{
    fake *f = calloc(1, sizeof *f);
    sl_status status = SL_E_NOMEM;

    fail_mem_init(&f->source, fail_at);
    f->class = class;
    f->settings = settings;
    if (world(f, wanted)) {
        status = class->create(&host, f, (const sl_config *)(const void *)f, &f->self);
        for (uint32_t i = 0; i < f->npaths; i++) {
            f->paths[i]->pub.slot = sl_pathset_add(f->in_set, f->paths[i]->keys, f->paths[i]->n);
            f->paths[i]->pub.set = f->in_set;
        }
    }
    if (status == SL_OK && class->open)
        status = class->open(f->self, NULL);
    if (status == SL_OK)
        return f;
    if (reason)
        (void)snprintf(reason, sizeof f->failed, "%s", f->failed);
    (void)fake_free(f);
    return NULL;
}

void fake_clear(fake *f)
{
    for (uint32_t i = 0; i < f->nbatches; i++)
        sl_batch_unref(f->batches[i]);
    for (uint32_t i = 0; i < f->nrejects; i++)
        free(f->rejects[i].bytes);
    f->nbatches = 0;
    f->nrejects = 0;
}

int64_t fake_free(fake *f)
{
    int64_t lost;

    fake_clear(f);
    if (f->self)
        f->class->destroy(f->self);
    for (uint32_t i = 0; i < f->npaths; i++) {
        sl_mem_free(f->paths[i]);
        sl_mem_free(f->blocks[i]);
    }
    sl_ptree_free(f->tree);
    sl_pathset_unref(f->set);
    sl_pathset_unref(f->in_set);
    sl_pool_unref(f->pool);
    sl_pool_unref(f->in_pool);
    if (f->mem)
        sl_mem_drop(f->mem);
    lost = f->source.blocks;
    free(f->rejects);
    free(f->text);
    free(f);
    return lost;
}

sl_batch *fake_raw(fake *f, const sl_bytes *payload, uint32_t n, uint32_t split, uint32_t flags)
{
    static const uint8_t key[] = {0xa7, 'p', 'a', 'y', 'l', 'o', 'a', 'd'};
    sl_key k = {{key, sizeof key}, 0, 0};
    sl_builder *b = sl_builder_new(f->in_pool, f->in_set, NULL);
    static const uint8_t offset[] = {0, 1};
    sl_bytes at = {offset, sizeof offset};
    sl_writer w;

    if (!b)
        return NULL;
    sl_writer_init(&w, &fake_rows_table, b);
    b->flags = flags;
    for (uint32_t i = 0; i < n; i++) {
        (void)sl_row_begin(&w);
        sl_row_put_bin(&w, &k, payload[i].ptr, payload[i].len);
        if (sl_row_end(&w, 0) != SL_OK) {
            sl_builder_discard(b);
            return NULL;
        }
    }
    if (sl_builder_origin(b, split, at, at, NULL) != SL_OK) {
        sl_builder_discard(b);
        return NULL;
    }
    return sl_builder_finish(b);
}

sl_status fake_push_batch(fake *f, sl_batch *batch)
{
    const sl_transform_ops *ops = f->class->ops;
    sl_status status;

    if (!batch)
        return SL_E_NOMEM;
    do {
        status = ops->process(f->self, NULL, 0, batch);
    } while (status == SL_AGAIN);
    sl_batch_unref(batch);
    return status;
}

sl_status fake_push(fake *f, const void *text, size_t len, uint32_t split, uint32_t flags)
{
    sl_bytes payload = {text, len};

    return fake_push_batch(f, fake_raw(f, &payload, 1, split, flags));
}

uint64_t fake_rows(const fake *f)
{
    uint64_t n = 0;

    for (uint32_t i = 0; i < f->nbatches; i++)
        n += f->batches[i]->nsel;
    return n;
}

/* ---- dump ----------------------------------------------------------------------------------- */

static void put(fake *f, const void *text, size_t len)
{
    if (f->text_len + len + 1 > f->text_cap) {
        f->text_cap = 2 * (f->text_len + len + 1);
        f->text = realloc(f->text, f->text_cap);
    }
    memcpy(f->text + f->text_len, text, len);
    f->text_len += len;
    f->text[f->text_len] = 0;
}

__attribute__((format(printf, 2, 3))) static void putf(fake *f, const char *fmt, ...)
{
    char text[512];
    va_list args;
    int n;

    va_start(args, fmt);
    n = vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    put(f, text, (size_t)n);
}

static void dump(fake *f, const sl_val *v);

static void dump_inside(fake *f, const sl_val *v)
{
    sl_cur cur;
    sl_val key;
    sl_val val;
    const char *comma = "";

    sl_cur_enter(&cur, v);
    put(f, v->type == SL_V_MAP ? "{" : "[", 1);
    while (sl_cur_next(&cur, &key, &val)) {
        putf(f, "%s", comma);
        comma = ",";
        if (v->type == SL_V_MAP) {
            dump(f, &key);
            put(f, ":", 1);
        }
        dump(f, &val);
    }
    put(f, v->type == SL_V_MAP ? "}" : "]", 1);
}

static void dump_float(fake *f, double v)
{
    char text[64];

    (void)snprintf(text, sizeof text, "%.17g", v);
    putf(f, "%s%s", text, strpbrk(text, ".einf") ? "" : ".0");
}

static void dump_ext(fake *f, const sl_val *v)
{
    char text[SL_DECIMAL_TEXT];
    sl_decimal d;

    if (v->ext == SL_EXT_DECIMAL && sl_decimal_unpack(v->ptr, v->n, &d)) {
        put(f, "d", 1);
        put(f, text, sl_decimal_print(&d, text));
    } else {
        putf(f, "%s", v->ext == SL_EXT_NUMBER ? "n" : "x");
        put(f, v->ptr, v->n);
    }
}

static void dump(fake *f, const sl_val *v)
{
    switch (v->type) {
    case SL_V_NIL:
        put(f, "null", 4);
        break;
    case SL_V_BOOL:
        putf(f, v->n ? "true" : "false");
        break;
    case SL_V_INT:
        putf(f, "%lld", (long long)v->i);
        break;
    case SL_V_UINT:
        putf(f, "%llu", (unsigned long long)v->u);
        break;
    case SL_V_FLOAT:
        dump_float(f, v->f);
        break;
    case SL_V_STR:
    case SL_V_BIN:
        put(f, v->type == SL_V_STR ? "\"" : "b\"", v->type == SL_V_STR ? 1 : 2);
        put(f, v->ptr, v->n);
        put(f, "\"", 1);
        break;
    case SL_V_ARRAY:
    case SL_V_MAP:
        dump_inside(f, v);
        break;
    default:
        dump_ext(f, v);
        break;
    }
}

const char *fake_dump_val(fake *f, const sl_val *v)
{
    f->text_len = 0;
    put(f, "", 0);
    dump(f, v);
    return f->text;
}

const char *fake_dump(fake *f)
{
    sl_val v;

    f->text_len = 0;
    put(f, "", 0);
    for (uint32_t i = 0; i < f->nbatches; i++) {
        sl_batch *batch = f->batches[i];

        SL_EACH (row, batch) {
            sl_batch_row(batch, row, &v);
            dump(f, &v);
            put(f, "\n", 1);
        }
    }
    return f->text;
}
