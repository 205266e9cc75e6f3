/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/graph/edge.c - the edges of a graph: what from: says, and what short forms stand for.
 *
 * A name leads to the decoder behind a source and from a sink's encoder, NAME.raw to the source
 * itself, NAME.errors to both. A sink that takes raw records gets the encoder json unless all that
 * feeds it is raw already. Inputs that nothing feeds are found when all edges are there.
 */
#include <string.h>

#include <sluice/sdk.h>

#include "engine/graph/graph_priv.h"

#define DEFAULT_ENCODER "json"

/* One name of a from: while it is looked up. */
typedef struct source_ref {
    const sl_yaml *node; /* the scalar */
    const char *text;
    const char *port; /* behind the dot; "": none */
    sl_gnode *target; /* named before the dot */
} source_ref;

static sl_status add_edge(sl_loader *ld, const sl_gnode *from, uint32_t from_port,
                          const sl_gnode *to, uint32_t to_port, sl_place place)
{
    sl_graph *g = ld->g;
    sl_graph_edge *edge;

    if (g->nedges == g->cap_edges) {
        uint32_t cap = g->cap_edges ? g->cap_edges * 2 : 64;
        sl_graph_edge *more = sl_mem_resize(g->mem, g->edges, cap * sizeof(*more));

        if (!more)
            return sl_arena_set_short(&g->arena);
        g->edges = more;
        g->cap_edges = cap;
    }
    edge = &g->edges[g->nedges++];
    edge->from = from->index;
    edge->from_port = from_port;
    edge->to = to->index;
    edge->to_port = to_port;
    edge->place = place;
    return SL_OK;
}

/* ---- names ------------------------------------------------------------------------------------
 */

#define LISTED_NODES 200u

static void diag_unknown_node(sl_loader *ld, const source_ref *ref, size_t len)
{
    const sl_graph *g = ld->g;
    const char *names[LISTED_NODES];
    const char *better = NULL;
    sl_textbuf list;
    char name[128] = "";
    uint32_t n = 0;

    memcpy(name, ref->text, len < sizeof(name) ? len : sizeof(name) - 1);
    for (uint32_t i = 0; i < g->nnodes && n < LISTED_NODES; i++) {
        if (!g->nodes[i]->pub.is_hidden)
            names[n++] = g->nodes[i]->pub.name;
    }
    if (sl_graph_may_suggest(ld))
        better = sl_suggest(name, names, n);
    sl_diag(ld->diags, SL_DIAG_ERROR, "config.edge.unknown",
            sl_yaml_text_place(ref->node, 0, (uint32_t)len), "there is no node \"%.80s\"", name);
    if (better)
        sl_diag_hint(ld->diags, "did you mean \"%s\"?", better);
    sl_textbuf_init(&list, g->mem);
    for (uint32_t i = 0; i < n; i++) {
        if (list.len > 80) {
            sl_textbuf_puts(&list, ", …");
            break;
        }
        sl_textbuf_printf(&list, "%s%s", i ? ", " : "", names[i]);
    }
    if (!list.is_short && list.len)
        sl_diag_note(ld->diags, "nodes: %s", list.text);
    sl_textbuf_fini(&list);
}

/* The outputs that may be named behind REF's node. Gives their number. */
static uint32_t list_ports(const sl_graph *g, const source_ref *ref, const char **names,
                           uint32_t cap)
{
    const sl_gnode *t = ref->target;
    const sl_class *classes[2] = {NULL, t->pub.klass};
    uint32_t n = 0;

    if (t->role == SL_ROLE_SOURCE && t->hidden != SL_GRAPH_NONE)
        classes[0] = g->nodes[t->hidden]->pub.klass;
    for (uint32_t c = 0; c < 2; c++) {
        if (!classes[c] || !classes[c]->out || t->role == SL_ROLE_SINK)
            continue;
        for (uint32_t i = 0; classes[c]->out[i] && n < cap - 2; i++)
            names[n++] = classes[c]->out[i];
    }
    if (t->role == SL_ROLE_SOURCE)
        names[n++] = "raw";
    names[n++] = "errors";
    return n;
}

static void diag_unknown_port(sl_loader *ld, const source_ref *ref)
{
    const char *names[64];
    uint32_t n = list_ports(ld->g, ref, names, 64);
    const char *better = sl_suggest(ref->port, names, n);
    uint32_t at = (uint32_t)(ref->port - ref->text);
    sl_textbuf list;

    sl_diag(ld->diags, SL_DIAG_ERROR, "config.edge.port",
            sl_yaml_text_place(ref->node, at, (uint32_t)strlen(ref->port)),
            "node \"%.80s\" has no output \"%.80s\"", ref->target->pub.name, ref->port);
    if (better)
        sl_diag_hint(ld->diags, "did you mean \"%s\"?", better);
    sl_textbuf_init(&list, ld->g->mem);
    for (uint32_t i = 0; i < n; i++)
        sl_textbuf_printf(&list, "%s%s", i ? ", " : "", names[i]);
    if (!list.is_short && list.len)
        sl_diag_note(ld->diags, "outputs: %s", list.text);
    sl_textbuf_fini(&list);
}

static uint32_t find_port(const char *const *names, const char *name)
{
    for (uint32_t i = 0; names && names[i]; i++) {
        if (strcmp(names[i], name) == 0)
            return i;
    }
    return SL_GRAPH_NONE;
}

/* ---- one name of a from: ----------------------------------------------------------------------
 */

/* Connect output PORT of the node that REF names, or of what is hidden behind it. */
static sl_status connect_port(sl_loader *ld, const source_ref *ref, const sl_gnode *to,
                              uint32_t to_port, sl_place place)
{
    sl_graph *g = ld->g;
    sl_gnode *t = ref->target;
    sl_gnode *decoder =
        t->role == SL_ROLE_SOURCE && t->hidden != SL_GRAPH_NONE ? g->nodes[t->hidden] : NULL;
    uint32_t port;

    if (!*ref->port) {
        if (t->role == SL_ROLE_SINK) {
            ld->has_lost_edges = 1;
            sl_diag(ld->diags, SL_DIAG_ERROR, "config.edge.sink", place,
                    "\"%.80s\" is a sink: nothing comes out of it", t->pub.name);
            sl_diag_hint(ld->diags, "name what feeds it, or \"%.80s.errors\"", t->pub.name);
            return SL_OK;
        }
        return add_edge(ld, decoder ? decoder : t, 0, to, to_port, place);
    }
    if (decoder && (port = find_port(decoder->pub.klass ? decoder->pub.klass->out : NULL,
                                     ref->port)) != SL_GRAPH_NONE)
        return add_edge(ld, decoder, port, to, to_port, place);
    port = t->pub.klass && t->role != SL_ROLE_SINK ? find_port(t->pub.klass->out, ref->port)
                                                   : SL_GRAPH_NONE;
    if (port != SL_GRAPH_NONE)
        return add_edge(ld, t, port, to, to_port, place);
    if (strcmp(ref->port, "raw") == 0 && t->role == SL_ROLE_SOURCE)
        return add_edge(ld, t, 0, to, to_port, place);
    ld->has_lost_edges = 1;
    if (!t->is_bad && (!decoder || !decoder->is_bad))
        diag_unknown_port(ld, ref);
    return SL_OK;
}

static sl_status connect_errors(sl_loader *ld, const source_ref *ref, const sl_gnode *to,
                                uint32_t to_port, sl_place place)
{
    sl_gnode *t = ref->target;
    sl_status rc = add_edge(ld, t, SL_PORT_ERRORS, to, to_port, place);

    if (rc == SL_OK && t->hidden != SL_GRAPH_NONE)
        rc = add_edge(ld, ld->g->nodes[t->hidden], SL_PORT_ERRORS, to, to_port, place);
    return rc;
}

static int takes_or_gives_raw(const sl_gnode *node)
{
    return node->pub.klass && node->pub.klass->flags & SL_P_RAW;
}

/* Does REF name a source of raw records that no decoder stands behind? */
static int is_undecoded(const source_ref *ref)
{
    return ref->target->role == SL_ROLE_SOURCE && ref->target->hidden == SL_GRAPH_NONE &&
           !*ref->port && takes_or_gives_raw(ref->target);
}

/* Is what REF names raw records, whatever feeds it? */
static int is_raw(const source_ref *ref)
{
    return ref->target->role == SL_ROLE_ENCODER || is_undecoded(ref) ||
           (ref->target->role == SL_ROLE_SOURCE && strcmp(ref->port, "raw") == 0);
}

/* Raw records are seldom meant where no decoder and no sink of raw records reads them. */
static void warn_undecoded(sl_loader *ld, const source_ref *ref, const sl_gnode *to, sl_place place)
{
    if (!is_undecoded(ref) || to->role == SL_ROLE_DECODER || takes_or_gives_raw(to))
        return;
    sl_diag(ld->diags, SL_DIAG_WARNING, "config.decode.missing", place,
            "\"%.80s\" has no decoder: node \"%.80s\" gets its bytes as they are",
            ref->target->pub.name, to->pub.name);
    sl_diag_hint(ld->diags, "give %.60s a decode:, or write %.60s.raw to silence this",
                 ref->target->pub.name, ref->target->pub.name);
}

/* Connect what the scalar VALUE names to input TO_PORT of TO. */
static sl_status connect(sl_loader *ld, const sl_yaml *value, sl_gnode *to, uint32_t to_port)
{
    source_ref ref = {.node = value, .port = ""};
    sl_place place = sl_yaml_place(value);
    size_t len;

    ref.text = sl_graph_text(ld, value, "what stands under from");
    ld->has_lost_edges |= !ref.text;
    if (!ref.text)
        return ld->g->arena.is_short ? SL_E_NOMEM : SL_OK;
    len = strcspn(ref.text, ".");
    if (ref.text[len])
        ref.port = ref.text + len + 1;
    ref.target = sl_graph_find_node(ld->g, ref.text, len);
    if (!ref.target) {
        ld->has_lost_edges = 1;
        diag_unknown_node(ld, &ref, len);
        return SL_OK;
    }
    warn_undecoded(ld, &ref, to, place);
    to->is_encoded &= is_raw(&ref);
    if (strcmp(ref.port, "errors") == 0)
        return connect_errors(ld, &ref, to, to_port, place);
    return connect_port(ld, &ref, to, to_port, place);
}

/* A name or a list of names for one input. */
static sl_status connect_all(sl_loader *ld, const sl_yaml *value, sl_gnode *to, uint32_t to_port)
{
    sl_status rc = SL_OK;

    if (value->kind != SL_YAML_LIST)
        return connect(ld, value, to, to_port);
    for (const sl_yaml_item *i = value->items; i && rc == SL_OK; i = i->next)
        rc = connect(ld, i->value, to, to_port);
    return rc;
}

static void diag_unknown_input(sl_loader *ld, const sl_gnode *node, const sl_yaml *key)
{
    const char *const *in = node->pub.klass->in;
    uint32_t n = 0;
    const char *better;

    while (in && in[n])
        n++;
    better = n ? sl_suggest(key->text, in, n) : NULL;
    sl_diag(ld->diags, SL_DIAG_ERROR, "config.edge.input", sl_yaml_place(key),
            "%s has no input \"%.80s\"", node->pub.klass->id, key->text);
    if (better)
        sl_diag_hint(ld->diags, "did you mean \"%s\"?", better);
    else if (!n)
        sl_diag_hint(ld->diags, "it has one input: write from: NAME, or a list of names");
}

static sl_status read_from(sl_loader *ld, sl_gnode *node, const sl_yaml *from)
{
    sl_status rc = SL_OK;

    if (from->kind != SL_YAML_MAP)
        return connect_all(ld, from, node, 0);
    for (const sl_yaml_item *i = from->items; i && rc == SL_OK; i = i->next) {
        uint32_t port = find_port(node->pub.klass ? node->pub.klass->in : NULL, i->key->text);

        if (port == SL_GRAPH_NONE) {
            ld->has_lost_edges = 1;
            if (!node->pub.klass)
                continue;
            node->is_bad = 1;
            diag_unknown_input(ld, node, i->key);
            continue;
        }
        rc = connect_all(ld, i->value, node, port);
    }
    return rc;
}

/* ---- what is missing --------------------------------------------------------------------------
 */

/* Written without a value? (null may be a node's name.) */
static int is_empty(const sl_yaml *node)
{
    return node->kind == SL_YAML_SCALAR ? !node->text_len : !node->count;
}

/* Edges to SINK go to the encoder hidden before it. */
static sl_status put_encoder(sl_loader *ld, sl_gnode *sink, uint32_t first_edge)
{
    sl_gnode *encoder;

    if (sink->hidden == SL_GRAPH_NONE) {
        if (!sink->pub.klass || !(sink->pub.klass->flags & SL_P_RAW) || sink->is_encoded)
            return SL_OK;
        if (!sl_graph_add_hidden(ld, sink, SL_ROLE_ENCODER, DEFAULT_ENCODER, NULL,
                                 sink->role_place))
            return SL_E_NOMEM;
    }
    encoder = ld->g->nodes[sink->hidden];
    for (uint32_t i = first_edge; i < ld->g->nedges; i++) {
        ld->g->edges[i].to = encoder->index;
        ld->g->edges[i].to_port = 0;
    }
    return add_edge(ld, encoder, 0, sink, 0, encoder->role_place);
}

static sl_status read_edges_of(sl_loader *ld, sl_gnode *node)
{
    const sl_yaml *from = sl_yaml_get(node->map, "from");
    uint32_t first = ld->g->nedges;
    sl_status rc;

    if (node->role == SL_ROLE_SOURCE) {
        if (node->hidden == SL_GRAPH_NONE)
            return SL_OK;
        return add_edge(ld, node, 0, ld->g->nodes[node->hidden], 0,
                        ld->g->nodes[node->hidden]->role_place);
    }
    if (!from || is_empty(from)) {
        node->is_bad = 1;
        ld->has_lost_edges = 1;
        sl_diag(ld->diags, SL_DIAG_ERROR, "config.edge.missing",
                from ? sl_yaml_place(from) : node->pub.place, "nothing feeds node \"%.80s\"",
                node->pub.name);
        sl_diag_hint(ld->diags, "name its input: from: NODE");
        return SL_OK;
    }
    node->is_encoded = 1;
    rc = read_from(ld, node, from);
    if (rc == SL_OK && node->role == SL_ROLE_SINK)
        rc = put_encoder(ld, node, first);
    return rc;
}

/* Every named input must be fed, and no output twice into the same input. */
static void check_inputs(sl_loader *ld, const sl_gnode *node, uint32_t first, uint32_t end)
{
    const char *const *in = node->pub.klass ? node->pub.klass->in : NULL;
    const sl_graph_edge *edges = ld->g->edges;

    for (uint32_t i = first; i < end; i++) {
        for (uint32_t j = first; j < i && i - first < 64; j++) {
            if (edges[i].from == edges[j].from && edges[i].from_port == edges[j].from_port &&
                edges[i].to_port == edges[j].to_port) {
                sl_diag(ld->diags, SL_DIAG_ERROR, "config.edge.twice", edges[i].place,
                        "node \"%.80s\" reads this twice", node->pub.name);
                break;
            }
        }
    }
    for (uint32_t p = 0; in && in[p] && !node->is_bad; p++) {
        uint32_t i = first;

        while (i < end && edges[i].to_port != p)
            i++;
        if (i < end)
            continue;
        sl_diag(ld->diags, SL_DIAG_ERROR, "config.edge.missing", node->pub.place,
                "nothing feeds the input \"%s\" of node \"%.80s\"", in[p], node->pub.name);
        sl_diag_hint(ld->diags, "name it: from: { %s: NODE, … }", in[p]);
        return;
    }
}

sl_status sl_graph_read_edges(sl_loader *ld)
{
    uint32_t n = ld->g->nnodes;
    sl_status rc = SL_OK;

    for (uint32_t i = 0; i < n && rc == SL_OK; i++) {
        sl_gnode *node = ld->g->nodes[i];
        uint32_t first = ld->g->nedges;

        if (node->role == SL_ROLES)
            ld->has_lost_edges = 1;
        if (node->pub.is_hidden || node->role == SL_ROLES)
            continue;
        rc = read_edges_of(ld, node);
        if (rc == SL_OK && node->role != SL_ROLE_SOURCE)
            check_inputs(ld, node, first, ld->g->nedges);
    }
    return rc;
}
