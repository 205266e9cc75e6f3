/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/graph/print.c - the resolved graph as text, dot or JSON.
 *
 * Short forms are written out and references put in, as the engine sees the graph. Settings that
 * are secret are shown as ***. Text and dot show what was written, JSON the defaults as well.
 */
#include <stdio.h>
#include <string.h>

#include <sluice/text.h>

#include "engine/graph/graph_priv.h"
#include "sdk/lib/json.h"

#define SECRET_SHOWN "***"

/* ---- settings ---------------------------------------------------------------------------------
 */

static void json_setting(sl_json *j, const char *key, const sl_config *cfg);

static void json_scalar(sl_json *j, const char *key, const sl_config *cfg)
{
    char number[SL_F64_TEXT];

    switch (cfg->type) {
    case SL_T_BOOL:
        sl_json_bool(j, key, cfg->number != 0);
        break;
    case SL_T_INT:
    case SL_T_SIZE:
        sl_json_int(j, key, cfg->number);
        break;
    case SL_T_FLOAT:
        sl_json_raw(j, key, number, sl_f64_print(cfg->real, number));
        break;
    default:
        sl_json_textn(j, key, cfg->value.text, cfg->value.len);
        break;
    }
}

static void json_items(sl_json *j, const sl_config *cfg)
{
    for (uint32_t i = 0; i < cfg->count; i++)
        json_setting(j, cfg->type == SL_T_LIST ? NULL : cfg->items[i].key, &cfg->items[i]);
    sl_json_end(j);
}

/* Has CFG, or anything in it, a value? */
static int has_value(const sl_config *cfg)
{
    if (sl_config_is_set(cfg))
        return 1;
    for (uint32_t i = 0; i < cfg->count; i++) {
        if (has_value(&cfg->items[i]))
            return 1;
    }
    return 0;
}

static void json_setting(sl_json *j, const char *key, const sl_config *cfg)
{
    if (!has_value(cfg))
        return;
    if (cfg->flags & SL_CONFIG_SECRET) {
        sl_json_text(j, key, SECRET_SHOWN);
    } else if (cfg->type == SL_T_LIST) {
        sl_json_array(j, key);
        json_items(j, cfg);
    } else if (cfg->type == SL_T_MAP || cfg->type == SL_T_GROUP) {
        sl_json_object(j, key);
        json_items(j, cfg);
    } else if (cfg->value.text) {
        json_scalar(j, key, cfg);
    } else {
        sl_json_null(j, key);
    }
}

/* One setting on one line, as YAML in flow style (which JSON is). */
static void text_setting(sl_textbuf *out, sl_mem *mem, const sl_config *cfg)
{
    sl_json j;
    char *text;

    if (!(cfg->flags & SL_CONFIG_WRITTEN))
        return;
    sl_json_init(&j, mem, 0);
    json_setting(&j, NULL, cfg);
    text = sl_json_take(&j, NULL);
    sl_json_fini(&j);
    if (text)
        sl_textbuf_printf(out, "      %s: %s\n", cfg->key, text);
    else
        out->is_short = 1;
    sl_mem_free(text);
}

/* ---- text -------------------------------------------------------------------------------------
 */

static const char *role_word(const sl_gnode *node)
{
    return node->role < SL_ROLES ? sl_roles[node->role].word : "node";
}

static const char *class_id(const sl_gnode *node)
{
    return node->pub.klass ? node->pub.klass->id : "?";
}

static const char *in_name(const sl_gnode *node, uint32_t port)
{
    const char *const *in = node->pub.klass ? node->pub.klass->in : NULL;

    for (uint32_t i = 0; in && in[i]; i++) {
        if (i == port)
            return in[i];
    }
    return "";
}

static void text_edge(sl_textbuf *out, const sl_graph *g, const sl_graph_edge *e)
{
    const char *port = sl_graph_port_name(g->order[e->from]->pub.klass, e->from_port);
    const char *in = in_name(g->order[e->to], e->to_port);

    sl_textbuf_printf(out, "      from %s%s%s", g->order[e->from]->pub.name, *port ? "." : "",
                      port);
    if (*in)
        sl_textbuf_printf(out, " as %s", in);
    sl_textbuf_puts(out, "\n");
}

static char *print_text(const sl_graph *g, sl_mem *mem)
{
    sl_textbuf out;
    uint32_t edge = 0;

    sl_textbuf_init(&out, mem);
    sl_textbuf_printf(&out, "graph %s\n", sl_graph_name(g));
    if (g->about)
        sl_textbuf_printf(&out, "  %s\n", g->about);
    for (uint32_t i = 0; g->order && i < g->nnodes; i++) {
        const sl_gnode *node = g->order[i];

        sl_textbuf_printf(&out, "\n  %s: %s %s\n", node->pub.name, role_word(node), class_id(node));
        for (; edge < g->nedges && g->edges[edge].to == i; edge++)
            text_edge(&out, g, &g->edges[edge]);
        for (uint32_t k = 0; k < node->pub.with->count; k++)
            text_setting(&out, mem, &node->pub.with->items[k]);
        if (node->pub.errors == SL_ERRORS_STOP)
            sl_textbuf_puts(&out, "      errors: stop\n");
        if (node->pub.lanes)
            sl_textbuf_printf(&out, "      lanes: %u\n", node->pub.lanes);
    }
    return sl_textbuf_take(&out);
}

/* ---- dot --------------------------------------------------------------------------------------
 */

static void dot_text(sl_textbuf *out, const char *text)
{
    sl_textbuf_puts(out, "\"");
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            sl_textbuf_puts(out, "\\");
        sl_textbuf_add(out, text, 1);
    }
    sl_textbuf_puts(out, "\"");
}

static char *print_dot(const sl_graph *g, sl_mem *mem)
{
    static const char *const shapes[SL_ROLES + 1] = {"invhouse", "box", "house",
                                                     "cds",      "cds", "box"};
    sl_textbuf out;

    sl_textbuf_init(&out, mem);
    sl_textbuf_puts(&out, "digraph ");
    dot_text(&out, sl_graph_name(g));
    sl_textbuf_puts(&out, " {\n  rankdir=LR;\n  node [fontname=\"sans-serif\"];\n");
    for (uint32_t i = 0; g->order && i < g->nnodes; i++) {
        const sl_gnode *node = g->order[i];

        sl_textbuf_puts(&out, "  ");
        dot_text(&out, node->pub.name);
        sl_textbuf_printf(&out, " [shape=%s, label=\"%s\\n%s %s\"];\n", shapes[node->role],
                          node->pub.name, role_word(node), class_id(node));
    }
    for (uint32_t i = 0; g->order && i < g->nedges; i++) {
        const sl_graph_edge *e = &g->edges[i];
        const char *port = sl_graph_port_name(g->order[e->from]->pub.klass, e->from_port);

        sl_textbuf_puts(&out, "  ");
        dot_text(&out, g->order[e->from]->pub.name);
        sl_textbuf_puts(&out, " -> ");
        dot_text(&out, g->order[e->to]->pub.name);
        if (*port) {
            sl_textbuf_puts(&out, " [label=");
            dot_text(&out, port);
            sl_textbuf_puts(&out, e->from_port == SL_PORT_ERRORS ? ", style=dashed]" : "]");
        }
        sl_textbuf_puts(&out, ";\n");
    }
    sl_textbuf_puts(&out, "}\n");
    return sl_textbuf_take(&out);
}

/* ---- JSON -------------------------------------------------------------------------------------
 */

static void json_limits(sl_json *j, const sl_graph *g)
{
    const sl_graph_limits *l = &g->limits;

    sl_json_object(j, "limits");
    sl_json_uint(j, "memory", l->memory_bytes);
    sl_json_uint(j, "edge_bytes", l->edge_bytes);
    sl_json_uint(j, "record", l->record_bytes);
    sl_json_uint(j, "depth", l->depth);
    sl_json_uint(j, "batch_records", l->batch_records);
    sl_json_uint(j, "batch_bytes", l->batch_bytes);
    sl_json_uint(j, "paths", l->paths);
    sl_json_uint(j, "slots", l->slots);
    sl_json_uint(j, "lanes", l->lanes);
    sl_json_end(j);
    sl_json_object(j, "checkpoint");
    sl_json_int(j, "every_ms", l->checkpoint_ns / 1000000);
    sl_json_uint(j, "bytes", l->checkpoint_bytes);
    if (l->checkpoint_store)
        sl_json_text(j, "store", g->has_secret_store ? SECRET_SHOWN : l->checkpoint_store);
    sl_json_end(j);
}

static void json_node(sl_json *j, const sl_gnode *node)
{
    sl_json_object(j, NULL);
    sl_json_text(j, "name", node->pub.name);
    sl_json_text(j, "role", role_word(node));
    sl_json_text(j, "class", node->pub.klass ? node->pub.klass->id : NULL);
    if (node->pub.about)
        sl_json_text(j, "about", node->pub.about);
    sl_json_bool(j, "hidden", node->pub.is_hidden);
    sl_json_text(j, "errors", node->pub.errors == SL_ERRORS_STOP ? "stop" : "dead");
    if (node->pub.lanes)
        sl_json_uint(j, "lanes", node->pub.lanes);
    sl_json_object(j, "with");
    json_items(j, node->pub.with);
    sl_json_end(j);
}

static void json_edge(sl_json *j, const sl_graph *g, const sl_graph_edge *e)
{
    const char *port = sl_graph_port_name(g->order[e->from]->pub.klass, e->from_port);
    const char *in = in_name(g->order[e->to], e->to_port);

    sl_json_object(j, NULL);
    sl_json_text(j, "from", g->order[e->from]->pub.name);
    if (*port)
        sl_json_text(j, "output", port);
    sl_json_text(j, "to", g->order[e->to]->pub.name);
    if (*in)
        sl_json_text(j, "input", in);
    sl_json_end(j);
}

static char *print_json(const sl_graph *g, sl_mem *mem)
{
    sl_json j;
    char *text;

    sl_json_init(&j, mem, 2);
    sl_json_object(&j, NULL);
    sl_json_text(&j, "name", sl_graph_name(g));
    if (g->about)
        sl_json_text(&j, "about", g->about);
    json_limits(&j, g);
    sl_json_array(&j, "nodes");
    for (uint32_t i = 0; g->order && i < g->nnodes; i++)
        json_node(&j, g->order[i]);
    sl_json_end(&j);
    sl_json_array(&j, "edges");
    for (uint32_t i = 0; g->order && i < g->nedges; i++)
        json_edge(&j, g, &g->edges[i]);
    sl_json_end(&j);
    sl_json_end(&j);
    text = sl_json_take(&j, NULL);
    sl_json_fini(&j);
    return text;
}

typedef struct graph_format {
    const char *name;
    char *(*print)(const sl_graph *g, sl_mem *mem);
} graph_format;

char *sl_graph_print(const sl_graph *g, sl_mem *mem, const char *format)
{
    static const graph_format formats[] = {
        {"text", print_text}, {"dot", print_dot}, {"json", print_json}};

    for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++) {
        if (strcmp(formats[i].name, format) == 0)
            return formats[i].print(g, mem);
    }
    return NULL;
}
