/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/local/token.c - the catalog's commit token.
 *
 * "SLLC", u16 version, u16 0, u32 tables; for each the fields of token_entry in order: texts as u32
 * length and bytes, numbers as u64, all big-endian. It holds all that is needed to make the version
 * anew when another has taken its number. The checkpoint that keeps it has the checksum.
 */
#include "catalog.h"

#define TOKEN_MAGIC   0x534c4c43u /* SLLC */
#define TOKEN_VERSION 1u
#define TOKEN_HEAD    12u

static void put_bytes(jbuf *out, const void *data, uint64_t len)
{
    uint8_t head[4];

    sl_set32(head, (uint32_t)len);
    jbuf_raw(out, head, sizeof head);
    jbuf_raw(out, data, len);
}

static void put_u64(jbuf *out, uint64_t v)
{
    uint8_t bytes[8];

    sl_set64(bytes, v);
    jbuf_raw(out, bytes, sizeof bytes);
}

void token_head(jbuf *out, uint32_t count)
{
    uint8_t head[TOKEN_HEAD] = {0};

    sl_set32(head, TOKEN_MAGIC);
    sl_set16(head + 4, TOKEN_VERSION);
    sl_set32(head + 8, count);
    jbuf_raw(out, head, sizeof head);
}

void token_put(jbuf *out, const table *t, const meta_who *who)
{
    const meta_delta *d = &t->delta;

    put_bytes(out, t->url, strlen(t->url));
    put_bytes(out, t->token, t->token_len);
    put_bytes(out, d->lines.data, d->lines.len);
    put_bytes(out, d->schema.data, d->schema.len);
    put_bytes(out, d->fields.data, d->fields.len);
    put_bytes(out, d->offsets.data, d->offsets.len);
    put_u64(out, t->head.version);
    put_u64(out, who->checkpoint);
    put_u64(out, who->epoch);
    put_u64(out, d->files);
    put_u64(out, d->rows);
    put_u64(out, d->bytes);
    put_bytes(out, d->commit, META_COMMIT_ID - 1);
}

int64_t token_open(const void *token, uint64_t len, sl_bytes *at)
{
    const uint8_t *p = token;

    if (len < TOKEN_HEAD || sl_get32(p) != TOKEN_MAGIC || sl_get16(p + 4) != TOKEN_VERSION)
        return -1;
    at->ptr = p + TOKEN_HEAD;
    at->len = len - TOKEN_HEAD;
    return sl_get32(p + 8);
}

static int get_bytes(sl_bytes *at, sl_bytes *out)
{
    if (at->len < 4)
        return 0;
    out->len = sl_get32(at->ptr);
    out->ptr = at->ptr + 4;
    if (out->len > at->len - 4)
        return 0;
    at->ptr += 4 + out->len;
    at->len -= 4 + out->len;
    return 1;
}

static int get_u64(sl_bytes *at, uint64_t *out)
{
    if (at->len < 8)
        return 0;
    *out = sl_get64(at->ptr);
    at->ptr += 8;
    at->len -= 8;
    return 1;
}

int token_next(sl_bytes *at, token_entry *out)
{
    sl_bytes *texts[] = {&out->url,    &out->upload, &out->lines,
                         &out->schema, &out->fields, &out->offsets};
    uint64_t *numbers[] = {&out->version, &out->checkpoint, &out->epoch,
                           &out->files,   &out->rows,       &out->bytes};
    sl_bytes commit;

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (!get_bytes(at, texts[i]))
            return 0;
    }
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        if (!get_u64(at, numbers[i]))
            return 0;
    }
    if (!get_bytes(at, &commit) || commit.len != META_COMMIT_ID - 1 || !out->version ||
        !out->url.len)
        return 0;
    memcpy(out->commit, commit.ptr, commit.len);
    out->commit[commit.len] = 0;
    return 1;
}
