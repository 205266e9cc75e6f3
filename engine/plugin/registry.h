/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/plugin/registry.h - which classes there are, and their modules.
 *
 * Discovery reads descriptors only (NAME.json, made at build time); a module without a fresh one is
 * scanned in the helper process sluice-host and the result cached. What it knows of a class is an
 * sl_class whose functions are all NULL; load gives the real one, by dlopen, of what a graph names.
 */
#ifndef SL_PLUGIN_REGISTRY_H
#define SL_PLUGIN_REGISTRY_H
#include "sdk/lib/env.h"

typedef struct sl_registry sl_registry;

/* One module, as discovery found it. All borrowed from the registry. */
typedef struct sl_module {
    const char *name;
    const char *version;
    const char *license;
    const char *path;       /* of the .so */
    const char *descriptor; /* path of the .json; NULL: scanned */
    const char *build_id;   /* hex; "" when the file has none */
    uint32_t abi_major;
    uint32_t abi_minor;
    const sl_class *const *classes; /* ends with NULL; no functions in them */
    const char *broken;             /* NULL, or why this module can't be used, in one sentence */
    const char *broken_code;        /* NULL, or the dotted code of that */
} sl_module;

/* One folder that was searched. */
typedef struct sl_folder {
    const char *path;
    const char
        *unsafe; /* NULL, or why nothing in it may be loaded ("may be written by everyone") */
    int is_there;
} sl_folder;

/* [main] Look for modules in the folders PATHS (ends with NULL; the first wins), then in the
 * default places (sdk.md section 4: SLUICE_PLUGIN_PATH, ~/.local/lib/sluice/1,
 * /usr/local/lib/sluice/1, the system's). A folder that others may write is refused. Broken modules
 * are listed with their reason and never stop the others. */
sl_status sl_registry_new(sl_env *env, sl_mem *mem, const char *const *paths, sl_registry **out,
                          sl_error *err);

/* [main] NULL is fine. Loaded modules stay mapped. */
void sl_registry_free(sl_registry *reg);

/* [any] The N-th module, in order of name; NULL past the last. */
const sl_module *sl_registry_module(const sl_registry *reg, uint32_t n);

/* [any] The N-th folder that was searched, in order; NULL past the last. */
const sl_folder *sl_registry_folder(const sl_registry *reg, uint32_t n);

/* [any] The class with KIND ("sluice.source/1") and plain ID; its module in MODULE when that is not
 * NULL. NULL when there is none. */
const sl_class *sl_registry_find(const sl_registry *reg, const char *kind, const char *id,
                                 const sl_module **module);

/* [any] The N-th class of KIND over all modules, in order of id; NULL past the last. For lists and
 * suggestions. */
const sl_class *sl_registry_class(const sl_registry *reg, const char *kind, uint32_t n);

/* [main] Load the module of CLASS, when that was not done yet (ABI and build-id compared with the
 * file before dlopen; RTLD_NOW | RTLD_LOCAL; its load() called with HOST), and give the class with
 * its functions. */
sl_status sl_registry_load(sl_registry *reg, const sl_class *klass, const sl_host *host,
                           const sl_class **loaded, sl_error *err);

#endif
