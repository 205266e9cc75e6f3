/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/plugins/file/world.h - a folder of files for a source under test, and what came out of it.
 *
 * world_begin makes the folder and becomes its user: paths in settings are relative. Each test of
 * the suite runs in its own process, so the change of folder stays with it.
 */
#ifndef SL_TESTS_FILE_WORLD_H
#define SL_TESTS_FILE_WORLD_H
#include "tests/lib/suite.h"

#include <sluice/check.h>
#include <sluice/sdk.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char world_folder[64];

/* [main] Make the folder and go there. */
static inline void world_begin(void)
{
    (void)snprintf(world_folder, sizeof world_folder, "/tmp/sluice-source-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(world_folder));
    ck_assert_int_eq(chdir(world_folder), 0);
}

/* [main] Remove it; H, which may be NULL, must have left no memory behind. */
static inline void world_end(slc *h)
{
    char command[96];

    ck_assert_uint_eq(slc_free(h), 0);
    (void)snprintf(command, sizeof command, "rm -rf %s", world_folder);
    ck_assert_int_eq(chdir("/"), 0);
    ck_assert_int_eq(system(command), 0);
}

/* [main] Write LEN bytes to NAME, as MODE of fopen says. */
static inline void put_bytes(const char *name, const char *mode, const void *data, size_t len)
{
    FILE *f = fopen(name, mode);

    ck_assert_ptr_nonnull(f);
    ck_assert_uint_eq(fwrite(data, 1, len, f), len);
    ck_assert_int_eq(fclose(f), 0);
}

/* [main] Make NAME hold TEXT alone. */
static inline void put_file(const char *name, const char *text)
{
    put_bytes(name, "wb", text, strlen(text));
}

/* [main] Put TEXT behind what NAME holds. */
static inline void append(const char *name, const char *text)
{
    put_bytes(name, "ab", text, strlen(text));
}

/* [main] A source without a problem. */
static inline slc *source(const char *settings)
{
    slc *h = slc_new("source: file", settings);

    ck_assert_msg(!slc_problem(h), "%s", slc_problem(h) ? slc_problem(h) : "");
    return h;
}

/* [main] What came out of H since the last look is TEXT. */
static inline void expect_text(slc *h, const char *text)
{
    uint64_t len;
    const uint8_t *got = slc_pull_payload(h, 0, &len);

    ck_assert_msg(len == strlen(text) && !memcmp(got, text, len), "\"%.*s\", not \"%s\"", (int)len,
                  (const char *)got, text);
}

#endif
