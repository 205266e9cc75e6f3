/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/writer/lib/buf.c - encoded values that grow: columns and schema of file records.
 *
 * A buffer keeps its first failure, so that a format writes without looking and the framework looks
 * once, when the file is finished.
 */
#include "files_priv.h"

/* Room for N bytes behind what is there; NULL once the buffer has failed. */
static uint8_t *buf_room(sl_files_buf *buf, uint64_t n)
{
    uint64_t need = buf->len + n;
    uint64_t room = buf->room ? buf->room : 256;
    uint8_t *grown;

    if (buf->status != SL_OK)
        return NULL;
    if (need <= buf->room)
        return buf->data + buf->len;
    while (room < need)
        room *= 2;
    grown = buf->env->host->resize(buf->env->node, buf->data, room);
    if (!grown) {
        buf->status = SL_E_NOMEM;
        return NULL;
    }
    buf->data = grown;
    buf->room = room;
    return grown + buf->len;
}

void sl_files_buf_raw(sl_files_buf *buf, const void *data, uint64_t len)
{
    uint8_t *p = buf_room(buf, len);

    if (!p || !len)
        return;
    memcpy(p, data, len);
    buf->len += len;
}

void sl_files_buf_str(sl_files_buf *buf, const void *text, uint64_t len)
{
    uint8_t head[5];

    sl_files_buf_raw(buf, head, (uint64_t)(sl_enc_str_head(head, len) - head));
    sl_files_buf_raw(buf, text, len);
}

void sl_files_buf_i64(sl_files_buf *buf, int64_t v)
{
    uint8_t head[9];

    sl_files_buf_raw(buf, head, (uint64_t)(sl_enc_i64(head, v) - head));
}

void sl_files_buf_bool(sl_files_buf *buf, int v)
{
    uint8_t byte = v ? 0xc3 : 0xc2;

    sl_files_buf_raw(buf, &byte, 1);
}

void sl_files_buf_nil(sl_files_buf *buf)
{
    uint8_t byte = 0xc0;

    sl_files_buf_raw(buf, &byte, 1);
}

/* The header of a map or an array: the short form's first byte, the 32-bit form's. */
static void buf_head(sl_files_buf *buf, uint64_t n, uint8_t small, uint8_t large)
{
    uint8_t head[5];

    head[0] = n < 16 ? (uint8_t)(small | n) : large;
    sl_set32(head + 1, (uint32_t)n);
    sl_files_buf_raw(buf, head, n < 16 ? 1 : 5);
}

void sl_files_buf_map(sl_files_buf *buf, uint64_t n)
{
    buf_head(buf, n, 0x80, 0xdf);
}

void sl_files_buf_array(sl_files_buf *buf, uint64_t n)
{
    buf_head(buf, n, 0x90, 0xdd);
}

static void buf_text(sl_files_buf *buf, const char *text)
{
    sl_files_buf_str(buf, text, strlen(text));
}

void sl_files_column(sl_files_info *info, const char *path, uint64_t path_len, const char *type,
                     int64_t nulls, const sl_bytes *min, const sl_bytes *max)
{
    sl_files_buf *buf = &info->columns;

    sl_files_buf_map(buf, 2u + (nulls >= 0) + (min != NULL) + (max != NULL));
    buf_text(buf, "path");
    sl_files_buf_str(buf, path, path_len);
    buf_text(buf, "type");
    buf_text(buf, type);
    if (nulls >= 0) {
        buf_text(buf, "nulls");
        sl_files_buf_i64(buf, nulls);
    }
    if (min) {
        buf_text(buf, "min");
        sl_files_buf_raw(buf, min->ptr, min->len);
    }
    if (max) {
        buf_text(buf, "max");
        sl_files_buf_raw(buf, max->ptr, max->len);
    }
    buf->count++;
}

void sl_files_fields(sl_files_info *info, uint32_t n)
{
    sl_files_buf_array(&info->schema, n);
}

void sl_files_field(sl_files_info *info, const char *name, uint64_t name_len, const char *type,
                    int nullable, uint32_t children)
{
    sl_files_buf *buf = &info->schema;

    sl_files_buf_map(buf, children ? 4 : 3);
    buf_text(buf, "name");
    sl_files_buf_str(buf, name, name_len);
    buf_text(buf, "type");
    buf_text(buf, type);
    buf_text(buf, "nullable");
    sl_files_buf_bool(buf, nullable);
    if (children) {
        buf_text(buf, "children");
        sl_files_buf_array(buf, children);
    }
}
