/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/engine/run_fake_graph.c - graphs of fake classes; see run_fake.h.
 */
#include "tests/engine/run_fake.h"

#include "engine/service/env_real.h"
#include "engine/service/env_sim.h"

#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

fake_graph *fake_new(int real)
{
    fake_graph *g = calloc(1, sizeof *g);

    ck_assert_ptr_nonnull(g);
    g->mem = sl_mem_new(sl_mem_libc(), NULL, "test", 0);
    g->env = real ? sl_env_real_new(g->mem) : sl_env_sim_new(g->mem, 1, 1700000000000000);
    g->is_real = real;
    (void)pthread_mutex_init(&g->journal.lock, NULL);
    (void)snprintf(g->folder, sizeof g->folder, "/tmp/sl-run-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(g->folder));
    g->graph.name = "test graph";
    g->graph.limits = (sl_graph_limits){.memory_bytes = 256u << 20,
                                        .edge_bytes = 1u << 20,
                                        .batch_records = 8192,
                                        .batch_bytes = 131072,
                                        .paths = 4096,
                                        .slots = 256,
                                        .lanes = 1,
                                        .checkpoint_ns = 0,
                                        .checkpoint_bytes = 0};
    g->graph.node = g->node;
    g->graph.edge = g->edge;
    g->options = (sl_run_options){
        .env = g->env, .state_dir = g->folder, .max_dead = UINT64_MAX, .log_level = SL_LOG_WARN};
    return g;
}

static void remove_folder(const char *path)
{
    char command[128];

    if (rmdir(path) == 0)
        return; /* nothing was in it */
    (void)snprintf(command, sizeof command, "rm -rf '%s'", path);
    ck_assert_int_eq(system(command), 0);
}

void fake_free(fake_graph *g)
{
    if (g->is_real)
        sl_env_real_free(g->env);
    else
        sl_env_sim_free(g->env);
    ck_assert_uint_eq(sl_mem_used(g->mem), 0);
    sl_mem_drop(g->mem);
    remove_folder(g->folder);
    (void)pthread_mutex_destroy(&g->journal.lock);
    free(g);
}

fake_set *fake_node(fake_graph *g, const char *name, const sl_class *klass)
{
    uint32_t i = g->graph.nodes++;

    ck_assert_uint_lt(i, FAKE_NODES);
    g->set[i].journal = &g->journal;
    g->node[i].name = name;
    g->node[i].klass = klass;
    g->node[i].with = (const sl_config *)(void *)&g->set[i];
    return &g->set[i];
}

static uint32_t index_of(const fake_graph *g, const char *name)
{
    for (uint32_t i = 0; i < g->graph.nodes; i++) {
        if (!strcmp(g->node[i].name, name))
            return i;
    }
    ck_abort_msg("no node %s", name);
    return 0;
}

void fake_edge(fake_graph *g, const char *from, uint32_t from_port, const char *to,
               uint32_t to_port)
{
    g->edge[g->graph.edges++] = (sl_graph_edge){.from = index_of(g, from),
                                                .from_port = from_port,
                                                .to = index_of(g, to),
                                                .to_port = to_port};
}

static void on_log(void *arg, uint32_t level, const char *code, const char *line, size_t len)
{
    fake_graph *g = arg;

    (void)level;
    (void)line;
    (void)len;
    if (g->log_lines < 64)
        (void)snprintf(g->log_code[g->log_lines++], 48, "%s", code);
}

sl_run *fake_run(fake_graph *g)
{
    sl_run *run = NULL;
    sl_error err = {0};

    g->hooks.log = on_log;
    g->hooks.log_arg = g;
    ck_assert_msg(sl_run_new_from(&g->graph, g->mem, &g->options, &g->hooks, NULL, &run, &err) ==
                      SL_OK,
                  "%s: %s", err.code, err.text);
    return run;
}

sl_run_result fake_go(fake_graph *g)
{
    sl_run *run = fake_run(g);
    sl_run_result result;

    (void)sl_run_start(run, &result);
    sl_run_free(run);
    return result;
}

int32_t fake_line(const fake_graph *g, const char *text, uint32_t from)
{
    for (uint32_t i = from; i < g->journal.lines; i++) {
        if (!strcmp(g->journal.line[i], text))
            return (int32_t)i;
    }
    return -1;
}

uint32_t fake_count(const fake_graph *g, const char *text)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < g->journal.lines; i++)
        n += !strncmp(g->journal.line[i], text, strlen(text));
    return n;
}

int fake_logged(const fake_graph *g, const char *code)
{
    for (uint32_t i = 0; i < g->log_lines; i++) {
        if (!strcmp(g->log_code[i], code))
            return 1;
    }
    return 0;
}

uint32_t fake_arrived(const fake_graph *g, int64_t n)
{
    uint32_t times = 0;

    for (uint32_t i = 0; i < g->journal.values; i++)
        times += g->journal.value[i] == n;
    return times;
}

int fake_complete(const fake_graph *g, uint32_t n, uint32_t times)
{
    uint32_t *seen = calloc(n, sizeof *seen);
    int ok = g->journal.values == n * times;

    ck_assert_ptr_nonnull(seen);
    for (uint32_t i = 0; ok && i < g->journal.values; i++) {
        int64_t v = g->journal.value[i];
        ok = v >= 0 && v < n;
        if (ok)
            seen[v]++;
    }
    for (uint32_t i = 0; ok && i < n; i++)
        ok = seen[i] == times;
    free(seen);
    return ok;
}

const char *fake_dead(const fake_graph *g)
{
    static char text[1 << 20];
    char path[512];
    struct dirent *entry;
    size_t at = 0;
    DIR *dir;

    (void)snprintf(path, sizeof path, "%s/dead", g->folder);
    dir = opendir(path);
    while (dir && (entry = readdir(dir)) != NULL) {
        FILE *file;
        if (entry->d_name[0] == '.')
            continue;
        (void)snprintf(path, sizeof path, "%s/dead/%.200s", g->folder, entry->d_name);
        file = fopen(path, "rb");
        ck_assert_ptr_nonnull(file);
        at += fread(text + at, 1, sizeof text - 1 - at, file);
        (void)fclose(file);
    }
    if (dir)
        (void)closedir(dir);
    text[at] = 0;
    return text;
}
