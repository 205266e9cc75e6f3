/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/plugin/cache.h - descriptors of modules that have none of their own, kept per user.
 *
 * One file a module in ${XDG_CACHE_HOME:-~/.cache}/sluice, named by a hash of the module's path. An
 * entry counts only when path, size, time of change and build-id are the module's. The cache only
 * saves time: it may be missing, unwritable or damaged at any moment.
 */
#ifndef SL_PLUGIN_CACHE_H
#define SL_PLUGIN_CACHE_H
#include "sdk/lib/env.h"
#include "sdk/lib/json.h"

/* What an entry must agree with. Borrowed. */
typedef struct sl_cache_key {
    const char *path;
    const char *build_id;
    uint64_t bytes;
    int64_t changed_ns;
} sl_cache_key;

/* [main] The descriptor of KEY's module out of the cache: a document (give; sl_json_free) and the
 * descriptor in it. NULL when there is none that counts. */
sl_json_doc *sl_cache_get(sl_env *env, sl_mem *mem, const sl_cache_key *key,
                          const sl_json_node **descriptor);

/* [main] Keep DESCRIPTOR (JSON, LEN bytes) for KEY. Failing is no matter. */
void sl_cache_put(sl_env *env, sl_mem *mem, const sl_cache_key *key, const char *descriptor,
                  size_t len);

#endif
