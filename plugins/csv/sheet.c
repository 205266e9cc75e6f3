/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/csv/sheet.c - records as rows of comma separated text.
 *
 * A row is made in two steps: find the value of each column, then print them. Text is put in quotes
 * only when it must be: it holds a delimiter, a quote or a line end, or it looks like null. Nested
 * values are written as JSON.
 */
#include "plugins/csv/sheet.h"

uint8_t sl_csv_sign(const char *text)
{
    uint8_t sign = (uint8_t)text[0];

    if (!strcmp(text, "\\t"))
        return '\t';
    return strlen(text) == 1 && sign < 0x80 && sign != '\n' && sign != '\r' ? sign : 0xff;
}

/* ---- columns ---- */

sl_status sl_csv_sheet_set(sl_csv_sheet *sheet, const sl_bytes *name, uint32_t n)
{
    uint64_t bytes = (uint64_t)n * (sizeof *name + sizeof *sheet->path + sizeof *sheet->value);
    uint8_t *to;

    for (uint32_t i = 0; i < n; i++)
        bytes += name[i].len;
    to = sheet->host->alloc(sheet->node, bytes + 1);
    if (!to)
        return SL_E_NOMEM;
    memset(to, 0, bytes + 1);
    sheet->host->release(sheet->memory);
    sheet->memory = to;
    sheet->name = sheet->memory;
    sheet->path = (const sl_path **)(void *)(sheet->name + n);
    sheet->value = (const uint8_t **)(void *)(sheet->path + n);
    to = (uint8_t *)(sheet->value + n);
    for (uint32_t i = 0; i < n; i++) {
        memcpy(to, name[i].ptr, name[i].len);
        sheet->name[i] = (sl_bytes){to, name[i].len};
        to += name[i].len;
    }
    sheet->columns = n;
    return SL_OK;
}

/* Can NAME stand in a path without quotes? */
static int is_plain(const sl_bytes *name)
{
    for (uint64_t i = 0; i < name->len; i++) {
        uint8_t c = name->ptr[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              c == '_'))
            return 0;
    }
    return name->len != 0;
}

/* Takes TEXT. */
static sl_status declare_text(sl_csv_sheet *sheet, uint32_t i, char *text)
{
    sheet->path[i] = sheet->host->rows->path(sheet->node, 0, text);
    sheet->host->release(text);
    return sheet->path[i] ? SL_OK : SL_E_NOMEM;
}

/* Declare column I, a key of the record itself, as a path. */
static sl_status declare(sl_csv_sheet *sheet, uint32_t i)
{
    const sl_bytes *name = &sheet->name[i];
    char *text = sheet->host->alloc(sheet->node, 2 * name->len + 3);
    uint64_t n = 0;

    if (!text)
        return SL_E_NOMEM;
    if (is_plain(name)) {
        memcpy(text, name->ptr, name->len);
        text[name->len] = 0;
        return declare_text(sheet, i, text);
    }
    text[n++] = '"';
    for (uint64_t k = 0; k < name->len; k++) {
        if (name->ptr[k] == '"' || name->ptr[k] == '\\')
            text[n++] = '\\';
        text[n++] = (char)name->ptr[k];
    }
    text[n++] = '"';
    text[n] = 0;
    return declare_text(sheet, i, text);
}

static sl_status read_columns(sl_csv_sheet *sheet, const sl_config *cfg)
{
    const sl_host *host = sheet->host;
    uint32_t n = host->get_count(cfg, "columns");
    sl_bytes *name = host->alloc(sheet->node, n * sizeof *name + 1);
    sl_status rc;

    if (!name)
        return SL_E_NOMEM;
    for (uint32_t i = 0; i < n; i++) {
        const char *text = host->get_text(host->get_item(cfg, "columns", i, NULL), "");

        name[i] = (sl_bytes){(const uint8_t *)text, strlen(text)};
    }
    rc = n ? sl_csv_sheet_set(sheet, name, n) : SL_OK;
    host->release(name);
    for (uint32_t i = 0; i < n && rc == SL_OK; i++)
        rc = declare(sheet, i);
    return rc;
}

sl_status sl_csv_sheet_init(sl_csv_sheet *sheet, const sl_host *host, sl_node *node,
                            const sl_config *cfg)
{
    const char *null = host->get_text(cfg, "null");
    sl_cast_error err;

    sheet->host = host;
    sheet->node = node;
    sl_json_text_init(&sheet->cell, host, node);
    (void)sl_cast_read("string", &sheet->as_text, &err); /* a good literal */
    sheet->has_header = host->get_int(cfg, "header") != 0;
    sheet->delimiter = sl_csv_sign(host->get_text(cfg, "delimiter"));
    sheet->quote = sl_csv_sign(host->get_text(cfg, "quote"));
    if (sheet->delimiter == 0xff || sheet->quote == 0xff || sheet->delimiter == sheet->quote) {
        host->fail_at(node, sheet->delimiter == 0xff ? "delimiter" : "quote", 0, 0, "csv.sign",
                      "one ASCII sign is expected here, such as , or ; or \\t, and delimiter and "
                      "quote must differ");
        return SL_E_CONFIG;
    }
    sheet->null_len = strlen(null);
    sheet->null = host->alloc(node, sheet->null_len + 1);
    if (!sheet->null)
        return SL_E_NOMEM;
    memcpy(sheet->null, null, sheet->null_len + 1);
    return read_columns(sheet, cfg);
}

void sl_csv_sheet_fini(sl_csv_sheet *sheet)
{
    if (!sheet->host)
        return;
    sl_json_text_fini(&sheet->cell);
    sheet->host->release(sheet->null);
    sheet->host->release(sheet->memory);
}

sl_status sl_csv_sheet_learn(sl_csv_sheet *sheet, const sl_batch *batch, uint32_t row)
{
    uint32_t n = 0;
    sl_bytes *name;
    sl_val record;
    sl_val key;
    sl_val val;
    sl_status rc;
    sl_cur cur;

    if (sheet->columns)
        return SL_OK;
    sl_batch_row(batch, row, &record);
    name = sheet->host->alloc(sheet->node, record.n * sizeof *name + 1);
    if (!name)
        return SL_E_NOMEM;
    sl_cur_enter(&cur, &record);
    while (sl_cur_next(&cur, &key, &val)) {
        uint32_t i = 0;

        while (i < n && (name[i].len != key.n || memcmp(name[i].ptr, key.ptr, key.n) != 0))
            i++;
        if (i == n)
            name[n++] = (sl_bytes){key.ptr, key.n};
    }
    rc = n ? sl_csv_sheet_set(sheet, name, n) : SL_OK;
    sheet->host->release(name);
    return rc;
}

/* ---- cells ---- */

static int needs_quotes(const sl_csv_sheet *sheet, const uint8_t *p, uint64_t n)
{
    if (n == sheet->null_len && !memcmp(p, sheet->null, n))
        return 1;
    for (uint64_t i = 0; i < n; i++) {
        if (p[i] == sheet->delimiter || p[i] == sheet->quote || p[i] == '\n' || p[i] == '\r')
            return 1;
    }
    return 0;
}

static sl_status put_text(const sl_csv_sheet *sheet, sl_json_text *out, const uint8_t *p,
                          uint64_t n)
{
    sl_status rc;

    if (!needs_quotes(sheet, p, n))
        return sl_json_text_put(out, p, n);
    rc = sl_json_text_put(out, &sheet->quote, 1);
    while (rc == SL_OK) {
        const uint8_t *q = n ? memchr(p, sheet->quote, n) : NULL;
        uint64_t part = q ? (uint64_t)(q - p) + 1 : n;

        rc = sl_json_text_put(out, p, part);
        if (rc == SL_OK)
            rc = sl_json_text_put(out, &sheet->quote, 1);
        if (!q)
            break;
        p += part;
        n -= part;
    }
    return rc;
}

/* A value that no cast turns into text, as JSON; bytes without the quotes that JSON needs. */
static sl_status put_nested(sl_csv_sheet *sheet, sl_json_text *out, const sl_val *v)
{
    uint64_t skip = v->type == SL_V_BIN;
    sl_status rc;

    sheet->cell.len = 0;
    rc = sl_json_print(&sheet->cell, v->raw);
    if (rc != SL_OK)
        return rc;
    return put_text(sheet, out, sheet->cell.ptr + skip, sheet->cell.len - 2 * skip);
}

static sl_status put_cell(sl_csv_sheet *sheet, sl_json_text *out, const uint8_t *raw)
{
    uint8_t buf[SL_CAST_ROOM];
    const uint8_t *from;
    uint64_t len;
    sl_val v = {.type = SL_V_NIL};

    if (raw)
        (void)sl_val_read(raw, &v);
    if (v.type == SL_V_STR)
        return put_text(sheet, out, v.ptr, v.n);
    if (v.type == SL_V_NIL) {
        /* An empty line would be no row at all. */
        if (sheet->columns == 1 && !sheet->null_len)
            return put_text(sheet, out, sheet->null, 0);
        return sl_json_text_put(out, sheet->null, sheet->null_len);
    }
    if (v.type == SL_V_MAP || v.type == SL_V_ARRAY || v.type == SL_V_BIN ||
        !sl_cast_apply(&sheet->days, &sheet->as_text, &v, buf, &from, &len))
        return put_nested(sheet, out, &v);
    (void)sl_val_read(from, &v);
    return put_text(sheet, out, v.ptr, v.n);
}

/* ---- rows ---- */

/* Find the values of record ROW by walking it. SL_E_DATA: a key has no column. */
static sl_status walk(sl_csv_sheet *sheet, const sl_batch *batch, uint32_t row)
{
    uint32_t next = 0;
    sl_val record;
    sl_val key;
    sl_val val;
    sl_cur cur;

    memset(sheet->value, 0, sheet->columns * sizeof *sheet->value);
    sl_batch_row(batch, row, &record);
    sl_cur_enter(&cur, &record);
    while (sl_cur_next(&cur, &key, &val)) {
        uint32_t tries = 0;

        /* Mostly the next column is the one. */
        for (; tries < sheet->columns; tries++, next++) {
            if (next >= sheet->columns)
                next = 0;
            if (sheet->name[next].len == key.n && !memcmp(sheet->name[next].ptr, key.ptr, key.n))
                break;
        }
        if (tries == sheet->columns) {
            sheet->stranger = (sl_bytes){key.ptr, key.n};
            return SL_E_DATA;
        }
        sheet->value[next++] = val.raw;
    }
    return SL_OK;
}

sl_status sl_csv_sheet_header(sl_csv_sheet *sheet, sl_json_text *out)
{
    uint64_t before = out->len;
    sl_status rc = SL_OK;

    for (uint32_t i = 0; i < sheet->columns && rc == SL_OK; i++) {
        if (i)
            rc = sl_json_text_put(out, &sheet->delimiter, 1);
        if (rc == SL_OK)
            rc = put_text(sheet, out, sheet->name[i].ptr, sheet->name[i].len);
    }
    if (rc == SL_OK)
        rc = sl_json_text_put(out, "\n", 1);
    if (rc != SL_OK)
        out->len = before;
    return rc;
}

sl_status sl_csv_sheet_row(sl_csv_sheet *sheet, const sl_batch *batch, uint32_t row,
                           sl_json_text *out)
{
    uint64_t before = out->len;
    sl_status rc = SL_OK;

    if (!sheet->columns)
        return SL_OK; /* a record without a field, and none before had one */
    if (!sheet->path[0]) {
        rc = walk(sheet, batch, row);
        if (rc != SL_OK)
            return rc;
    }
    for (uint32_t i = 0; i < sheet->columns && rc == SL_OK; i++) {
        const uint8_t *raw = sheet->value[i];

        if (sheet->path[0]) {
            uint32_t at = sl_batch_at(batch, row, sheet->path[i]);

            raw = at ? batch->body + at : NULL;
        }
        if (i)
            rc = sl_json_text_put(out, &sheet->delimiter, 1);
        if (rc == SL_OK)
            rc = put_cell(sheet, out, raw);
    }
    if (rc == SL_OK)
        rc = sl_json_text_put(out, "\n", 1);
    if (rc != SL_OK)
        out->len = before;
    return rc;
}
