/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/run/plan_sets.c - which ports share a path set, and which slots it has.
 *
 * Ports are joined along the edges and through nodes that pass batches on (rows->through); each
 * group gets one set, shared by all lanes. What its inputs have declared gets slots; where one of
 * them asked for "*", the keys that its outputs declare get slots too, and the set learns. Then the
 * declared paths and keys are told their slots.
 */
#include "engine/run/run_priv.h"

/* The group of port I; paths are halved on the way. */
static uint32_t find(uint32_t *group, uint32_t i)
{
    while (group[i] != i) {
        group[i] = group[group[i]];
        i = group[i];
    }
    return i;
}

static uint32_t out_at(const sl_unit *unit, uint32_t port)
{
    return unit->out_base + (port == SL_PORT_ERRORS ? unit->outs : port);
}

/* Number all ports. */
static uint32_t number_ports(sl_run *run)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < run->units; i++) {
        sl_unit *unit = &run->unit[i];
        unit->in_base = n;
        n += unit->ins;
        unit->out_base = n;
        n += unit->outs + 1;
    }
    return n;
}

static void join_ports(sl_run *run, uint32_t *group)
{
    for (uint32_t i = 0; i < run->graph.edges; i++) {
        const sl_graph_edge *edge = &run->graph.edge[i];
        uint32_t a = find(group, out_at(&run->unit[edge->from], edge->from_port));
        uint32_t b = find(group, run->unit[edge->to].in_base + edge->to_port);
        group[a] = b;
    }
    for (uint32_t i = 0; i < run->units; i++) {
        const sl_unit *unit = &run->unit[i];
        const sl_node *node = unit->copy[0];
        for (uint32_t k = 0; k < node->throughs; k++) {
            uint32_t a = find(group, unit->in_base + node->through[k].in);
            uint32_t b = find(group, unit->out_base + node->through[k].out);
            group[a] = b;
        }
    }
}

/* One set for each group, at the group's own place in run->set. */
static sl_status make_sets(sl_run *run, const uint32_t *group, uint32_t ports)
{
    run->set = sl_mem_zalloc(run->parent, ports + 1u, sizeof(sl_pathset *));
    if (!run->set)
        return SL_E_NOMEM;
    run->sets = ports;
    for (uint32_t i = 0; i < ports; i++) {
        if (group[i] != i)
            continue;
        run->set[i] = sl_pathset_new(run->mem, run->graph.limits.slots);
        if (!run->set[i])
            return SL_E_NOMEM;
    }
    return SL_OK;
}

static sl_pathset *set_at(sl_run *run, uint32_t *group, uint32_t port)
{
    return run->set[find(group, port)];
}

static void each_node(sl_run *run, uint32_t *group,
                      void (*fn)(sl_run *run, uint32_t *group, sl_node *node))
{
    for (uint32_t i = 0; i < run->units; i++) {
        for (uint32_t k = 0; k < run->unit[i].copies; k++)
            fn(run, group, run->unit[i].copy[k]);
    }
}

static void add_paths(sl_run *run, uint32_t *group, sl_node *node)
{
    for (sl_path_decl *decl = node->paths; decl; decl = decl->next) {
        sl_pathset *set = set_at(run, group, node->unit->in_base + decl->priv.pub.port);
        if (decl->is_all)
            sl_pathset_open(set);
        else
            (void)sl_pathset_add(set, decl->key, decl->priv.n); /* full: the walker serves */
    }
}

static void add_keys(sl_run *run, uint32_t *group, sl_node *node)
{
    for (sl_key_decl *decl = node->keys; decl; decl = decl->next) {
        sl_pathset *set = set_at(run, group, out_at(node->unit, decl->pub.port));
        if (sl_pathset_is_open(set))
            (void)sl_pathset_add(set, decl->path, decl->n);
    }
}

static void tell_slots(sl_run *run, uint32_t *group, sl_node *node)
{
    for (sl_path_decl *decl = node->paths; decl; decl = decl->next) {
        sl_path *path = &decl->priv.pub;
        path->set = set_at(run, group, node->unit->in_base + path->port);
        if (!decl->is_all)
            path->slot = sl_pathset_find(path->set, decl->key, decl->priv.n);
    }
    for (sl_key_decl *decl = node->keys; decl; decl = decl->next) {
        const sl_pathset *set = set_at(run, group, out_at(node->unit, decl->pub.port));
        decl->pub.slot = sl_pathset_find(set, decl->path, decl->n);
    }
    for (uint32_t i = 0; i < node->outs; i++)
        node->out[i].set = set_at(run, group, node->unit->out_base + i);
}

sl_status sl_plan_sets(sl_run *run, sl_error *err)
{
    uint32_t ports = number_ports(run);
    uint32_t *group = sl_mem_alloc(run->parent, (ports + 1u) * sizeof *group);
    sl_status status = group ? SL_OK : SL_E_NOMEM;

    if (group) {
        for (uint32_t i = 0; i < ports; i++)
            group[i] = i;
        join_ports(run, group);
        status = make_sets(run, group, ports);
    }
    if (status == SL_OK) {
        each_node(run, group, add_paths);
        each_node(run, group, add_keys);
        each_node(run, group, tell_slots);
    }
    sl_mem_free(group);
    return status == SL_OK ? SL_OK : sl_error_set(err, status, "memory", "no memory for the slots");
}
