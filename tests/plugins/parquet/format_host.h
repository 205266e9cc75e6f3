/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/plugins/parquet/format_host.h - the Parquet writer's format on a host of its own.
 *
 * Includes the writer's source, so that its table of functions can be called, and stands in for the
 * framework of files and for the host: memory that counts and fails, paths with slots, bytes of the
 * file kept or written. What finish tells becomes text: SCHEMA as "name:type(children)", COLUMNS as
 * "path=nulls" with a + where there are bounds.
 */
#ifndef SL_TESTS_PARQUET_FORMAT_HOST_H
#define SL_TESTS_PARQUET_FORMAT_HOST_H

#include <stdio.h>
#include <stdlib.h>

#include "sdk/lib/batch.h"

#include "plugins/parquet/parquet.c"

typedef struct format_host {
    uint64_t allocs;
    uint64_t fail_at; /* this allocation fails; 0: none */
    int64_t blocks;
    uint64_t rejected;
    const char *codec;
    int64_t group_rows;
    char failed[64]; /* code of the last failure */
    char schema[8192];
    char columns[8192];
    uint32_t left[128]; /* children to come, by depth */
    uint32_t depth;
    sl_mem *account;
    sl_pathset *set;
    sl_pool *pool;
    sl_ptree *tree;
    sl_files_part part;
    sl_files_env env;
    sl_rows rows;
    sl_host host;
} format_host;

static format_host fh;

struct sl_files_out {
    FILE *file;
    uint64_t bytes;
};

/* ---- the framework --------------------------------------------------------------------------- */

sl_status sl_files_put(sl_files_out *out, const void *data, uint64_t len)
{
    out->bytes += len;
    return out->file && fwrite(data, 1, len, out->file) != len ? SL_E_NOMEM : SL_OK;
}

void sl_files_reject(sl_files_out *out, sl_batch *batch, const uint16_t *row, uint32_t n,
                     const char *code, const char *why)
{
    (void)out;
    if (batch && row && code && why)
        fh.rejected += n;
}

static void fh_text(char *text, size_t room, const char *more, uint64_t len)
{
    size_t at = strlen(text);

    (void)snprintf(text + at, room - at, "%.*s", (int)len, more);
}

static void fh_close_fields(uint32_t depth)
{
    for (; fh.depth > depth; fh.depth--)
        fh_text(fh.schema, sizeof(fh.schema), ")", 1);
}

void sl_files_fields(sl_files_info *info, uint32_t n)
{
    (void)info;
    fh.schema[0] = 0;
    fh.columns[0] = 0;
    fh.depth = 0;
    fh.left[0] = n;
}

void sl_files_field(sl_files_info *info, const char *name, uint64_t name_len, const char *type,
                    int nullable, uint32_t children)
{
    size_t len;

    (void)info;
    while (fh.depth > 0 && fh.left[fh.depth] == 0)
        fh_close_fields(fh.depth - 1);
    fh.left[fh.depth]--;
    len = strlen(fh.schema);
    if (len && fh.schema[len - 1] != '(')
        fh_text(fh.schema, sizeof(fh.schema), " ", 1);
    fh_text(fh.schema, sizeof(fh.schema), name, name_len);
    fh_text(fh.schema, sizeof(fh.schema), nullable ? ":" : "!", 1);
    fh_text(fh.schema, sizeof(fh.schema), type, strlen(type));
    if (!children)
        return;
    fh_text(fh.schema, sizeof(fh.schema), "(", 1);
    fh.left[++fh.depth] = children;
}

void sl_files_column(sl_files_info *info, const char *path, uint64_t path_len, const char *type,
                     int64_t nulls, const sl_bytes *min, const sl_bytes *max)
{
    char more[48];

    (void)info;
    (void)type;
    if (fh.columns[0])
        fh_text(fh.columns, sizeof(fh.columns), " ", 1);
    fh_text(fh.columns, sizeof(fh.columns), path, path_len);
    (void)snprintf(more, sizeof(more), "=%lld%s", (long long)nulls,
                   min && max && min->len && max->len ? "+" : "");
    fh_text(fh.columns, sizeof(fh.columns), more, strlen(more));
}

/* Slots of the class: a driver of the format alone never gets here. */
const sl_setting sl_files_roll_settings[] = {SL_SETTINGS_END};
const sl_transform_ops sl_files_ops = {.size = sizeof(sl_transform_ops)};

sl_status sl_files_create(const sl_host *host, sl_node *node, const sl_config *cfg,
                          const sl_files_format *f, sl_instance **self)
{
    (void)node;
    (void)cfg;
    return host && f && self ? SL_E_FATAL : SL_OK;
}

sl_status sl_files_open(sl_instance *self, sl_call *call)
{
    return self && call ? SL_E_FATAL : SL_OK;
}

void sl_files_close(sl_instance *self)
{
    (void)self;
}

void sl_files_destroy(sl_instance *self)
{
    (void)self;
}

sl_status sl_files_prepare(sl_instance *self, sl_call *call, uint64_t n, void **token,
                           uint64_t *len)
{
    return self && call && n && token && len ? SL_E_FATAL : SL_OK;
}

sl_status sl_files_snapshot(sl_instance *self, uint64_t n, void **state, uint64_t *len)
{
    return self && n && state && len ? SL_E_FATAL : SL_OK;
}

sl_status sl_files_restore(sl_instance *self, const void *state, uint64_t len)
{
    return self && state && len ? SL_E_FATAL : SL_OK;
}

sl_status sl_files_commit(sl_instance *self, sl_call *call, const void *token, uint64_t len)
{
    return self && call && token && len ? SL_E_FATAL : SL_OK;
}

sl_status sl_files_abort(sl_instance *self, sl_call *call, const void *token, uint64_t len)
{
    return self && call && token && len ? SL_E_FATAL : SL_OK;
}

/* ---- the host -------------------------------------------------------------------------------- */

static void *fh_alloc(sl_node *node, uint64_t bytes)
{
    void *p;

    (void)node;
    if (++fh.allocs == fh.fail_at)
        return NULL;
    p = malloc(bytes ? bytes : 1);
    fh.blocks += p != NULL;
    return p;
}

static void *fh_resize(sl_node *node, void *mem, uint64_t bytes)
{
    if (!mem)
        return fh_alloc(node, bytes);
    return ++fh.allocs == fh.fail_at ? NULL : realloc(mem, bytes);
}

static void fh_release(void *mem)
{
    fh.blocks -= mem != NULL;
    free(mem);
}

static void fh_fail(sl_node *node, const char *code, const char *text)
{
    (void)node;
    (void)text;
    (void)snprintf(fh.failed, sizeof(fh.failed), "%s", code);
}

static const char *fh_get_text(const sl_config *cfg, const char *path)
{
    (void)cfg;
    return strcmp(path, "compress") == 0 ? fh.codec : "";
}

static int64_t fh_get_int(const sl_config *cfg, const char *path)
{
    (void)cfg;
    if (strcmp(path, "level") == 0)
        return 0;
    return strcmp(path, "row_group.rows") == 0 ? fh.group_rows : 128 << 20;
}

static const sl_path *fh_path(sl_node *node, uint32_t port, const char *text)
{
    static sl_path path = {.slot = SL_NO_SLOT};

    (void)node;
    (void)port;
    path.set = fh.set;
    return strcmp(text, "*") == 0 ? &path : NULL;
}

static const void *fh_extension(sl_node *node, const char *id)
{
    (void)node;
    static const sl_paths paths = {.size = sizeof(sl_paths),
                                   .count = sl_pathset_count,
                                   .keys = sl_pathset_keys,
                                   .find = sl_pathset_find};

    (void)node;
    return strcmp(id, "sluice.paths/1") == 0 ? &paths : NULL;
}

/* [main] Start; GROUP_ROWS: rows of a row group. Gives the format, NULL when memory was short. */
static inline sl_format *fh_begin(const char *codec, int64_t group_rows, uint64_t fail_at)
{
    sl_format *f = NULL;

    memset(&fh, 0, sizeof(fh));
    fh.codec = codec;
    fh.group_rows = group_rows;
    fh.fail_at = fail_at;
    fh.account = sl_mem_new(NULL, NULL, "test", 0);
    fh.set = sl_pathset_new(fh.account, SL_BATCH_SLOTS_MAX);
    sl_pathset_open(fh.set);
    fh.pool = sl_pool_new(fh.account, UINT64_MAX);
    fh.tree = sl_ptree_new(fh.account, fh.set, 4096);
    fh.rows.size = sizeof(fh.rows);
    fh.rows.path = fh_path;
    fh.host.size = sizeof(fh.host);
    fh.host.version = "0.1.0";
    fh.host.rows = &fh.rows;
    fh.host.extension = fh_extension;
    fh.host.fail = fh_fail;
    fh.host.get_text = fh_get_text;
    fh.host.get_int = fh_get_int;
    fh.host.alloc = fh_alloc;
    fh.host.resize = fh_resize;
    fh.host.release = fh_release;
    fh.env.host = &fh.host;
    fh.env.part = &fh.part;
    if (format_create(&fh.env, NULL, &f) != SL_OK)
        return NULL;
    if (group_rows < 1000)
        f->options.row_group_least = 1;
    return f;
}

/* [main] End; the format goes, too. */
static inline void fh_end(sl_format *f)
{
    format_destroy(f);
    sl_ptree_free(fh.tree);
    sl_pool_unref(fh.pool);
    sl_pathset_unref(fh.set);
    sl_mem_drop(fh.account);
}

/* [main] Finish FILE and close its text; gives the status. */
static inline sl_status fh_finish(sl_format_file *file)
{
    static const sl_files_meta META[1] = {{"sluice.graph", "test"}};
    sl_files_info info;
    sl_status rc;

    memset(&info, 0, sizeof(info));
    rc = format_finish(file, META, 1, &info);
    fh_close_fields(0);
    return rc;
}

/* [main] A batch of the encoded records from *AT to END, at most ROWS of them; moves AT. NULL when
 * memory is short. */
static inline sl_batch *fh_batch(const uint8_t **at, const uint8_t *end, uint32_t rows,
                                 int has_slots)
{
    sl_builder *b = sl_builder_new(fh.pool, fh.set, NULL);
    sl_batch *plain, *batch;

    while (b && b->nrec < rows && *at < end) {
        const uint8_t *next = sl_val_skip(*at);
        uint64_t n = (uint64_t)(next - *at);

        if (((uint64_t)(b->end - b->cur) < n || b->nrec == b->cap) && sl_builder_grow(b, n))
            return NULL;
        memcpy(b->cur, *at, n);
        b->cur += n;
        b->rec[++b->nrec] = (uint32_t)(b->cur - b->body);
        *at = next;
    }
    plain = b ? sl_builder_finish(b) : NULL;
    if (!plain || !has_slots)
        return plain;
    batch = sl_batch_reslot(plain, fh.tree);
    sl_batch_unref(plain);
    return batch;
}

#endif
