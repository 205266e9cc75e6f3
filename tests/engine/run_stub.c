/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/engine/run_stub.c - what a run asks of graph files, settings and registries, as nothing.
 *
 * The fake graphs of these tests have neither; with these in the program the linker takes none of
 * the real ones.
 */
#include "engine/graph/graph.h"

int64_t sl_config_int(const sl_config *cfg, const char *path)
{
    (void)cfg;
    (void)path;
    return 0;
}

double sl_config_float(const sl_config *cfg, const char *path)
{
    (void)cfg;
    (void)path;
    return 0;
}

const char *sl_config_text(const sl_config *cfg, const char *path)
{
    (void)cfg;
    (void)path;
    return "";
}

uint32_t sl_config_count(const sl_config *cfg, const char *path)
{
    (void)cfg;
    (void)path;
    return 0;
}

const sl_config *sl_config_item(const sl_config *cfg, const char *path, uint32_t i,
                                const char **key)
{
    (void)path;
    (void)i;
    (void)key;
    return cfg;
}

const char *sl_graph_name(const sl_graph *graph)
{
    (void)graph;
    return "";
}

const sl_graph_limits *sl_graph_get_limits(const sl_graph *graph)
{
    (void)graph;
    return NULL;
}

const sl_graph_node *sl_graph_node_at(const sl_graph *graph, uint32_t i)
{
    (void)graph;
    (void)i;
    return NULL;
}

const sl_graph_edge *sl_graph_edge_at(const sl_graph *graph, uint32_t i)
{
    (void)graph;
    (void)i;
    return NULL;
}

sl_place sl_graph_setting_place(const sl_graph *graph, uint32_t node, const char *path, uint32_t at,
                                uint32_t len)
{
    (void)graph;
    (void)node;
    (void)path;
    return (sl_place){NULL, at, len};
}

void sl_diag(sl_diags *diags, uint32_t severity, const char *code, sl_place place, const char *fmt,
             ...)
{
    (void)diags;
    (void)severity;
    (void)code;
    (void)place;
    (void)fmt;
}

uint32_t sl_diags_count(const sl_diags *diags, uint32_t severity)
{
    (void)diags;
    (void)severity;
    return 0;
}

const sl_class *sl_registry_find(const sl_registry *reg, const char *kind, const char *id,
                                 const sl_module **module)
{
    (void)reg;
    (void)kind;
    (void)id;
    (void)module;
    return NULL;
}

sl_status sl_registry_load(sl_registry *reg, const sl_class *klass, const sl_host *host,
                           const sl_class **loaded, sl_error *err)
{
    (void)reg;
    (void)klass;
    (void)host;
    (void)loaded;
    return sl_error_set(err, SL_E_CONFIG, "fake", "there is no registry here");
}
