/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/local/meta.c - versions of a table's metadata: making and reading their text.
 *
 * A file's line is the file record without what the whole version shares (table, graph, node …).
 * Lines are copied from version to version as text, so listing all files costs no parsing.
 */
#include "meta.h"

#include <stdio.h>
#include <stdlib.h>

static const char *const line_members[] = {"file",      "format",  "rows",   "bytes",
                                           "partition", "columns", "splits", "lane"};

/* ---- what is added --------------------------------------------------------------------------- */

static void buf_init(jbuf *b, const sl_host *host, sl_node *node)
{
    memset(b, 0, sizeof *b);
    b->host = host;
    b->node = node;
}

void meta_delta_init(meta_delta *d, const sl_host *host, sl_node *node)
{
    memset(d, 0, sizeof *d);
    buf_init(&d->lines, host, node);
    buf_init(&d->schema, host, node);
    buf_init(&d->last, host, node);
    buf_init(&d->fields, host, node);
    buf_init(&d->offsets, host, node);
}

void meta_delta_clear(meta_delta *d)
{
    jbuf_clear(&d->lines);
    jbuf_clear(&d->schema);
    jbuf_clear(&d->last);
    jbuf_clear(&d->fields);
    jbuf_clear(&d->offsets);
    d->files = 0;
    d->rows = 0;
    d->bytes = 0;
    d->commit[0] = 0;
}

void meta_delta_free(meta_delta *d)
{
    jbuf_free(&d->lines);
    jbuf_free(&d->schema);
    jbuf_free(&d->last);
    jbuf_free(&d->fields);
    jbuf_free(&d->offsets);
}

sl_status meta_delta_status(const meta_delta *d)
{
    const jbuf *all[] = {&d->lines, &d->schema, &d->last, &d->fields, &d->offsets};

    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (all[i]->status != SL_OK)
            return all[i]->status;
    }
    return SL_OK;
}

static int find(const sl_val *map, const char *name, sl_val *out)
{
    return sl_val_find(map, name, strlen(name), out);
}

static void add_line(jbuf *b, const sl_val *record)
{
    const char *comma = b->len ? ",\n{" : "{";
    sl_val v;

    for (size_t i = 0; i < sizeof line_members / sizeof *line_members; i++) {
        if (!find(record, line_members[i], &v))
            continue;
        jbuf_text(b, comma);
        comma = ",";
        json_str(b, line_members[i], strlen(line_members[i]));
        jbuf_text(b, ":");
        json_value(b, &v);
    }
    jbuf_text(b, "}");
}

/* Unite the schema of the file just added with that of the others. */
static void add_schema(meta_delta *d, const sl_val *schema)
{
    sl_bytes fresh = {.ptr = schema->raw, .len = sl_val_span(schema)};
    sl_bytes old = jbuf_bytes(&d->schema);
    jbuf both;

    if (schema->type != SL_V_ARRAY || !schema->n ||
        (d->last.len == fresh.len && !memcmp(d->last.data, fresh.ptr, fresh.len)))
        return;
    jbuf_clear(&d->last);
    jbuf_raw(&d->last, fresh.ptr, fresh.len);
    if (!old.len) {
        jbuf_raw(&d->schema, fresh.ptr, fresh.len);
        return;
    }
    buf_init(&both, d->schema.host, d->schema.node);
    meta_unite(&both, &old, &fresh);
    if (both.status != SL_OK) {
        d->schema.status = both.status;
        jbuf_free(&both);
        return;
    }
    jbuf_free(&d->schema);
    d->schema = both;
}

sl_status meta_delta_add(meta_delta *d, const sl_val *record)
{
    uint64_t lines = d->lines.len;
    sl_val file;
    sl_val rows;
    sl_val bytes;
    sl_val v;

    if (!find(record, "file", &file) || file.type != SL_V_STR || !file.n ||
        !find(record, "rows", &rows) || rows.type != SL_V_INT || rows.i < 0 ||
        !find(record, "bytes", &bytes) || bytes.type != SL_V_INT || bytes.i < 0)
        return SL_E_DATA;
    add_line(&d->lines, record);
    if (find(record, "schema", &v))
        add_schema(d, &v);
    if (find(record, "partition_fields", &v)) {
        d->fields.len = 0;
        json_value(&d->fields, &v);
    }
    if (meta_delta_status(d) != SL_OK) {
        sl_status rc = meta_delta_status(d);

        d->lines.len = lines; /* as if it had not been tried; the schema may know more: harmless */
        d->lines.status = SL_OK;
        d->schema.status = SL_OK;
        jbuf_clear(&d->last);
        d->fields.status = SL_OK;
        return rc;
    }
    d->files++;
    d->rows += (uint64_t)rows.i;
    d->bytes += (uint64_t)bytes.i;
    return SL_OK;
}

void meta_delta_offsets(meta_delta *d)
{
    const sl_host *host = d->offsets.host;
    const char *split = "";
    sl_bytes offset = {0};
    uint32_t n = host->offsets(d->offsets.node, 0, &split, &offset);

    jbuf_clear(&d->offsets);
    jbuf_text(&d->offsets, "{");
    for (uint32_t i = 0; i < n; i++) {
        (void)host->offsets(d->offsets.node, i, &split, &offset);
        if (i)
            jbuf_text(&d->offsets, ",");
        json_str(&d->offsets, split, strlen(split));
        jbuf_text(&d->offsets, ":");
        json_hex(&d->offsets, offset.ptr, offset.len);
    }
    jbuf_text(&d->offsets, "}");
}

/* ---- text ------------------------------------------------------------------------------------ */

static void put_name(jbuf *out, const char *name)
{
    jbuf_text(out, ",\n\"");
    jbuf_text(out, name);
    jbuf_text(out, "\":");
}

static void put_u64(jbuf *out, const char *name, uint64_t v)
{
    put_name(out, name);
    jbuf_u64(out, v);
}

static void put_str(jbuf *out, const char *name, const char *text)
{
    put_name(out, name);
    json_str(out, text, strlen(text));
}

static void put_json(jbuf *out, const char *name, const jbuf *text, const char *none)
{
    put_name(out, name);
    if (text->len)
        jbuf_raw(out, text->data, text->len);
    else
        jbuf_text(out, none);
}

static void put_schema(jbuf *out, const meta_head *head, const meta_delta *delta)
{
    sl_bytes a = jbuf_bytes(&head->schema);
    sl_bytes b = jbuf_bytes(&delta->schema);
    jbuf both;
    sl_val v;

    put_name(out, "schema");
    buf_init(&both, out->host, out->node);
    if (a.len && b.len)
        meta_unite(&both, &a, &b);
    else
        jbuf_raw(&both, a.len ? a.ptr : b.ptr, a.len ? a.len : b.len);
    if (both.status != SL_OK) {
        out->status = both.status;
    } else if (both.len) {
        (void)sl_val_read(both.data, &v);
        json_value(out, &v);
    } else {
        jbuf_text(out, "[]");
    }
    jbuf_free(&both);
}

static void put_lines(jbuf *out, const char *name, const void *lines, uint64_t len)
{
    put_name(out, name);
    jbuf_text(out, "[\n");
    jbuf_raw(out, lines, len);
    jbuf_text(out, "\n]");
}

/* The last members of a version whose others are the LEN bytes at TEXT. */
static int trailer(char *out, size_t size, const void *text, uint64_t len)
{
    return snprintf(out, size, ",\n\"length\":%llu,\n\"crc32c\":\"%08x\"}\n",
                    (unsigned long long)len, meta_crc32c(text, len));
}

void meta_write(jbuf *out, const meta_head *head, const meta_delta *delta, const sl_bytes *kept,
                const meta_who *who)
{
    uint64_t version = head->version + 1;
    uint64_t start = out->len;
    char tail[80];
    int n;

    jbuf_text(out, "{\"sluice_table\":");
    jbuf_u64(out, META_FORMAT);
    put_u64(out, "version", version);
    put_u64(out, "full", kept->len || version == 1 ? version : head->full);
    put_str(out, "table", who->table);
    put_str(out, "commit", delta->commit);
    put_str(out, "graph", who->graph);
    put_str(out, "node", who->node);
    put_u64(out, "epoch", who->epoch);
    put_u64(out, "checkpoint", who->checkpoint);
    put_json(out, "offsets", &delta->offsets, "{}");
    put_u64(out, "files", head->files + delta->files);
    put_u64(out, "rows", head->rows + delta->rows);
    put_u64(out, "bytes", head->bytes + delta->bytes);
    put_json(out, "partition_fields", &delta->fields, "[]");
    put_schema(out, head, delta);
    if (kept->len)
        put_lines(out, "kept", kept->ptr, kept->len);
    put_lines(out, "added", delta->lines.data, delta->lines.len);
    if (out->status != SL_OK)
        return;
    n = trailer(tail, sizeof tail, out->data + start, out->len - start);
    jbuf_raw(out, tail, (uint64_t)n);
}

/* Is the trailer there, and true? */
static int is_whole(const char *text, uint64_t len)
{
    static const char name[] = ",\n\"length\":";
    const char *at = memmem(text, len, name, sizeof name - 1);
    const char *next = at;
    char tail[80];
    int n;

    while (next) { /* the last one counts */
        at = next;
        next = memmem(at + 1, len - (uint64_t)(at + 1 - text), name, sizeof name - 1);
    }
    if (!at)
        return 0;
    n = trailer(tail, sizeof tail, text, (uint64_t)(at - text));
    return len - (uint64_t)(at - text) == (uint64_t)n && !memcmp(at, tail, (size_t)n);
}

static uint64_t number(const sl_val *map, const char *name)
{
    sl_val v;

    return find(map, name, &v) && v.type == SL_V_INT && v.i > 0 ? (uint64_t)v.i : 0;
}

static int is_text(const sl_val *map, const char *name, const char *text)
{
    sl_val v;

    return find(map, name, &v) && v.type == SL_V_STR && v.n == strlen(text) &&
           !memcmp(v.ptr, text, v.n);
}

/* Take from MAP, a whole version's members, what HEAD holds. */
static void head_fill(meta_head *head, const meta_who *who, const sl_val *map)
{
    sl_val v;

    head->version = number(map, "version");
    head->full = number(map, "full");
    head->files = number(map, "files");
    head->rows = number(map, "rows");
    head->bytes = number(map, "bytes");
    head->epoch = 0;
    if (is_text(map, "graph", who->graph) && is_text(map, "node", who->node))
        head->epoch = number(map, "epoch");
    head->commit[0] = 0;
    if (find(map, "commit", &v) && v.type == SL_V_STR && v.n < META_COMMIT_ID) {
        memcpy(head->commit, v.ptr, v.n);
        head->commit[v.n] = 0;
    }
    jbuf_clear(&head->schema);
    if (find(map, "schema", &v) && v.type == SL_V_ARRAY && v.n)
        jbuf_raw(&head->schema, v.raw, sl_val_span(&v));
}

sl_status meta_read(meta_head *head, const meta_who *who, const char *text, uint64_t len)
{
    sl_bytes added = meta_lines(text, len, "added");
    sl_bytes kept = meta_lines(text, len, "kept");
    const char *stop = (const char *)(kept.len ? kept.ptr : added.ptr);
    sl_status rc = SL_E_DATA;
    jbuf values;
    sl_val map;

    if (!is_whole(text, len) || !stop)
        return SL_E_DATA;
    buf_init(&values, head->schema.host, head->schema.node);
    /* what comes before the lines is an object once its last list is left open there */
    jbuf_raw(&values, text, (uint64_t)(stop - text));
    jbuf_text(&values, "]}");
    if (values.status == SL_OK) {
        jbuf parsed = values;

        buf_init(&values, head->schema.host, head->schema.node);
        json_read(&values, (const char *)parsed.data, parsed.len);
        jbuf_free(&parsed);
    }
    if (values.status != SL_OK) {
        rc = values.status;
    } else if (sl_val_read(values.data, &map), map.type == SL_V_MAP) {
        if (number(&map, "sluice_table") > META_FORMAT) {
            rc = SL_E_CONFIG;
        } else if (number(&map, "sluice_table") && number(&map, "version")) {
            head_fill(head, who, &map);
            rc = head->schema.status;
        }
    }
    jbuf_free(&values);
    return rc;
}

sl_bytes meta_lines(const char *text, uint64_t len, const char *name)
{
    char open[24];
    int n = snprintf(open, sizeof open, ",\n\"%s\":[\n", name);
    const char *at = memmem(text, len, open, (size_t)n);
    const char *end;
    sl_bytes out = {0};

    if (!at)
        return out;
    at += n;
    end = memmem(at, len - (uint64_t)(at - text), "\n]", 2);
    out.ptr = (const uint8_t *)at;
    out.len = end ? (uint64_t)(end - at) : 0;
    return out;
}

void meta_key(uint64_t v, char out[META_KEY_ROOM])
{
    (void)snprintf(out, META_KEY_ROOM, META_PREFIX "%012llu.json", (unsigned long long)v);
}

uint64_t meta_key_version(const char *key)
{
    char again[META_KEY_ROOM];
    uint64_t v;

    if (strncmp(key, META_PREFIX, sizeof META_PREFIX - 1) != 0)
        return 0;
    v = strtoull(key + sizeof META_PREFIX - 1, NULL, 10);
    meta_key(v, again);
    return strcmp(again, key) ? 0 : v;
}

uint32_t meta_crc32c(const void *data, uint64_t len)
{
    const uint8_t *p = data;
    uint32_t table[256];
    uint32_t crc = 0xffffffffu;

    for (uint32_t i = 0; i < 256; i++) {
        uint32_t c = i;

        for (int k = 0; k < 8; k++)
            c = c >> 1 ^ (c & 1 ? 0x82f63b78u : 0);
        table[i] = c;
    }
    for (uint64_t i = 0; i < len; i++)
        crc = crc >> 8 ^ table[(crc ^ p[i]) & 0xff];
    return ~crc;
}
