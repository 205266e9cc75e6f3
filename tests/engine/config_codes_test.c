/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/engine/config_codes_test.c - the table of codes: sorted, unique, and nothing missing.
 *
 * The sources of the engine and of the stock plugins are searched for dotted codes, so a new one
 * without an entry fails here.
 */
#include <ctype.h>
#include <dirent.h>
#include <stdio.h>

#include "engine/config/codes.h"
#include "tests/engine/graph_world.h"

START_TEST(codes_are_sorted_and_unique)
{
    const sl_code *code;
    const char *last = "";

    for (uint32_t i = 0; (code = sl_code_at(i)) != NULL; i++) {
        ck_assert_msg(strcmp(last, code->code) < 0, "%s after %s", code->code, last);
        ck_assert_ptr_eq(sl_code_find(code->code), code);
        last = code->code;
    }
    ck_assert_str_ne(last, "");
}
END_TEST

START_TEST(every_code_has_a_cause_and_a_remedy)
{
    const sl_code *code;

    for (uint32_t i = 0; (code = sl_code_at(i)) != NULL; i++) {
        ck_assert_msg(strlen(code->cause) > 10 && code->cause[strlen(code->cause) - 1] == '.', "%s",
                      code->code);
        ck_assert_msg(strlen(code->remedy) > 10 && code->remedy[strlen(code->remedy) - 1] == '.',
                      "%s", code->code);
    }
}
END_TEST

START_TEST(what_is_no_code_is_not_found)
{
    ck_assert_ptr_null(sl_code_find(""));
    ck_assert_ptr_null(sl_code_find("config"));
    ck_assert_ptr_null(sl_code_find("config.setting.unknown."));
    ck_assert_ptr_null(sl_code_find("zzz"));
}
END_TEST

/* ---- the sources
 * --------------------------------------------------------------------------------- */

/* What looks like a code within quotes: lower case, dots between, no file's name. */
static int is_code(const char *text, size_t len)
{
    uint32_t dots = 0;

    for (size_t i = 0; i < len; i++) {
        if (text[i] == '.')
            dots++;
        else if (!islower((unsigned char)text[i]) && text[i] != '_' && !isdigit(text[i]))
            return 0;
    }
    return dots > 0 && text[len - 1] != '.' && text[len - 2] != '.';
}

/* A code is an argument of one of these. */
static const char *const callers[] = {"sl_diag(", "sl_error_set(", "sl_error_errno("};

static uint32_t check_call(const char *path, const char *call)
{
    const char *end = strchr(call, ';');
    uint32_t missing = 0;

    for (const char *at = strchr(call, '"'); at && at < end; at = strchr(at + 1, '"')) {
        const char *close = strchr(at + 1, '"');
        size_t len = close ? (size_t)(close - at) - 1 : 0;
        char code[64] = "";

        if (len < 4 || len >= sizeof(code) || !is_code(at + 1, len)) {
            break; /* the code is the first text of a call */
        }
        memcpy(code, at + 1, len);
        if (!sl_code_find(code)) {
            (void)fprintf(stderr, "%s: %s\n", path, code);
            missing++;
        }
        break;
    }
    return missing;
}

static uint32_t check_file(const char *path)
{
    static char text[1 << 20];
    FILE *f = fopen(path, "r");
    uint32_t missing = 0;

    ck_assert_ptr_nonnull(f);
    text[fread(text, 1, sizeof(text) - 1, f)] = 0;
    (void)fclose(f);
    for (size_t c = 0; c < sizeof(callers) / sizeof(*callers); c++) {
        for (const char *at = text; (at = strstr(at, callers[c])) != NULL; at++)
            missing += check_call(path, at);
    }
    return missing;
}

static uint32_t check_folder(const char *name)
{
    const char *srcdir = getenv("srcdir");
    char folder[512];
    char path[1024];
    uint32_t missing = 0;
    struct dirent *entry;
    DIR *dir;

    (void)snprintf(folder, sizeof(folder), "%s/%s", srcdir ? srcdir : ".", name);
    dir = opendir(folder);
    ck_assert_msg(dir != NULL, "no folder %s", folder);
    while ((entry = readdir(dir)) != NULL) {
        size_t len = strlen(entry->d_name);

        if (len < 3 || strcmp(entry->d_name + len - 2, ".c") != 0)
            continue;
        (void)snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
        missing += check_file(path);
    }
    (void)closedir(dir);
    return missing;
}

START_TEST(every_code_of_the_engine_is_explained)
{
    static const char *const folders[] = {"engine/config", "engine/graph"};
    uint32_t missing = 0;

    for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++)
        missing += check_folder(folders[i]);

    ck_assert_uint_eq(missing, 0);
}
END_TEST

SUITE("codes", codes_are_sorted_and_unique, every_code_has_a_cause_and_a_remedy,
      what_is_no_code_is_not_found, every_code_of_the_engine_is_explained)
