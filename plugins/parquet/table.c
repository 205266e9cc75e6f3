/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/parquet/table.c - a file in the making: opening columns, growing, settling.
 *
 * A struct or list becomes a group of the file when the first column below it does: before that it
 * has only its log. A column that comes late starts with one null for each entry of the log around
 * it, which tells how far the path was there.
 */
#include <stdio.h>

#include "table.h"

static const sl_pq_kind KIND_OF_TYPE[SL_PW_TYPES] = {
    [SL_PW_INT] = SL_PQ_INT64,
    [SL_PW_DOUBLE] = SL_PQ_DOUBLE,
    [SL_PW_DECIMAL] = SL_PQ_DECIMAL,
    [SL_PW_STRING] = SL_PQ_STRING,
    [SL_PW_BYTES] = SL_PQ_BYTES,
    [SL_PW_BOOL] = SL_PQ_BOOL,
    [SL_PW_INSTANT] = SL_PQ_TIMESTAMPTZ_US,
    [SL_PW_LOCAL] = SL_PQ_TIMESTAMP_US,
    [SL_PW_DATE] = SL_PQ_DATE,
    [SL_PW_TIME] = SL_PQ_TIME_US,
    [SL_PW_UUID] = SL_PQ_UUID,
    [SL_PW_JSON] = SL_PQ_JSON,
    [SL_PW_LIST] = SL_PQ_LIST,
    [SL_PW_STRUCT] = SL_PQ_STRUCT,
    [SL_PW_MAP] = SL_PQ_MAP,
};

static int is_container(sl_pw_type type)
{
    return type == SL_PW_LIST || type == SL_PW_STRUCT || type == SL_PW_MAP;
}

sl_status sl_pw_file_failed(sl_format_file *file, int rc)
{
    const sl_files_env *env = file->format->env;
    char text[160];

    file->is_broken = 1;
    if (rc == SL_PQ_E_NOMEM || rc == SL_PQ_E_OUTPUT) {
        env->host->fail(env->node, "memory", "there is not enough memory to write a Parquet file");
        return SL_E_FATAL;
    }
    (void)snprintf(text, sizeof(text), "the Parquet file can't be written (%s)",
                   rc == SL_PQ_E_LIMIT ? "a value or page is too large" : "its rows don't agree");
    env->host->fail(env->node, "parquet.write", text);
    return SL_E_FATAL;
}

/* ---- life ------------------------------------------------------------------------------------ */

static int put(void *ctx, const void *bytes, size_t len)
{
    const sl_format_file *file = ctx;

    return sl_files_put(file->out, bytes, len) != SL_OK;
}

sl_status sl_pw_file_new(struct sl_format *format, sl_files_out *out, sl_format_file **made)
{
    const sl_files_env *env = format->env;
    sl_format_file *file = env->host->alloc(env->node, sizeof(*file));
    sl_pq_output output = {file, put};
    sl_status rc = SL_E_NOMEM;
    uint32_t i;

    if (!file)
        return SL_E_NOMEM;
    memset(file, 0, sizeof(*file));
    file->format = format;
    file->out = out;
    file->retyped = format->schema.retyped;
    file->schema = sl_pq_schema_new(&format->memory);
    if (file->schema &&
        sl_pq_writer_open(file->schema, &format->options, &output, &file->writer) == SL_PQ_OK)
        rc = SL_OK;
    for (i = 0; i < format->schema.count && rc == SL_OK; i++)
        rc = sl_pw_file_open(file, format->schema.all[i]);
    if (rc != SL_OK) {
        sl_pw_file_free(file);
        return rc;
    }
    *made = file;
    return SL_OK;
}

static void free_log(sl_format_file *file, sl_pw_log *log)
{
    const sl_host *host = file->format->env->host;

    host->release(log->def);
    host->release(log->rep);
    memset(log, 0, sizeof(*log));
}

void sl_pw_file_free(sl_format_file *file)
{
    uint32_t i;

    if (!file)
        return;
    sl_pq_writer_free(file->writer);
    sl_pq_schema_free(file->schema);
    for (i = 0; i < file->column_cap; i++)
        free_log(file, &file->column[i].log);
    file->format->env->host->release(file->column);
    file->format->env->host->release(file->text);
    file->format->env->host->release(file);
}

/* ---- logs ------------------------------------------------------------------------------------ */

static sl_status log_room(sl_format_file *file, const sl_pw_variant *v, sl_pw_log *log, uint32_t n)
{
    const sl_files_env *env = file->format->env;
    uint32_t cap = log->cap ? log->cap : 1024;
    uint8_t *p;

    if (log->count + n <= log->cap)
        return SL_OK;
    while (cap < log->count + n)
        cap *= 2;
    p = env->host->resize(env->node, log->def, cap);
    if (!p)
        return sl_pw_file_failed(file, SL_PQ_E_NOMEM);
    log->def = p;
    if (v->rep > 0 || v->type == SL_PW_LIST) {
        p = env->host->resize(env->node, log->rep, cap);
        if (!p)
            return sl_pw_file_failed(file, SL_PQ_E_NOMEM);
        log->rep = p;
    }
    log->cap = cap;
    return SL_OK;
}

sl_status sl_pw_file_log(sl_format_file *file, const sl_pw_variant *v, const uint8_t *def,
                         uint32_t n)
{
    sl_pw_log *log = &file->column[v->id].log;
    sl_status rc;

    if (file->is_fixed)
        return SL_OK;
    rc = log_room(file, v, log, n);
    if (rc != SL_OK)
        return rc;
    memcpy(log->def + log->count, def, n);
    if (log->rep)
        memset(log->rep + log->count, 0, n);
    log->count += n;
    return SL_OK;
}

sl_status sl_pw_file_log_one(sl_format_file *file, const sl_pw_variant *v, uint32_t rep,
                             uint32_t def)
{
    sl_pw_log *log = &file->column[v->id].log;
    sl_status rc;

    if (file->is_fixed)
        return SL_OK;
    rc = log_room(file, v, log, 1);
    if (rc != SL_OK)
        return rc;
    log->def[log->count] = (uint8_t)def;
    if (log->rep)
        log->rep[log->count] = (uint8_t)rep;
    log->count++;
    return SL_OK;
}

/* ---- columns --------------------------------------------------------------------------------- */

static sl_status grow_columns(sl_format_file *file)
{
    const sl_files_env *env = file->format->env;
    uint32_t cap = file->format->schema.cap;
    sl_pw_column *p;

    if (file->column_cap >= cap)
        return SL_OK;
    p = env->host->resize(env->node, file->column, cap * sizeof(*p));
    if (!p)
        return SL_E_NOMEM;
    memset(p + file->column_cap, 0, (cap - file->column_cap) * sizeof(*p));
    file->column = p;
    file->column_cap = cap;
    return SL_OK;
}

/* The node of V in the file's schema: made with all groups around it. */
static int need_node(sl_format_file *file, const sl_pw_variant *v, uint32_t *node)
{
    sl_pw_column *c = &file->column[v->id];
    sl_pq_field f = {.name = v->name, .name_len = v->name_len, .kind = KIND_OF_TYPE[c->type]};
    uint32_t parent = SL_PQ_ROOT;
    int rc = SL_PQ_OK;

    if (!v->of || c->node) {
        *node = c->node;
        return SL_PQ_OK;
    }
    f.id = SL_PQ_NO_ID;
    f.precision = 38;
    f.scale = v->scale;
    rc = need_node(file, v->of->in, &parent);
    if (!rc)
        rc = sl_pq_schema_add(file->schema, parent, &f, &c->node);
    *node = c->node;
    return rc;
}

/* Nulls for the entries that were there before, as the log of IN has them; RAISE is added to the
 * levels at which IN was there. */
static int fill_null(sl_format_file *file, const sl_pw_variant *in, sl_pq_column *col)
{
    const sl_pw_log *log = &file->column[in->id].log;
    uint32_t i;
    int rc = SL_PQ_OK;

    if (!in->of) {
        uint64_t left = file->rows;

        while (left > 0 && !rc) {
            uint32_t n = left > UINT32_MAX / 2 ? UINT32_MAX / 2 : (uint32_t)left;

            rc = sl_pq_add_null_n(col, 0, n);
            left -= n;
        }
        return rc;
    }
    for (i = 0; i < log->count && !rc; i++)
        rc = sl_pq_add_null(col, log->rep ? log->rep[i] : 0, log->def[i]);
    return rc;
}

static sl_status fill_log(sl_format_file *file, const sl_pw_variant *v)
{
    const sl_pw_variant *in = v->of->in;
    const sl_pw_log *log = &file->column[in->id].log;
    sl_status rc = SL_OK;
    uint64_t i, n = in->of ? log->count : file->rows;

    for (i = 0; i < n && rc == SL_OK; i++)
        rc = sl_pw_file_log_one(file, v, in->of && log->rep ? log->rep[i] : 0,
                                in->of ? log->def[i] : 0);
    return rc;
}

static int open_leaf(sl_format_file *file, const sl_pw_variant *v)
{
    sl_pw_column *c = &file->column[v->id];
    uint32_t node = 0;
    int rc = need_node(file, v, &node);

    if (rc)
        return rc;
    c->col = sl_pq_writer_column(file->writer, node);
    if (!c->col)
        return SL_PQ_E_NOMEM;
    c->scale = v->scale;
    if (!v->is_settled && (v->type == SL_PW_INT || v->type == SL_PW_DECIMAL))
        rc = sl_pq_column_hold(c->col);
    return rc ? rc : fill_null(file, v->of->in, c->col);
}

/* A map without keys, ever: both columns repeat what the log says. */
static int open_map(sl_format_file *file, const sl_pw_variant *v)
{
    static const sl_pq_field TEXT = {.kind = SL_PQ_STRING, .id = SL_PQ_NO_ID};
    sl_pw_column *c = &file->column[v->id];
    uint32_t node = 0, key = 0, value = 0;
    int rc = need_node(file, v, &node);

    rc = rc ? rc : sl_pq_schema_add(file->schema, node, &TEXT, &key);
    rc = rc ? rc : sl_pq_schema_add(file->schema, node, &TEXT, &value);
    if (rc)
        return rc;
    c->col = sl_pq_writer_column(file->writer, key);
    c->value = sl_pq_writer_column(file->writer, value);
    if (!c->col || !c->value)
        return SL_PQ_E_NOMEM;
    rc = fill_null(file, v, c->col);
    return rc ? rc : fill_null(file, v, c->value);
}

sl_status sl_pw_file_open(sl_format_file *file, sl_pw_variant *v)
{
    sl_pw_column *c;
    sl_status status = grow_columns(file);
    int rc;

    if (status != SL_OK)
        return status;
    c = &file->column[v->id];
    if (c->is_open)
        return SL_OK;
    if (file->is_fixed)
        return SL_AGAIN;
    if (v->of) {
        status = sl_pw_file_open(file, v->of->in);
        if (status != SL_OK)
            return status;
        c = &file->column[v->id];
    }
    c->type = v->type;
    c->is_open = 1;
    if (is_container(v->type)) {
        status = v->of ? fill_log(file, v) : SL_OK;
        if (status != SL_OK || v->type != SL_PW_MAP || !v->is_settled)
            return status;
        rc = open_map(file, v);
    } else {
        rc = open_leaf(file, v);
    }
    return rc ? sl_pw_file_failed(file, rc) : SL_OK;
}

sl_status sl_pw_file_refresh(sl_format_file *file)
{
    const sl_pw_schema *s = &file->format->schema;
    uint32_t i;

    if (file->retyped == s->retyped)
        return SL_OK;
    for (i = 0; i < s->count && i < file->column_cap; i++) {
        const sl_pw_variant *v = s->all[i];
        sl_pw_column *c = &file->column[i];
        int rc = SL_PQ_OK;

        if (!c->is_open || !c->col)
            continue;
        if (v->type == SL_PW_DOUBLE && c->type == SL_PW_INT)
            rc = sl_pq_column_to_double(c->col);
        else if (v->type == SL_PW_DECIMAL && c->scale != v->scale)
            rc = sl_pq_column_rescale(c->col, v->scale);
        if (rc)
            return SL_AGAIN;
        c->type = v->type;
        c->scale = v->scale;
    }
    file->retyped = s->retyped;
    return SL_OK;
}

/* ---- settling -------------------------------------------------------------------------------- */

/* The type of a path whose values told none. */
static sl_status decide_empty(struct sl_format *format, sl_pw_variant *v)
{
    sl_pw_field *element;
    sl_pw_variant *made;

    if (sl_pw_variant_has_columns(v))
        return SL_OK;
    if (v->type == SL_PW_STRUCT && v->of && !v->of->by_type[SL_PW_MAP]) {
        sl_pw_variant_retype(&format->schema, v, SL_PW_MAP);
        return SL_OK;
    }
    if (v->type != SL_PW_LIST)
        return SL_OK;
    element = sl_pw_field_need(&format->schema, v, NULL, (const uint8_t *)"", 0);
    if (!element)
        return SL_E_NOMEM;
    return element->first ? SL_OK
                          : sl_pw_variant_add(&format->schema, element, SL_PW_STRING, &made);
}

/* Readers refuse a file without columns: its first key, which was only ever null, gets one. */
static sl_status decide_nothing(struct sl_format *format)
{
    sl_pw_schema *s = &format->schema;
    sl_pw_field *f;
    sl_pw_variant *made;

    if (sl_pw_variant_has_columns(&s->root))
        return SL_OK;
    for (f = s->root.child; f && (f->is_dropped || f->first);)
        f = f->next;
    if (!f)
        f = sl_pw_field_need(s, &s->root, NULL, (const uint8_t *)"", 0);
    return f ? sl_pw_variant_add(s, f, SL_PW_STRING, &made) : SL_E_NOMEM;
}

sl_status sl_pw_file_settle(sl_format_file *file)
{
    sl_pw_schema *s = &file->format->schema;
    sl_status status = SL_OK;
    uint32_t i;

    if (file->is_fixed)
        return SL_OK;
    for (i = s->count; i-- > 1 && status == SL_OK;) /* inner ones first */
        status = decide_empty(file->format, s->all[i]);
    if (status == SL_OK)
        status = decide_nothing(file->format);
    for (i = 1; i < s->count && status == SL_OK; i++) {
        sl_pw_variant *v = s->all[i];
        int rc = SL_PQ_OK;

        status = sl_pw_file_open(file, v);
        if (status == SL_OK && v->type == SL_PW_MAP && !file->column[i].col) {
            file->column[i].type = SL_PW_MAP;
            rc = open_map(file, v);
        }
        if (rc)
            status = sl_pw_file_failed(file, rc);
        v->is_settled = 1;
    }
    if (status != SL_OK)
        return status;
    for (i = 0; i < file->column_cap; i++)
        free_log(file, &file->column[i].log);
    file->is_fixed = 1;
    return SL_OK;
}

sl_status sl_pw_file_rows(sl_format_file *file, uint32_t n)
{
    sl_status status;
    int rc = sl_pq_rows(file->writer, n);

    file->rows += n;
    if (rc)
        return sl_pw_file_failed(file, rc);
    if (!sl_pq_writer_is_full(file->writer))
        return SL_OK;
    status = sl_pw_file_settle(file);
    if (status != SL_OK) /* nothing is lost: it is tried again with the next rows */
        return file->is_broken ? status : SL_OK;
    rc = sl_pq_writer_flush(file->writer);
    return rc ? sl_pw_file_failed(file, rc) : SL_OK;
}
