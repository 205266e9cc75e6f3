/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/sdk/msgpack_cases_test.c - the cases of the msgpack test suite in the shared folder.
 *
 * Each case has a value and all its encodings, the shortest first. Every encoding must pass the
 * gate and read as the value; values that are no container must be written as the shortest one.
 * The data lies in the shared folder beside the checkout; the test is skipped when it is absent.
 */
#include <sluice/sdk.h>
#include <sluice/text.h>

#include "sdk/lib/json.h"
#include "sdk/lib/validate.h"

#include <stdio.h>
#include <stdlib.h>
#include <zstd.h>

#define SKIP     77
#define FILE_MAX 262144u

/* Bytes written as "c4-02-00-ff"; gives their number. */
static size_t read_hex(const char *text, uint8_t *out, size_t cap)
{
    size_t n = 0;

    while (*text && n < cap) {
        out[n++] = (uint8_t)strtoul(text, NULL, 16);
        text += text[2] == '-' ? 3 : 2;
    }
    return n;
}

static int is_number(const sl_val *v, const char *text)
{
    char *end = NULL;

    switch (v->type) {
    case SL_V_INT:
        return v->i == strtoll(text, &end, 10) && !*end;
    case SL_V_UINT:
        return v->u == strtoull(text, &end, 10) && !*end;
    case SL_V_FLOAT:
        return !(v->f < strtod(text, NULL)) && !(v->f > strtod(text, NULL));
    default:
        return 0;
    }
}

/* Is V the plain JSON value WANT? */
static int is_json(const sl_val *v, const sl_json_node *want)
{
    const sl_json_node *item = want->child;
    sl_val key = {0};
    sl_val val;
    sl_cur cur;

    switch (want->type) {
    case SL_JSON_NULL:
        return v->type == SL_V_NIL;
    case SL_JSON_BOOL:
        return v->type == SL_V_BOOL && v->n == want->count;
    case SL_JSON_NUMBER:
        return is_number(v, want->text);
    case SL_JSON_STRING:
        return v->type == SL_V_STR && v->n == want->len && !memcmp(v->ptr, want->text, want->len);
    default:
        break;
    }
    if (v->type != (want->type == SL_JSON_OBJECT ? SL_V_MAP : SL_V_ARRAY) || v->n != want->count)
        return 0;
    sl_cur_enter(&cur, v);
    for (; sl_cur_next(&cur, &key, &val); item = item->next) {
        if (cur.is_map && (key.n != strlen(item->key) || memcmp(key.ptr, item->key, key.n) != 0))
            return 0;
        if (!is_json(&val, item))
            return 0;
    }
    return 1;
}

static int is_bytes(const sl_val *v, uint32_t type, const char *hex)
{
    uint8_t bytes[256];
    size_t n = read_hex(hex, bytes, sizeof bytes);

    return v->type == type && v->n == n && !memcmp(v->ptr, bytes, n);
}

static int is_time(const sl_val *v, const sl_json_node *want)
{
    int64_t seconds = strtoll(want->child->text, NULL, 10);
    int64_t nanos = strtoll(want->child->next->text, NULL, 10);
    int64_t us = 0;

    return sl_val_time_us(v, &us) && us == seconds * 1000000 + nanos / 1000;
}

/* Is V what CASE says? */
static int is_value(const sl_val *v, const sl_json_node *c)
{
    const sl_json_node *want = c->child;

    if (!strcmp(want->key, "binary"))
        return is_bytes(v, SL_V_BIN, want->text);
    if (!strcmp(want->key, "bignum"))
        return is_number(v, want->text);
    if (!strcmp(want->key, "timestamp"))
        return is_time(v, want);
    if (!strcmp(want->key, "ext"))
        return v->ext == strtol(want->child->text, NULL, 10) &&
               is_bytes(v, SL_V_EXT, want->child->next->text);
    return is_json(v, want);
}

/* Write V, no container, as the SDK does; gives the length. */
static size_t write_shortest(const sl_val *v, uint8_t *out)
{
    uint8_t *p = out;

    switch (v->type) {
    case SL_V_NIL:
        *p++ = 0xc0;
        break;
    case SL_V_BOOL:
        *p++ = v->n ? 0xc3 : 0xc2;
        break;
    case SL_V_INT:
        p = sl_enc_i64(p, v->i);
        break;
    case SL_V_UINT:
        p = sl_enc_u64(p, v->u);
        break;
    case SL_V_STR:
        p = sl_enc_str_head(p, v->n);
        memcpy(p, v->ptr, v->n);
        p += v->n;
        break;
    case SL_V_BIN:
        p = sl_enc_bin_head(p, v->n);
        memcpy(p, v->ptr, v->n);
        p += v->n;
        break;
    default:
        p = sl_enc_ext(p, v->ext, v->ptr, v->n);
        break;
    }
    return (size_t)(p - out);
}

static int check_encoding(const sl_json_node *c, const char *hex, const char *shortest)
{
    uint8_t bytes[512];
    uint8_t again[512];
    size_t n = read_hex(hex, bytes, sizeof bytes);
    size_t m = read_hex(shortest, again, sizeof again);
    uint64_t used = 0;
    sl_val v = {0};

    if (sl_msgpack_check(bytes, n, 128, &used, NULL) != SL_OK || used != n)
        return 0;
    if (sl_val_skip(bytes) != bytes + n)
        return 0;
    (void)sl_val_read(bytes, &v);
    if (!is_value(&v, c))
        return 0;
    if (v.type == SL_V_MAP || v.type == SL_V_ARRAY || v.type == SL_V_FLOAT)
        return 1;
    /* Where two forms are the shortest either will do. */
    if (write_shortest(&v, again) != m)
        return 0;
    (void)sl_val_read(again, &v);
    return is_value(&v, c);
}

/* Gives the number of failures; counts all encodings in TRIED. */
static int check_all(const sl_json_node *root, uint32_t *tried)
{
    int failed = 0;

    for (const sl_json_node *group = root->child; group; group = group->next) {
        for (const sl_json_node *c = group->child; c; c = c->next) {
            const sl_json_node *list = sl_json_get(c, "msgpack");
            for (const sl_json_node *e = list->child; e; e = e->next, ++*tried) {
                if (check_encoding(c, e->text, list->child->text))
                    continue;
                fprintf(stderr, "%s: %s is not read or written as it should\n", group->key,
                        e->text);
                failed++;
            }
        }
    }
    return failed;
}

/* Read the packed file at PATH; 0 when it is absent. */
static size_t read_file(const char *path, char *out, size_t cap)
{
    static char packed[FILE_MAX];
    FILE *f = fopen(path, "rb");
    size_t n;

    if (!f)
        return 0;
    n = fread(packed, 1, sizeof packed, f);
    (void)fclose(f);
    n = ZSTD_decompress(out, cap, packed, n);
    return ZSTD_isError(n) ? 0 : n;
}

int main(void)
{
    static char text[FILE_MAX];
    const char *top = getenv("srcdir");
    sl_mem *mem = sl_mem_new(NULL, NULL, "cases", 0);
    sl_json_doc *doc = NULL;
    uint32_t tried = 0;
    char path[1024];
    sl_error err;
    size_t n;
    int failed;

    (void)snprintf(path, sizeof path, "%s/../shared/data/msgpack/cases.json.zst", top ? top : ".");
    n = read_file(path, text, sizeof text);
    if (!n) {
        fprintf(stderr, "skipped: no %s\n", path);
        sl_mem_drop(mem);
        return SKIP;
    }
    if (sl_json_read(mem, text, n, &doc, &err) != SL_OK) {
        fprintf(stderr, "%s: %s\n", path, err.text);
        return EXIT_FAILURE;
    }
    failed = check_all(sl_json_root(doc), &tried);
    printf("%u encodings, %d failures\n", tried, failed);
    sl_json_free(doc);
    sl_mem_drop(mem);
    return failed || tried < 50 ? EXIT_FAILURE : EXIT_SUCCESS;
}
