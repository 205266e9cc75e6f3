/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/interop/parquet_random.c - write a Parquet file of random shape, and what it should hold.
 *
 *     parquet_random SEED FILE.parquet FILE.jsonl
 *
 * The seed decides schema, options, values and nulls. The first line of the second file is the
 * schema, each other line a row: numbers of 64 bits and decimals as text, floats as their bits in
 * text, bytes in hex, maps as lists of pairs. parquet_property.py reads both and compares.
 * Shredding here is the plain recursive definition of levels: nothing is shared with the writer
 * plugin.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "plugins/parquet/lib/parquet.h"

#define NODES 64u

typedef struct node {
    sl_pq_field field;
    char name[24];
    uint32_t id;
    uint32_t def;
    uint32_t rep; /* of its parent's repetitions; lists: of their own */
    uint32_t child[4];
    uint32_t children;
    uint32_t distinct; /* how many different values; 0: all */
    uint32_t null_per_mille;
    sl_pq_column *col;
} node;

typedef struct gen {
    uint64_t random;
    sl_pq_schema *schema;
    sl_pq_writer *writer;
    node node[NODES];
    uint32_t count;
    uint64_t row;
    FILE *json;
    FILE *out;
} gen;

static uint64_t draw(gen *g)
{
    g->random ^= g->random << 13;
    g->random ^= g->random >> 7;
    g->random ^= g->random << 17;
    return g->random * UINT64_C(0x2545f4914f6cdd1d);
}

static uint32_t pick(gen *g, uint32_t n)
{
    return (uint32_t)((draw(g) >> 33) % n);
}

/* ---- memory and output ----------------------------------------------------------------------- */

static void *mem_alloc(void *ctx, size_t bytes)
{
    (void)ctx;
    return malloc(bytes);
}

static void *mem_resize(void *ctx, void *mem, size_t bytes)
{
    (void)ctx;
    return realloc(mem, bytes);
}

static void mem_release(void *ctx, void *mem)
{
    (void)ctx;
    free(mem);
}

static int append(void *ctx, const void *bytes, size_t len)
{
    return fwrite(bytes, 1, len, ctx) != len;
}

static void check(int rc, const char *what)
{
    if (rc == SL_PQ_OK)
        return;
    (void)fprintf(stderr, "parquet_random: %s failed with %d\n", what, rc);
    exit(1);
}

/* ---- schema ---------------------------------------------------------------------------------- */

static uint32_t make_node(gen *g, uint32_t parent, uint32_t depth, int is_key);

static sl_pq_kind pick_kind(gen *g, uint32_t depth, int is_key)
{
    if (!is_key && depth < 4 && pick(g, 3) == 0)
        return (sl_pq_kind)pick(g, 3);
    if (is_key)
        return pick(g, 2) ? SL_PQ_STRING : SL_PQ_INT32;
    return (sl_pq_kind)(SL_PQ_BOOL + pick(g, SL_PQ_NULL - SL_PQ_BOOL));
}

static void make_children(gen *g, uint32_t index, uint32_t depth)
{
    static const uint32_t MOST[3] = {3, 1, 2};
    sl_pq_kind kind = g->node[index].field.kind;
    uint32_t n = MOST[kind], i;

    if (kind == SL_PQ_STRUCT)
        n = 1 + pick(g, n);
    for (i = 0; i < n; i++) {
        uint32_t made = make_node(g, index, depth + 1, kind == SL_PQ_MAP && i == 0);

        g->node[index].child[g->node[index].children++] = made;
    }
}

static uint32_t make_node(gen *g, uint32_t parent, uint32_t depth, int is_key)
{
    static const uint32_t DISTINCT[] = {0, 1, 2, 7, 100, 3000, 0};
    uint32_t index = g->count++;
    node *n = &g->node[index];

    n->field.kind = g->count + 6 > NODES ? SL_PQ_INT64 : pick_kind(g, depth, is_key);
    n->field.required = is_key || pick(g, 3) == 0;
    n->field.id = pick(g, 2) ? (int32_t)index : SL_PQ_NO_ID;
    n->field.precision = 1 + (int32_t)pick(g, 38);
    n->field.scale = (int32_t)pick(g, (uint32_t)n->field.precision + 1);
    n->field.length = 1 + (int32_t)pick(g, 100);
    n->field.name_len = (uint32_t)snprintf(n->name, sizeof(n->name), "f%u \xc3\xa4.", index);
    n->field.name = n->name;
    n->distinct = is_key ? 0 : DISTINCT[pick(g, 7)];
    n->null_per_mille = pick(g, 4) ? pick(g, 1001) : 0;
    check(sl_pq_schema_add(g->schema, g->node[parent].id, &n->field, &n->id), "schema_add");
    n->def = sl_pq_schema_def(g->schema, n->id);
    n->rep = sl_pq_schema_rep(g->schema, n->id);
    if (n->field.kind <= SL_PQ_MAP)
        make_children(g, index, depth);
    return index;
}

static const char *const KIND_NAMES[SL_PQ_KINDS] = {
    "struct",  "list",   "map",    "bool",   "int8",    "int16",   "int32",   "int64",
    "uint8",   "uint16", "uint32", "uint64", "float",   "double",  "decimal", "string",
    "enum",    "json",   "bytes",  "fixed",  "uuid",    "date",    "time_ms", "time_us",
    "time_ns", "ts_ms",  "ts_us",  "ts_ns",  "tstz_ms", "tstz_us", "tstz_ns", "null"};

static void print_schema(gen *g, uint32_t index)
{
    const node *n = &g->node[index];
    uint32_t i;

    (void)fprintf(
        g->json, "{\"name\":\"%s\",\"kind\":\"%s\",\"required\":%d,\"scale\":%d,\"id\":%d", n->name,
        KIND_NAMES[n->field.kind], n->field.required, n->field.scale, n->field.id);
    (void)fprintf(g->json, ",\"children\":[");
    for (i = 0; i < n->children; i++) {
        if (i)
            (void)fputc(',', g->json);
        print_schema(g, n->child[i]);
    }
    (void)fprintf(g->json, "]}");
}

/* ---- values ---------------------------------------------------------------------------------- */

/* The number that a leaf's next value is made from. */
static uint64_t seed_of(gen *g, const node *n)
{
    uint64_t x = draw(g);

    if (n->distinct)
        x = (x >> 33) % n->distinct;
    return x * UINT64_C(0x9e3779b97f4a7c15) ^ (x << 7);
}

static int64_t in_range(uint64_t x, int64_t n)
{
    return (int64_t)(x >> 1) % n;
}

/* Text of changing length; now and then long, of multi-byte characters or beyond what can be
 * raised. LEN is at most 300. */
static size_t make_text(uint64_t x, uint8_t *out, int is_text)
{
    static const char *const PARTS[] = {"a", "\xc3\xa9", "\xe2\x82\xac",     "\xf0\x9f\x98\x80",
                                        "z", "0",        "\xf4\x8f\xbf\xbf", "\xed\x9f\xbf"};
    size_t n = 0, parts = x % 19 == 0 ? 60 : (x >> 5) % 14, i;
    uint64_t y = x;

    for (i = 0; i < parts && n < 280; i++) {
        y = y * UINT64_C(6364136223846793005) + 1442695040888963407;
        if (is_text) {
            const char *part = PARTS[x % 23 == 0 ? 6 : (y >> 40) % 8];

            memcpy(out + n, part, strlen(part));
            n += strlen(part);
        } else {
            out[n++] = x % 23 == 0 ? 0xff : (uint8_t)(y >> 40);
        }
    }
    return n;
}

static void print_text(gen *g, const uint8_t *p, size_t len, int is_text)
{
    size_t i;

    (void)fputc('"', g->json);
    for (i = 0; i < len; i++)
        if (is_text)
            (void)fprintf(g->json, p[i] == '"' ? "\\%c" : "%c", p[i]);
        else
            (void)fprintf(g->json, "%02x", p[i]);
    (void)fputc('"', g->json);
}

static void add_text(gen *g, node *n, uint32_t rep, uint64_t x)
{
    uint8_t buf[300 + SL_PQ_PAD];
    int is_text = n->field.kind != SL_PQ_BYTES;
    int is_json = n->field.kind == SL_PQ_JSON;
    size_t len = make_text(x, buf + is_json, is_text);

    if (is_json) {
        buf[0] = buf[len + 1] = '"';
        len += 2;
    }
    check(sl_pq_add_bytes(n->col, rep, buf, len), "add_bytes");
    print_text(g, buf, len, is_text);
}

static void add_fixed(gen *g, node *n, uint32_t rep, uint64_t x, uint32_t len)
{
    uint8_t buf[128];
    uint32_t i;

    for (i = 0; i < len; i++) {
        x = x * UINT64_C(6364136223846793005) + 1442695040888963407;
        buf[i] = (uint8_t)(x >> 40);
    }
    check(sl_pq_add_fixed(n->col, rep, buf), "add_fixed");
    print_text(g, buf, len, 0);
}

static void add_decimal(gen *g, node *n, uint32_t rep, uint64_t x)
{
    static const int64_t POW[19] = {1,
                                    10,
                                    100,
                                    1000,
                                    10000,
                                    100000,
                                    1000000,
                                    10000000,
                                    100000000,
                                    1000000000,
                                    10000000000,
                                    100000000000,
                                    1000000000000,
                                    10000000000000,
                                    100000000000000,
                                    1000000000000000,
                                    10000000000000000,
                                    100000000000000000,
                                    1000000000000000000};
    int32_t p = n->field.precision;
    int64_t v = in_range(x, POW[p < 18 ? p : 18]);
    uint8_t buf[16];
    uint32_t width = (uint32_t)(p * 3321929 / 1000000 + 9) / 8, i;

    v = x & 1 ? -v : v;
    if (p <= 9) {
        check(sl_pq_add_i32(n->col, rep, (int32_t)v), "add decimal");
    } else if (p <= 18) {
        check(sl_pq_add_i64(n->col, rep, v), "add decimal");
    } else {
        for (i = 0; i < width; i++)
            buf[width - 1 - i] = (uint8_t)(i < 8 ? v >> (8 * i) : v < 0 ? -1 : 0);
        check(sl_pq_add_fixed(n->col, rep, buf), "add decimal");
    }
    (void)fprintf(g->json, "\"%" PRId64 "\"", v);
}

static void add_float(gen *g, node *n, uint32_t rep, uint64_t x)
{
    static const double SPECIAL[] = {0.0, -0.0, __builtin_nan(""), 1e308, -1e308, 1.5};
    double v = x % 5 == 0 ? SPECIAL[x / 5 % 6] : (double)(int64_t)x / 1024.0;
    float f = (float)v;

    if (n->field.kind == SL_PQ_FLOAT) {
        check(sl_pq_add_f32(n->col, rep, f), "add_f32");
        v = (double)f;
    } else {
        check(sl_pq_add_f64(n->col, rep, v), "add_f64");
    }
    if (v != v)
        (void)fprintf(g->json, "\"nan\"");
    else
        (void)fprintf(g->json, "\"%.17g\"", v);
}

static void add_i32(gen *g, node *n, uint32_t rep, int64_t v)
{
    check(sl_pq_add_i32(n->col, rep, (int32_t)v), "add_i32");
    (void)fprintf(g->json, "\"%" PRId64 "\"", v);
}

static void add_i64(gen *g, node *n, uint32_t rep, int64_t v)
{
    check(sl_pq_add_i64(n->col, rep, v), "add_i64");
    if (n->field.kind == SL_PQ_UINT64)
        (void)fprintf(g->json, "\"%" PRIu64 "\"", (uint64_t)v);
    else
        (void)fprintf(g->json, "\"%" PRId64 "\"", v);
}

static void add_number(gen *g, node *n, uint32_t rep, uint64_t x)
{
    const int64_t day_us = INT64_C(86400000000);

    switch (n->field.kind) {
    case SL_PQ_INT8:
        add_i32(g, n, rep, (int8_t)x);
        break;
    case SL_PQ_INT16:
        add_i32(g, n, rep, (int16_t)x);
        break;
    case SL_PQ_INT32:
        add_i32(g, n, rep, (int32_t)x);
        break;
    case SL_PQ_UINT8:
        add_i32(g, n, rep, (uint8_t)x);
        break;
    case SL_PQ_UINT16:
        add_i32(g, n, rep, (uint16_t)x);
        break;
    case SL_PQ_UINT32:
        add_i32(g, n, rep, (uint32_t)x);
        break;
    case SL_PQ_DATE:
        add_i32(g, n, rep, in_range(x, 60000) - 20000);
        break;
    case SL_PQ_TIME_MS:
        add_i32(g, n, rep, in_range(x, day_us / 1000));
        break;
    case SL_PQ_TIME_US:
        add_i64(g, n, rep, in_range(x, day_us));
        break;
    case SL_PQ_TIME_NS:
        add_i64(g, n, rep, in_range(x, day_us * 1000));
        break;
    case SL_PQ_INT64:
    case SL_PQ_UINT64:
        add_i64(g, n, rep, (int64_t)x);
        break;
    case SL_PQ_TIMESTAMP_NS:
    case SL_PQ_TIMESTAMPTZ_NS:
        add_i64(g, n, rep, in_range(x, INT64_C(3000000000000000000)) - 1000);
        break;
    default:
        add_i64(g, n, rep, in_range(x, INT64_C(4000000000000)) - 1000000);
        break;
    }
}

static void add_value(gen *g, node *n, uint32_t rep)
{
    uint64_t x = seed_of(g, n);

    switch (n->field.kind) {
    case SL_PQ_BOOL:
        check(sl_pq_add_bool(n->col, rep, (int)(x & 1)), "add_bool");
        (void)fprintf(g->json, x & 1 ? "true" : "false");
        break;
    case SL_PQ_FLOAT:
    case SL_PQ_DOUBLE:
        add_float(g, n, rep, x);
        break;
    case SL_PQ_DECIMAL:
        add_decimal(g, n, rep, x);
        break;
    case SL_PQ_STRING:
    case SL_PQ_ENUM:
    case SL_PQ_JSON:
    case SL_PQ_BYTES:
        add_text(g, n, rep, x);
        break;
    case SL_PQ_FIXED:
        add_fixed(g, n, rep, x, (uint32_t)n->field.length);
        break;
    case SL_PQ_UUID:
        add_fixed(g, n, rep, x, 16);
        break;
    default:
        add_number(g, n, rep, x);
        break;
    }
}

/* ---- rows ------------------------------------------------------------------------------------ */

static void add_nulls(gen *g, const node *n, uint32_t rep, uint32_t def)
{
    uint32_t i;

    if (n->col)
        check(sl_pq_add_null(n->col, rep, def), "add_null");
    for (i = 0; i < n->children; i++)
        add_nulls(g, &g->node[n->child[i]], rep, def);
}

static void add_node(gen *g, uint32_t index, uint32_t rep);

static void add_struct(gen *g, node *n, uint32_t rep)
{
    uint32_t i;

    (void)fputc('{', g->json);
    for (i = 0; i < n->children; i++) {
        (void)fprintf(g->json, "%s\"%s\":", i ? "," : "", g->node[n->child[i]].name);
        add_node(g, n->child[i], rep);
    }
    (void)fputc('}', g->json);
}

static void add_list(gen *g, node *n, uint32_t rep)
{
    uint32_t items = pick(g, 3) ? pick(g, 4) : pick(g, 40), i, k;

    if (items == 0)
        add_nulls(g, n, rep, n->def);
    (void)fputc('[', g->json);
    for (i = 0; i < items; i++) {
        (void)fputs(i ? "," : "", g->json);
        if (n->field.kind == SL_PQ_MAP)
            (void)fputc('[', g->json);
        for (k = 0; k < n->children; k++) {
            (void)fputs(k ? "," : "", g->json);
            add_node(g, n->child[k], i ? n->rep : rep);
        }
        if (n->field.kind == SL_PQ_MAP)
            (void)fputc(']', g->json);
    }
    (void)fputc(']', g->json);
}

static void add_node(gen *g, uint32_t index, uint32_t rep)
{
    node *n = &g->node[index];

    if (!n->field.required && pick(g, 1000) < n->null_per_mille) {
        add_nulls(g, n, rep, n->def - 1);
        (void)fputs("null", g->json);
    } else if (n->field.kind == SL_PQ_STRUCT) {
        add_struct(g, n, rep);
    } else if (n->field.kind <= SL_PQ_MAP) {
        add_list(g, n, rep);
    } else {
        add_value(g, n, rep);
    }
}

static void set_options(gen *g, sl_pq_options *o)
{
    static const uint32_t PAGE_ROWS[] = {0, 1, 7, 100, 1000};
    static const uint32_t PAGE_BYTES[] = {0, 64, 1000, 20000};
    static const uint32_t DICT_BYTES[] = {0, 50, 3000};
    static const uint32_t GROUP_ROWS[] = {0, 50, 1000};

    o->codec = (sl_pq_codec)pick(g, SL_PQ_CODECS);
    o->page_rows = PAGE_ROWS[pick(g, 5)];
    o->page_bytes = PAGE_BYTES[pick(g, 4)];
    o->dictionary_bytes = DICT_BYTES[pick(g, 3)];
    o->row_group_rows = GROUP_ROWS[pick(g, 3)];
    o->row_group_least = 1;
    o->is_without_dictionary = pick(g, 5) == 0;
    o->is_without_crc = pick(g, 5) == 0;
    o->created_by = "sluice version 0.0.0 (build test)";
}

static void write_rows(gen *g, uint32_t top)
{
    uint32_t rows = pick(g, 4) ? pick(g, 3000) : pick(g, 30), i, k;

    for (i = 0; i < rows; i++) {
        (void)fputc('{', g->json);
        for (k = 0; k < top; k++) {
            uint32_t index = g->node[0].child[k];

            (void)fprintf(g->json, "%s\"%s\":", k ? "," : "", g->node[index].name);
            add_node(g, index, 0);
        }
        (void)fputs("}\n", g->json);
        check(sl_pq_rows(g->writer, 1), "rows");
    }
}

int main(int argc, char **argv)
{
    static const sl_pq_memory mem = {NULL, mem_alloc, mem_resize, mem_release};
    static gen g;
    sl_pq_output output = {NULL, append};
    sl_pq_options options;
    uint32_t top, i;

    if (argc != 4)
        return 2;
    memset(&options, 0, sizeof(options));
    g.random = strtoull(argv[1], NULL, 10) * UINT64_C(0x9e3779b97f4a7c15) + 1;
    output.ctx = fopen(argv[2], "wb");
    g.json = fopen(argv[3], "wb");
    g.schema = sl_pq_schema_new(&mem);
    if (!output.ctx || !g.json || !g.schema)
        return 2;
    (void)draw(&g);
    g.count = 1;
    top = 1 + pick(&g, 4);
    for (i = 0; i < top; i++)
        g.node[0].child[g.node[0].children++] = make_node(&g, 0, 1, 0);
    print_schema(&g, 0);
    (void)fputc('\n', g.json);
    set_options(&g, &options);
    check(sl_pq_writer_open(g.schema, &options, &output, &g.writer), "open");
    for (i = 1; i < g.count; i++)
        if (g.node[i].field.kind > SL_PQ_MAP) {
            g.node[i].col = sl_pq_writer_column(g.writer, g.node[i].id);
            check(g.node[i].col ? SL_PQ_OK : SL_PQ_E_NOMEM, "column");
        }
    check(sl_pq_writer_metadata(g.writer, "seed", argv[1], strlen(argv[1])), "metadata");
    write_rows(&g, top);
    check(sl_pq_writer_finish(g.writer), "finish");
    sl_pq_writer_free(g.writer);
    sl_pq_schema_free(g.schema);
    return fclose(output.ctx) || fclose(g.json);
}
