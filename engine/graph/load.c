/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/graph/load.c - loading a graph: the steps in their order, and the graph's life.
 *
 * Documents, top keys and variables, nodes, edges, order. Each step goes on with what the one
 * before left, so that all mistakes come out at once; only short memory ends it early.
 */
#include <string.h>

#include "engine/graph/graph_priv.h"

typedef sl_status (*load_step)(sl_loader *ld);

static const load_step load_steps[] = {sl_graph_read_top, sl_graph_read_nodes, sl_graph_read_edges,
                                       sl_graph_sort};

static sl_status run_steps(sl_loader *ld, const char *path)
{
    sl_status rc = sl_graph_read_docs(ld, path);

    if (rc != SL_OK)
        return rc;
    if (!ld->g->docs || !ld->g->docs->root)
        return SL_OK; /* said already */
    for (size_t i = 0; i < sizeof(load_steps) / sizeof(*load_steps); i++) {
        rc = load_steps[i](ld);
        if (rc != SL_OK)
            return rc;
    }
    sl_vars_check_used(ld->check.vars);
    return SL_OK;
}

sl_status sl_graph_load(sl_env *env, sl_mem *mem, const char *path, const sl_registry *reg,
                        const sl_graph_options *options, sl_diags *diags, sl_graph **graph)
{
    sl_graph *g = sl_mem_zalloc(mem, 1, sizeof(*g));
    sl_loader ld = {.env = env, .reg = reg, .options = options, .g = g, .diags = diags};
    sl_status rc;

    *graph = NULL;
    if (!g)
        return SL_E_NOMEM;
    g->mem = mem;
    g->arena.mem = mem;
    ld.check.arena = &g->arena;
    ld.check.diags = diags;
    ld.check.vars = sl_vars_new(env, &g->arena, diags);
    rc = ld.check.vars ? run_steps(&ld, path) : SL_E_NOMEM;
    if (rc == SL_OK && (g->arena.is_short || sl_diags_is_cut(diags)))
        rc = SL_E_NOMEM;
    if (rc != SL_OK) {
        sl_graph_free(g);
        return rc;
    }
    *graph = g;
    return sl_diags_count(diags, SL_DIAG_ERROR) ? SL_E_CONFIG : SL_OK;
}

void sl_graph_free(sl_graph *g)
{
    if (!g)
        return;
    for (sl_doc *d = g->docs; d; d = d->next)
        sl_text_file_unref(d->file);
    sl_mem_free(g->nodes);
    sl_mem_free(g->edges);
    sl_arena_fini(&g->arena);
    sl_mem_free(g);
}

const char *sl_graph_name(const sl_graph *g)
{
    return g->name ? g->name : "graph";
}

const sl_graph_limits *sl_graph_get_limits(const sl_graph *g)
{
    return &g->limits;
}

const sl_graph_node *sl_graph_node_at(const sl_graph *g, uint32_t i)
{
    return g->order && i < g->nnodes ? &g->order[i]->pub : NULL;
}

const sl_graph_edge *sl_graph_edge_at(const sl_graph *g, uint32_t i)
{
    return g->order && i < g->nedges ? &g->edges[i] : NULL;
}

sl_place sl_graph_setting_place(const sl_graph *g, uint32_t node, const char *path, uint32_t at,
                                uint32_t len)
{
    sl_place place = {0};

    if (!g->order || node >= g->nnodes)
        return place;
    place = sl_config_place(g->order[node]->pub.with, path, at, len);
    return place.file ? place : g->order[node]->role_place;
}

const char *sl_graph_text(sl_loader *ld, const sl_yaml *node, const char *what)
{
    sl_value value;

    /* the word null is a name like others: that of the sink null */
    if (node->kind != SL_YAML_SCALAR || !node->text_len || strcmp(node->text, "~") == 0) {
        sl_diag(ld->diags, SL_DIAG_ERROR, "config.value.type", sl_yaml_place(node),
                "%s must be a name, not %s", what,
                node->kind == SL_YAML_SCALAR ? "nothing" : sl_yaml_describe(node));
        return NULL;
    }
    if (sl_vars_resolve(ld->check.vars, node, &value) != SL_OK)
        return NULL;
    if (value.flags & SL_VALUE_SECRET) {
        sl_diag(ld->diags, SL_DIAG_ERROR, "config.value.secret", sl_yaml_place(node),
                "%s can't be a secret: names are shown", what);
        sl_diag_hint(ld->diags, "use ${env:NAME} or ${var:NAME}");
        return NULL;
    }
    return value.text;
}

int sl_graph_may_suggest(const sl_loader *ld)
{
    return sl_diags_count(ld->diags, SL_DIAG_ERROR) < 100;
}

const char *sl_graph_diag_key(sl_loader *ld, const sl_yaml *key, const char *owner,
                              const char *const *keys)
{
    char list[256];
    size_t len = 0;
    uint32_t n = 0;
    const char *better;

    while (keys[n])
        n++;
    better = sl_suggest(key->text, keys, n);
    sl_diag(ld->diags, SL_DIAG_ERROR, "config.key.unknown", sl_yaml_place(key),
            "%s has no key \"%.80s\"", owner, key->text);
    if (better)
        sl_diag_hint(ld->diags, "did you mean \"%s\"?", better);
    for (uint32_t i = 0; i < n; i++) {
        size_t more = strlen(keys[i]) + (len ? 2 : 0);

        if (len + more >= sizeof(list))
            break;
        if (len)
            memcpy(list + len, ", ", 2);
        memcpy(list + len + (len ? 2 : 0), keys[i], strlen(keys[i]));
        len += more;
    }
    list[len] = 0;
    sl_diag_note(ld->diags, "keys: %s", list);
    return better;
}
