/* SPDX-License-Identifier: Apache-2.0
 *
 * tools/sluice/page_class.c - the pages of classes, plugins and commands.
 *
 * A setting's note is what a reader must know to write it: type, unit, default, range, whether it
 * must be there. Groups are walked and named by their path, as messages name them.
 */
#include <stdarg.h>
#include <string.h>

#include "engine/plugin/descriptor.h"
#include "tools/sluice/page.h"

#define NOTE_ROOM 512u
#define NAME_ROOM 256u

static const struct {
    const char *kind;
    const char *role;
} kinds[] = {
    {"sluice.source/1", "source"},       {"sluice.decoder/1", "decode"},
    {"sluice.transform/1", "transform"}, {"sluice.encoder/1", "encode"},
    {"sluice.sink/1", "sink"},           {"sluice.store/1", "store"},
};

const char *sl_kind_role(const char *kind)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (!strcmp(kinds[i].kind, kind))
            return kinds[i].role;
    }
    return kind;
}

const char *sl_kind_at(uint32_t i)
{
    return i < sizeof kinds / sizeof *kinds ? kinds[i].kind : NULL;
}

static void SL_PRINTF(2, 3) add(char note[NOTE_ROOM], const char *fmt, ...)
{
    size_t n = strlen(note);
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(note + n, NOTE_ROOM - n, fmt, args);
    va_end(args);
}

static void make_note(const sl_setting *s, char note[NOTE_ROOM])
{
    const char *type = sl_setting_type_name(s->type);

    note[0] = '\0';
    if (s->type == SL_T_CHOICE && s->choice) {
        for (const char *const *c = s->choice; *c; c++)
            add(note, "%s%s", c == s->choice ? "" : " | ", *c);
    } else {
        add(note, "%s", type ? type : "?");
    }
    if (s->item && sl_setting_type_name(s->item))
        add(note, " of %s", sl_setting_type_name(s->item));
    if (s->unit)
        add(note, " in %s", s->unit);
    if (s->flags & SL_S_REQUIRED)
        add(note, ", required");
    if (s->flags & SL_S_SECRET)
        add(note, ", secret");
    if (s->fallback)
        add(note, ", default %s", *s->fallback ? s->fallback : "\"\"");
    if (s->min)
        add(note, ", at least %s", s->min);
    if (s->max)
        add(note, ", at most %s", s->max);
    if (s->flags & SL_S_RELOAD)
        add(note, ", can change while running");
}

static void settings(const sl_page *page, const sl_setting *s, const char *prefix)
{
    char name[NAME_ROOM];
    char note[NOTE_ROOM];
    char text[NOTE_ROOM];

    for (; s && s->name; s = sl_setting_next(s)) {
        (void)snprintf(name, sizeof name, "%s%s", prefix, s->name);
        make_note(s, note);
        sl_page_item(page, name, note, s->brief ? s->brief : "");
        sl_page_item_more(page, s->details);
        if (s->example) {
            (void)snprintf(text, sizeof text, "Example: `%s`", s->example);
            sl_page_item_more(page, text);
        }
        if (s->replaced_by) {
            (void)snprintf(text, sizeof text, "Old: use `%s` instead.", s->replaced_by);
            sl_page_item_more(page, text);
        }
        if (s->child) {
            (void)snprintf(name, sizeof name, "%s%s%s", prefix, s->name,
                           s->type == SL_T_LIST  ? "[]."
                           : s->type == SL_T_MAP ? ".*."
                                                 : ".");
            settings(page, s->child, name);
        }
    }
}

static void ports(const sl_page *page, const char *what, const char *const *names)
{
    char text[NOTE_ROOM] = "";

    if (!names || !names[0])
        return;
    add(text, "%s: ", what);
    for (const char *const *p = names; *p; p++)
        add(text, "%s`%s`", p == names ? "" : ", ", *p);
    sl_page_text(page, text);
}

void sl_page_class(const sl_page *page, const sl_class *klass)
{
    char text[NAME_ROOM];

    (void)snprintf(text, sizeof text, "%s: %s", sl_kind_role(klass->kind), klass->id);
    sl_page_heading(page, 1, text);
    sl_page_text(page, klass->brief);
    sl_page_text(page, klass->details);
    ports(page, "Inputs", klass->in);
    ports(page, "Outputs", klass->out);
    if (klass->settings && klass->settings->name)
        sl_page_heading(page, 2, "Settings");
    settings(page, klass->settings, "");
}

void sl_page_module(const sl_page *page, const sl_module *module)
{
    char name[NAME_ROOM];
    char brief[NOTE_ROOM] = "";

    for (const sl_class *const *c = module->classes; *c; c++)
        add(brief, "%s%s: %s", c == module->classes ? "" : ", ", sl_kind_role((*c)->kind),
            (*c)->id);
    (void)snprintf(name, sizeof name, "sluice-%s", module->name);
    sl_page_title(page, name, "7", brief);
    for (const sl_class *const *c = module->classes; *c; c++)
        sl_page_class(page, *c);
}

void sl_page_command(const sl_page *page, const sl_command *command)
{
    char text[NOTE_ROOM] = "";

    if (page->form != SL_PAGE_TEXT) {
        (void)snprintf(text, sizeof text, "sluice %s", command->name);
        sl_page_heading(page, page->form == SL_PAGE_MAN ? 2 : 1, text);
    }
    (void)snprintf(text, sizeof text, "sluice %s%s%s%s\n", command->name,
                   command->options->name ? " [OPTIONS]" : "", command->operands[0] ? " " : "",
                   command->operands);
    sl_page_code(page, text);
    (void)snprintf(text, sizeof text, "%c%s.", command->brief[0] - 32, command->brief + 1);
    sl_page_text(page, text);
    sl_page_text(page, command->details);
    if (command->options->name && page->form == SL_PAGE_TEXT)
        sl_page_heading(page, 1, "options");
    for (const sl_option *o = command->options; o->name; o++) {
        (void)snprintf(text, sizeof text, "--%s%s%s", o->name, o->arg ? " " : "",
                       o->arg ? o->arg : "");
        if (page->form == SL_PAGE_TEXT)
            (void)fprintf(page->to, "  %-28s %s\n", text, o->brief);
        else
            sl_page_item(page, text, NULL, o->brief);
    }
}
