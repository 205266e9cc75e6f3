/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/engine/graph_world.h - what a test of graph files needs: memory, diagnostics, a graph.
 *
 * world_init, then world_load with the text of a graph; world_fini checks that all memory is given
 * back. world_has looks for a code, world_place for the text under the carets of one.
 */
#ifndef SL_TESTS_ENGINE_GRAPH_WORLD_H
#define SL_TESTS_ENGINE_GRAPH_WORLD_H
#include <string.h>

#include "engine/config/diag_priv.h"
#include "engine/config/values.h"
#include "tests/engine/fake_registry.h"
#include "tests/lib/suite.h"

typedef struct world {
    sl_mem *mem;
    sl_env env;
    sl_diags *diags;
    sl_graph *graph;
    sl_text_file *file;
    sl_arena arena;
} world;

/* [main] Make W ready. */
static inline void world_init(world *w)
{
    memset(w, 0, sizeof(*w));
    w->mem = sl_mem_new(NULL, NULL, "test", 0);
    fake_env_init(&w->env, NULL);
    w->diags = sl_diags_new(w->mem);
    w->arena.mem = w->mem;
}

/* [main] Free what W has, and check that nothing is left. */
static inline void world_fini(world *w)
{
    sl_graph_free(w->graph);
    sl_diags_free(w->diags);
    sl_arena_fini(&w->arena);
    sl_text_file_unref(w->file);
    ck_assert_uint_eq(sl_mem_used(w->mem), 0);
    sl_mem_drop(w->mem);
}

/* [main] Load the graph TEXT, with --set SET (NULL: none), from the classes of REG. */
static inline sl_status world_load_with(world *w, const char *text, const char *const *set,
                                        const sl_registry *reg)
{
    sl_graph_options options = {.set = set, .text = text};

    return sl_graph_load(&w->env, w->mem, "test.yaml", reg, &options, w->diags, &w->graph);
}

/* [main] As world_load_with, from the stock and odd classes. */
static inline sl_status world_load(world *w, const char *text)
{
    return world_load_with(w, text, NULL, fake_registry_odd());
}

/* [main] Read TEXT as YAML; the root, or NULL. */
static inline const sl_yaml *world_yaml(world *w, const char *text)
{
    sl_yaml *root = NULL;

    w->file = sl_text_file_new(w->mem, "test.yaml", text, strlen(text));
    ck_assert_ptr_nonnull(w->file);
    (void)sl_yaml_read(w->file, &w->arena, w->diags, &root);
    return root;
}

/* [main] The first diagnostic with CODE; NULL when there is none. */
static inline const sl_diag_item *world_find(const world *w, const char *code)
{
    for (const sl_diag_item *d = w->diags->first; d; d = d->next) {
        if (strcmp(d->code, code) == 0)
            return d;
    }
    return NULL;
}

/* [main] Is CODE the one and only diagnostic, with exactly the text UNDER below its carets? */
static inline void world_expect(const world *w, const char *code, const char *under)
{
    const sl_diag_item *d = world_find(w, code);
    char *all = sl_diags_text(w->diags, 0);

    ck_assert_msg(d != NULL, "no %s, but:\n%s", code, all);
    ck_assert_msg(!w->diags->first->next, "more than %s:\n%s", code, all);
    ck_assert_msg(d->place.len == strlen(under) &&
                      memcmp(d->place.file->bytes + d->place.at, under, d->place.len) == 0,
                  "not under \"%s\":\n%s", under, all);
    sl_mem_free(all);
}

/* [main] Nothing was found wrong. */
static inline void world_expect_none(const world *w)
{
    char *all = sl_diags_text(w->diags, 0);

    ck_assert_msg(all && !*all, "%s", all);
    sl_mem_free(all);
}

/* [main] The place of node NAME in the order of the graph; UINT32_MAX when there is none. */
static inline uint32_t world_index(const world *w, const char *name)
{
    const sl_graph_node *node;

    for (uint32_t i = 0; (node = sl_graph_node_at(w->graph, i)) != NULL; i++) {
        if (strcmp(node->name, name) == 0)
            return i;
    }
    return UINT32_MAX;
}

/* [main] The node NAME of the graph, which must have it. */
static inline const sl_graph_node *world_node(const world *w, const char *name)
{
    const sl_graph_node *node = sl_graph_node_at(w->graph, world_index(w, name));

    if (!node)
        ck_abort_msg("no node %s", name);
    return node;
}

/* [main] Is there an edge from output FROM_PORT of FROM to input TO_PORT of TO? */
static inline int world_has_edge(const world *w, const char *from, uint32_t from_port,
                                 const char *to, uint32_t to_port)
{
    const sl_graph_edge *e;

    for (uint32_t i = 0; (e = sl_graph_edge_at(w->graph, i)) != NULL; i++) {
        if (strcmp(sl_graph_node_at(w->graph, e->from)->name, from) == 0 &&
            strcmp(sl_graph_node_at(w->graph, e->to)->name, to) == 0 && e->from_port == from_port &&
            e->to_port == to_port)
            return 1;
    }
    return 0;
}

#endif
