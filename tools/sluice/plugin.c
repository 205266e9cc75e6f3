/* SPDX-License-Identifier: Apache-2.0
 *
 * tools/sluice/plugin.c - `sluice plugin list|show|check|doctor`: what there is, and why not.
 *
 * All of it comes from descriptors; a plugin's file is only loaded by the helper process, for `show
 * FILE` and `check FILE`. A name is a plugin's, a class's ("kafka") or a role and a class ("sink
 * kafka").
 */
#include <stdlib.h>
#include <string.h>

#include "engine/plugin/descriptor.h"
#include "engine/plugin/scan.h"
#include "tools/sluice/page.h"

#define PATH_ROOM 1024u

static const sl_option list_options[] = {
    {"json", NULL, 0, "as one JSON array"},
    SL_OPTION_PLUGIN_PATH,
    SL_OPTION_COLOR,
    SL_OPTION_END,
};

static int is_file(const char *name)
{
    size_t n = strlen(name);

    return strchr(name, '/') || (n > 3 && !strcmp(name + n - 3, ".so"));
}

/* ---- list ------------------------------------------------------------------------------------ */

static void module_json(sl_json *j, const sl_module *m)
{
    sl_json_object(j, NULL);
    sl_json_text(j, "name", m->name);
    sl_json_text(j, "version", m->version);
    sl_json_text(j, "path", m->path);
    sl_json_text(j, "descriptor", m->descriptor);
    sl_json_text(j, "build_id", m->build_id);
    sl_json_uint(j, "abi_major", m->abi_major);
    sl_json_uint(j, "abi_minor", m->abi_minor);
    sl_json_array(j, "classes");
    for (const sl_class *const *c = m->classes; *c; c++) {
        sl_json_object(j, NULL);
        sl_json_text(j, "role", sl_kind_role((*c)->kind));
        sl_json_text(j, "kind", (*c)->kind);
        sl_json_text(j, "id", (*c)->id);
        sl_json_text(j, "brief", (*c)->brief);
        sl_json_end(j);
    }
    sl_json_end(j);
    if (m->broken) {
        sl_json_text(j, "broken", m->broken);
        sl_json_text(j, "broken_code", m->broken_code);
    }
    sl_json_end(j);
}

static int list_json(sl_tool *tool)
{
    const sl_module *m;
    sl_json j;

    sl_json_init(&j, tool->mem, 2);
    sl_json_array(&j, NULL);
    for (uint32_t i = 0; (m = sl_registry_module(tool->registry, i)) != NULL; i++)
        module_json(&j, m);
    sl_json_end(&j);
    return sl_tool_print_json(tool, &j);
}

static uint32_t print_broken(const sl_tool *tool)
{
    const sl_module *m;
    uint32_t n = 0;

    for (uint32_t i = 0; (m = sl_registry_module(tool->registry, i)) != NULL; i++) {
        if (!m->broken)
            continue;
        if (!n++)
            (void)printf("\nnot usable:\n");
        (void)printf("  %s  (%s)\n    error[%s]: %s\n", m->name, m->path, m->broken_code,
                     m->broken);
    }
    return n;
}

static void print_row(const sl_module *m)
{
    for (const sl_class *const *c = m->classes; *c; c++)
        (void)printf("%-12s %-9s %-10s %-12s %s\n", c == m->classes ? m->name : "",
                     c == m->classes ? m->version : "", sl_kind_role((*c)->kind), (*c)->id,
                     (*c)->brief ? (*c)->brief : "");
}

static int list(sl_tool *tool, const sl_args *args)
{
    const sl_module *m;
    uint32_t usable = 0;
    int rc = sl_tool_registry(tool, args);

    if (rc != SL_EXIT_OK)
        return rc;
    if (sl_args_get(args, "json"))
        return list_json(tool);
    for (uint32_t i = 0; (m = sl_registry_module(tool->registry, i)) != NULL; i++) {
        if (!m->broken && !usable++)
            (void)printf("%-12s %-9s %-10s %-12s %s\n", "PLUGIN", "VERSION", "ROLE", "CLASS",
                         "DOES");
        if (!m->broken)
            print_row(m);
    }
    if (!print_broken(tool) && !usable)
        (void)printf("no plugins; `sluice plugin doctor` shows where they are looked for\n");
    return SL_EXIT_OK;
}

const sl_command sl_command_plugin_list = {
    .name = "plugin list",
    .operands = "",
    .brief = "list the plugins and their classes, and those that can't be used",
    .options = list_options,
    .run = list,
};

/* ---- show ------------------------------------------------------------------------------------ */

/* Have FILE described; gives the document, and prints why not. */
static int describe(sl_tool *tool, const char *what, const char *file, char **text, int *status)
{
    SL_CLEANUP(sl_mem_freep) char *path = NULL;
    sl_file_info info;
    sl_error err;
    size_t len;

    if (!sl_tool_world(tool))
        return SL_EXIT_FILE;
    path = sl_mem_printf(tool->mem, "%s%s", strchr(file, '/') ? "" : "./", file);
    if (!path)
        return SL_EXIT_FILE;
    if (tool->env->os->stat(path, &info) < 0) {
        (void)sl_error_errno(&err, "plugin.file.read", "%s can't be read", file);
        sl_tool_error(tool, err.code, err.text);
        return SL_EXIT_FILE;
    }
    if (sl_scan_run(tool->env, tool->mem, what, path, text, &len, status, &err) == SL_OK)
        return SL_EXIT_OK;
    sl_tool_error(tool, err.code, err.text);
    return SL_EXIT_TEST;
}

/* The pages of what descriptor TEXT says, or TEXT itself. */
static int show_descriptor(sl_tool *tool, const char *file, const char *text, int as_json)
{
    sl_page page = {stdout, SL_PAGE_TEXT};
    sl_arena arena = {.mem = tool->mem};
    sl_json_doc *doc = NULL;
    const sl_json_node *wrong;
    sl_descriptor d;
    sl_error err;
    sl_status rc = sl_json_read(tool->mem, text, strlen(text), &doc, &err);
    sl_module m;

    wrong = rc == SL_OK ? sl_json_get(sl_json_root(doc), "error") : NULL;
    if (wrong) {
        rc = sl_error_set(&err, SL_E_CONFIG, sl_json_get_text(wrong, "code", "plugin.open"), "%s",
                          sl_json_get_text(wrong, "text", "it can't be loaded"));
    } else if (rc == SL_OK) {
        rc = sl_descriptor_read(&arena, sl_json_root(doc), &d, &err);
    }
    if (rc != SL_OK) {
        sl_tool_error(tool, err.code, err.text);
    } else if (as_json) {
        (void)fputs(text, stdout);
    } else {
        m = (sl_module){.name = d.name,
                        .version = d.version,
                        .license = d.license,
                        .path = file,
                        .classes = d.classes};
        sl_page_module(&page, &m);
    }
    sl_json_free(doc);
    sl_arena_fini(&arena);
    return rc == SL_OK ? SL_EXIT_OK : SL_EXIT_TEST;
}

static int show_file(sl_tool *tool, const char *file, int as_json)
{
    SL_CLEANUP(sl_mem_freep) char *text = NULL;
    int status;
    int rc = describe(tool, "--describe", file, &text, &status);

    return rc == SL_EXIT_OK ? show_descriptor(tool, file, text, as_json) : rc;
}

static const sl_module *by_name(const sl_registry *reg, const char *name)
{
    const sl_module *m;

    for (uint32_t i = 0; (m = sl_registry_module(reg, i)) != NULL; i++) {
        if (!strcmp(m->name, name))
            return m;
    }
    return NULL;
}

/* Print all classes called ID, or only those of ROLE. Gives their number. */
static uint32_t show_classes(const sl_tool *tool, const char *role, const char *id, sl_json *j)
{
    sl_page page = {stdout, SL_PAGE_TEXT};
    const char *kind;
    uint32_t n = 0;

    for (uint32_t i = 0; (kind = sl_kind_at(i)) != NULL; i++) {
        const sl_class *c = sl_registry_find(tool->registry, kind, id, NULL);

        if (!c || (role && strcmp(role, sl_kind_role(kind)) != 0))
            continue;
        n++;
        if (j)
            sl_descriptor_write_class(j, c);
        else
            sl_page_class(&page, c);
    }
    return n;
}

static int no_class(const sl_tool *tool, const char *name)
{
    const char *names[256];
    const char *kind;
    const char *meant;
    const sl_class *c;
    uint32_t n = 0;

    for (uint32_t i = 0; (kind = sl_kind_at(i)) != NULL; i++) {
        for (uint32_t k = 0; (c = sl_registry_class(tool->registry, kind, k)) != NULL; k++) {
            if (n < sizeof names / sizeof *names)
                names[n++] = c->id;
        }
    }
    meant = sl_suggest(name, names, n);
    (void)fprintf(stderr, "error[config.plugin.missing]: no plugin \"%s\"%s%s%s\n", name,
                  meant ? "; did you mean \"" : "", meant ? meant : "", meant ? "\"?" : "");
    (void)fprintf(stderr, "  sluice plugin list shows what there is\n");
    return SL_EXIT_USAGE;
}

static int show(sl_tool *tool, const sl_args *args)
{
    int as_json = sl_args_get(args, "json") != NULL;
    const char *role = args->noperand == 2 ? args->operand[0] : NULL;
    const char *name = args->operand[args->noperand - 1];
    const sl_module *m;
    sl_json j;
    int rc;

    if (!role && is_file(name))
        return show_file(tool, name, as_json);
    rc = sl_tool_registry(tool, args);
    if (rc != SL_EXIT_OK)
        return rc;
    m = role ? NULL : by_name(tool->registry, name);
    if (m && m->broken) {
        sl_tool_error(tool, m->broken_code, m->broken);
        return SL_EXIT_TEST;
    }
    if (!m && !as_json)
        return show_classes(tool, role, name, NULL) ? SL_EXIT_OK : no_class(tool, name);
    sl_json_init(&j, tool->mem, 2);
    if (m) {
        sl_descriptor d = {.name = m->name,
                           .version = m->version,
                           .license = m->license,
                           .build_id = m->build_id,
                           .abi_major = m->abi_major,
                           .abi_minor = m->abi_minor,
                           .classes = m->classes};
        sl_page page = {stdout, SL_PAGE_TEXT};

        if (!as_json) {
            sl_page_module(&page, m);
            return SL_EXIT_OK;
        }
        sl_descriptor_write(&j, NULL, &d);
        return sl_tool_print_json(tool, &j);
    }
    sl_json_array(&j, NULL);
    if (!show_classes(tool, role, name, &j)) {
        sl_json_fini(&j);
        return no_class(tool, name);
    }
    sl_json_end(&j);
    return sl_tool_print_json(tool, &j);
}

const sl_command sl_command_plugin_show = {
    .name = "plugin show",
    .operands = "NAME | ROLE NAME | FILE",
    .brief = "show what a plugin does and its settings",
    .details =
        "NAME is a plugin or a class (`csv`), ROLE one of source, decode, transform, encode, "
        "sink, store. FILE is a module that need not be installed; with `--json` this makes "
        "its descriptor.",
    .options = list_options,
    .min_operands = 1,
    .max_operands = 2,
    .run = show,
};

/* ---- check ----------------------------------------------------------------------------------- */

static int check(sl_tool *tool, const sl_args *args)
{
    SL_CLEANUP(sl_mem_freep) char *text = NULL;
    int status = 0;
    int rc = describe(tool, "--check", args->operand[0], &text, &status);

    if (rc != SL_EXIT_OK)
        return rc;
    rc = sl_tool_print(tool, text);
    if (rc != SL_EXIT_OK)
        return rc;
    return status ? SL_EXIT_TEST : SL_EXIT_OK;
}

static const sl_option check_options[] = {SL_OPTION_COLOR, SL_OPTION_END};

const sl_command sl_command_plugin_check = {
    .name = "plugin check",
    .operands = "FILE",
    .brief = "check a module: file, ABI, tables, creating and destroying each class",
    .details = "The module is loaded in a process of its own, so a crash is reported and not "
               "suffered. Exit status 1 when a rule is broken.",
    .options = check_options,
    .min_operands = 1,
    .max_operands = 1,
    .run = check,
};

/* ---- doctor ---------------------------------------------------------------------------------- */

static int doctor(sl_tool *tool, const sl_args *args)
{
    char host[PATH_ROOM];
    const sl_module *m;
    const sl_folder *f;
    uint32_t broken = 0;
    int rc = sl_tool_registry(tool, args);

    if (rc != SL_EXIT_OK)
        return rc;
    (void)printf("plugin ABI %u.%u\nhelper     %s\n\nfolders, in order:\n", SL_ABI_MAJOR,
                 SL_ABI_MINOR, sl_scan_host(host, sizeof host) ? host : "missing");
    for (uint32_t i = 0; (f = sl_registry_folder(tool->registry, i)) != NULL; i++)
        (void)printf("  %-50s %s\n", f->path,
                     !f->is_there ? "not there"
                     : f->unsafe  ? f->unsafe
                                  : "ok");
    (void)printf("\nmodules:\n");
    for (uint32_t i = 0; (m = sl_registry_module(tool->registry, i)) != NULL; i++) {
        (void)printf("  %s %s\n    file        %s\n    build-id    %s\n    ABI         %u.%u\n"
                     "    descriptor  %s\n",
                     m->name, m->version, m->path, m->build_id[0] ? m->build_id : "none",
                     m->abi_major, m->abi_minor,
                     m->descriptor ? m->descriptor
                     : m->broken   ? "none"
                                   : "none of this build; described by the helper");
        if (!m->broken)
            continue;
        (void)printf("    error[%s]: %s\n", m->broken_code, m->broken);
        broken++;
    }
    return broken ? SL_EXIT_TEST : SL_EXIT_OK;
}

static const sl_option doctor_options[] = {SL_OPTION_PLUGIN_PATH, SL_OPTION_COLOR, SL_OPTION_END};

const sl_command sl_command_plugin_doctor = {
    .name = "plugin doctor",
    .operands = "",
    .brief = "show where plugins are looked for, their builds, and why one is not loaded",
    .options = doctor_options,
    .run = doctor,
};
