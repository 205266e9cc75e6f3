/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/parquet/parquet.c - the writer `transform: parquet`: settings, and records to files.
 *
 * Partitions, names, uploads and commits are the framework's (plugins/writer/lib), the bytes of a
 * file are the library's (lib/). In between: the schema follows the data (schema.c), each chunk of
 * rows is looked over (check.c) and then taken (shred.c) by a file (table.c).
 */
#include <stdio.h>

#include "table.h"

#ifndef SL_ENGINE_BUILD
#define SL_ENGINE_BUILD "release"
#endif

static const char *const codec_names[] = {"none", "snappy", "gzip", "lz4", "zstd", NULL};

static const sl_setting row_group_settings[] = {
    {.size = sizeof(sl_setting),
     .type = SL_T_INT,
     .name = "rows",
     .fallback = "131072",
     .min = "1",
     .max = "100000000",
     .brief = "rows of a row group, once it holds 8 MiB",
     .details = "Readers skip whole row groups: smaller ones make looking up a key cheaper, larger "
                "ones make files a little smaller."},
    {.size = sizeof(sl_setting),
     .type = SL_T_SIZE,
     .name = "size",
     .fallback = "128MiB",
     .min = "64KiB",
     .max = "1GiB",
     .brief = "bytes of a row group, in any case",
     .details = "A file in the making holds one row group in memory."},
    SL_SETTINGS_END};

static const sl_setting settings[] = {
    SL_FILES_SETTINGS,
    {.size = sizeof(sl_setting),
     .type = SL_T_CHOICE,
     .name = "compress",
     .fallback = "zstd",
     .choice = codec_names,
     .brief = "codec of the pages",
     .details = "`lz4` is the codec LZ4_RAW."},
    {.size = sizeof(sl_setting),
     .type = SL_T_INT,
     .name = "level",
     .fallback = "0",
     .min = "0",
     .max = "19",
     .brief = "level of the codec; 0 is its default: zstd 1, gzip 6",
     .details = "zstd takes 1 to 19, gzip 1 to 9. Each level above 1 costs more time than it saves "
                "bytes, for files that are rewritten later. A column whose pages a higher level "
                "makes less than 1 % smaller is packed at level 1."},
    {.size = sizeof(sl_setting),
     .type = SL_T_GROUP,
     .flags = SL_S_ADVANCED,
     .name = "row_group",
     .brief = "when a row group ends",
     .child = row_group_settings},
    SL_SETTINGS_END};

/* ---- memory ---------------------------------------------------------------------------------- */

static void *memory_alloc(void *ctx, size_t bytes)
{
    const sl_files_env *env = ((struct sl_format *)ctx)->env;

    return env->host->alloc(env->node, bytes);
}

static void *memory_resize(void *ctx, void *mem, size_t bytes)
{
    const sl_files_env *env = ((struct sl_format *)ctx)->env;

    return env->host->resize(env->node, mem, bytes);
}

static void memory_release(void *ctx, void *mem)
{
    ((struct sl_format *)ctx)->env->host->release(mem);
}

/* ---- format ---------------------------------------------------------------------------------- */

static sl_status read_settings(sl_format *self, const sl_config *cfg)
{
    const sl_host *host = self->env->host;
    const char *codec = host->get_text(cfg, "compress");
    sl_pq_options *o = &self->options;
    char text[120];
    uint32_t i;

    for (i = 0; codec_names[i]; i++)
        if (strcmp(codec, codec_names[i]) == 0)
            o->codec = (sl_pq_codec)i;
    o->level = (int32_t)host->get_int(cfg, "level");
    o->row_group_rows = (uint32_t)host->get_int(cfg, "row_group.rows");
    o->row_group_bytes = (uint64_t)host->get_int(cfg, "row_group.size");
    o->is_manual = 1;
    (void)snprintf(self->created_by, sizeof(self->created_by), "sluice version %s (build %s)",
                   host->version, SL_ENGINE_BUILD);
    o->created_by = self->created_by;
    if (o->codec == SL_PQ_GZIP && o->level > 9) {
        (void)snprintf(text, sizeof(text), "gzip has no level %d: choose 1 to 9, or compress: zstd",
                       o->level);
        host->fail_at(self->env->node, "level", 0, 0, "parquet.level", text);
        return SL_E_CONFIG;
    }
    return SL_OK;
}

static sl_status format_create(const sl_files_env *env, const sl_config *cfg, sl_format **made)
{
    sl_format *self = env->host->alloc(env->node, sizeof(*self));
    sl_status rc;

    if (!self)
        return SL_E_NOMEM;
    memset(self, 0, sizeof(*self));
    self->env = env;
    self->memory = (sl_pq_memory){self, memory_alloc, memory_resize, memory_release};
    self->paths = env->host->extension(env->node, "sluice.paths/1");
    self->all = env->host->rows->path(env->node, 0, "*");
    rc = self->all ? read_settings(self, cfg) : SL_E_NOMEM;
    if (rc == SL_OK)
        rc = sl_pw_schema_init(&self->schema, env->host, env->node);
    if (rc != SL_OK) {
        env->host->release(self);
        return rc;
    }
    *made = self;
    return SL_OK;
}

static void format_destroy(sl_format *self)
{
    if (!self)
        return;
    sl_pw_schema_fini(&self->schema);
    self->env->host->release(self->rows.found);
    self->env->host->release(self);
}

static const char *format_suffix(const sl_format *self)
{
    (void)self;
    return "parquet";
}

static sl_status format_begin(sl_format *self, sl_files_out *out, sl_format_file **file)
{
    return sl_pw_file_new(self, out, file);
}

/* A partition by the plain value of a field puts it into the folder's name, under the field's own
 * name: the files go without that column, as Hive's tables do. */
static sl_status bind_partitions(sl_format *self)
{
    uint32_t i;

    for (i = 0; i < self->env->nparts; i++) {
        const sl_files_part *part = &self->env->part[i];
        const size_t len = strlen(part->name);
        sl_pw_field *f;

        if (!part->is_column || strcmp(part->name, part->text) != 0)
            continue;
        f = sl_pw_field_need(&self->schema, &self->schema.root, NULL, (const uint8_t *)part->name,
                             (uint32_t)len);
        if (!f)
            return SL_E_NOMEM;
        f->is_dropped = 1;
    }
    self->is_bound = 1;
    return SL_OK;
}

/* Columns in the order of the first record, whatever the order of its slots. */
static sl_status seed_fields(sl_format *self, const sl_batch *batch, uint32_t row)
{
    sl_pw_variant *root = &self->schema.root;
    sl_val record = {0}, key, val;
    sl_cur cur;

    if (root->child && !root->child->is_dropped)
        return SL_OK;
    sl_batch_row(batch, row, &record);
    sl_cur_enter(&cur, &record);
    while (sl_cur_next(&cur, &key, &val))
        if (key.type == SL_V_STR &&
            !sl_pw_field_need(&self->schema, root, root->last, key.ptr, (uint32_t)key.n))
            return SL_E_NOMEM;
    return SL_OK;
}

static void set_rows(sl_pw_rows *rows, sl_batch *batch, const uint16_t *row, uint32_t at,
                     uint32_t n)
{
    uint32_t k;

    rows->batch = batch;
    rows->n = n < SL_PW_CHUNK ? n : SL_PW_CHUNK;
    rows->bad = 0;
    for (k = 0; k < rows->n; k++) {
        rows->row[k] = row ? row[at + k] : at + k;
        rows->from[k] = (uint16_t)k;
        rows->is_bad[k] = 0;
    }
}

/* Send the bad ones of the first N rows of the chunk at AT off. */
static void reject_bad(sl_format_file *file, const uint16_t *row, uint32_t at, uint32_t n)
{
    const sl_pw_rows *rows = &file->format->rows;
    uint32_t k;

    for (k = 0; k < n && rows->bad; k++) {
        uint16_t which = row ? row[at + k] : (uint16_t)(at + k);

        if (rows->is_bad[k])
            sl_files_reject(file->out, rows->batch, &which, 1, "parquet.columns",
                            "the record has a new field, and the table has 10000 columns already: "
                            "keep fewer fields before the writer");
    }
}

/* The chunk of at most SL_PW_CHUNK rows at *DONE. */
static sl_status add_chunk(sl_format_file *file, sl_batch *batch, const uint16_t *row, uint32_t n,
                           uint32_t *done)
{
    sl_pw_rows *rows = &file->format->rows;
    uint32_t at = *done, whole, taken;
    sl_status rc, checked;

    set_rows(rows, batch, row, at, n - at);
    whole = rows->n;
    checked = sl_pw_check(file);
    if (checked != SL_OK && checked != SL_AGAIN)
        return checked;
    taken = checked == SL_OK ? whole : rows->n ? rows->from[rows->n - 1] + 1u : 0;
    while (checked == SL_AGAIN && taken < whole && rows->is_bad[taken])
        taken++;
    rc = rows->n ? sl_pw_shred(file) : SL_OK;
    if (rc == SL_OK && rows->n)
        rc = sl_pw_file_rows(file, rows->n);
    if (rc != SL_OK)
        return rc;
    reject_bad(file, row, at, taken);
    *done += taken;
    return checked;
}

static sl_status format_add(sl_format_file *file, sl_batch *batch, const uint16_t *row, uint32_t n,
                            uint32_t *done)
{
    sl_format *self = file->format;
    sl_status rc = SL_OK;

    if (file->is_broken)
        return SL_E_FATAL;
    if (!self->is_bound)
        rc = bind_partitions(self);
    if (rc == SL_OK && n > 0)
        rc = seed_fields(self, batch, row ? row[0] : 0);
    self->rows.batch = batch;
    if (rc == SL_OK && sl_pw_has_slots(file))
        rc = sl_pw_schema_sync(&self->schema, self->paths, batch->paths);
    if (rc == SL_OK)
        rc = sl_pw_file_refresh(file);
    while (rc == SL_OK && *done < n)
        rc = add_chunk(file, batch, row, n, done);
    return rc;
}

static uint64_t format_held(const sl_format_file *file)
{
    return sl_pq_writer_pending(file->writer);
}

static sl_status format_finish(sl_format_file *file, const sl_files_meta *meta, uint32_t n,
                               sl_files_info *info)
{
    sl_status rc = file->is_broken ? SL_E_FATAL : sl_pw_file_settle(file);
    sl_pq_bytes keys;
    uint32_t i;
    int failed = 0;

    if (rc != SL_OK)
        return rc;
    keys = sl_pw_keys(file);
    if (!keys.ptr)
        return SL_E_NOMEM;
    failed = sl_pq_writer_metadata(file->writer, "sluice.keys", (const char *)keys.ptr, keys.len);
    for (i = 0; i < n && !failed; i++)
        failed =
            sl_pq_writer_metadata(file->writer, meta[i].key, meta[i].value, strlen(meta[i].value));
    if (!failed)
        failed = sl_pq_writer_finish(file->writer);
    if (failed)
        return sl_pw_file_failed(file, failed);
    sl_pw_describe(file, info);
    if (info->columns.status != SL_OK || info->schema.status != SL_OK) {
        file->is_broken = 1; /* the bytes are out: it can't be finished twice */
        return SL_E_FATAL;
    }
    sl_pw_file_free(file);
    return SL_OK;
}

static const sl_files_format format = {
    .size = sizeof(sl_files_format),
    .name = "parquet",
    .create = format_create,
    .destroy = format_destroy,
    .suffix = format_suffix,
    .begin = format_begin,
    .add = format_add,
    .held = format_held,
    .finish = format_finish,
    .drop = sl_pw_file_free,
};

static sl_status create(const sl_host *host, sl_node *node, const sl_config *cfg,
                        sl_instance **self)
{
    return sl_files_create(host, node, cfg, &format, self);
}

static const sl_class writer = {
    .size = sizeof(sl_class),
    .flags = SL_FILES_FLAGS,
    .kind = SL_CLASS_TRANSFORM,
    .id = "parquet",
    .brief = "writes records into Parquet files",
    .details = "Columns follow the data: each field becomes a column of the type that its values "
               "have, objects become structs and arrays lists. A value of another type than its "
               "column goes to a column beside it, `NAME__TYPE`, so that none is lost. For each "
               "file made, one file record comes out.",
    .settings = settings,
    .create = create,
    SL_FILES_SLOTS,
};

SL_PLUGIN("parquet", &writer);
