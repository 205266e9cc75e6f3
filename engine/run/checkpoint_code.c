/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/run/checkpoint_code.c - a checkpoint as the bytes of a file.
 *
 *   0   8  "SLUICECK"
 *   8   4  version, 1
 *   12  4  CRC32C of the first 12 bytes and the length
 *   16  8  length of the body
 *   24     the body in blocks of at most 64 KiB, each with its CRC32C behind it
 *
 * Numbers are big-endian. The body is one msgpack map: graph, number, epoch, nodes (each an array:
 * name, copy, state or nil, token or nil) and splits (number, source, name, copy, offset or nil).
 * Nothing that was read is believed before its sums and its msgpack have been checked.
 */
#include "engine/run/run_priv.h"

#include "engine/service/row_text.h"
#include "sdk/lib/validate.h"

#include <string.h>

#define MAGIC     "SLUICECK"
#define VERSION   1u
#define HEAD      24u
#define BLOCK     65536u
#define DEPTH     8u
#define BODY_MOST ((uint64_t)1 << 32)

/* CRC32C, four bits at a time: a checkpoint is small. */
static uint32_t crc32c(uint32_t crc, const uint8_t *p, size_t len)
{
    static const uint32_t table[16] = {
        0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1, 0x417b1dbc, 0x5125dad3,
        0x61c69362, 0x7198540d, 0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9,
        0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75,
    };

    crc = ~crc;
    for (size_t i = 0; i < len; i++) {
        crc ^= p[i];
        crc = crc >> 4 ^ table[crc & 15];
        crc = crc >> 4 ^ table[crc & 15];
    }
    return ~crc;
}

/* ---- writing ------------------------------------------------------------------------------- */

static void put_u64(sl_rowtext *out, uint64_t v)
{
    uint8_t bytes[9];

    sl_rowtext_raw(out, bytes, (size_t)(sl_enc_u64(bytes, v) - bytes));
}

static void put_text(sl_rowtext *out, const char *text)
{
    uint8_t head[5];
    size_t len = strlen(text);

    sl_rowtext_raw(out, head, (size_t)(sl_enc_str_head(head, len) - head));
    sl_rowtext_raw(out, text, len);
}

static void put_bin(sl_rowtext *out, const void *bytes, uint64_t len)
{
    uint8_t head[5];

    if (!bytes) {
        sl_rowtext_raw(out, "\xc0", 1);
        return;
    }
    sl_rowtext_raw(out, head, (size_t)(sl_enc_bin_head(head, len) - head));
    sl_rowtext_raw(out, bytes, len);
}

/* The header of an array32. */
static void put_array(sl_rowtext *out, uint32_t n)
{
    uint8_t head[5] = {0xdd};

    sl_set32(head + 1, n);
    sl_rowtext_raw(out, head, sizeof head);
}

static void put_body(sl_rowtext *out, const char *graph, const sl_checkpoint *c)
{
    sl_rowtext_raw(out, "\x85", 1);
    put_text(out, "graph");
    put_text(out, graph);
    put_text(out, "number");
    put_u64(out, c->number);
    put_text(out, "epoch");
    put_u64(out, c->epoch);
    put_text(out, "nodes");
    put_array(out, c->nodes);
    for (uint32_t i = 0; i < c->nodes; i++) {
        const sl_checkpoint_node *n = &c->node[i];
        put_array(out, 4);
        put_text(out, n->name);
        put_u64(out, n->copy);
        put_bin(out, n->state, n->state_len);
        put_bin(out, n->token, n->token_len);
    }
    put_text(out, "splits");
    put_array(out, c->splits);
    for (uint32_t i = 0; i < c->splits; i++) {
        const sl_checkpoint_split *s = &c->split[i];
        put_array(out, 5);
        put_u64(out, s->number);
        put_text(out, s->source);
        put_text(out, s->name);
        put_u64(out, s->copy);
        put_bin(out, s->offset, s->offset_len);
    }
}

static void put_sum(sl_rowtext *out, uint32_t sum)
{
    uint8_t bytes[4];

    sl_set32(bytes, sum);
    sl_rowtext_raw(out, bytes, sizeof bytes);
}

uint8_t *sl_ckcode_write(sl_mem *mem, const char *graph, const sl_checkpoint *checkpoint,
                         size_t *len)
{
    sl_rowtext body = {.mem = mem};
    sl_rowtext file = {.mem = mem};
    uint8_t head[HEAD];

    put_body(&body, graph, checkpoint);
    memcpy(head, MAGIC, 8);
    sl_set32(head + 8, VERSION);
    sl_set64(head + 16, body.len);
    sl_set32(head + 12, crc32c(crc32c(0, head, 12), head + 16, 8));
    sl_rowtext_raw(&file, head, sizeof head);
    for (size_t at = 0; at < body.len; at += BLOCK) {
        size_t n = body.len - at < BLOCK ? body.len - at : BLOCK;
        sl_rowtext_raw(&file, body.text + at, n);
        put_sum(&file, crc32c(0, (const uint8_t *)body.text + at, n));
    }
    if (body.is_short || file.is_short)
        sl_rowtext_free(&file);
    sl_rowtext_free(&body);
    *len = file.len;
    return (uint8_t *)file.text;
}

/* ---- reading ------------------------------------------------------------------------------- */

static sl_status damaged(sl_error *err, const char *what)
{
    return sl_error_set(err, SL_E_DATA, "checkpoint.damaged", "%s", what);
}

/* The body, joined from its blocks, in memory of MEM. */
static sl_status read_blocks(sl_mem *mem, const uint8_t *bytes, size_t len, uint8_t **out,
                             uint64_t *body_len, sl_error *err)
{
    uint64_t left;
    uint8_t *body;
    uint64_t at = 0;

    if (len < HEAD || memcmp(bytes, MAGIC, 8) != 0)
        return damaged(err, "it does not begin as a checkpoint does");
    if (sl_get32(bytes + 12) != crc32c(crc32c(0, bytes, 12), bytes + 16, 8))
        return damaged(err, "its head has a wrong sum");
    if (sl_get32(bytes + 8) != VERSION)
        return sl_error_set(err, SL_E_CONFIG, "checkpoint.version",
                            "it has version %u; this sluice reads %u", sl_get32(bytes + 8),
                            VERSION);
    *body_len = sl_get64(bytes + 16);
    left = *body_len;
    if (left > BODY_MOST || len - HEAD != left + (left + BLOCK - 1) / BLOCK * 4)
        return damaged(err, "it is cut off");
    body = sl_mem_alloc(mem, left + 64);
    if (!body)
        return sl_error_set(err, SL_E_NOMEM, "memory.short", "no memory for a checkpoint");
    for (bytes += HEAD; left;) {
        uint64_t n = left < BLOCK ? left : BLOCK;
        if (crc32c(0, bytes, n) != sl_get32(bytes + n)) {
            sl_mem_free(body);
            return damaged(err, "a block of it has a wrong sum");
        }
        memcpy(body + at, bytes, n);
        bytes += n + 4;
        at += n;
        left -= n;
    }
    memset(body + at, 0, 64);
    *out = body;
    return SL_OK;
}

/* The items of an array, at most MOST; false when V is none, or longer. */
static int read_items(const sl_val *v, sl_val *out, uint32_t n)
{
    sl_cur cur;
    sl_val key;

    if (v->type != SL_V_ARRAY || v->n != n)
        return 0;
    sl_cur_enter(&cur, v);
    for (uint32_t i = 0; i < n; i++)
        (void)sl_cur_next(&cur, &key, &out[i]);
    return 1;
}

static int is_bytes(const sl_val *v)
{
    return v->type == SL_V_BIN || v->type == SL_V_NIL;
}

/* A text with a NUL behind it, that holds none. */
static char *text_of(sl_mem *mem, const sl_val *v)
{
    return v->type == SL_V_STR && !memchr(v->ptr, 0, v->n) ? sl_mem_dup(mem, v->ptr, v->n) : NULL;
}

static const void *bytes_of(const sl_val *v)
{
    return v->type == SL_V_BIN ? v->ptr : NULL;
}

static int read_node(sl_mem *mem, sl_checkpoint *c, const sl_val *v)
{
    sl_val item[4];
    sl_checkpoint_node from = {0};
    char *name;
    int ok;

    if (!read_items(v, item, 4) || item[1].type != SL_V_INT || item[1].i < 0 ||
        item[1].i > UINT32_MAX || !is_bytes(&item[2]) || !is_bytes(&item[3]))
        return 0;
    name = text_of(mem, &item[0]);
    if (!name)
        return 0;
    from.state = (void *)(uintptr_t)bytes_of(&item[2]);
    from.state_len = from.state ? item[2].n : 0;
    from.token = (void *)(uintptr_t)bytes_of(&item[3]);
    from.token_len = from.token ? item[3].n : 0;
    ok = sl_checkpoint_put_node(mem, c, name, (uint32_t)item[1].i, &from);
    sl_mem_free(name);
    return ok;
}

static int read_split(sl_mem *mem, sl_checkpoint *c, const sl_val *v)
{
    sl_val item[5];
    sl_checkpoint_split from = {0};
    int ok;

    if (!read_items(v, item, 5) || item[0].type != SL_V_INT || item[0].i != c->splits + 1 ||
        item[3].type != SL_V_INT || item[3].i < 0 || item[3].i >= UINT32_MAX || !is_bytes(&item[4]))
        return 0;
    from.number = (uint32_t)item[0].i;
    from.copy = (uint32_t)item[3].i;
    from.source = text_of(mem, &item[1]);
    from.name = text_of(mem, &item[2]);
    from.offset = (uint8_t *)(uintptr_t)bytes_of(&item[4]);
    from.offset_len = from.offset ? item[4].n : 0;
    ok = from.source && from.name && sl_checkpoint_put_split(mem, c, &from);
    sl_mem_free(from.source);
    sl_mem_free(from.name);
    return ok;
}

static int read_list(sl_mem *mem, sl_checkpoint *c, const sl_val *list,
                     int (*fn)(sl_mem *mem, sl_checkpoint *c, const sl_val *v))
{
    sl_cur cur;
    sl_val key;
    sl_val v;

    sl_cur_enter(&cur, list);
    while (sl_cur_next(&cur, &key, &v)) {
        if (!fn(mem, c, &v))
            return 0;
    }
    return 1;
}

static sl_status read_body(sl_mem *mem, const uint8_t *body, sl_checkpoint **out, sl_error *err)
{
    sl_checkpoint *c;
    sl_val root;
    sl_val number = {0};
    sl_val epoch = {0};
    sl_val nodes = {0};
    sl_val splits = {0};

    (void)sl_val_read(body, &root);
    if (!sl_val_find(&root, "number", 6, &number) || number.type != SL_V_INT || number.i < 0 ||
        !sl_val_find(&root, "epoch", 5, &epoch) || epoch.type != SL_V_INT || epoch.i < 0 ||
        !sl_val_find(&root, "nodes", 5, &nodes) || nodes.type != SL_V_ARRAY ||
        !sl_val_find(&root, "splits", 6, &splits) || splits.type != SL_V_ARRAY)
        return damaged(err, "a part of it is missing");
    c = sl_checkpoint_new(mem, (uint64_t)number.i, (uint32_t)nodes.n, (uint32_t)splits.n);
    if (!c)
        return sl_error_set(err, SL_E_NOMEM, "memory.short", "no memory for a checkpoint");
    c->epoch = (uint64_t)epoch.i;
    if (read_list(mem, c, &nodes, read_node) && read_list(mem, c, &splits, read_split)) {
        *out = c;
        return SL_OK;
    }
    sl_checkpoint_free(c);
    return damaged(err, "a part of it makes no sense, or memory is short");
}

sl_status sl_ckcode_read(sl_mem *mem, const uint8_t *bytes, size_t len, sl_checkpoint **out,
                         sl_error *err)
{
    uint8_t *body = NULL;
    uint64_t body_len = 0;
    uint64_t used = 0;
    sl_status status = read_blocks(mem, bytes, len, &body, &body_len, err);

    if (status != SL_OK)
        return status;
    if (sl_msgpack_check(body, body_len, DEPTH, &used, err) != SL_OK || used != body_len)
        status = damaged(err, "its body is no msgpack");
    else
        status = read_body(mem, body, out, err);
    sl_mem_free(body);
    return status;
}
