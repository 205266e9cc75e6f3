/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/graph/node.c - the nodes of a graph: role, class, settings, and the keys that all have.
 *
 * A table says which key may stand in a node of which role. decode: of a source and encode: of a
 * sink make nodes of their own, hidden behind the one they are written in.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/graph/graph_priv.h"

#define IN(role) (1u << (role))
#define ANYWHERE 0x1fu

typedef struct node_key {
    const char *name;
    uint32_t roles;  /* bits */
    const char *why; /* said when it stands in another */
} node_key;

static const node_key node_keys[] = {
    {"source", IN(SL_ROLE_SOURCE), NULL},
    {"transform", IN(SL_ROLE_TRANSFORM), NULL},
    {"sink", IN(SL_ROLE_SINK), NULL},
    {"decode", IN(SL_ROLE_SOURCE) | IN(SL_ROLE_DECODER),
     "it belongs to a source, or makes a node of its own"},
    {"encode", IN(SL_ROLE_SINK) | IN(SL_ROLE_ENCODER),
     "it belongs to a sink, or makes a node of its own"},
    {"from", ANYWHERE & ~IN(SL_ROLE_SOURCE), "a source has no input"},
    {"with", ANYWHERE, NULL},
    {"errors", ANYWHERE, NULL},
    {"lanes", ANYWHERE, NULL},
    {"delivery", IN(SL_ROLE_SINK), "only a sink delivers"},
    {"isolate", ANYWHERE, NULL},
    {"about", ANYWHERE, NULL},
};

#define NKEYS (sizeof(node_keys) / sizeof(*node_keys))

static const char *const errors_choice[] = {"dead", "stop", NULL};
static const char *const delivery_choice[] = {"exactly_once", NULL};
static const char *const isolate_choice[] = {"none", NULL};

const sl_setting sl_graph_node_settings[] = {
    {.size = sizeof(sl_setting),
     .type = SL_T_CHOICE,
     .name = "errors",
     .choice = errors_choice,
     .brief = "records that fail go to the dead letters, or stop the graph"},
    {.size = sizeof(sl_setting),
     .type = SL_T_INT,
     .name = "lanes",
     .min = "1",
     .max = "256",
     .brief = "lanes that this node runs on"},
    {.size = sizeof(sl_setting),
     .type = SL_T_CHOICE,
     .name = "delivery",
     .choice = delivery_choice,
     .brief = "how often a record may arrive"},
    {.size = sizeof(sl_setting),
     .type = SL_T_CHOICE,
     .name = "isolate",
     .choice = isolate_choice,
     .brief = "what the node is kept apart in"},
    {.size = sizeof(sl_setting), .type = SL_T_STRING, .name = "about", .brief = "what it is for"},
    {.size = sizeof(sl_setting), .name = NULL},
};

/* ---- the list ------------------------------------------------------------------------------- */

/* A node that is never NULL of what is not set. */
static const sl_config no_settings = {.type = SL_T_GROUP};

sl_gnode *sl_graph_add_node(sl_loader *ld, uint32_t role, const char *name, sl_place place)
{
    sl_graph *g = ld->g;
    sl_gnode *node;

    if (g->nnodes == g->cap_nodes) {
        uint32_t cap = g->cap_nodes ? g->cap_nodes * 2 : 32;
        sl_gnode **more = sl_mem_resize(g->mem, g->nodes, cap * sizeof(*more));

        if (!more) {
            (void)sl_arena_set_short(&g->arena);
            return NULL;
        }
        g->nodes = more;
        g->cap_nodes = cap;
    }
    node = sl_arena_array(&g->arena, 1, sizeof(*node));
    if (!node)
        return NULL;
    node->pub.name = name;
    node->pub.place = place;
    node->pub.with = &no_settings;
    node->role = role;
    node->role_place = place;
    node->index = g->nnodes;
    node->hidden = SL_GRAPH_NONE;
    node->owner = SL_GRAPH_NONE;
    g->nodes[g->nnodes++] = node;
    return node;
}

/* Check the settings of NODE, whose class is known. */
static sl_status check_with(sl_loader *ld, sl_gnode *node, const sl_yaml *with)
{
    sl_config *cfg = sl_arena_array(&ld->g->arena, 1, sizeof(*cfg));
    sl_subject subject = {.name = node->pub.klass->id, .place = "with", .owner = node->role_place};
    sl_status rc;

    subject.more = sl_arena_printf(&ld->g->arena, "sluice plugin show %s", node->pub.klass->id);
    if (!cfg || !subject.more)
        return SL_E_NOMEM;
    rc = sl_values_check(&ld->check, &subject, node->pub.klass->settings, with, cfg);
    node->pub.with = cfg;
    return rc == SL_E_NOMEM ? rc : SL_OK;
}

/* Find the class ID for NODE and check its settings. */
static sl_status set_class(sl_loader *ld, sl_gnode *node, const char *id, const sl_yaml *with,
                           sl_place place)
{
    node->role_place = place;
    node->pub.klass = sl_graph_find_class(ld, node->role, id, place);
    if (!node->pub.klass) {
        node->is_bad = 1;
        return ld->g->arena.is_short ? SL_E_NOMEM : SL_OK;
    }
    return check_with(ld, node, with);
}

sl_gnode *sl_graph_add_hidden(sl_loader *ld, sl_gnode *owner, uint32_t role, const char *class_id,
                              const sl_yaml *with, sl_place place)
{
    const char *name = sl_arena_printf(&ld->g->arena, "%s.%s", owner->pub.name, sl_roles[role].key);
    sl_gnode *node = name ? sl_graph_add_node(ld, role, name, place) : NULL;

    if (!node)
        return NULL;
    node->pub.is_hidden = 1;
    node->pub.errors = owner->pub.errors;
    node->pub.lanes = owner->pub.lanes;
    node->owner = owner->index;
    owner->hidden = node->index;
    return set_class(ld, node, class_id, with, place) == SL_OK ? node : NULL;
}

/* ---- role ------------------------------------------------------------------------------------ */

/* "json" or { json: {settings} }: the class, its settings, and where its name stands. False when it
 * was complained about or memory is short. */
static int read_class_value(sl_loader *ld, const sl_yaml *value, const char *key, const char **id,
                            const sl_yaml **with, sl_place *place)
{
    *with = NULL;
    *place = sl_yaml_place(value);
    if (value->kind == SL_YAML_MAP && value->count == 1) {
        *id = value->items->key->text;
        *with = value->items->value;
        *place = sl_yaml_place(value->items->key);
        return 1;
    }
    if (value->kind != SL_YAML_SCALAR) {
        sl_diag(ld->diags, SL_DIAG_ERROR, "config.node.coder", *place,
                "%s takes a name, or a map of one name to its settings", key);
        sl_diag_hint(ld->diags, "for example %s: { json: { } }", key);
        return 0;
    }
    *id = sl_graph_text(ld, value, key);
    return *id != NULL;
}

/* The role whose key stands in MAP. SL_ROLES: none, or it was complained about. */
static uint32_t find_role(sl_loader *ld, sl_gnode *node, const sl_yaml *map)
{
    uint32_t role = SL_ROLES;

    for (uint32_t i = 0; i < SL_ROLES; i++) {
        const sl_yaml_item *item = sl_yaml_find(map, sl_roles[i].key);

        if (!item)
            continue;
        if (role == SL_ROLES) {
            role = i;
        } else if (i <= SL_ROLE_SINK || (role == SL_ROLE_DECODER && i == SL_ROLE_ENCODER)) {
            sl_diag(ld->diags, SL_DIAG_ERROR, "config.node.role", sl_yaml_place(item->key),
                    "node \"%.80s\" is a %s already, it can't be a %s as well", node->pub.name,
                    sl_roles[role].word, sl_roles[i].word);
            sl_diag_hint(ld->diags, "make two nodes of it");
            node->is_bad = 1;
            return SL_ROLES;
        }
    }
    return role;
}

static const node_key *find_key(const char *name)
{
    for (size_t i = 0; i < NKEYS; i++) {
        if (strcmp(node_keys[i].name, name) == 0)
            return &node_keys[i];
    }
    return NULL;
}

static int has_setting(const sl_class *klass, const char *name)
{
    for (const sl_setting *s = klass ? klass->settings : NULL; s && s->name;
         s = sl_setting_next(s)) {
        if (strcmp(s->name, name) == 0)
            return 1;
    }
    return 0;
}

/* Complain about KEY, which no node has. True when it was probably meant to be a role. */
static int diag_node_key(sl_loader *ld, const sl_gnode *node, const sl_yaml *key)
{
    const char *names[NKEYS + 1];
    const char *better;

    for (size_t i = 0; i < NKEYS; i++)
        names[i] = node_keys[i].name;
    names[NKEYS] = NULL;
    if (has_setting(node->pub.klass, key->text)) {
        sl_diag(ld->diags, SL_DIAG_ERROR, "config.key.unknown", sl_yaml_place(key),
                "a node has no key \"%.80s\"", key->text);
        sl_diag_hint(ld->diags, "it is a setting of %s: put it under with:", node->pub.klass->id);
        return 0;
    }
    better = sl_graph_diag_key(ld, key, "a node", names);
    for (uint32_t i = 0; better && i < SL_ROLES; i++) {
        if (strcmp(better, sl_roles[i].key) == 0)
            return 1;
    }
    return 0;
}

/* All keys of NODE; true when one of them was probably meant to be the role that is missing. */
static int check_keys(sl_loader *ld, const sl_gnode *node)
{
    int meant_role = 0;

    for (const sl_yaml_item *i = node->map->items; i; i = i->next) {
        const node_key *key = find_key(i->key->text);

        if (!key) {
            meant_role |= diag_node_key(ld, node, i->key);
        } else if (node->role < SL_ROLES && key->why && !(key->roles & IN(node->role))) {
            sl_diag(ld->diags, SL_DIAG_ERROR, "config.node.key", sl_yaml_place(i->key),
                    "a %s can't have the key \"%s\"", sl_roles[node->role].word, key->name);
            sl_diag_hint(ld->diags, "%s", key->why);
        }
    }
    return meant_role;
}

/* ---- common keys ------------------------------------------------------------------------------
 */

static void read_common(sl_loader *ld, sl_gnode *node)
{
    char name[128];
    sl_subject subject = {.name = name, .place = "node"};

    (void)snprintf(name, sizeof(name), "node \"%.80s\"", node->pub.name);
    for (const sl_setting *s = sl_graph_node_settings; s->name; s++) {
        const sl_yaml *value = sl_yaml_get(node->map, s->name);
        sl_config cfg = {0};

        if (!value || sl_values_check_one(&ld->check, &subject, s, value, &cfg) != SL_OK)
            continue;
        if (strcmp(s->name, "errors") == 0)
            node->pub.errors = (uint32_t)cfg.number;
        else if (strcmp(s->name, "lanes") == 0)
            node->pub.lanes = (uint32_t)cfg.number;
        else if (strcmp(s->name, "about") == 0 && !(cfg.flags & SL_CONFIG_SECRET))
            node->pub.about = cfg.value.text;
    }
}

/* ---- one node ---------------------------------------------------------------------------------
 */

#define NODE_NAME_MAX 64u

static void check_name(sl_loader *ld, const sl_yaml *key)
{
    int is_good = key->text_len <= NODE_NAME_MAX &&
                  (isalpha((unsigned char)key->text[0]) || key->text[0] == '_');

    for (uint32_t i = 0; i < key->text_len && is_good; i++) {
        char c = key->text[i];

        is_good = isalnum((unsigned char)c) || c == '_' || c == '-';
    }
    if (is_good)
        return;
    sl_diag(ld->diags, SL_DIAG_ERROR, "config.node.name", sl_yaml_place(key),
            "\"%.80s\" can't be the name of a node", key->text);
    sl_diag_hint(ld->diags, "letters, digits, - and _ only, a letter first, at most %u",
                 NODE_NAME_MAX);
}

/* Class and settings, for all roles: the value of the role key, and with:. */
static sl_status read_role(sl_loader *ld, sl_gnode *node)
{
    const sl_role *role = &sl_roles[node->role];
    const sl_yaml *value = sl_yaml_get(node->map, role->key);
    const sl_yaml *with = sl_yaml_get(node->map, "with");
    const sl_yaml *inner = NULL;
    const char *id = NULL;
    sl_place place = sl_yaml_place(value);

    if (node->role >= SL_ROLE_DECODER) {
        if (!read_class_value(ld, value, role->key, &id, &inner, &place))
            id = NULL;
        else if (inner && with)
            sl_diag(ld->diags, SL_DIAG_ERROR, "config.node.with", sl_yaml_place(with),
                    "settings stand under %s: already", role->key);
        if (inner)
            with = inner;
    } else {
        id = sl_graph_text(ld, value, role->key);
    }
    if (!id) {
        node->is_bad = 1;
        return ld->g->arena.is_short ? SL_E_NOMEM : SL_OK;
    }
    return set_class(ld, node, id, with, place);
}

/* decode: of a source, encode: of a sink. */
static sl_status read_hidden(sl_loader *ld, sl_gnode *node)
{
    uint32_t role = node->role == SL_ROLE_SOURCE ? SL_ROLE_DECODER : SL_ROLE_ENCODER;
    const sl_yaml *value = NULL;
    const sl_yaml *with;
    const char *id;
    sl_place place;

    if (node->role == SL_ROLE_SOURCE || node->role == SL_ROLE_SINK)
        value = sl_yaml_get(node->map, sl_roles[role].key);
    if (!value)
        return SL_OK;
    if (!read_class_value(ld, value, sl_roles[role].key, &id, &with, &place)) {
        node->is_bad = 1;
        return ld->g->arena.is_short ? SL_E_NOMEM : SL_OK;
    }
    return sl_graph_add_hidden(ld, node, role, id, with, place) ? SL_OK : SL_E_NOMEM;
}

static sl_status read_node(sl_loader *ld, const sl_yaml_item *item)
{
    sl_gnode *node = sl_graph_add_node(ld, SL_ROLES, item->key->text, sl_yaml_place(item->key));
    sl_status rc = SL_OK;

    if (!node)
        return SL_E_NOMEM;
    check_name(ld, item->key);
    node->map = item->value;
    if (item->value->kind != SL_YAML_MAP) {
        node->is_bad = 1;
        sl_diag(ld->diags, SL_DIAG_ERROR, "config.node.shape", sl_yaml_place(item->key),
                "node \"%.80s\" must be a map (source: …, with: …), not %s", node->pub.name,
                sl_yaml_describe(item->value));
        return SL_OK;
    }
    node->role = find_role(ld, node, item->value);
    if (node->role < SL_ROLES)
        rc = read_role(ld, node);
    if (rc != SL_OK)
        return rc;
    if (node->role == SL_ROLES) {
        if (!node->is_bad && !check_keys(ld, node))
            sl_diag(ld->diags, SL_DIAG_ERROR, "config.node.role", node->pub.place,
                    "node \"%.80s\" needs one of source:, transform:, sink: or decode:",
                    node->pub.name);
        node->is_bad = 1;
        return SL_OK;
    }
    (void)check_keys(ld, node);
    read_common(ld, node);
    return read_hidden(ld, node);
}

/* ---- all nodes --------------------------------------------------------------------------------
 */

static int by_name(const void *left, const void *right)
{
    const sl_gnode *a = *(sl_gnode *const *)left;
    const sl_gnode *b = *(sl_gnode *const *)right;
    int c = strcmp(a->pub.name, b->pub.name);

    if (c)
        return c;
    return a->index < b->index ? -1 : 1;
}

/* Sort the nodes of the files by name and find those that are there twice. */
static sl_status index_names(sl_loader *ld)
{
    sl_graph *g = ld->g;
    uint32_t n = 0;

    g->by_name = sl_arena_array(&g->arena, g->nnodes, sizeof(*g->by_name));
    if (!g->by_name)
        return SL_E_NOMEM;
    for (uint32_t i = 0; i < g->nnodes; i++) {
        if (!g->nodes[i]->pub.is_hidden)
            g->by_name[g->nnamed++] = g->nodes[i];
    }
    qsort(g->by_name, g->nnamed, sizeof(*g->by_name), by_name);
    for (uint32_t i = 0; i < g->nnamed; i++) {
        sl_gnode *node = g->by_name[i];
        const sl_gnode *first = n ? g->by_name[n - 1] : NULL;

        if (first && strcmp(first->pub.name, node->pub.name) == 0) {
            uint32_t start;
            uint32_t len;
            const sl_text_file *file = first->pub.place.file;

            node->is_bad = 1;
            sl_diag(ld->diags, SL_DIAG_ERROR, "config.node.twice", node->pub.place,
                    "there are two nodes \"%.80s\"", node->pub.name);
            sl_diag_hint(ld->diags, "the other one: %.200s:%u", file->name,
                         sl_text_file_line(file, first->pub.place.at, &start, &len) + 1);
            continue;
        }
        g->by_name[n++] = node;
    }
    g->nnamed = n;
    return SL_OK;
}

sl_gnode *sl_graph_find_node(const sl_graph *g, const char *name, size_t len)
{
    uint32_t low = 0;
    uint32_t high = g->nnamed;

    while (low < high) {
        uint32_t mid = low + (high - low) / 2;
        const char *other = g->by_name[mid]->pub.name;
        int c = strncmp(other, name, len);

        if (c == 0 && other[len])
            c = 1;
        if (c == 0)
            return g->by_name[mid];
        if (c < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return NULL;
}

static sl_status read_nodes_of(sl_loader *ld, const sl_yaml *nodes)
{
    sl_status rc = SL_OK;

    if (nodes->kind != SL_YAML_MAP) {
        sl_diag(ld->diags, SL_DIAG_ERROR, "config.value.type", sl_yaml_place(nodes),
                "nodes must be a map of names to nodes, not %s", sl_yaml_describe(nodes));
        return SL_OK;
    }
    for (const sl_yaml_item *i = nodes->items; i && rc == SL_OK; i = i->next) {
        if (ld->g->nnodes >= SL_GRAPH_NODES_MAX) {
            sl_diag(ld->diags, SL_DIAG_ERROR, "config.graph.size", sl_yaml_place(i->key),
                    "more than %u nodes", SL_GRAPH_NODES_MAX);
            return SL_OK;
        }
        rc = read_node(ld, i);
    }
    return rc;
}

static void diag_empty(sl_loader *ld)
{
    const sl_doc *d = ld->g->docs;
    sl_place place = {d->file, d->root->at, 1};

    sl_diag(ld->diags, SL_DIAG_ERROR, "config.graph.empty", place, "the graph has no nodes");
    sl_diag_hint(ld->diags, "describe them under nodes:");
}

sl_status sl_graph_read_nodes(sl_loader *ld)
{
    sl_status rc = SL_OK;
    uint32_t seen = 0;

    for (const sl_doc *d = ld->g->docs; d && rc == SL_OK; d = d->next) {
        const sl_yaml *nodes = d->root ? sl_yaml_get(d->root, "nodes") : NULL;

        if (!nodes || (nodes->kind == SL_YAML_SCALAR && nodes->type == SL_YAML_NULL))
            continue;
        seen += nodes->kind != SL_YAML_MAP || nodes->count > 0;
        rc = read_nodes_of(ld, nodes);
    }
    if (rc == SL_OK && !seen && !ld->has_unknown_keys)
        diag_empty(ld);
    return rc == SL_OK ? index_names(ld) : rc;
}
