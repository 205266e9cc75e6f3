/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/engine/graph_fail_test.c - loading a graph while memory runs out or files fail.
 *
 * Every allocation fails once, then every call to the system: the outcome is a clean status and
 * nothing is left behind.
 */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "engine/graph/schema.h"
#include "engine/service/env_real.h"
#include "tests/engine/graph_world.h"
#include "tests/lib/fail_mem.h"

/* ---- memory
 * ---------------------------------------------------------------------------------------- */

typedef struct sweep {
    fail_mem mem;
    sl_mem *account;
    sl_diags *diags;
    sl_env env;
} sweep;

/* Everything that is done with a graph file: SL_E_NOMEM when memory was short anywhere. */
static sl_status load_and_print(sweep *s, const char *path, const sl_registry *reg)
{
    static const char *const formats[] = {"text", "dot", "json"};
    sl_graph *graph = NULL;
    sl_status rc = sl_graph_load(&s->env, s->account, path, reg, NULL, s->diags, &graph);
    char *text;

    if (rc == SL_E_NOMEM)
        ck_assert_ptr_null(graph);
    for (size_t i = 0; graph && i < 3; i++) {
        text = sl_graph_print(graph, s->account, formats[i]);
        if (!text)
            rc = SL_E_NOMEM;
        sl_mem_free(text);
    }
    text = sl_diags_text(s->diags, 1);
    if (!text)
        rc = SL_E_NOMEM;
    sl_mem_free(text);
    text = sl_diags_json(s->diags);
    if (!text)
        rc = SL_E_NOMEM;
    sl_mem_free(text);
    sl_graph_free(graph);
    return rc;
}

/* One run whose FAIL_AT-th allocation fails. True when the run met it. */
static int run_short(const char *path, uint64_t fail_at, sl_status want)
{
    sweep s;
    sl_status rc = SL_E_NOMEM;
    int met;

    fail_mem_init(&s.mem, fail_at);
    fake_env_init(&s.env, &s.mem.source);
    s.account = sl_mem_new(&s.mem.source, NULL, "sweep", 0);
    s.diags = s.account ? sl_diags_new(s.account) : NULL;
    if (s.diags)
        rc = load_and_print(&s, path, fake_registry_odd());
    met = fail_mem_met(&s.mem);
    sl_diags_free(s.diags);
    if (s.account)
        sl_mem_drop(s.account);
    ck_assert_msg(s.mem.blocks == 0, "%s: allocation %llu leaks", path,
                  (unsigned long long)fail_at);
    if (met)
        ck_assert_msg(rc == SL_E_NOMEM || rc == want, "%s: allocation %llu gives %d", path,
                      (unsigned long long)fail_at, rc);
    else
        ck_assert_int_eq(rc, want);
    return met;
}

static void sweep_file(const char *name, sl_status want)
{
    const char *srcdir = getenv("srcdir");
    char path[1024];
    uint64_t n = 1;

    (void)setenv("SLUICE_TEST_REGION", "eu-central-1", 1);
    (void)snprintf(path, sizeof(path), "%s/tests/scenario/check/%s", srcdir ? srcdir : ".", name);
    while (run_short(path, n, want))
        n++;
    ck_assert_uint_gt(n, 10);
}

START_TEST(short_memory_ends_the_loading_of_a_good_graph)
{
    sweep_file("good/values.yaml", SL_OK);
    sweep_file("good/include.yaml", SL_OK);
}
END_TEST

START_TEST(short_memory_ends_the_loading_of_wrong_graphs)
{
    static const char *const names[] = {
        "cycles-two.yaml", "var-unknown.yaml",     "setting-unknown.yaml", "limit-range.yaml",
        "yaml-colon.yaml", "setting-choice.yaml",  "include-twice.yaml",   "merge-key.yaml",
        "edge-port.yaml",  "setting-missing.yaml", "test-shape.yaml",      "class-misspelt.yaml"};

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        sweep_file(names[i], SL_E_CONFIG);
}
END_TEST

START_TEST(short_memory_ends_the_reading_of_settings)
{
    static const char text[] = "{ list: [ 1, 2 ], map: { a: b }, groups: [ { name: x } ], "
                               "text: \"${env:PATH}\" }";

    for (uint64_t n = 1;; n++) {
        fail_mem mem;
        sl_mem *account;
        sl_diags *diags = NULL;
        sl_config *cfg = NULL;
        sl_env env;
        int met;

        fail_mem_init(&mem, n);
        fake_env_init(&env, &mem.source);
        account = sl_mem_new(&mem.source, NULL, "sweep", 0);
        if (account)
            diags = sl_diags_new(account);
        if (diags && sl_config_from_text(&env, account, &fake_widget, text, diags, &cfg) == SL_OK)
            ck_assert_str_eq(sl_config_text(cfg, "map.a"), "b");
        met = fail_mem_met(&mem);
        sl_config_free(cfg);
        sl_diags_free(diags);
        if (account)
            sl_mem_drop(account);
        ck_assert_int_eq(mem.blocks, 0);
        if (!met)
            break;
    }
}
END_TEST

START_TEST(short_memory_ends_the_schema)
{
    for (uint64_t n = 1;; n++) {
        fail_mem mem;
        sl_mem *account;
        char *text = NULL;
        int met;

        fail_mem_init(&mem, n);
        account = sl_mem_new(&mem.source, NULL, "sweep", 0);
        if (account)
            text = sl_graph_schema(fake_registry_odd(), account);
        met = fail_mem_met(&mem);
        ck_assert(met || text);
        sl_mem_free(text);
        if (account)
            sl_mem_drop(account);
        ck_assert_int_eq(mem.blocks, 0);
        if (!met)
            break;
    }
}
END_TEST

/* ---- files
 * ------------------------------------------------------------------------------------------- */

static sl_os real_os;
static uint32_t os_calls;
static uint32_t os_fail_at;

/* Does the call that is made now fail? */
static int fails(void)
{
    if (++os_calls != os_fail_at)
        return 0;
    errno = EIO;
    return 1;
}

static int32_t fail_open(const char *path, int32_t flags, uint32_t mode)
{
    return fails() ? -1 : real_os.open(path, flags, mode);
}

static int64_t fail_read(int32_t fd, void *buf, uint64_t len)
{
    return fails() ? -1 : real_os.read(fd, buf, len > 7 ? 7 : len); /* short, too */
}

static int32_t fail_stat(const char *path, sl_file_info *out)
{
    return fails() ? -1 : real_os.stat(path, out);
}

static int32_t fail_list(const char *path, int32_t (*fn)(void *arg, const char *name), void *arg)
{
    return fails() ? -1 : real_os.list(path, fn, arg);
}

START_TEST(a_failing_file_is_told_or_does_no_harm)
{
    const char *srcdir = getenv("srcdir");
    char path[1024];
    sl_os os;

    real_os = *sl_os_real();
    os = real_os;
    os.open = fail_open;
    os.read = fail_read;
    os.stat = fail_stat;
    os.list = fail_list;
    (void)snprintf(path, sizeof(path), "%s/tests/scenario/check/good/include.yaml",
                   srcdir ? srcdir : ".");
    for (os_fail_at = 1;; os_fail_at++) {
        world w;
        sl_status rc;

        os_calls = 0;
        world_init(&w);
        w.env.os = &os;
        rc = sl_graph_load(&w.env, w.mem, path, fake_registry_stock(), NULL, w.diags, &w.graph);

        ck_assert_int_eq(rc == SL_OK, sl_diags_count(w.diags, SL_DIAG_ERROR) == 0);
        world_fini(&w);
        if (os_calls < os_fail_at)
            break;
    }
    ck_assert_uint_gt(os_fail_at, 20);
}
END_TEST

SUITE("graph fails", short_memory_ends_the_loading_of_a_good_graph,
      short_memory_ends_the_loading_of_wrong_graphs, short_memory_ends_the_reading_of_settings,
      short_memory_ends_the_schema, a_failing_file_is_told_or_does_no_harm)
