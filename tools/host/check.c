/* SPDX-License-Identifier: Apache-2.0
 *
 * tools/host/check.c - the rules that a module's tables must keep.
 *
 * A rule looks at one class (or setting) and gives NULL, or what is wrong. The tables below name
 * them; the name is printed, so it says what must hold. A class whose tables are in order is then
 * put through the harness, when its settings all have defaults.
 */
#include "tools/host/check.h"

#include <stdlib.h>
#include <string.h>

#include <sluice/check.h>
#include <sluice/sdk.h>

#include "engine/plugin/descriptor.h"

#define MAX_DEPTH          8u
#define LEAST(type, field) (offsetof(type, field) + sizeof((type *)0)->field)

static const struct {
    const char *kind;
    const char *role; /* how the harness asks for one; NULL: it can't */
    size_t ops_bytes; /* least size of the table of ops; 0: not known here */
} kinds[] = {
    {SL_CLASS_SOURCE, NULL, LEAST(sl_source_ops, next)},
    {SL_CLASS_TRANSFORM, "transform", LEAST(sl_transform_ops, process)},
    {SL_CLASS_DECODER, "decode", LEAST(sl_transform_ops, process)},
    {SL_CLASS_ENCODER, "encode", LEAST(sl_transform_ops, process)},
    {SL_CLASS_SINK, "sink", LEAST(sl_sink_ops, write)},
    {SL_CLASS_STORE, NULL, 0},
};

static const char *kind_is_known(const sl_class *c)
{
    for (size_t i = 0; c->kind && i < sizeof kinds / sizeof *kinds; i++) {
        if (!strcmp(kinds[i].kind, c->kind))
            return NULL;
    }
    return "kind is none of those in sluice/sdk.h";
}

static int is_plain(const char *text)
{
    return text && *text >= 'a' && *text <= 'z' &&
           !text[strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_-")];
}

static const char *id_is_plain(const sl_class *c)
{
    return is_plain(c->id) ? NULL : "id must be a word of a-z, 0-9, _ and -";
}

static const char *brief_is_a_line(const sl_class *c)
{
    if (!c->brief || !*c->brief)
        return "brief is missing";
    if (strchr(c->brief, '\n') || c->brief[strlen(c->brief) - 1] == '.')
        return "brief must be one line without a full stop";
    return NULL;
}

static const char *has_its_functions(const sl_class *c)
{
    uint64_t bytes = 0;

    if ((!c->create || !c->destroy) && (!c->kind || strcmp(c->kind, SL_CLASS_STORE) != 0))
        return "create and destroy must be there";
    if (!c->ops)
        return "ops is missing";
    memcpy(&bytes, c->ops, sizeof bytes);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (c->kind && !strcmp(kinds[i].kind, c->kind) && bytes < kinds[i].ops_bytes)
            return "the size at the start of ops is too small";
    }
    return NULL;
}

static const char *commits_what_it_prepares(const sl_class *c)
{
    return !c->prepare == !c->commit ? NULL : "prepare and commit go together";
}

static const char *restores_what_it_snapshots(const sl_class *c)
{
    return !c->snapshot == !c->restore ? NULL : "snapshot and restore go together";
}

static const char *check_settings(const sl_setting *s, uint32_t depth);

static const char *check_setting(const sl_setting *s, uint32_t depth)
{
    if (s->size < LEAST(sl_setting, child))
        return "a setting's size is too small; use sizeof(sl_setting)";
    if (!is_plain(s->name))
        return "a setting's name must be a word of a-z, 0-9, _ and -";
    if (!s->type || !sl_setting_type_name(s->type))
        return "a setting's type is none of SL_T_*";
    if (s->type == SL_T_CHOICE && (!s->choice || !s->choice[0]))
        return "a choice has no words to choose from";
    if (!s->brief || !*s->brief)
        return "a setting has no brief";
    if ((s->flags & SL_S_REQUIRED) && s->fallback)
        return "a required setting has a default";
    if ((s->flags & SL_S_SECRET) && s->fallback)
        return "a secret has a default";
    return s->child ? check_settings(s->child, depth + 1) : NULL;
}

static const char *check_settings(const sl_setting *s, uint32_t depth)
{
    const char *why = NULL;

    if (depth > MAX_DEPTH)
        return "settings are nested too deep";
    for (const sl_setting *a = s; a && a->name && !why; a = sl_setting_next(a)) {
        why = check_setting(a, depth);
        for (const sl_setting *b = s; b != a && !why; b = sl_setting_next(b)) {
            if (!strcmp(a->name, b->name))
                why = "a setting is there twice";
        }
    }
    return why;
}

static const char *settings_are_well_formed(const sl_class *c)
{
    return check_settings(c->settings, 0);
}

static const struct {
    const char *name;
    const char *(*rule)(const sl_class *);
} rules[] = {
    {"kind is known", kind_is_known},
    {"id is a plain word", id_is_plain},
    {"brief is one line", brief_is_a_line},
    {"functions are there", has_its_functions},
    {"commits what it prepares", commits_what_it_prepares},
    {"restores what it snapshots", restores_what_it_snapshots},
    {"settings are well formed", settings_are_well_formed},
};

static uint32_t tell(FILE *to, const char *what, const char *rule, const char *why)
{
    (void)fprintf(to, "%s  %s: %s%s%s\n", why ? "FAIL" : "ok  ", what, rule, why ? ": " : "",
                  why ? why : "");
    (void)fflush(to);
    return why != NULL;
}

static int is_required(const sl_setting *s)
{
    for (; s && s->name; s = sl_setting_next(s)) {
        if (s->flags & SL_S_REQUIRED)
            return 1;
    }
    return 0;
}

/* Run class C in the harness, with its defaults. Gives the number of rules that it breaks. */
static uint32_t conform(FILE *to, const char *title, const sl_class *c)
{
    const char *role = NULL;
    uint32_t broken = 0;
    char what[128];
    char *lines;

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        role = !strcmp(kinds[i].kind, c->kind) ? kinds[i].role : role;
    if (!role || is_required(c->settings)) {
        (void)fprintf(to, "skip  %s: behaviour: %s\n", title,
                      role ? "has settings that must be given; use sluice/check.h"
                           : "the harness runs transforms, decoders, encoders and sinks");
        (void)fflush(to);
        return 0;
    }
    (void)snprintf(what, sizeof what, "%s: %s", role, c->id);
    lines = slc_conform(what, NULL);
    for (char *line = lines, *end; line && *line; line = end) {
        end = line + strcspn(line, "\n");
        end += *end == '\n';
        (void)fprintf(to, "FAIL  %s: behaviour: %.*s\n", title, (int)strcspn(line, "\n"), line);
        broken++;
    }
    free(lines);
    return broken ? broken : tell(to, title, "behaviour", NULL);
}

uint32_t sl_check_plugin(FILE *to, const sl_plugin *plugin)
{
    uint32_t broken = 0;
    uint32_t before;
    char what[128];

    broken += tell(to, plugin->name, "name is a plain word",
                   is_plain(plugin->name) ? NULL : "name must be a word of a-z, 0-9, _ and -");
    broken += tell(to, plugin->name, "has a class", plugin->classes[0] ? NULL : "classes is empty");
    for (const sl_class *const *c = plugin->classes; *c; c++) {
        (void)snprintf(what, sizeof what, "%s %s", (*c)->kind ? (*c)->kind : "?",
                       (*c)->id ? (*c)->id : "?");
        if ((*c)->size < LEAST(sl_class, extension)) {
            broken += tell(to, what, "size", "the class's size is too small");
            continue;
        }
        before = broken;
        for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
            broken += tell(to, what, rules[i].name, rules[i].rule(*c));
        if (broken == before)
            broken += conform(to, what, *c);
    }
    (void)fprintf(to, "%u rules broken\n", broken);
    (void)fflush(to);
    return broken;
}
