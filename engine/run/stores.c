/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/run/stores.c - extension sluice.store/1: the store class for a URL.
 *
 * The scheme of the URL names the class (a plain path means file); the registry knows its module,
 * which is loaded when it is first asked for. That may happen on any lane: a lock of the run makes
 * sure that only one loads at a time.
 */
#include "engine/run/run_priv.h"

#include <stdio.h>
#include <string.h>

/* The scheme of URL in OUT; "file" for a plain path. */
static void scheme_of(const char *url, char *out, size_t cap)
{
    const char *colon = strstr(url, "://");
    size_t n = colon ? (size_t)(colon - url) : 0;

    if (!n || n >= cap) {
        (void)snprintf(out, cap, "file");
        return;
    }
    memcpy(out, url, n);
    out[n] = 0;
}

static void say(sl_node *node, const char *code, const char *text)
{
    node->run->host.fail(node, code, text);
}

static sl_status stores_open(sl_node *node, const char *url, const sl_store_ops **ops,
                             sl_store **store)
{
    sl_run *run = node->run;
    const sl_class *klass = NULL;
    const sl_class *loaded = NULL;
    char scheme[32];
    char text[200];
    sl_error err;
    sl_status status = SL_E_CONFIG;

    scheme_of(url, scheme, sizeof scheme);
    if (run->options.registry)
        klass = sl_registry_find(run->options.registry, SL_CLASS_STORE, scheme, NULL);
    if (!klass) {
        (void)snprintf(text, sizeof text, "there is no store for %s:// in %.100s", scheme, url);
        say(node, "store.unknown", text);
        return SL_E_CONFIG;
    }
    (void)pthread_mutex_lock(&run->load_lock);
    status = sl_registry_load(run->options.registry, klass, &run->host, &loaded, &err);
    (void)pthread_mutex_unlock(&run->load_lock);
    if (status != SL_OK) {
        say(node, err.code, err.text);
        return status;
    }
    *ops = loaded->ops;
    return (*ops)->open(&run->host, node, url, NULL, store);
}

const sl_stores *sl_host_stores(void)
{
    static const sl_stores table = {.size = sizeof(sl_stores), .open = stores_open};

    return &table;
}
