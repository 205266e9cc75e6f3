/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/graph/class.c - the class that a node names, and what to say when there is none.
 *
 * In order: a class of another kind has that name (say how to write it), a module of that name is
 * broken (say why), its module offers other classes only, the name is misspelt, or the plugin is
 * not installed (name its package).
 */
#include <string.h>

#include <sluice/sdk.h>

#include "engine/graph/graph_priv.h"

const sl_role sl_roles[SL_ROLES] = {
    [SL_ROLE_SOURCE] = {"source", SL_CLASS_SOURCE, "source"},
    [SL_ROLE_TRANSFORM] = {"transform", SL_CLASS_TRANSFORM, "transform"},
    [SL_ROLE_SINK] = {"sink", SL_CLASS_SINK, "sink"},
    [SL_ROLE_DECODER] = {"decode", SL_CLASS_DECODER, "decoder"},
    [SL_ROLE_ENCODER] = {"encode", SL_CLASS_ENCODER, "encoder"},
};

static const char *article(const char *word)
{
    return strchr("aeiou", word[0]) ? "an" : "a";
}

/* The first role whose classes have ID; SL_ROLES when none. */
static uint32_t other_role(const sl_loader *ld, const char *id)
{
    uint32_t role = 0;

    while (role < SL_ROLES && !sl_registry_find(ld->reg, sl_roles[role].kind, id, NULL))
        role++;
    return role;
}

static int diag_other_kind(sl_loader *ld, uint32_t role, const char *id, sl_place place)
{
    uint32_t other = other_role(ld, id);
    const sl_role *is;

    if (other == SL_ROLES)
        return 0;
    is = &sl_roles[other];
    sl_diag(ld->diags, SL_DIAG_ERROR, "config.class.kind", place,
            "there is no %s \"%.60s\": it is %s %s", sl_roles[role].word, id, article(is->word),
            is->word);
    sl_diag_hint(ld->diags, "write %s: %.60s", is->key, id);
    return 1;
}

static const sl_module *find_module(const sl_loader *ld, const char *name)
{
    const sl_module *m;

    for (uint32_t i = 0; (m = sl_registry_module(ld->reg, i)) != NULL; i++) {
        if (strcmp(m->name, name) == 0)
            return m;
    }
    return NULL;
}

static int diag_module(sl_loader *ld, uint32_t role, const char *id, sl_place place)
{
    const sl_module *m = find_module(ld, id);

    if (!m)
        return 0;
    if (m->broken) {
        sl_diag(ld->diags, SL_DIAG_ERROR, m->broken_code ? m->broken_code : "config.plugin.broken",
                place, "the plugin \"%.60s\" can't be used: %s", id, m->broken);
        sl_diag_note(ld->diags, "its file is %s   (sluice plugin doctor)", m->path);
    } else {
        sl_diag(ld->diags, SL_DIAG_ERROR, "config.class.kind", place,
                "the plugin \"%.60s\" has no %s", id, sl_roles[role].word);
        sl_diag_note(ld->diags, "see what it has: sluice plugin show %.60s", id);
    }
    return 1;
}

#define MAX_CLASSES 480u /* 4 KiB of stack with what is beside them */

static const char *suggest_class(const sl_loader *ld, uint32_t role, const char *id)
{
    const char *names[MAX_CLASSES];
    const sl_class *c;
    uint32_t n = 0;

    while (n < MAX_CLASSES && (c = sl_registry_class(ld->reg, sl_roles[role].kind, n)) != NULL)
        names[n++] = c->id;
    return sl_suggest(id, names, n);
}

const sl_class *sl_graph_find_class(sl_loader *ld, uint32_t role, const char *id, sl_place place)
{
    const sl_class *klass = sl_registry_find(ld->reg, sl_roles[role].kind, id, NULL);
    const char *better;

    if (klass)
        return klass;
    if (diag_other_kind(ld, role, id, place) || diag_module(ld, role, id, place))
        return NULL;
    better = suggest_class(ld, role, id);
    if (better) {
        sl_diag(ld->diags, SL_DIAG_ERROR, "config.plugin.missing", place, "no plugin \"%.60s\"",
                id);
        sl_diag_hint(ld->diags, "did you mean \"%s\"?", better);
    } else {
        sl_diag(ld->diags, SL_DIAG_ERROR, "config.plugin.missing", place,
                "no plugin \"%.60s\"; install sluice-plugin-%.60s", id, id);
    }
    sl_diag_note(ld->diags, "what is installed: sluice plugin list");
    return NULL;
}

const char *sl_graph_port_name(const sl_class *klass, uint32_t port)
{
    if (port == SL_PORT_ERRORS)
        return "errors";
    if (!klass || !klass->out)
        return "";
    for (uint32_t i = 0; klass->out[i]; i++) {
        if (i == port)
            return klass->out[i];
    }
    return "";
}
