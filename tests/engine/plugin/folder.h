/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/engine/plugin/folder.h - a folder of modules for one test.
 *
 * Made below the temporary folder, with HOME and the cache in it, and removed at the end.
 */
#ifndef SL_TESTS_ENGINE_PLUGIN_FOLDER_H
#define SL_TESTS_ENGINE_PLUGIN_FOLDER_H
#include <check.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

typedef struct folder {
    char top[256];
    char modules[300];
} folder;

/* [main] Run a shell command; the test fails when it does. */
static inline void __attribute__((format(printf, 1, 2))) shell(const char *fmt, ...)
{
    va_list args;
    char command[1024];

    va_start(args, fmt);
    (void)vsnprintf(command, sizeof command, fmt, args);
    va_end(args);
    ck_assert_msg(system(command) == 0, "%s", command);
}

/* [main] Make F. */
static inline void folder_make(folder *f)
{
    const char *tmp = getenv("TMPDIR");

    (void)snprintf(f->top, sizeof f->top, "%s/sluice-test-XXXXXX", tmp ? tmp : "/tmp");
    ck_assert_ptr_nonnull(mkdtemp(f->top));
    (void)snprintf(f->modules, sizeof f->modules, "%s/modules", f->top);
    ck_assert_int_eq(mkdir(f->modules, 0755), 0);
    ck_assert_int_eq(setenv("HOME", f->top, 1), 0);
    ck_assert_int_eq(unsetenv("XDG_CACHE_HOME"), 0);
    ck_assert_int_eq(unsetenv("SLUICE_PLUGIN_PATH"), 0);
}

/* [main] Remove F with all that is in it. */
static inline void folder_remove(const folder *f)
{
    shell("rm -rf '%s'", f->top);
}

/* [main] Put a copy of test module NAME into the folder, as NAME.so. */
static inline void folder_add(const folder *f, const char *name)
{
    char from[512];

    (void)snprintf(from, sizeof from, "%s/%s.so", MODULES, name);
    shell("cp -L '%s' '%s/'", from, f->modules);
}

/* [main] Write TEXT into FILE in the folder of modules. */
static inline void folder_write(const folder *f, const char *file, const char *text, size_t len)
{
    char path[512];
    FILE *to;

    (void)snprintf(path, sizeof path, "%s/%s", f->modules, file);
    to = fopen(path, "w");
    ck_assert_ptr_nonnull(to);
    ck_assert_uint_eq(fwrite(text, 1, len, to), len);
    ck_assert_int_eq(fclose(to), 0);
}

#endif
