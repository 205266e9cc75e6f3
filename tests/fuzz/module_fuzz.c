/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/fuzz/module_fuzz.c - a module's file and its descriptor, from hostile hands.
 *
 * The first byte chooses: E reads the rest as the headers of a module, anything else as a
 * descriptor. A descriptor that is accepted is written and read again, and must not change.
 */
#include <errno.h>
#include <string.h>

#include "engine/plugin/descriptor.h"
#include "engine/plugin/elf.h"
#include "tests/fuzz/fuzz.h"

static const uint8_t *image;
static size_t image_len;

static int64_t image_pread(int32_t fd, void *buf, uint64_t len, uint64_t at)
{
    (void)fd;
    if (at >= image_len)
        return 0;
    if (len > image_len - at)
        len = image_len - at;
    memcpy(buf, image + at, len);
    return (int64_t)len;
}

static void read_headers(const uint8_t *data, size_t len)
{
    static const sl_os os = {.size = sizeof os, .pread = image_pread};
    sl_elf_facts facts;
    sl_error err;
    sl_status rc;

    image = data;
    image_len = len;
    rc = sl_elf_read(&os, 3, len, "fuzz.so", &facts, &err);
    SL_ASSERT(rc == SL_OK || err.code[0]);
    SL_ASSERT(strlen(facts.build_id) < SL_BUILD_ID_TEXT);
}

static char *write_again(sl_mem *mem, const sl_descriptor *d)
{
    sl_json j;

    sl_json_init(&j, mem, 0);
    sl_descriptor_write(&j, NULL, d);
    return sl_json_take(&j, NULL);
}

static int read_descriptor(sl_mem *mem, sl_arena *arena, const char *text, size_t len,
                           sl_descriptor *out)
{
    sl_json_doc *doc = NULL;
    sl_error err;
    sl_status rc = sl_json_read(mem, text, len, &doc, &err);

    if (rc == SL_OK)
        rc = sl_descriptor_read(arena, sl_json_root(doc), out, &err);
    SL_ASSERT(rc == SL_OK || err.code[0]);
    sl_json_free(doc);
    return rc == SL_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    sl_mem *mem = sl_mem_new(NULL, NULL, "fuzz", 0);
    sl_arena arena = {.mem = mem};
    sl_descriptor d;
    char *first;
    char *second;

    if (mem && len && data[0] == 'E') {
        read_headers(data + 1, len - 1);
    } else if (mem && len && read_descriptor(mem, &arena, (const char *)data, len, &d)) {
        first = write_again(mem, &d);
        SL_ASSERT(first && read_descriptor(mem, &arena, first, strlen(first), &d));
        second = write_again(mem, &d);
        SL_ASSERT(second && !strcmp(first, second));
        sl_mem_free(first);
        sl_mem_free(second);
    }
    sl_arena_fini(&arena);
    SL_ASSERT(!mem || sl_mem_used(mem) == 0);
    sl_mem_drop(mem);
    return 0;
}
