/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/graph/schema.c - the JSON Schema of graph files.
 *
 * Every class gets a definition "KIND.ID" of its settings; a node picks the one that its role key
 * names by if/then. A value may always be a reference (${…}) instead, so numbers and choices are
 * alternatives to a text that holds one.
 */
#include "engine/graph/schema.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/graph/graph_priv.h"
#include "sdk/lib/json.h"

#define NEST_MAX 8u

static void write_setting(sl_json *j, const char *key, const sl_setting *s, uint32_t nest);

static void write_type(sl_json *j, const char *type)
{
    sl_json_object(j, NULL);
    sl_json_text(j, "type", type);
    sl_json_end(j);
}

static void write_ref(sl_json *j, const char *key, const char *name)
{
    char path[192];

    (void)snprintf(path, sizeof(path), "#/definitions/%.150s", name);
    sl_json_object(j, key);
    sl_json_text(j, "$ref", path);
    sl_json_end(j);
}

/* A bound is only useful to an editor when it is a plain number. */
static void write_bound(sl_json *j, const char *key, const char *bound)
{
    size_t len = bound ? strlen(bound) : 0;
    uint32_t type = sl_yaml_scalar_type(bound ? bound : "", len);

    if (len && bound[0] != '+' && bound[0] != '.' && type == SL_YAML_INT &&
        !sl_yaml_is_octal_like(bound, len) && !strpbrk(bound, "ox"))
        sl_json_raw(j, key, bound, len);
}

static void write_number(sl_json *j, const sl_setting *s, const char *type)
{
    sl_json_object(j, NULL);
    sl_json_text(j, "type", type);
    write_bound(j, "minimum", s->min);
    write_bound(j, "maximum", s->max);
    sl_json_end(j);
}

/* The alternatives for one value of TYPE, within an open array. */
static void write_values(sl_json *j, const sl_setting *s, uint32_t type)
{
    switch (type) {
    case SL_T_BOOL:
        write_type(j, "boolean");
        break;
    case SL_T_INT:
        write_number(j, s, "integer");
        break;
    case SL_T_FLOAT:
        write_number(j, s, "number");
        break;
    case SL_T_SIZE:
        write_type(j, "integer");
        write_type(j, "string");
        return;
    case SL_T_CHOICE:
        sl_json_object(j, NULL);
        sl_json_array(j, "enum");
        for (uint32_t i = 0; s->choice && s->choice[i]; i++)
            sl_json_text(j, NULL, s->choice[i]);
        sl_json_end(j);
        sl_json_end(j);
        break;
    case SL_T_STRING:
        write_type(j, "string");
        write_type(j, "number");
        write_type(j, "boolean");
        return;
    default:
        write_type(j, "string");
        return;
    }
    write_ref(j, NULL, "reference");
}

/* An object with the settings of TABLE as properties: the inside of an open object. */
static void write_table(sl_json *j, const sl_setting *table, uint32_t nest)
{
    int is_open = 0;

    sl_json_text(j, "type", "object");
    sl_json_bool(j, "additionalProperties", 0);
    sl_json_object(j, "properties");
    for (const sl_setting *s = table; s && s->name && nest < NEST_MAX; s = sl_setting_next(s))
        write_setting(j, s->name, s, nest + 1);
    sl_json_end(j);
    for (const sl_setting *s = table; s && s->name; s = sl_setting_next(s)) {
        if (!(s->flags & SL_S_REQUIRED) || s->replaced_by)
            continue;
        if (!is_open)
            sl_json_array(j, "required");
        is_open = 1;
        sl_json_text(j, NULL, s->name);
    }
    if (is_open)
        sl_json_end(j);
}

/* The items of a list or map: an object by itself. */
static void write_item(sl_json *j, const char *key, const sl_setting *s, uint32_t nest)
{
    sl_json_object(j, key);
    if (s->item == SL_T_GROUP) {
        write_table(j, s->child, nest);
    } else {
        sl_json_array(j, "anyOf");
        write_values(j, s, s->item ? s->item : SL_T_STRING);
        sl_json_end(j);
    }
    sl_json_end(j);
}

static void write_docs(sl_json *j, const sl_setting *s)
{
    if (s->brief)
        sl_json_text(j, "description", s->brief);
    if (s->fallback)
        sl_json_text(j, "default", s->fallback);
    if (s->example) {
        sl_json_array(j, "examples");
        sl_json_text(j, NULL, s->example);
        sl_json_end(j);
    }
    if (s->replaced_by)
        sl_json_text(j, "deprecationMessage", s->replaced_by);
}

static void write_setting(sl_json *j, const char *key, const sl_setting *s, uint32_t nest)
{
    sl_json_object(j, key);
    write_docs(j, s);
    if (s->type == SL_T_GROUP) {
        write_table(j, s->child, nest);
    } else if (s->type == SL_T_MAP) {
        sl_json_text(j, "type", "object");
        write_item(j, "additionalProperties", s, nest);
    } else if (s->type == SL_T_LIST) {
        sl_json_array(j, "anyOf");
        sl_json_object(j, NULL);
        sl_json_text(j, "type", "array");
        write_item(j, "items", s, nest);
        sl_json_end(j);
        write_item(j, NULL, s, nest);
        sl_json_end(j);
    } else {
        sl_json_array(j, "anyOf");
        write_values(j, s, s->type);
        sl_json_end(j);
    }
    sl_json_end(j);
}

/* ---- classes ----------------------------------------------------------------------------------
 */

static void class_name(char out[128], const sl_role *role, const sl_class *klass)
{
    (void)snprintf(out, 128, "%s.%.100s", role->word, klass->id);
}

static void write_classes(sl_json *j, const sl_registry *reg)
{
    char name[128];
    const sl_class *c;

    for (uint32_t role = 0; role < SL_ROLES; role++) {
        for (uint32_t i = 0; (c = sl_registry_class(reg, sl_roles[role].kind, i)) != NULL; i++) {
            class_name(name, &sl_roles[role], c);
            sl_json_object(j, name);
            if (c->brief)
                sl_json_text(j, "description", c->brief);
            write_table(j, c->settings, 0);
            sl_json_end(j);
        }
    }
}

/* The name ID; null, written plainly, is null to an editor. */
static void write_name(sl_json *j, const char *id)
{
    sl_json_text(j, NULL, id);
    if (strcmp(id, "null") == 0)
        sl_json_null(j, NULL);
}

/* The names of all classes of a role, or a reference. */
static void write_names(sl_json *j, const sl_registry *reg, const sl_role *role)
{
    const sl_class *c;

    sl_json_object(j, NULL);
    sl_json_array(j, "enum");
    for (uint32_t i = 0; (c = sl_registry_class(reg, role->kind, i)) != NULL; i++)
        write_name(j, c->id);
    sl_json_end(j);
    sl_json_end(j);
    write_ref(j, NULL, "reference");
}

/* "json" or { json: {settings} } */
static void write_coder(sl_json *j, const sl_registry *reg, const sl_role *role)
{
    char name[128];
    const sl_class *c;

    sl_json_object(j, role->key);
    sl_json_array(j, "anyOf");
    write_names(j, reg, role);
    sl_json_object(j, NULL);
    sl_json_text(j, "type", "object");
    sl_json_uint(j, "minProperties", 1);
    sl_json_uint(j, "maxProperties", 1);
    sl_json_bool(j, "additionalProperties", 0);
    sl_json_object(j, "properties");
    for (uint32_t i = 0; (c = sl_registry_class(reg, role->kind, i)) != NULL; i++) {
        class_name(name, role, c);
        write_ref(j, c->id, name);
    }
    sl_json_end(j);
    sl_json_end(j);
    sl_json_end(j);
    sl_json_end(j);
}

static int has_required(const sl_setting *table)
{
    for (const sl_setting *s = table; s && s->name; s = sl_setting_next(s)) {
        if (s->flags & SL_S_REQUIRED)
            return 1;
    }
    return 0;
}

/* When the role key names this class, with: holds its settings. */
static void write_choice(sl_json *j, const sl_role *role, const sl_class *klass)
{
    char name[128];

    class_name(name, role, klass);
    sl_json_object(j, NULL);
    sl_json_object(j, "if");
    sl_json_object(j, "properties");
    sl_json_object(j, role->key);
    sl_json_array(j, "enum");
    write_name(j, klass->id);
    sl_json_end(j);
    sl_json_end(j);
    sl_json_end(j);
    sl_json_array(j, "required");
    sl_json_text(j, NULL, role->key);
    sl_json_end(j);
    sl_json_end(j);
    sl_json_object(j, "then");
    sl_json_object(j, "properties");
    write_ref(j, "with", name);
    sl_json_end(j);
    if (has_required(klass->settings)) {
        sl_json_array(j, "required");
        sl_json_text(j, NULL, "with");
        sl_json_end(j);
    }
    sl_json_end(j);
    sl_json_end(j);
}

static void write_node(sl_json *j, const sl_registry *reg)
{
    const sl_class *c;

    sl_json_object(j, "node");
    sl_json_text(j, "type", "object");
    sl_json_bool(j, "additionalProperties", 0);
    sl_json_object(j, "properties");
    for (uint32_t role = 0; role < SL_ROLES; role++) {
        if (role >= SL_ROLE_DECODER) {
            write_coder(j, reg, &sl_roles[role]);
            continue;
        }
        sl_json_object(j, sl_roles[role].key);
        sl_json_array(j, "anyOf");
        write_names(j, reg, &sl_roles[role]);
        sl_json_end(j);
        sl_json_end(j);
    }
    sl_json_object(j, "from");
    sl_json_text(j, "description", "what feeds it: NODE, NODE.output, a list, or input: NODE");
    sl_json_end(j);
    sl_json_object(j, "with");
    sl_json_text(j, "description", "settings of the class");
    sl_json_end(j);
    for (const sl_setting *s = sl_graph_node_settings; s->name; s++)
        write_setting(j, s->name, s, 0);
    sl_json_end(j);
    sl_json_array(j, "allOf");
    for (uint32_t role = 0; role < SL_ROLES; role++) {
        if (role >= SL_ROLE_DECODER)
            continue;
        for (uint32_t i = 0; (c = sl_registry_class(reg, sl_roles[role].kind, i)) != NULL; i++)
            write_choice(j, &sl_roles[role], c);
    }
    sl_json_end(j);
    sl_json_end(j);
}

/* ---- the whole --------------------------------------------------------------------------------
 */

static void write_plain(sl_json *j, const char *key, const char *type, const char *about)
{
    sl_json_object(j, key);
    sl_json_text(j, "type", type);
    sl_json_text(j, "description", about);
    sl_json_end(j);
}

static void write_top(sl_json *j)
{
    sl_json_object(j, "sluice");
    sl_json_int(j, "const", 1);
    sl_json_text(j, "description", "the format of this file");
    sl_json_end(j);
    write_plain(j, "name", "string", "the graph's name; else the file's");
    write_plain(j, "about", "string", "what the graph is for");
    write_plain(j, "vars", "object", "variables, used as ${var:NAME}, set by --set NAME=VALUE");
    sl_json_object(j, "include");
    sl_json_text(j, "description", "files and folders that belong to the graph");
    sl_json_end(j);
    sl_json_object(j, "checkpoint");
    write_table(j, sl_graph_checkpoint_settings, 0);
    sl_json_end(j);
    sl_json_object(j, "limits");
    write_table(j, sl_graph_limit_settings, 0);
    sl_json_end(j);
    write_plain(j, "policy", "object", "rules that the graph must keep");
    sl_json_object(j, "nodes");
    sl_json_text(j, "type", "object");
    write_ref(j, "additionalProperties", "node");
    sl_json_end(j);
    write_plain(j, "tests", "array", "tests: what is given, what is expected");
}

char *sl_graph_schema(const sl_registry *reg, sl_mem *mem)
{
    sl_json j;
    char *text;

    sl_json_init(&j, mem, 1);
    sl_json_object(&j, NULL);
    sl_json_text(&j, "$schema", "http://json-schema.org/draft-07/schema#");
    sl_json_text(&j, "title", "sluice graph");
    sl_json_text(&j, "type", "object");
    sl_json_bool(&j, "additionalProperties", 0);
    sl_json_object(&j, "properties");
    write_top(&j);
    sl_json_end(&j);
    sl_json_object(&j, "definitions");
    sl_json_object(&j, "reference");
    sl_json_text(&j, "type", "string");
    sl_json_text(&j, "pattern", "\\$\\{[a-z]+:");
    sl_json_end(&j);
    write_node(&j, reg);
    write_classes(&j, reg);
    sl_json_end(&j);
    sl_json_end(&j);
    text = sl_json_take(&j, NULL);
    sl_json_fini(&j);
    return text;
}
