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

/* Is it text of a code's form, whose first word begins some code of the table? */
static int looks_like_code(const char *text, size_t len)
{
    const char *dot = memchr(text, '.', len);
    const sl_code *code;

    if (!dot || len >= 64 || text[len - 1] == '.')
        return 0;
    for (size_t i = 0; i < len; i++) {
        if (text[i] != '.' && text[i] != '_' && !islower((unsigned char)text[i]) &&
            !isdigit((unsigned char)text[i]))
            return 0;
    }
    if (text[len - 2] == '.' || (len > 5 && memcmp(text + len - 5, ".json", 5) == 0) ||
        (len > 4 && memcmp(text + len - 4, ".zst", 4) == 0))
        return 0; /* x.c, x.h, x.json, x.zst */
    for (uint32_t i = 0; (code = sl_code_at(i)) != NULL; i++) {
        if (strncmp(code->code, text, (size_t)(dot - text) + 1) == 0)
            return 1;
    }
    return 0;
}

/* Every text in quotes of one line. */
static uint32_t check_line(const char *path, const char *line, const char *end)
{
    uint32_t missing = 0;

    for (const char *at = line; at < end; at++) {
        const char *close;
        char code[64] = "";

        if (*at != '"')
            continue;
        close = memchr(at + 1, '"', (size_t)(end - at - 1));
        if (!close)
            break;
        if (looks_like_code(at + 1, (size_t)(close - at - 1))) {
            memcpy(code, at + 1, (size_t)(close - at - 1));
            if (!sl_code_find(code)) {
                (void)fprintf(stderr, "%s: %s\n", path, code);
                missing++;
            }
        }
        at = close;
    }
    return missing;
}

static uint32_t check_file(const char *path)
{
    static char text[1 << 20];
    FILE *f = fopen(path, "r");
    uint32_t missing = 0;
    const char *line = text;
    const char *end;

    ck_assert_ptr_nonnull(f);
    text[fread(text, 1, sizeof(text) - 1, f)] = 0;
    (void)fclose(f);
    while ((end = strchr(line, '\n')) != NULL) {
        if (!strstr(path, "/codes_"))
            missing += check_line(path, line, end);
        line = end + 1;
    }
    return missing;
}

/* All .c files below FOLDER, DEPTH levels deep. */
static uint32_t check_folder(const char *folder, uint32_t depth)
{
    char path[1024];
    uint32_t missing = 0;
    struct dirent *entry;
    DIR *dir = opendir(folder);

    ck_assert_msg(dir != NULL, "no folder %s", folder);
    while ((entry = readdir(dir)) != NULL) {
        size_t len = strlen(entry->d_name);

        (void)snprintf(path, sizeof(path), "%.700s/%.255s", folder, entry->d_name);
        if (entry->d_name[0] == '.')
            continue;
        if (len > 2 && strcmp(entry->d_name + len - 2, ".c") == 0)
            missing += check_file(path);
        else if (depth && !strchr(entry->d_name, '.') && entry->d_type == DT_DIR)
            missing += check_folder(path, depth - 1);
    }
    (void)closedir(dir);
    return missing;
}

START_TEST(every_code_in_the_sources_is_explained)
{
    static const char *const folders[] = {"engine", "plugins", "sdk/lib", "tools/sluice"};
    const char *srcdir = getenv("srcdir");
    uint32_t missing = 0;

    for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++) {
        char path[512];

        (void)snprintf(path, sizeof(path), "%s/%s", srcdir ? srcdir : ".", folders[i]);
        missing += check_folder(path, 3);
    }

    ck_assert_uint_eq(missing, 0);
}
END_TEST

SUITE("codes", codes_are_sorted_and_unique, every_code_has_a_cause_and_a_remedy,
      what_is_no_code_is_not_found, every_code_in_the_sources_is_explained)
