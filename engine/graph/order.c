/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/graph/order.c - putting the nodes in an order in which each follows what feeds it.
 *
 * Nodes are taken as soon as all their inputs were. When none is left to take but nodes are, there
 * is a circle: it is shown with its whole path, cut at one edge, and sorting goes on, so that every
 * circle is found and the graph can still be shown.
 */
#include <stdlib.h>
#include <string.h>

#include "engine/graph/graph_priv.h"

#define CYCLES_MAX 20u
#define PATH_SHOWN 8u

typedef struct sorter {
    sl_loader *ld;
    sl_graph *g;
    uint32_t *first; /* of node i's outgoing edges in out; first[n] ends the last */
    uint32_t *out;   /* edges, grouped by where they come from */
    uint8_t *is_cut; /* by edge: closes a circle that was complained about */
    uint32_t *seen;  /* by node: step of the walk that looks for a circle */
    uint32_t nplaced;
} sorter;

static sl_status group_edges(sorter *s)
{
    sl_graph *g = s->g;
    uint32_t *at;

    s->first = sl_arena_array(&g->arena, (size_t)g->nnodes + 2, sizeof(uint32_t));
    s->out = sl_arena_array(&g->arena, g->nedges, sizeof(uint32_t));
    s->is_cut = sl_arena_array(&g->arena, g->nedges, 1);
    s->seen = sl_arena_array(&g->arena, g->nnodes, sizeof(uint32_t));
    g->order = sl_arena_array(&g->arena, g->nnodes, sizeof(sl_gnode *));
    g->rank = sl_arena_array(&g->arena, g->nnodes, sizeof(uint32_t));
    at = sl_arena_array(&g->arena, (size_t)g->nnodes + 1, sizeof(uint32_t));
    if (g->arena.is_short || !s->first || !s->out || !s->is_cut || !s->seen || !g->order ||
        !g->rank || !at)
        return SL_E_NOMEM;
    for (uint32_t i = 0; i < g->nedges; i++) {
        s->first[g->edges[i].from + 1]++;
        g->nodes[g->edges[i].to]->degree++;
    }
    for (uint32_t i = 0; i < g->nnodes; i++) {
        s->first[i + 1] += s->first[i];
        at[i] = s->first[i];
    }
    for (uint32_t i = 0; i < g->nedges; i++)
        s->out[at[g->edges[i].from]++] = i;
    return SL_OK;
}

static void place(sorter *s, sl_gnode *node)
{
    s->g->rank[node->index] = s->nplaced;
    s->g->order[s->nplaced++] = node;
}

/* Place all that can be: order[] is the queue as well. */
static void drain(sorter *s, uint32_t from)
{
    sl_graph *g = s->g;

    for (; from < s->nplaced; from++) {
        const sl_gnode *node = g->order[from];

        for (uint32_t i = s->first[node->index]; i < s->first[node->index + 1]; i++) {
            sl_gnode *next = g->nodes[g->edges[s->out[i]].to];

            if (!s->is_cut[s->out[i]] && --next->degree == 0)
                place(s, next);
        }
    }
}

/* Write the names of the circle that ends with EDGE: "a → b → a". */
static void name_cycle(const sorter *s, const uint32_t *into, uint32_t edge, sl_textbuf *out)
{
    const sl_graph *g = s->g;
    uint32_t chain[PATH_SHOWN];
    uint32_t start = g->edges[edge].to;
    uint32_t node = g->edges[edge].from;
    uint32_t n = 0;
    int is_long = 0;

    while (node != start) {
        if (n < PATH_SHOWN)
            chain[n++] = node;
        else
            is_long = 1;
        node = g->edges[into[node]].from;
    }
    sl_textbuf_puts(out, g->nodes[start]->pub.name);
    if (is_long)
        sl_textbuf_puts(out, " → …");
    while (n)
        sl_textbuf_printf(out, " → %s", g->nodes[chain[--n]]->pub.name);
    sl_textbuf_printf(out, " → %s", g->nodes[start]->pub.name);
}

/* Find a circle among the nodes that are left, complain about it unless that was done often enough,
 * and cut it. WALK numbers the attempts. */
static void cut_cycle(sorter *s, const uint32_t *into, uint32_t start, uint32_t walk)
{
    sl_graph *g = s->g;
    uint32_t node = start;
    uint32_t edge;
    sl_textbuf names;

    while (s->seen[node] != walk) {
        s->seen[node] = walk;
        node = g->edges[into[node]].from;
    }
    edge = into[node];
    s->is_cut[edge] = 1;
    if (walk <= CYCLES_MAX) {
        sl_textbuf_init(&names, g->mem);
        name_cycle(s, into, edge, &names);
        sl_diag(s->ld->diags, SL_DIAG_ERROR, "config.graph.cycle", g->edges[edge].place,
                "records would go round in a circle: %s", names.is_short ? "…" : names.text);
        sl_diag_hint(s->ld->diags, "take one of these edges out");
        if (names.is_short)
            (void)sl_arena_set_short(&g->arena);
        sl_textbuf_fini(&names);
    }
    if (--g->nodes[node]->degree == 0)
        place(s, g->nodes[node]);
}

/* For each node that is not placed: one edge into it from another that is not. */
static void find_waiting(const sorter *s, const uint8_t *is_placed, uint32_t *into)
{
    const sl_graph *g = s->g;

    for (uint32_t i = g->nedges; i-- > 0;) {
        const sl_graph_edge *e = &g->edges[i];

        if (!s->is_cut[i] && !is_placed[e->from] && !is_placed[e->to])
            into[e->to] = i;
    }
}

static sl_status break_cycles(sorter *s)
{
    sl_graph *g = s->g;
    uint32_t *into = sl_arena_array(&g->arena, g->nnodes, sizeof(uint32_t));
    uint8_t *is_placed = sl_arena_array(&g->arena, g->nnodes, 1);
    uint32_t marked = 0;

    if (!into || !is_placed)
        return SL_E_NOMEM;
    for (uint32_t walk = 1; s->nplaced < g->nnodes; walk++) {
        uint32_t from = s->nplaced;
        uint32_t start = 0;

        if (walk > CYCLES_MAX) { /* enough was said: take the rest as it comes */
            for (uint32_t i = 0; i < g->nnodes; i++) {
                if (!is_placed[i])
                    place(s, g->nodes[i]);
            }
            break;
        }
        for (; marked < from; marked++)
            is_placed[g->order[marked]->index] = 1;
        find_waiting(s, is_placed, into);
        while (is_placed[start])
            start++; /* one is left: nplaced < nnodes */
        cut_cycle(s, into, start, walk);
        drain(s, from);
    }
    return SL_OK;
}

/* ---- outputs that nobody reads ------------------------------------------------------------------
 */

static int is_read(const sorter *s, const sl_gnode *node)
{
    for (uint32_t i = s->first[node->index]; i < s->first[node->index + 1]; i++) {
        if (s->g->edges[s->out[i]].from_port != SL_PORT_ERRORS)
            return 1;
    }
    return 0;
}

static void warn_unread(const sorter *s)
{
    const sl_graph *g = s->g;

    for (uint32_t i = 0; i < g->nnodes; i++) {
        const sl_gnode *node = g->nodes[i];
        const sl_gnode *named = node->owner == SL_GRAPH_NONE ? node : g->nodes[node->owner];

        if (node->role == SL_ROLE_SINK || node->role == SL_ROLES || is_read(s, node) ||
            named->is_bad || node->is_bad)
            continue;
        sl_diag(s->ld->diags, SL_DIAG_WARNING, "config.output.unused",
                node->owner == SL_GRAPH_NONE ? node->pub.place : node->role_place,
                "the output of node \"%.80s\" goes nowhere", named->pub.name);
        sl_diag_hint(s->ld->diags, "read it by from: %.80s, or silence this by a sink: null",
                     named->pub.name);
    }
}

/* ---- the graph as others see it -----------------------------------------------------------------
 */

static int by_target(const void *left, const void *right)
{
    const sl_graph_edge *a = left;
    const sl_graph_edge *b = right;

    if (a->to != b->to)
        return a->to < b->to ? -1 : 1;
    if (a->to_port != b->to_port)
        return a->to_port < b->to_port ? -1 : 1;
    if (a->from != b->from)
        return a->from < b->from ? -1 : 1;
    return a->from_port < b->from_port ? -1 : a->from_port > b->from_port;
}

/* From here on edges name nodes by their place in the order. */
static void renumber(sl_graph *g)
{
    for (uint32_t i = 0; i < g->nedges; i++) {
        g->edges[i].from = g->rank[g->edges[i].from];
        g->edges[i].to = g->rank[g->edges[i].to];
    }
    if (g->nedges)
        qsort(g->edges, g->nedges, sizeof(*g->edges), by_target);
}

sl_status sl_graph_sort(sl_loader *ld)
{
    sorter s = {.ld = ld, .g = ld->g};
    sl_status rc = group_edges(&s);

    if (rc != SL_OK) {
        ld->g->order = NULL;
        return rc;
    }
    for (uint32_t i = 0; i < ld->g->nnodes; i++) {
        if (ld->g->nodes[i]->degree == 0)
            place(&s, ld->g->nodes[i]);
    }
    drain(&s, 0);
    rc = break_cycles(&s);
    if (rc != SL_OK)
        return rc;
    if (!ld->has_lost_edges)
        warn_unread(&s);
    renumber(ld->g);
    return SL_OK;
}
