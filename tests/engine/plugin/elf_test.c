/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/engine/plugin/elf_test.c - reading a module's headers, from whole, cut and damaged files.
 *
 * The file lies in a block of its exact size, so that a sanitizer sees any read past its end; it is
 * served through an os table whose pread can also fail.
 */
#include "engine/plugin/elf.h"

#include <elf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/suite.h"

static unsigned char *image;
static uint64_t image_len;
static uint64_t reads_until_failure; /* 0: never */

static int64_t image_pread(int32_t fd, void *buf, uint64_t len, uint64_t at)
{
    (void)fd;
    if (reads_until_failure && !--reads_until_failure) {
        errno = EIO;
        return -1;
    }
    if (at >= image_len)
        return 0;
    if (len > image_len - at)
        len = image_len - at;
    memcpy(buf, image + at, len);
    return (int64_t)len;
}

static const sl_os os = {.size = sizeof os, .pread = image_pread};

static void load(const char *name)
{
    char path[512];
    FILE *from;
    long len;

    (void)snprintf(path, sizeof path, "%s/%s.so", MODULES, name);
    from = fopen(path, "r");
    ck_assert_ptr_nonnull(from);
    ck_assert_int_eq(fseek(from, 0, SEEK_END), 0);
    len = ftell(from);
    ck_assert_int_gt(len, 1000);
    rewind(from);
    free(image);
    image_len = (uint64_t)len;
    image = malloc(image_len);
    ck_assert_ptr_nonnull(image);
    ck_assert_uint_eq(fread(image, 1, image_len, from), image_len);
    (void)fclose(from);
    reads_until_failure = 0;
}

static void cut(uint64_t len)
{
    unsigned char *shorter = malloc(len ? len : 1);

    ck_assert_ptr_nonnull(shorter);
    memcpy(shorter, image, len);
    free(image);
    image = shorter;
    image_len = len;
}

static sl_status look(sl_elf_facts *facts, sl_error *err)
{
    return sl_elf_read(&os, 3, image_len, "test.so", facts, err);
}

START_TEST(whole_module_tells_build_id_and_abi)
{
    sl_elf_facts facts;
    sl_error err;

    load("good");

    ck_assert_msg(look(&facts, &err) == SL_OK, "%s", err.text);

    ck_assert_uint_eq(strlen(facts.build_id), 40);
    ck_assert_uint_eq(facts.magic, SL_ABI_MAGIC);
    ck_assert_uint_eq(facts.table_bytes, sizeof(sl_plugin));
    ck_assert_uint_eq(facts.abi_major, SL_ABI_MAJOR);
    ck_assert_uint_eq(facts.abi_minor, SL_ABI_MINOR);
}
END_TEST

START_TEST(file_cut_anywhere_is_refused)
{
    sl_elf_facts facts;
    sl_error err;

    load("good");
    for (uint64_t len = image_len - 1; len > 64; len -= len > 400 ? 97 : 1) {
        cut(len);
        ck_assert_int_eq(look(&facts, &err), SL_E_CONFIG);
        ck_assert_str_eq(err.code, "plugin.file.truncated");
    }
    cut(0);
    ck_assert_int_eq(look(&facts, &err), SL_E_CONFIG);
    ck_assert_str_eq(err.code, "plugin.file.kind");
}
END_TEST

START_TEST(other_architecture_is_named)
{
    sl_elf_facts facts;
    sl_error err;

    load("good");
    image[offsetof(Elf64_Ehdr, e_machine)] = EM_S390;
    image[offsetof(Elf64_Ehdr, e_machine) + 1] = 0;

    ck_assert_int_eq(look(&facts, &err), SL_E_CONFIG);

    ck_assert_str_eq(err.code, "plugin.file.machine");
    ck_assert_ptr_nonnull(strstr(err.text, "s390x"));
}
END_TEST

START_TEST(program_is_no_shared_object)
{
    sl_elf_facts facts;
    sl_error err;

    load("good");
    image[offsetof(Elf64_Ehdr, e_type)] = ET_REL;

    ck_assert_int_eq(look(&facts, &err), SL_E_CONFIG);

    ck_assert_str_eq(err.code, "plugin.file.kind");
}
END_TEST

START_TEST(library_without_plugin_table_is_no_plugin)
{
    sl_elf_facts facts;
    sl_error err;
    char *at;

    load("good");
    at = memmem(image, image_len, "sluice_plugin_v1", 17);
    while (at) {
        at[0] = 'x';
        at = memmem(image, image_len, "sluice_plugin_v1", 17);
    }

    ck_assert_int_eq(look(&facts, &err), SL_E_CONFIG);

    ck_assert_str_eq(err.code, "plugin.abi.symbol");
}
END_TEST

START_TEST(read_that_fails_may_be_tried_again)
{
    sl_elf_facts facts;
    sl_error err;

    load("good");
    for (uint64_t n = 1;; n++) {
        sl_status rc;

        reads_until_failure = n;
        rc = look(&facts, &err);
        if (reads_until_failure)
            break; /* not reached any more */
        ck_assert_msg(rc == SL_E_RETRY || rc == SL_OK, "read %u: %s", (unsigned)n, err.text);
    }
}
END_TEST

START_TEST(damaged_bytes_never_lead_outside_of_the_file)
{
    unsigned char *whole;
    uint32_t seed = 12345;
    sl_elf_facts facts;
    sl_error err;

    load("good");
    whole = malloc(image_len);
    ck_assert_ptr_nonnull(whole);
    memcpy(whole, image, image_len);
    for (uint32_t round = 0; round < 20000; round++) {
        memcpy(image, whole, image_len);
        for (uint32_t i = 0; i < 1 + round % 4; i++) {
            uint64_t at;

            seed = seed * 1103515245u + 12345u;
            at = seed >> 4;
            at = round & 1 ? at % 1024 : at % image_len;
            seed = seed * 1103515245u + 12345u;
            image[at] = (unsigned char)(seed >> 16);
        }
        (void)look(&facts, &err); /* any answer will do */
    }
    free(whole);
}
END_TEST

SUITE("elf", whole_module_tells_build_id_and_abi, file_cut_anywhere_is_refused,
      other_architecture_is_named, program_is_no_shared_object,
      library_without_plugin_table_is_no_plugin, read_that_fails_may_be_tried_again,
      damaged_bytes_never_lead_outside_of_the_file)
