/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/fuzz/catalog_fuzz.c - what the catalog reads back: its JSON, its versions, its tokens.
 *
 * The first byte picks. A version gets a true trailer put behind it first, so that the fuzzer gets
 * past the checksum. What is read as JSON must print so that it reads back the same.
 */
#include "plugins/local/catalog.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/fuzz/fuzz.h"

static void *host_resize(sl_node *node, void *mem, uint64_t bytes)
{
    (void)node;
    return bytes > 64u << 20 ? NULL : realloc(mem, bytes);
}

static void host_release(void *mem)
{
    free(mem);
}

static const sl_host host = {.size = sizeof host, .resize = host_resize, .release = host_release};

static jbuf buffer(void)
{
    jbuf b = {.host = &host};

    return b;
}

static void try_json(const char *text, size_t len)
{
    jbuf values = buffer();
    jbuf printed = buffer();
    jbuf again = buffer();
    jbuf twice = buffer();
    sl_val v;

    json_read(&values, text, len);
    if (values.status == SL_OK) {
        FUZZ_HOLD(sl_val_skip(values.data) == values.data + values.len);
        (void)sl_val_read(values.data, &v);
        json_value(&printed, &v);
        FUZZ_HOLD(printed.status == SL_OK);
        json_read(&again, (const char *)printed.data, printed.len);
        FUZZ_HOLD(again.status == SL_OK);
        (void)sl_val_read(again.data, &v);
        json_value(&twice, &v);
        FUZZ_HOLD(twice.len == printed.len && !memcmp(twice.data, printed.data, twice.len));
    }
    jbuf_free(&values);
    jbuf_free(&printed);
    jbuf_free(&again);
    jbuf_free(&twice);
}

static void try_version(const char *text, size_t len)
{
    meta_head head = {.schema = {.host = &host}};
    meta_who who = {.table = "t", .graph = "g", .node = "n"};
    jbuf whole = buffer();
    jbuf both = buffer();
    sl_bytes schema;
    char tail[80];
    int n = snprintf(tail, sizeof tail, ",\n\"length\":%zu,\n\"crc32c\":\"%08x\"}\n", len,
                     meta_crc32c(text, len));

    jbuf_raw(&whole, text, len);
    jbuf_raw(&whole, tail, (uint64_t)n);
    if (meta_read(&head, &who, (const char *)whole.data, whole.len) == SL_OK) {
        FUZZ_HOLD(head.version);
        schema = jbuf_bytes(&head.schema);
        if (schema.len)
            meta_unite(&both, &schema, &schema);
    }
    jbuf_free(&whole);
    jbuf_free(&both);
    jbuf_free(&head.schema);
}

static void try_token(const uint8_t *token, size_t len)
{
    sl_bytes at;
    token_entry e;
    int64_t count = token_open(token, len, &at);

    for (int64_t i = 0; i < count && token_next(&at, &e); i++)
        FUZZ_HOLD(e.url.len && e.url.ptr + e.url.len <= token + len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    if (!len)
        return 0;
    if (data[0] % 3 == 0)
        try_json((const char *)data + 1, len - 1);
    else if (data[0] % 3 == 1)
        try_version((const char *)data + 1, len - 1);
    else
        try_token(data + 1, len - 1);
    return 0;
}
