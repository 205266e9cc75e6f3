/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/plugin/load.c - bring a module into this process.
 *
 * Order: who may write the file; what the ELF headers and the plugin table in the file say; the
 * build-id against the descriptor's; dlopen with RTLD_NOW, so that a missing function shows here
 * and not in the middle of a run; the table again, as the loader relocated it. What dlerror says is
 * turned into a sentence that names the library or the symbol.
 */
#include "engine/plugin/load.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define TABLE "sluice_plugin_v1"

SL_STATIC_ASSERT(SL_ABI_MAJOR == 1u, "the name of the table has the ABI's major version in it");

const char *sl_module_unsafe(const sl_file_info *info)
{
    if (info->mode & 02)
        return "may be written by everyone";
    if (info->owner && info->owner != geteuid())
        return "belongs to another user";
    return NULL;
}

sl_status sl_module_look(const sl_os *os, const char *path, const char *name, sl_elf_facts *facts,
                         sl_file_info *info, sl_error *err)
{
    const char *unsafe;
    sl_status rc;
    int32_t fd = os->open(path, O_RDONLY | O_NONBLOCK, 0);

    if (fd < 0)
        return sl_error_errno(err, "plugin.file.read", "%s can't be opened", path);
    if (os->fstat(fd, info) < 0) {
        rc = sl_error_errno(err, "plugin.file.read", "%s can't be read", path);
    } else if (info->kind != SL_FILE_REGULAR) {
        rc = sl_error_set(err, SL_E_CONFIG, "plugin.file.kind", "%s is no file", name);
    } else {
        unsafe = sl_module_unsafe(info);
        rc = unsafe ? sl_error_set(err, SL_E_CONFIG, "plugin.file.unsafe",
                                   "%s %s; give it to root or yourself, mode 644", name, unsafe)
                    : sl_elf_read(os, fd, info->bytes, name, facts, err);
    }
    (void)os->close(fd); /* only read from */
    return rc;
}

/* The word of TEXT behind WHAT, up to a character of END. False when WHAT is not in it. */
static int word_behind(const char *text, const char *what, const char *end, char *out, size_t room)
{
    const char *at = strstr(text, what);
    size_t n;

    if (!at)
        return 0;
    at += strlen(what);
    n = strcspn(at, end);
    if (n >= room)
        n = room - 1;
    memcpy(out, at, n);
    out[n] = '\0';
    return n > 0;
}

/* Turn what dlerror says into a sentence. */
static sl_status open_failed(const char *name, sl_error *err)
{
    const char *text = dlerror();
    char word[96];
    char library[96];

    text = text ? text : "no reason given";
    if (word_behind(text, "undefined symbol: ", " ,(", word, sizeof word))
        return sl_error_set(err, SL_E_CONFIG, "plugin.symbol",
                            "%s needs the symbol %s, which nothing here provides; rebuild it, or "
                            "update what it is linked with",
                            name, word);
    if (strstr(text, "cannot open shared object file") &&
        word_behind(text, "", ":", library, sizeof library))
        return sl_error_set(err, SL_E_CONFIG, "plugin.library",
                            "%s needs the library %s, which is not installed; install the package "
                            "that holds it",
                            name, library);
    if (word_behind(text, "version `", "'", word, sizeof word))
        return sl_error_set(err, SL_E_CONFIG, "plugin.library",
                            "%s needs version %s of a library that is older here; update it", name,
                            word);
    return sl_error_set(err, SL_E_CONFIG, "plugin.open", "%s can't be loaded: %s", name, text);
}

static sl_status check_table(const sl_plugin *plugin, const char *name, sl_error *err)
{
    sl_elf_facts facts = {"", plugin->magic, plugin->size, plugin->abi_major, plugin->abi_minor};
    sl_status rc = sl_abi_check(&facts, name, err);

    if (rc != SL_OK)
        return rc;
    if (!plugin->name || !plugin->version || !plugin->license || !plugin->classes)
        return sl_error_set(err, SL_E_CONFIG, "plugin.table",
                            "the plugin table of %s has no name, version, license or classes",
                            name);
    return SL_OK;
}

sl_status sl_module_open(const sl_os *os, const char *path, const char *name, const char *build_id,
                         const sl_plugin **out, sl_error *err)
{
    sl_elf_facts facts;
    sl_file_info info;
    const sl_plugin *plugin;
    void *handle;
    sl_status rc = sl_module_look(os, path, name, &facts, &info, err);

    if (rc != SL_OK)
        return rc;
    if (build_id && strcmp(build_id, facts.build_id) != 0)
        return sl_error_set(err, SL_E_CONFIG, "plugin.changed",
                            "%s has changed since it was looked at; run the command again", name);
    handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!handle)
        return open_failed(name, err);
    plugin = dlsym(handle, TABLE);
    if (!plugin)
        return sl_error_set(err, SL_E_CONFIG, "plugin.abi.symbol", "%s exports no " TABLE, name);
    rc = check_table(plugin, name, err);
    if (rc == SL_OK)
        *out = plugin;
    return rc;
}
