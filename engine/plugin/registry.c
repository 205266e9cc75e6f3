/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/plugin/registry.c - which classes there are, and their modules.
 *
 * Folders are searched in order (given, environment, home, beside the program, /usr/local, the
 * system's), the files of each by name; the first file of a name wins. For each module its ELF
 * headers are read, then its descriptor: beside it, in share/sluice/plugins of the same prefix, in
 * the cache, or from the helper process; the first whose build-id is the file's. All that is kept
 * lives in one arena. After discovery the tables are sorted and never change, so that looking up
 * needs no lock; only loading writes, on the main thread.
 */
#include "engine/plugin/registry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/config/text_file.h"
#include "engine/plugin/cache.h"
#include "engine/plugin/descriptor.h"
#include "engine/plugin/load.h"
#include "engine/plugin/scan.h"

#define PATH_ROOM   1024u
#define MAX_FOLDERS 64u

typedef struct module {
    sl_module pub; /* first: the registry's users hold this */
    const char *file;
    struct module *next; /* in order of discovery */
    const sl_plugin *plugin;
    int is_started; /* its load() was called, and went well */
} module;

typedef struct entry {
    const sl_class *klass;
    module *home;
} entry;

struct sl_registry {
    sl_env *env;
    sl_mem *mem;
    sl_arena arena;
    module *first;
    module **last;
    module **modules; /* by name */
    uint32_t nmodule;
    entry *classes; /* by kind, then id */
    uint32_t nclass;
    sl_folder folders[MAX_FOLDERS];
    uint32_t nfolder;
};

/* The files of a folder that end in .so. */
typedef struct listing {
    sl_arena *arena;
    char **names;
    uint32_t n;
    uint32_t room;
    int is_short; /* of memory */
} listing;

static const sl_class *const no_classes[] = {NULL};

static void set_broken(sl_registry *reg, module *m, const char *code, const char *text)
{
    m->pub.classes = no_classes;
    m->pub.broken = sl_arena_dup(&reg->arena, text, strlen(text));
    m->pub.broken_code = sl_arena_dup(&reg->arena, code, strlen(code));
    if (!m->pub.broken || !m->pub.broken_code) {
        m->pub.broken = "memory is short";
        m->pub.broken_code = "memory.short";
    }
}

static void adopt(module *m, const sl_descriptor *d, const char *from)
{
    m->pub.name = d->name;
    m->pub.version = d->version;
    m->pub.license = d->license;
    m->pub.abi_major = d->abi_major;
    m->pub.abi_minor = d->abi_minor;
    m->pub.classes = d->classes;
    m->pub.descriptor = from;
}

/* Read the descriptor file PATH; taken when its build-id is the module's. */
static int try_descriptor(sl_registry *reg, module *m, const char *path)
{
    SL_CLEANUP(sl_mem_freep) char *text = NULL;
    sl_json_doc *doc = NULL;
    sl_descriptor d;
    sl_error err;
    size_t len;
    int is_fresh;

    if (sl_file_slurp(reg->env, reg->mem, path, SL_DESCRIPTOR_BYTES, &text, &len, &err) != SL_OK ||
        sl_json_read(reg->mem, text, len, &doc, &err) != SL_OK)
        return 0;
    is_fresh = !strcmp(sl_json_get_text(sl_json_root(doc), "build_id", ""), m->pub.build_id) &&
               sl_descriptor_read(&reg->arena, sl_json_root(doc), &d, &err) == SL_OK;
    sl_json_free(doc);
    if (!is_fresh)
        return 0;
    path = sl_arena_dup(&reg->arena, path, strlen(path));
    if (path)
        adopt(m, &d, path);
    return path != NULL;
}

/* Where a descriptor of module m in FOLDER may lie. */
static int find_descriptor(sl_registry *reg, module *m, const char *folder)
{
    size_t base = strlen(m->file) - 3; /* without .so */
    const char *lib = NULL;
    char path[PATH_ROOM];

    if (!m->pub.build_id[0])
        return 0; /* nothing says whether it belongs to this file */
    if (snprintf(path, sizeof path, "%s/%.*s.json", folder, (int)base, m->file) < (int)PATH_ROOM &&
        try_descriptor(reg, m, path))
        return 1;
    for (const char *p = strstr(folder, "/lib"); p; p = strstr(p + 1, "/lib"))
        lib = p;
    if (lib &&
        snprintf(path, sizeof path, "%.*s/share/sluice/plugins/%.*s.json", (int)(lib - folder),
                 folder, (int)base, m->file) < (int)PATH_ROOM &&
        try_descriptor(reg, m, path))
        return 1;
    return !strcmp(folder, SL_PLUGINDIR) &&
           snprintf(path, sizeof path, "%s/%.*s.json", SL_DESCRIPTORDIR, (int)base, m->file) <
               (int)PATH_ROOM &&
           try_descriptor(reg, m, path);
}

/* Take what the helper printed: a descriptor, or {"error": {"code", "text"}}. */
static void take_scan(sl_registry *reg, module *m, const sl_cache_key *key, const char *text,
                      size_t len)
{
    sl_json_doc *doc = NULL;
    const sl_json_node *error;
    sl_descriptor d;
    sl_error err;

    if (sl_json_read(reg->mem, text, len, &doc, &err) != SL_OK) {
        set_broken(reg, m, "plugin.scan.crash", "it ended the process that loaded it");
        return;
    }
    error = sl_json_get(sl_json_root(doc), "error");
    if (error)
        set_broken(reg, m, sl_json_get_text(error, "code", "plugin.open"),
                   sl_json_get_text(error, "text", "it can't be loaded"));
    else if (sl_descriptor_read(&reg->arena, sl_json_root(doc), &d, &err) != SL_OK)
        set_broken(reg, m, err.code, err.text);
    else
        adopt(m, &d, NULL);
    if (!m->pub.broken)
        sl_cache_put(reg->env, reg->mem, key, text, len);
    sl_json_free(doc);
}

static void scan(sl_registry *reg, module *m, const sl_file_info *info)
{
    sl_cache_key key = {m->pub.path, m->pub.build_id, info->bytes, info->changed_ns};
    const sl_json_node *node;
    sl_json_doc *doc = sl_cache_get(reg->env, reg->mem, &key, &node);
    SL_CLEANUP(sl_mem_freep) char *text = NULL;
    sl_descriptor d;
    sl_error err;
    size_t len;
    int status;

    if (doc) {
        status = sl_descriptor_read(&reg->arena, node, &d, &err) == SL_OK;
        sl_json_free(doc);
        if (status) {
            adopt(m, &d, NULL);
            return;
        }
    }
    if (sl_scan_run(reg->env, reg->mem, "--describe", m->pub.path, &text, &len, &status, &err) !=
        SL_OK)
        set_broken(reg, m, err.code, err.text);
    else
        take_scan(reg, m, &key, text, len);
}

static const module *with_class(const sl_registry *reg, const sl_class *klass)
{
    for (const module *m = reg->first; m; m = m->next) {
        for (const sl_class *const *c = m->pub.classes; *c; c++) {
            if (!strcmp((*c)->kind, klass->kind) && !strcmp((*c)->id, klass->id))
                return m;
        }
    }
    return NULL;
}

/* A class that an earlier module has already makes this module useless: nobody could say which one
 * a graph means. */
static void refuse_twice(sl_registry *reg, module *m)
{
    char text[512];

    for (const sl_class *const *c = m->pub.classes; *c; c++) {
        const module *other = with_class(reg, *c);

        if (!other)
            continue;
        (void)snprintf(text, sizeof text, "its %s \"%s\" is in %s already; remove one of them",
                       (*c)->kind, (*c)->id, other->pub.path);
        set_broken(reg, m, "plugin.class.twice", text);
        return;
    }
}

/* One module more; UNSAFE: why nothing of its folder may be loaded, or NULL. */
static int add_module(sl_registry *reg, const char *folder, const char *file, const char *unsafe)
{
    module *m = sl_arena_take(&reg->arena, sizeof *m);
    sl_elf_facts facts = {0};
    sl_file_info info = {0};
    char text[512];
    sl_error err;

    if (!m)
        return 0;
    m->file = file;
    m->pub.path = sl_arena_printf(&reg->arena, "%s/%s", folder, file);
    m->pub.name = sl_arena_dup(&reg->arena, file, strlen(file) - 3);
    m->pub.version = m->pub.license = m->pub.build_id = "";
    m->pub.classes = no_classes;
    if (!m->pub.path || !m->pub.name)
        return 0;
    if (unsafe) {
        (void)snprintf(text, sizeof text, "its folder %s %s; give it to root or yourself, mode 755",
                       folder, unsafe);
        set_broken(reg, m, "plugin.folder.unsafe", text);
    } else if (sl_module_look(reg->env->os, m->pub.path, file, &facts, &info, &err) != SL_OK) {
        set_broken(reg, m, err.code, err.text);
    } else {
        m->pub.build_id = sl_arena_dup(&reg->arena, facts.build_id, strlen(facts.build_id));
        if (!m->pub.build_id)
            return 0;
        if (!find_descriptor(reg, m, folder))
            scan(reg, m, &info);
        refuse_twice(reg, m);
    }
    m->pub.abi_major = m->pub.abi_major ? m->pub.abi_major : facts.abi_major;
    m->pub.abi_minor = m->pub.abi_minor ? m->pub.abi_minor : facts.abi_minor;
    *reg->last = m;
    reg->last = &m->next;
    reg->nmodule++;
    return 1;
}

static int32_t collect(void *arg, const char *name)
{
    listing *l = arg;
    size_t len = strlen(name);
    char **grown;

    if (len < 4 || strcmp(name + len - 3, ".so") != 0 || name[0] == '.')
        return 0;
    if (l->n == l->room) {
        grown = sl_arena_take(l->arena, (l->room * 2 + 16) * sizeof *grown);
        if (!grown)
            goto out;
        if (l->n)
            memcpy(grown, l->names, l->n * sizeof *grown);
        l->names = grown;
        l->room = l->room * 2 + 16;
    }
    l->names[l->n] = sl_arena_dup(l->arena, name, len);
    if (l->names[l->n++])
        return 0;
out:
    l->is_short = 1;
    return 1;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int is_known(const sl_registry *reg, const char *file)
{
    for (const module *m = reg->first; m; m = m->next) {
        if (!strcmp(m->file, file))
            return 1;
    }
    return 0;
}

/* Note that FOLDER was looked at. */
static int note_folder(sl_registry *reg, const char *folder, int is_there, const char *unsafe)
{
    if (reg->nfolder == MAX_FOLDERS)
        return 1;
    folder = sl_arena_dup(&reg->arena, folder, strlen(folder));
    if (folder)
        reg->folders[reg->nfolder++] = (sl_folder){folder, unsafe, is_there};
    return folder != NULL;
}

/* Search one folder; one that is not there is no matter unless it MUST be. */
static sl_status search(sl_registry *reg, const char *folder, int must, sl_error *err)
{
    listing l = {.arena = &reg->arena};
    const sl_os *os = reg->env->os;
    const char *unsafe = NULL;
    sl_file_info info;
    int is_there = os->stat(folder, &info) == 0 && info.kind == SL_FILE_FOLDER;

    if (!is_there && must)
        return sl_error_set(err, SL_E_CONFIG, "plugin.folder.missing",
                            "the plugin folder %s is not there, or is no folder", folder);
    if (is_there)
        unsafe = sl_module_unsafe(&info);
    l.is_short = !note_folder(reg, folder, is_there, unsafe);
    if (is_there && os->list(folder, collect, &l) < 0 && must)
        return sl_error_errno(err, "plugin.folder.read", "the plugin folder %s", folder);
    if (l.n)
        qsort(l.names, l.n, sizeof *l.names, by_text);
    for (uint32_t i = 0; i < l.n && !l.is_short; i++) {
        if (!is_known(reg, l.names[i]))
            l.is_short = !add_module(reg, folder, l.names[i], unsafe);
    }
    return l.is_short
               ? sl_error_set(err, SL_E_NOMEM, "memory.short", "no memory for the list of plugins")
               : SL_OK;
}

/* The folders of SLUICE_PLUGIN_PATH, between colons. */
static sl_status search_listed(sl_registry *reg, const char *list, sl_error *err)
{
    sl_status rc = SL_OK;
    char *folder;
    size_t n;

    for (; list && *list && rc == SL_OK; list += n + (list[n] == ':')) {
        n = strcspn(list, ":");
        if (!n)
            continue;
        folder = sl_arena_dup(&reg->arena, list, n);
        if (!folder)
            return sl_error_set(err, SL_E_NOMEM, "memory.short",
                                "no memory for the list of plugins");
        rc = search(reg, folder, 0, err);
    }
    return rc;
}

/* Beside the running program: the modules of a build, or of an installation that was moved. */
static sl_status search_beside(sl_registry *reg, sl_error *err)
{
    static const struct {
        uint32_t up; /* folders above the program's own */
        const char *folder, *proof;
    } places[] = {{1, "modules", "/stamp"}, {0, "modules", "/stamp"}, {1, "lib/sluice/1", ""}};
    char exe[PATH_ROOM];
    char path[PATH_ROOM + 64];
    ssize_t n = readlink("/proc/self/exe", exe, sizeof exe - 1);
    sl_status rc = SL_OK;
    char *end[2];

    exe[n > 0 ? n : 0] = '\0';
    end[0] = strrchr(exe, '/');
    end[1] = end[0] ? memrchr(exe, '/', (size_t)(end[0] - exe)) : NULL;
    for (size_t i = 0; end[1] && i < sizeof places / sizeof *places && rc == SL_OK; i++) {
        (void)snprintf(path, sizeof path, "%.*s/%s%s", (int)(end[places[i].up] - exe), exe,
                       places[i].folder, places[i].proof);
        if (access(path, R_OK) < 0)
            continue;
        path[strlen(path) - strlen(places[i].proof)] = '\0';
        if (strcmp(path, SL_PLUGINDIR) != 0 && strcmp(path, "/usr/local/lib/sluice/1") != 0)
            rc = search(reg, path, 0, err);
    }
    return rc;
}

static sl_status search_all(sl_registry *reg, const char *const *paths, sl_error *err)
{
    const char *home = getenv("HOME");
    char own[PATH_ROOM];
    sl_status rc = SL_OK;

    for (; paths && *paths && rc == SL_OK; paths++)
        rc = search(reg, *paths, 1, err);
    if (rc == SL_OK)
        rc = search_listed(reg, getenv("SLUICE_PLUGIN_PATH"), err);
    if (rc == SL_OK && home && home[0] == '/' &&
        snprintf(own, sizeof own, "%s/.local/lib/sluice/1", home) < (int)sizeof own)
        rc = search(reg, own, 0, err);
    if (rc == SL_OK)
        rc = search_beside(reg, err);
    if (rc == SL_OK)
        rc = search(reg, "/usr/local/lib/sluice/1", 0, err);
    if (rc == SL_OK && strcmp(SL_PLUGINDIR, "/usr/local/lib/sluice/1") != 0)
        rc = search(reg, SL_PLUGINDIR, 0, err);
    return rc;
}

static int by_name(const void *a, const void *b)
{
    return strcmp((*(const module *const *)a)->pub.name, (*(const module *const *)b)->pub.name);
}

static int by_kind_id(const void *a, const void *b)
{
    const sl_class *x = ((const entry *)a)->klass;
    const sl_class *y = ((const entry *)b)->klass;
    int order = strcmp(x->kind, y->kind);

    return order ? order : strcmp(x->id, y->id);
}

/* Make the sorted tables of what was found. */
static int sort_all(sl_registry *reg)
{
    uint32_t n = 0;

    for (module *m = reg->first; m; m = m->next) {
        for (const sl_class *const *c = m->pub.classes; *c; c++)
            reg->nclass++;
    }
    reg->modules = sl_arena_take(&reg->arena, (reg->nmodule + 1) * sizeof(module *));
    reg->classes = sl_arena_take(&reg->arena, (reg->nclass + 1) * sizeof *reg->classes);
    if (!reg->modules || !reg->classes)
        return 0;
    for (module *m = reg->first; m; m = m->next)
        reg->modules[n++] = m;
    n = 0;
    for (module *m = reg->first; m; m = m->next) {
        for (const sl_class *const *c = m->pub.classes; *c; c++)
            reg->classes[n++] = (entry){*c, m};
    }
    qsort(reg->modules, reg->nmodule, sizeof(module *), by_name);
    qsort(reg->classes, reg->nclass, sizeof *reg->classes, by_kind_id);
    return 1;
}

sl_status sl_registry_new(sl_env *env, sl_mem *mem, const char *const *paths, sl_registry **out,
                          sl_error *err)
{
    sl_registry *reg = sl_mem_zalloc(mem, 1, sizeof *reg);
    sl_status rc;

    if (!reg)
        return sl_error_set(err, SL_E_NOMEM, "memory.short", "no memory for the list of plugins");
    reg->env = env;
    reg->mem = mem;
    reg->arena.mem = mem;
    reg->last = &reg->first;
    rc = search_all(reg, paths, err);
    if (rc == SL_OK && !sort_all(reg))
        rc = sl_error_set(err, SL_E_NOMEM, "memory.short", "no memory for the list of plugins");
    if (rc == SL_OK)
        *out = reg;
    else
        sl_registry_free(reg);
    return rc;
}

void sl_registry_free(sl_registry *reg)
{
    if (!reg)
        return;
    for (module *m = reg->first; m; m = m->next) {
        if (m->is_started && SL_HAS(m->plugin, unload) && m->plugin->unload)
            m->plugin->unload();
    }
    sl_arena_fini(&reg->arena);
    sl_mem_free(reg);
}

const sl_module *sl_registry_module(const sl_registry *reg, uint32_t n)
{
    return n < reg->nmodule ? &reg->modules[n]->pub : NULL;
}

const sl_folder *sl_registry_folder(const sl_registry *reg, uint32_t n)
{
    return n < reg->nfolder ? &reg->folders[n] : NULL;
}

/* The number of the first class that is not before KIND and ID. */
static uint32_t lower(const sl_registry *reg, const char *kind, const char *id)
{
    sl_class key = {.kind = kind, .id = id};
    entry want = {&key, NULL};
    uint32_t from = 0;
    uint32_t to = reg->nclass;

    while (from < to) {
        uint32_t mid = from + (to - from) / 2;

        if (by_kind_id(&reg->classes[mid], &want) < 0)
            from = mid + 1;
        else
            to = mid;
    }
    return from;
}

const sl_class *sl_registry_find(const sl_registry *reg, const char *kind, const char *id,
                                 const sl_module **home)
{
    uint32_t i = lower(reg, kind, id);
    const entry *e = &reg->classes[i];

    if (i == reg->nclass || strcmp(e->klass->kind, kind) != 0 || strcmp(e->klass->id, id) != 0)
        return NULL;
    if (home)
        *home = &e->home->pub;
    return e->klass;
}

const sl_class *sl_registry_class(const sl_registry *reg, const char *kind, uint32_t n)
{
    uint32_t i = lower(reg, kind, "");

    if (n >= reg->nclass - i || strcmp(reg->classes[i + n].klass->kind, kind) != 0)
        return NULL;
    return reg->classes[i + n].klass;
}

/* Load the module and call its load(), once. */
static sl_status start(sl_registry *reg, module *m, const sl_host *host, sl_error *err)
{
    sl_status rc = SL_OK;

    if (!m->plugin)
        rc = sl_module_open(reg->env->os, m->pub.path, m->file, m->pub.build_id, &m->plugin, err);
    if (rc != SL_OK || m->is_started)
        return rc;
    if (SL_HAS(m->plugin, load) && m->plugin->load)
        rc = m->plugin->load(host);
    if (rc != SL_OK)
        return sl_error_set(err, rc < 0 ? rc : SL_E_FATAL, "plugin.load",
                            "%s refused to start (status %d)", m->file, rc);
    m->is_started = 1;
    return SL_OK;
}

sl_status sl_registry_load(sl_registry *reg, const sl_class *klass, const sl_host *host,
                           const sl_class **loaded, sl_error *err)
{
    uint32_t i = lower(reg, klass->kind, klass->id);
    module *m = i < reg->nclass ? reg->classes[i].home : NULL;
    sl_status rc;

    if (!m || reg->classes[i].klass != klass)
        return sl_error_set(err, SL_E_FATAL, "plugin.class", "%s \"%s\" is of another registry",
                            klass->kind, klass->id);
    rc = start(reg, m, host, err);
    if (rc != SL_OK)
        return rc;
    for (const sl_class *const *c = m->plugin->classes; *c; c++) {
        if (!strcmp((*c)->kind, klass->kind) && !strcmp((*c)->id, klass->id)) {
            *loaded = *c;
            return SL_OK;
        }
    }
    return sl_error_set(err, SL_E_CONFIG, "plugin.changed",
                        "%s has no %s \"%s\" any more; run the command again", m->file, klass->kind,
                        klass->id);
}
