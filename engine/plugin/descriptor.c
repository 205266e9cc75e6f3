/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/plugin/descriptor.c - the descriptor of a module: what it offers, as JSON.
 *
 * Writer and reader share the tables of names below, so that what one writes the other reads. Flags
 * that have no name yet travel as "bit7". The tables of a module built with an older SDK may have
 * shorter entries: they are walked by their own size, and fields past it count as absent.
 */
#include "engine/plugin/descriptor.h"

#include <stdio.h>
#include <string.h>

#define FORMAT      1u /* of descriptors */
#define MAX_CLASSES 256u
#define MAX_DEPTH   8u /* of groups within groups */
#define MAX_WORDS   1024u
#define HAS(s, f)   (SL_HAS(s, f) ? (s)->f : NULL)

static const char *const type_names[] = {NULL,    "bool",     "int",    "float", "string",
                                         "size",  "duration", "choice", "list",  "map",
                                         "group", "path",     "url",    "expr",  "field"};
static const char *const class_flags[] = {"blocking", "parallel", "by_key",
                                          "ordered",  "pure",     "raw"};
static const char *const setting_flags[] = {"required", "secret", "reload", "advanced"};
#define COUNT(a) (sizeof(a) / sizeof *(a))

/* The texts of a setting: where each lies, and its key. */
static const struct {
    const char *key;
    size_t at;
} setting_texts[] = {
    {"unit", offsetof(sl_setting, unit)},
    {"default", offsetof(sl_setting, fallback)},
    {"min", offsetof(sl_setting, min)},
    {"max", offsetof(sl_setting, max)},
    {"brief", offsetof(sl_setting, brief)},
    {"details", offsetof(sl_setting, details)},
    {"example", offsetof(sl_setting, example)},
    {"since", offsetof(sl_setting, since)},
    {"replaced_by", offsetof(sl_setting, replaced_by)},
};

const char *sl_setting_type_name(uint32_t type)
{
    return type < COUNT(type_names) ? type_names[type] : NULL;
}

const sl_setting *sl_setting_next(const sl_setting *s)
{
    return (const void *)((const char *)s + s->size);
}

/* ---- writing ------------------------------------------------------------------------------- */

static void write_flags(sl_json *j, uint32_t flags, const char *const *names, size_t n)
{
    char other[16];

    if (!flags)
        return;
    sl_json_array(j, "flags");
    for (uint32_t i = 0; i < 32; i++) {
        if (!(flags >> i & 1))
            continue;
        (void)snprintf(other, sizeof other, "bit%u", i);
        sl_json_text(j, NULL, i < n ? names[i] : other);
    }
    sl_json_end(j);
}

static void write_words(sl_json *j, const char *key, const char *const *words)
{
    if (!words)
        return;
    sl_json_array(j, key);
    for (; *words; words++)
        sl_json_text(j, NULL, *words);
    sl_json_end(j);
}

static void write_settings(sl_json *j, const sl_setting *s, uint32_t depth)
{
    if (!s || depth == MAX_DEPTH)
        return;
    sl_json_array(j, "settings");
    for (; s->name; s = sl_setting_next(s)) {
        sl_json_object(j, NULL);
        sl_json_text(j, "name", s->name);
        sl_json_text(j, "type", sl_setting_type_name(s->type));
        if (s->item)
            sl_json_text(j, "item", sl_setting_type_name(s->item));
        write_flags(j, s->flags, setting_flags, COUNT(setting_flags));
        write_words(j, "choice", HAS(s, choice));
        for (size_t i = 0; i < COUNT(setting_texts); i++) {
            const char *text = NULL;

            if (s->size >= setting_texts[i].at + sizeof text)
                memcpy(&text, (const char *)s + setting_texts[i].at, sizeof text);
            if (text)
                sl_json_text(j, setting_texts[i].key, text);
        }
        write_settings(j, HAS(s, child), depth + 1);
        sl_json_end(j);
    }
    sl_json_end(j);
}

void sl_descriptor_write_class(sl_json *j, const sl_class *klass)
{
    sl_json_object(j, NULL);
    sl_json_text(j, "kind", klass->kind);
    sl_json_text(j, "id", klass->id);
    if (klass->brief)
        sl_json_text(j, "brief", klass->brief);
    if (klass->details)
        sl_json_text(j, "details", klass->details);
    write_flags(j, klass->flags, class_flags, COUNT(class_flags));
    write_words(j, "in", klass->in);
    write_words(j, "out", klass->out);
    write_settings(j, klass->settings, 0);
    sl_json_end(j);
}

sl_descriptor sl_descriptor_of(const sl_plugin *plugin, const char *build_id)
{
    return (sl_descriptor){
        .name = plugin->name ? plugin->name : "",
        .version = plugin->version ? plugin->version : "",
        .license = plugin->license ? plugin->license : "",
        .home = plugin->home,
        .built_with = plugin->built_with,
        .build_id = build_id,
        .abi_major = plugin->abi_major,
        .abi_minor = plugin->abi_minor,
        .classes = plugin->classes,
    };
}

void sl_descriptor_write(sl_json *j, const char *key, const sl_descriptor *d)
{
    sl_json_object(j, key);
    sl_json_uint(j, "format", FORMAT);
    sl_json_text(j, "name", d->name);
    sl_json_text(j, "version", d->version);
    sl_json_text(j, "license", d->license);
    if (d->home)
        sl_json_text(j, "home", d->home);
    if (d->built_with)
        sl_json_text(j, "built_with", d->built_with);
    sl_json_uint(j, "abi_major", d->abi_major);
    sl_json_uint(j, "abi_minor", d->abi_minor);
    sl_json_text(j, "build_id", d->build_id);
    sl_json_array(j, "classes");
    for (const sl_class *const *c = d->classes; c && *c; c++)
        sl_descriptor_write_class(j, *c);
    sl_json_end(j);
    sl_json_end(j);
}

/* ---- reading ------------------------------------------------------------------------------- */

typedef struct reader {
    sl_arena *arena;
    sl_error *err;
} reader;

static int wrong(reader *r, const char *what)
{
    (void)sl_error_set(r->err, SL_E_DATA, "plugin.descriptor", "the descriptor is damaged: %s",
                       what);
    return 0;
}

static int no_memory(reader *r)
{
    (void)sl_error_set(r->err, SL_E_NOMEM, "memory.short", "no memory for a descriptor");
    return 0;
}

/* Member KEY of NODE, copied; NULL in OUT when it is missing. */
static int read_text(reader *r, const sl_json_node *node, const char *key, const char **out)
{
    const char *text = sl_json_get_text(node, key, NULL);

    *out = NULL;
    if (!text)
        return !sl_json_get(node, key) || wrong(r, "a value that must be text is none");
    *out = sl_arena_dup(r->arena, text, strlen(text));
    return *out ? 1 : no_memory(r);
}

static int read_words(reader *r, const sl_json_node *node, const char *key, const char *const **out)
{
    const sl_json_node *list = sl_json_get(node, key);
    const char **words;
    uint32_t n = 0;

    *out = NULL;
    if (!list)
        return 1;
    if (list->type != SL_JSON_ARRAY || list->count > MAX_WORDS)
        return wrong(r, "a list of words is none, or too long");
    words = sl_arena_take(r->arena, (list->count + 1) * sizeof *words);
    if (!words)
        return no_memory(r);
    for (const sl_json_node *w = list->child; w; w = w->next) {
        if (w->type != SL_JSON_STRING || strlen(w->text) != w->len)
            return wrong(r, "a word in a list is no text");
        words[n] = sl_arena_dup(r->arena, w->text, w->len);
        if (!words[n++])
            return no_memory(r);
    }
    *out = words;
    return 1;
}

static int read_flags(reader *r, const sl_json_node *node, const char *const *names, size_t n,
                      uint32_t *out)
{
    const sl_json_node *list = sl_json_get(node, "flags");
    unsigned bit;
    size_t i;

    *out = 0;
    if (!list)
        return 1;
    if (list->type != SL_JSON_ARRAY)
        return wrong(r, "flags are no list");
    for (const sl_json_node *w = list->child; w; w = w->next) {
        if (w->type != SL_JSON_STRING)
            return wrong(r, "a flag is no text");
        for (i = 0; i < n && strcmp(names[i], w->text) != 0; i++)
            ;
        if (i < n)
            *out |= 1u << i;
        else if (sscanf(w->text, "bit%2u", &bit) == 1 && bit < 32)
            *out |= 1u << bit;
        else
            return wrong(r, "an unknown flag");
    }
    return 1;
}

static int read_type(reader *r, const sl_json_node *node, const char *key, uint32_t *out)
{
    const char *text = sl_json_get_text(node, key, NULL);

    *out = 0;
    if (!text)
        return 1;
    for (uint32_t i = 1; i < COUNT(type_names); i++) {
        if (!strcmp(type_names[i], text)) {
            *out = i;
            return 1;
        }
    }
    return wrong(r, "an unknown type of setting");
}

static int read_settings(reader *r, const sl_json_node *list, uint32_t depth,
                         const sl_setting **out);

static int read_setting(reader *r, const sl_json_node *node, uint32_t depth, sl_setting *s)
{
    const sl_json_node *child = sl_json_get(node, "settings");
    const char *text;

    s->size = sizeof *s;
    if (!read_text(r, node, "name", &s->name) || !read_type(r, node, "type", &s->type) ||
        !read_type(r, node, "item", &s->item) ||
        !read_flags(r, node, setting_flags, COUNT(setting_flags), &s->flags) ||
        !read_words(r, node, "choice", &s->choice))
        return 0;
    if (!s->name || !s->name[0] || !s->type)
        return wrong(r, "a setting without name or type");
    if (s->type == SL_T_CHOICE && !s->choice)
        return wrong(r, "a choice without words to choose from");
    for (size_t i = 0; i < COUNT(setting_texts); i++) {
        if (!read_text(r, node, setting_texts[i].key, &text))
            return 0;
        memcpy((char *)s + setting_texts[i].at, &text, sizeof text);
    }
    return !child || read_settings(r, child, depth + 1, &s->child);
}

/* The table of settings LIST; an empty one when LIST is NULL. */
static int read_settings(reader *r, const sl_json_node *list, uint32_t depth,
                         const sl_setting **out)
{
    sl_setting *table;
    uint32_t n = 0;

    if (list && (list->type != SL_JSON_ARRAY || list->count > SL_JSON_MEMBERS))
        return wrong(r, "settings are no list, or too many");
    if (depth >= MAX_DEPTH)
        return wrong(r, "settings are nested too deep");
    table = sl_arena_take(r->arena, ((list ? list->count : 0) + 1) * sizeof *table);
    if (!table)
        return no_memory(r);
    for (const sl_json_node *node = list ? list->child : NULL; node; node = node->next) {
        if (!read_setting(r, node, depth, &table[n++]))
            return 0;
    }
    table[n].size = sizeof *table;
    *out = table;
    return 1;
}

static int read_class(reader *r, const sl_json_node *node, sl_class *c)
{
    c->size = sizeof *c;
    if (!read_text(r, node, "kind", &c->kind) || !read_text(r, node, "id", &c->id) ||
        !read_text(r, node, "brief", &c->brief) || !read_text(r, node, "details", &c->details) ||
        !read_flags(r, node, class_flags, COUNT(class_flags), &c->flags) ||
        !read_words(r, node, "in", &c->in) || !read_words(r, node, "out", &c->out) ||
        !read_settings(r, sl_json_get(node, "settings"), 0, &c->settings))
        return 0;
    if (!c->kind || !c->kind[0] || !c->id || !c->id[0])
        return wrong(r, "a class without kind or id");
    c->brief = c->brief ? c->brief : "";
    return 1;
}

static int read_classes(reader *r, const sl_json_node *list, const sl_class *const **out)
{
    const sl_class **table;
    uint32_t n = 0;

    if (!list || list->type != SL_JSON_ARRAY || list->count > MAX_CLASSES)
        return wrong(r, "classes are missing, no list, or too many");
    table = sl_arena_take(r->arena, (list->count + 1) * sizeof *table);
    if (!table)
        return no_memory(r);
    for (const sl_json_node *node = list->child; node; node = node->next) {
        sl_class *c = sl_arena_take(r->arena, sizeof *c);

        if (!c)
            return no_memory(r);
        if (!read_class(r, node, c))
            return 0;
        table[n++] = c;
    }
    *out = table;
    return 1;
}

sl_status sl_descriptor_read(sl_arena *arena, const sl_json_node *node, sl_descriptor *out,
                             sl_error *err)
{
    sl_error local;
    reader r = {arena, err ? err : &local};
    sl_descriptor d = {0};

    if (sl_json_get_uint(node, "format", UINT32_MAX, 0) != FORMAT)
        return sl_error_set(r.err, SL_E_DATA, "plugin.descriptor",
                            "the descriptor is damaged, or made for another sluice");
    d.abi_major = (uint32_t)sl_json_get_uint(node, "abi_major", UINT32_MAX, 0);
    d.abi_minor = (uint32_t)sl_json_get_uint(node, "abi_minor", UINT32_MAX, UINT32_MAX);
    if (!read_text(&r, node, "name", &d.name) || !read_text(&r, node, "version", &d.version) ||
        !read_text(&r, node, "license", &d.license) || !read_text(&r, node, "home", &d.home) ||
        !read_text(&r, node, "built_with", &d.built_with) ||
        !read_text(&r, node, "build_id", &d.build_id) ||
        !read_classes(&r, sl_json_get(node, "classes"), &d.classes))
        return r.err->status;
    if (!d.name || !d.version || !d.license || !d.build_id) {
        (void)wrong(&r, "name, version, license or build_id is missing");
        return r.err->status;
    }
    *out = d;
    return SL_OK;
}
