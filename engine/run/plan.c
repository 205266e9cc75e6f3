/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/run/plan.c - which copy of which node on which lane, and what links them.
 *
 * A source has a copy on each lane. What may be spread (SL_P_PARALLEL) has as many copies as the
 * most of those that feed it; everything else exists once, on lane 0. A class that blocks gets
 * lanes of its own. Copy k feeds copy k, modulo the number there is, of the next node.
 */
#include "engine/run/run_priv.h"

#include <string.h>

#define LANES_MAX 256u

/* ---- units --------------------------------------------------------------------------------- */

static uint32_t count_names(const char *const *names)
{
    uint32_t n = 0;

    while (names[n])
        n++;
    return n;
}

static uint32_t kind_of(const sl_class *klass)
{
    if (!strcmp(klass->kind, SL_CLASS_SOURCE))
        return SL_UNIT_SOURCE;
    if (!strcmp(klass->kind, SL_CLASS_SINK))
        return SL_UNIT_SINK;
    return SL_UNIT_TRANSFORM;
}

static sl_status unit_load(sl_unit *unit, sl_error *err)
{
    sl_run *run = unit->run;
    sl_status status;

    unit->klass = unit->def->klass;
    if (unit->klass->create)
        return SL_OK; /* made by hand: it has its functions already */
    status =
        sl_registry_load(run->options.registry, unit->def->klass, &run->host, &unit->klass, err);
    if (status != SL_OK)
        return sl_error_wrap(err, status, "%s", unit->def->name);
    return SL_OK;
}

static sl_status unit_init(sl_run *run, uint32_t index, sl_error *err)
{
    sl_unit *unit = &run->unit[index];
    sl_status status;

    unit->run = run;
    unit->index = index;
    unit->def = &run->graph.node[index];
    unit->name = unit->def->name;
    status = unit_load(unit, err);
    if (status != SL_OK)
        return status;
    unit->kind = kind_of(unit->klass);
    unit->is_decoder = !strcmp(unit->klass->kind, SL_CLASS_DECODER);
    unit->ins = unit->klass->in ? count_names(unit->klass->in) : 1;
    if (unit->kind == SL_UNIT_SOURCE)
        unit->ins = 0;
    unit->outs = unit->klass->out ? count_names(unit->klass->out) : 1;
    if (unit->kind == SL_UNIT_SINK)
        unit->outs = 0;
    unit->is_dry = run->options.dry_run &&
                   (unit->kind == SL_UNIT_SINK || unit->klass->prepare != NULL) &&
                   unit->kind != SL_UNIT_SOURCE;
    unit->upstream = sl_mem_zalloc(run->parent, run->units, 1);
    if (!unit->upstream)
        return sl_error_set(err, SL_E_NOMEM, "memory", "no memory for the plan");
    return SL_OK;
}

/* Which units lead to which; whose rows count towards the limit. */
static void units_relate(sl_run *run)
{
    for (uint32_t i = 0; i < run->units; i++)
        run->unit[i].is_gate = run->unit[i].kind == SL_UNIT_SOURCE;
    for (uint32_t i = 0; i < run->graph.edges; i++) {
        const sl_graph_edge *edge = &run->graph.edge[i];
        sl_unit *from = &run->unit[edge->from];
        sl_unit *to = &run->unit[edge->to];
        if (edge->from_port == SL_PORT_ERRORS)
            from->has_errors_edge = 1;
        if (from->kind == SL_UNIT_SOURCE && to->is_decoder) {
            from->is_gate = 0;
            to->is_gate = 1;
        }
    }
    /* edges are looked at in the order of nodes, which is topological */
    for (uint32_t n = 0; n < run->units; n++) {
        sl_unit *to = &run->unit[n];
        to->upstream[n] = 1;
        for (uint32_t i = 0; i < run->graph.edges; i++) {
            const sl_graph_edge *edge = &run->graph.edge[i];
            const sl_unit *from = &run->unit[edge->from];
            for (uint32_t k = 0; edge->to == n && k < run->units; k++)
                to->upstream[k] |= from->upstream[k];
        }
    }
}

static uint32_t lanes_wanted(const sl_run *run, const sl_unit *unit)
{
    uint32_t n = run->options.lanes ? run->options.lanes
                 : unit->def->lanes ? unit->def->lanes
                                    : run->graph.limits.lanes;

    return n < 1 ? 1 : n > LANES_MAX ? LANES_MAX : n;
}

static void count_copies(sl_run *run)
{
    for (uint32_t n = 0; n < run->units; n++) {
        sl_unit *unit = &run->unit[n];
        uint32_t most = 1;
        for (uint32_t i = 0; i < run->graph.edges; i++) {
            const sl_graph_edge *edge = &run->graph.edge[i];
            if (edge->to == n && run->unit[edge->from].copies > most)
                most = run->unit[edge->from].copies;
        }
        unit->copies = lanes_wanted(run, unit);
        if (unit->kind != SL_UNIT_SOURCE) {
            if (!(unit->klass->flags & SL_P_PARALLEL))
                unit->copies = 1;
            else if (unit->copies > most)
                unit->copies = most;
        }
        run->instances += unit->copies;
    }
}

/* ---- lanes and copies ---------------------------------------------------------------------- */

static int is_blocking(const sl_unit *unit)
{
    return (unit->klass->flags & SL_P_BLOCKING) != 0;
}

static sl_status make_lanes(sl_run *run, sl_error *err)
{
    uint32_t shared = 1;
    uint32_t own = 0;

    for (uint32_t n = 0; n < run->units; n++) {
        const sl_unit *unit = &run->unit[n];
        if (is_blocking(unit))
            own += unit->copies;
        else if (unit->copies > shared)
            shared = unit->copies;
    }
    run->shared_lanes = shared;
    run->lane = sl_mem_zalloc(run->parent, shared + own, sizeof *run->lane);
    if (!run->lane)
        return sl_error_set(err, SL_E_NOMEM, "memory", "no memory for the lanes");
    for (uint32_t i = 0; i < shared + own; i++) {
        run->lanes++;
        if (!sl_lane_init(&run->lane[i], run, i))
            return sl_error_set(err, SL_E_RETRY, "memory", "no loop to be had for lane %u", i);
    }
    return SL_OK;
}

static sl_status make_nodes(sl_run *run, sl_error *err)
{
    uint32_t own = run->shared_lanes;
    sl_status first = SL_OK;

    for (uint32_t n = 0; n < run->units; n++) {
        sl_unit *unit = &run->unit[n];
        unit->copy = sl_mem_zalloc(run->parent, unit->copies, sizeof *unit->copy);
        if (!unit->copy)
            return sl_error_set(err, SL_E_NOMEM, "memory", "no memory for node %s", unit->name);
        for (uint32_t k = 0; k < unit->copies; k++) {
            sl_lane *lane = &run->lane[is_blocking(unit) ? own++ : k];
            sl_error why;
            sl_status status = sl_node_new(unit, k, lane, &unit->copy[k], &why);
            if (status != SL_OK && first == SL_OK) {
                first = status;
                *err = why;
            }
            if (status != SL_OK)
                break; /* the other nodes may have mistakes of their own */
        }
    }
    return first;
}

/* ---- links --------------------------------------------------------------------------------- */

static sl_status link_new(sl_run *run, const sl_graph_edge *edge, sl_node *from, sl_node *to)
{
    sl_link *link = sl_mem_zalloc(run->parent, 1, sizeof *link);

    if (!link)
        return SL_E_NOMEM;
    run->link[run->links++] = link;
    link->from = from;
    link->to = to;
    link->from_port = edge->from_port == SL_PORT_ERRORS ? from->outs - 1 : edge->from_port;
    link->to_port = edge->to_port;
    from->out[link->from_port].links++;
    to->ins++;
    return sl_link_init(link, run);
}

/* Give each node the lists of its links. */
static sl_status links_list(sl_run *run)
{
    for (uint32_t n = 0; n < run->units; n++) {
        for (uint32_t k = 0; k < run->unit[n].copies; k++) {
            sl_node *node = run->unit[n].copy[k];
            node->in = sl_mem_zalloc(node->mem, node->ins + 1u, sizeof(sl_link *));
            if (!node->in)
                return SL_E_NOMEM;
            node->ins = 0;
            for (uint32_t i = 0; i < node->outs; i++) {
                sl_outport *out = &node->out[i];
                out->link = sl_mem_zalloc(node->mem, out->links + 1u, sizeof(sl_link *));
                if (!out->link)
                    return SL_E_NOMEM;
                out->links = 0;
            }
        }
    }
    for (uint32_t i = 0; i < run->links; i++) {
        sl_link *link = run->link[i];
        sl_outport *out = &link->from->out[link->from_port];
        out->link[out->links++] = link;
        link->to->in[link->to->ins++] = link;
    }
    return SL_OK;
}

static sl_status make_links(sl_run *run, sl_error *err)
{
    uint32_t most = 0;
    sl_status status = SL_OK;

    for (uint32_t i = 0; i < run->graph.edges; i++) {
        const sl_graph_edge *edge = &run->graph.edge[i];
        most += run->unit[edge->from].copies;
    }
    run->link = sl_mem_zalloc(run->parent, most + 1u, sizeof(sl_link *));
    if (!run->link)
        status = SL_E_NOMEM;
    for (uint32_t i = 0; status == SL_OK && i < run->graph.edges; i++) {
        const sl_graph_edge *edge = &run->graph.edge[i];
        const sl_unit *from = &run->unit[edge->from];
        const sl_unit *to = &run->unit[edge->to];
        for (uint32_t k = 0; status == SL_OK && k < from->copies; k++)
            status = link_new(run, edge, from->copy[k], to->copy[k % to->copies]);
    }
    if (status == SL_OK)
        status = links_list(run);
    return status == SL_OK ? SL_OK : sl_error_set(err, status, "memory", "no memory for the edges");
}

/* ---- all ----------------------------------------------------------------------------------- */

sl_status sl_plan_units(sl_run *run, sl_error *err)
{
    sl_status status = SL_OK;

    run->unit = sl_mem_zalloc(run->parent, run->graph.nodes + 1u, sizeof *run->unit);
    if (!run->unit)
        return sl_error_set(err, SL_E_NOMEM, "memory", "no memory for the plan");
    run->units = run->graph.nodes;
    for (uint32_t i = 0; i < run->units && status == SL_OK; i++)
        status = unit_init(run, i, err);
    if (status != SL_OK)
        return status;
    units_relate(run);
    count_copies(run);
    status = make_lanes(run, err);
    if (status == SL_OK)
        status = make_nodes(run, err);
    if (status == SL_OK)
        status = make_links(run, err);
    if (status == SL_OK)
        status = sl_plan_sets(run, err);
    return status;
}

void sl_plan_free(sl_run *run)
{
    for (uint32_t i = 0; i < run->links; i++)
        sl_link_free(run->link[i]);
    for (uint32_t n = 0; n < run->units; n++) {
        for (uint32_t k = 0; run->unit[n].copy && k < run->unit[n].copies; k++)
            sl_node_free(run->unit[n].copy[k]);
        sl_mem_free(run->unit[n].copy);
        sl_mem_free(run->unit[n].upstream);
    }
    for (uint32_t i = 0; i < run->lanes; i++)
        sl_lane_fini(&run->lane[i]);
    for (uint32_t i = 0; i < run->sets; i++)
        sl_pathset_unref(run->set[i]);
    sl_mem_free(run->set);
    sl_mem_free(run->lane);
    sl_mem_free(run->link);
    sl_mem_free(run->unit);
}
