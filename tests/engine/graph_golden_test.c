/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/engine/graph_golden_test.c - what users are told about wrong graphs, word by word.
 *
 * Every tests/scenario/check/NAME.yaml is checked, and what is printed must be NAME.expected; every
 * good/NAME.yaml must be without any fault, and its resolved form be good/NAME.graph. UPDATE=1 in
 * the environment writes the files anew: read the difference before it is committed.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/engine/fake_registry.h"
#include "tests/lib/suite.h"

#define CASES_MAX 500u

typedef struct cases {
    char name[CASES_MAX][128];
    uint32_t n;
} cases;

static int by_name(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* Go to the folder NAME of the corpus and list its graphs. */
static void list_cases(const char *name, cases *out)
{
    const char *srcdir = getenv("srcdir");
    char path[1024];
    DIR *dir;
    struct dirent *entry;

    (void)snprintf(path, sizeof(path), "%s/tests/scenario/check/%s", srcdir ? srcdir : ".", name);
    ck_assert_msg(chdir(path) == 0, "no folder %s", path);
    dir = opendir(".");
    ck_assert_ptr_nonnull(dir);
    while ((entry = readdir(dir)) != NULL) {
        size_t len = strlen(entry->d_name);

        if (len < 6 || len > 100 || strcmp(entry->d_name + len - 5, ".yaml") != 0)
            continue;
        ck_assert_uint_lt(out->n, CASES_MAX);
        memcpy(out->name[out->n], entry->d_name, len - 5);
        out->name[out->n++][len - 5] = 0;
    }
    (void)closedir(dir);
    qsort(out->name, out->n, sizeof(out->name[0]), by_name);
}

static char *read_text(const char *path)
{
    FILE *f = fopen(path, "r");
    char *text = calloc(1, 1 << 20);
    size_t n;

    ck_assert_ptr_nonnull(text);
    if (!f)
        return text;
    n = fread(text, 1, (1 << 20) - 1, f);
    text[n] = 0;
    (void)fclose(f);
    return text;
}

/* Compare GOT with the file PATH, or write it there. True when they are equal. */
static int is_as_expected(const char *path, const char *got)
{
    char *want;
    int same;

    if (getenv("UPDATE")) {
        FILE *f = fopen(path, "w");

        ck_assert_msg(f != NULL, "can't write %s", path);
        (void)fputs(got, f);
        ck_assert_int_eq(fclose(f), 0);
        return 1;
    }
    want = read_text(path);
    same = strcmp(want, got) == 0;
    if (!same)
        (void)fprintf(stderr, "--- %s\n%s--- but printed is\n%s---\n", path, want, got);
    free(want);
    return same;
}

typedef struct outcome {
    char *diags;
    char *graph;
} outcome;

static outcome check_graph(sl_mem *mem, const char *name)
{
    const char *const set[] = {NULL};
    sl_graph_options options = {.set = set};
    outcome out = {0};
    char path[160];
    sl_env env;
    sl_diags *diags = sl_diags_new(mem);
    sl_graph *graph = NULL;
    sl_status rc;

    (void)snprintf(path, sizeof(path), "%s.yaml", name);
    fake_env_init(&env, NULL);
    rc = sl_graph_load(&env, mem, path, fake_registry_stock(), &options, diags, &graph);
    ck_assert_int_eq(rc == SL_OK, sl_diags_count(diags, SL_DIAG_ERROR) == 0);
    out.diags = sl_diags_text(diags, 0);
    if (graph)
        out.graph = sl_graph_print(graph, mem, "text");
    sl_graph_free(graph);
    sl_diags_free(diags);
    return out;
}

START_TEST(wrong_graphs_are_explained_word_by_word)
{
    sl_mem *mem = sl_mem_new(NULL, NULL, "test", 0);
    static cases list;
    uint32_t failed = 0;

    (void)unsetenv("CREDENTIALS_DIRECTORY");
    list_cases(".", &list);
    ck_assert_uint_ge(list.n, 40);
    for (uint32_t i = 0; i < list.n; i++) {
        char path[160];
        outcome got = check_graph(mem, list.name[i]);

        ck_assert_msg(got.diags && *got.diags, "%s: nothing was found wrong", list.name[i]);
        (void)snprintf(path, sizeof(path), "%s.expected", list.name[i]);
        failed += !is_as_expected(path, got.diags);
        sl_mem_free(got.diags);
        sl_mem_free(got.graph);
    }

    ck_assert_uint_eq(failed, 0);
    ck_assert_uint_eq(sl_mem_used(mem), 0);
    sl_mem_drop(mem);
}
END_TEST

START_TEST(good_graphs_are_without_fault_and_resolve_as_written)
{
    sl_mem *mem = sl_mem_new(NULL, NULL, "test", 0);
    static cases list;
    uint32_t failed = 0;

    (void)setenv("SLUICE_TEST_REGION", "eu-central-1", 1);
    list_cases("good", &list);
    ck_assert_uint_ge(list.n, 5);
    for (uint32_t i = 0; i < list.n; i++) {
        char path[160];
        outcome got = check_graph(mem, list.name[i]);

        ck_assert_msg(got.diags && !*got.diags, "%s:\n%s", list.name[i], got.diags);
        ck_assert_ptr_nonnull(got.graph);
        (void)snprintf(path, sizeof(path), "%s.graph", list.name[i]);
        failed += !is_as_expected(path, got.graph);
        sl_mem_free(got.diags);
        sl_mem_free(got.graph);
    }

    ck_assert_uint_eq(failed, 0);
    ck_assert_uint_eq(sl_mem_used(mem), 0);
    sl_mem_drop(mem);
}
END_TEST

SUITE("golden", wrong_graphs_are_explained_word_by_word,
      good_graphs_are_without_fault_and_resolve_as_written)
