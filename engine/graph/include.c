/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/graph/include.c - the files of a graph: the main one and all that include: names.
 *
 * include: takes files and folders (all *.yaml and *.yml in them, in order of their names), as seen
 * from the file in which it stands. A file is known by device and inode: met again while it is open
 * it is a circle, met again later it is already there. Order of reading is order of showing.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/graph/graph_priv.h"

#define DOCS_MAX  1000u
#define DEPTH_MAX 16u

static sl_status include_path(sl_loader *ld, sl_doc *from, const sl_yaml *node, const char *path,
                              int is_listed);

/* Append a document whose file is FILE (takes the hold on it). */
static sl_doc *add_doc(sl_loader *ld, sl_text_file *file, uint32_t depth)
{
    sl_doc *doc = sl_arena_array(&ld->g->arena, 1, sizeof(*doc));
    sl_doc **end = &ld->g->docs;

    if (!doc) {
        sl_text_file_unref(file);
        return NULL;
    }
    doc->file = file;
    doc->depth = depth;
    file->order = ld->ndocs++;
    while (*end)
        end = &(*end)->next;
    *end = doc;
    return doc;
}

static sl_doc *find_doc(const sl_loader *ld, const sl_file_info *info)
{
    for (sl_doc *d = ld->g->docs; d; d = d->next) {
        if (d->device == info->device && d->inode == info->inode && d->inode)
            return d;
    }
    return NULL;
}

static sl_status include_node(sl_loader *ld, sl_doc *doc, const sl_yaml *node)
{
    const char *name = sl_graph_text(ld, node, "an include");
    const char *path;

    if (!name)
        return ld->g->arena.is_short ? SL_E_NOMEM : SL_OK;
    path = sl_path_beside(&ld->g->arena, doc->file, name);
    return path ? include_path(ld, doc, node, path, 0) : SL_E_NOMEM;
}

/* Read what DOC holds, then what it includes. */
static sl_status read_doc(sl_loader *ld, sl_doc *doc)
{
    const sl_yaml *list;
    sl_yaml *root = NULL;
    sl_status rc = sl_yaml_read(doc->file, &ld->g->arena, ld->diags, &root);

    if (rc == SL_E_NOMEM)
        return rc;
    if (rc == SL_OK && !root && !doc->depth) {
        sl_place start = {doc->file, 0, 0};

        sl_diag(ld->diags, SL_DIAG_ERROR, "config.graph.empty", start, "the file is empty");
        sl_diag_hint(ld->diags, "begin it with \"sluice: 1\"");
    }
    if (root && root->kind != SL_YAML_MAP) {
        sl_diag(ld->diags, SL_DIAG_ERROR, "config.graph.shape", sl_yaml_place(root),
                "a graph file is a map (sluice: 1, nodes: …), not %s", sl_yaml_describe(root));
        return SL_OK;
    }
    doc->root = root;
    list = sl_yaml_get(root, "include");
    if (!list)
        return SL_OK;
    doc->is_open = 1;
    rc = SL_OK;
    if (list->kind == SL_YAML_LIST) {
        for (const sl_yaml_item *i = list->items; i && rc == SL_OK; i = i->next)
            rc = include_node(ld, doc, i->value);
    } else {
        rc = include_node(ld, doc, list);
    }
    doc->is_open = 0;
    return rc;
}

/* ---- folders -------------------------------------------------------------------------------- */

typedef struct listing {
    sl_arena *arena;
    const char **names;
    uint32_t n;
    uint32_t cap;
} listing;

static int is_graph_name(const char *name)
{
    const char *dot = strrchr(name, '.');

    return name[0] != '.' && dot && (strcmp(dot, ".yaml") == 0 || strcmp(dot, ".yml") == 0);
}

static int32_t add_name(void *arg, const char *name)
{
    listing *l = arg;
    const char **more;

    if (!is_graph_name(name))
        return 0;
    if (l->n == l->cap) {
        more = sl_mem_resize(l->arena->mem, l->names, (l->cap + 64) * sizeof(char *));
        if (!more)
            return 1;
        l->names = more;
        l->cap += 64;
    }
    l->names[l->n] = sl_arena_dup(l->arena, name, strlen(name));
    if (!l->names[l->n])
        return 1;
    l->n++;
    return 0;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static sl_status include_folder(sl_loader *ld, sl_doc *from, const sl_yaml *node, const char *path)
{
    listing l = {.arena = &ld->g->arena};
    int32_t rc = ld->env->os->list(path, add_name, &l);
    sl_status status = SL_OK;

    if (rc > 0)
        status = sl_arena_set_short(&ld->g->arena);
    if (rc < 0)
        sl_diag(ld->diags, SL_DIAG_ERROR, "config.include.open", sl_yaml_place(node),
                "can't read the folder %.200s: %s", path, strerror(errno));
    else if (rc == 0 && l.n == 0)
        sl_diag(ld->diags, SL_DIAG_WARNING, "config.include.empty", sl_yaml_place(node),
                "no *.yaml in the folder %.200s", path);
    if (l.n > 1)
        qsort(l.names, l.n, sizeof(*l.names), by_name);
    for (uint32_t i = 0; i < l.n && status == SL_OK; i++) {
        const char *file = sl_arena_printf(&ld->g->arena, "%s%s%s", path,
                                           path[strlen(path) - 1] == '/' ? "" : "/", l.names[i]);

        status = file ? include_path(ld, from, node, file, 1) : SL_E_NOMEM;
    }
    sl_mem_free(l.names);
    return status;
}

/* ---- files ---------------------------------------------------------------------------------- */

static sl_status include_file(sl_loader *ld, const sl_doc *from, const sl_yaml *node,
                              const char *path, const sl_file_info *info)
{
    sl_text_file *file = NULL;
    sl_error err = {0};
    sl_doc *doc;

    if (ld->ndocs >= DOCS_MAX || from->depth + 1 > DEPTH_MAX) {
        sl_diag(ld->diags, SL_DIAG_ERROR, "config.include.count", sl_yaml_place(node),
                "more than %u files, or includes nested deeper than %u", DOCS_MAX, DEPTH_MAX);
        return SL_OK;
    }
    if (sl_text_file_read(ld->env, ld->g->mem, path, &file, &err) != SL_OK) {
        if (err.status == SL_E_NOMEM)
            return SL_E_NOMEM;
        sl_diag(ld->diags, SL_DIAG_ERROR, "config.include.open", sl_yaml_place(node), "%s",
                err.text);
        return SL_OK;
    }
    doc = add_doc(ld, file, from->depth + 1);
    if (!doc)
        return SL_E_NOMEM;
    doc->device = info->device;
    doc->inode = info->inode;
    return read_doc(ld, doc);
}

/* IS_LISTED: found in a folder, where the file that includes it may lie itself. */
static sl_status include_path(sl_loader *ld, sl_doc *from, const sl_yaml *node, const char *path,
                              int is_listed)
{
    sl_file_info info = {0};
    const sl_doc *known;

    if (ld->env->os->stat(path, &info) != 0) {
        sl_diag(ld->diags, SL_DIAG_ERROR, "config.include.open", sl_yaml_place(node),
                "can't include %.200s: %s", path, strerror(errno));
        return SL_OK;
    }
    if (info.kind == SL_FILE_FOLDER && !is_listed)
        return include_folder(ld, from, node, path);
    if (info.kind == SL_FILE_FOLDER)
        return SL_OK;
    known = find_doc(ld, &info);
    if (!known)
        return include_file(ld, from, node, path, &info);
    if (known->is_open && !is_listed) {
        sl_diag(ld->diags, SL_DIAG_ERROR, "config.include.cycle", sl_yaml_place(node),
                "%.200s includes itself in the end", path);
        sl_diag_note(ld->diags, "%.200s is being read already", known->file->name);
    }
    return SL_OK;
}

sl_status sl_graph_read_docs(sl_loader *ld, const char *path)
{
    const char *text = ld->options ? ld->options->text : NULL;
    sl_file_info info = {0};
    sl_place nowhere = {0};
    sl_text_file *file = NULL;
    sl_error err = {0};
    sl_doc *doc;

    if (text) {
        if (strlen(text) > SL_TEXT_FILE_MAX)
            (void)sl_error_set(&err, SL_E_CONFIG, "config.file.size", "%s is longer than %u bytes",
                               path, SL_TEXT_FILE_MAX);
        else
            file = sl_text_file_new(ld->g->mem, path, text, strlen(text));
        if (!file && !err.code[0])
            return SL_E_NOMEM;
    } else if (sl_text_file_read(ld->env, ld->g->mem, path, &file, &err) == SL_E_NOMEM) {
        return SL_E_NOMEM;
    }
    if (!file) {
        sl_diag(ld->diags, SL_DIAG_ERROR, err.code, nowhere, "%s", err.text);
        return SL_OK;
    }
    doc = add_doc(ld, file, 0);
    if (!doc)
        return SL_E_NOMEM;
    if (!text && ld->env->os->stat(path, &info) == 0) {
        doc->device = info.device;
        doc->inode = info.inode;
    }
    return read_doc(ld, doc);
}
