/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/run/host_rows.c - the table sl_rows: declared paths and keys, batches from a node's pools.
 *
 * Paths and keys are declared in create and kept in lists of the node; plan.c gives them their
 * slots when all nodes have been made. Everything about batches themselves is libsluice's.
 */
#include "engine/run/run_priv.h"

#include <string.h>

/* ---- declaring ----------------------------------------------------------------------------- */

/* The walk of "*": it names no value of its own. */
static uint32_t no_walk(const sl_batch *batch, uint32_t row, const sl_path *path)
{
    (void)batch;
    (void)row;
    (void)path;
    return 0;
}

static int decl_parse(sl_node *node, sl_path_decl *decl, const char *text)
{
    uint32_t at;

    if (!strcmp(text, "*")) {
        decl->is_all = 1;
        decl->priv.pub.walk = no_walk;
        return 1;
    }
    decl->priv.n = sl_path_parse(node->mem, text, decl->key, sizeof decl->key / sizeof *decl->key,
                                 &decl->block, &at);
    decl->priv.keys = decl->key;
    decl->priv.pub.walk = sl_path_walk;
    return decl->priv.n > 0;
}

static const sl_path *rows_path(sl_node *node, uint32_t port, const char *text)
{
    sl_path_decl *decl;

    if (port >= node->unit->ins)
        return NULL;
    decl = sl_mem_zalloc(node->mem, 1, sizeof *decl);
    if (!decl)
        return NULL;
    decl->priv.pub.port = port;
    decl->priv.pub.slot = SL_NO_SLOT;
    if (!decl_parse(node, decl, text)) {
        sl_mem_free(decl->block);
        sl_mem_free(decl);
        return NULL;
    }
    decl->next = node->paths;
    node->paths = decl;
    return &decl->priv.pub;
}

/* A key called NAME, of LEN bytes, with nothing said about its path yet. */
static sl_key_decl *declare_key(sl_node *node, uint32_t port, const void *name, size_t len)
{
    sl_key_decl *decl;
    uint8_t *text;
    uint8_t *end;

    if (len > UINT16_MAX || (port >= node->unit->outs && port != SL_PORT_ERRORS))
        return NULL;
    decl = sl_mem_zalloc(node->mem, 1, sizeof *decl + 8 + len);
    if (!decl)
        return NULL;
    text = (uint8_t *)(decl + 1);
    end = sl_enc_str_head(text, len);
    memcpy(end, name, len);
    decl->pub.text = (sl_bytes){text, (uint64_t)(end - text) + len};
    decl->pub.slot = SL_NO_SLOT;
    decl->pub.port = port;
    decl->path[0] = (sl_bytes){end, len};
    decl->n = 1;
    decl->next = node->keys;
    node->keys = decl;
    return decl;
}

static const sl_key *rows_key(sl_node *node, uint32_t port, const char *name)
{
    sl_key_decl *decl = declare_key(node, port, name, strlen(name));

    return decl ? &decl->pub : NULL;
}

static const sl_key *rows_key_in(sl_node *node, uint32_t port, const char *path)
{
    sl_bytes keys[SL_KEY_DEPTH];
    void *block = NULL;
    uint32_t at;
    uint32_t n = sl_path_parse(node->mem, path, keys, SL_KEY_DEPTH, &block, &at);
    sl_key_decl *decl =
        n ? declare_key(node, port, keys[n - 1].ptr, (size_t)keys[n - 1].len) : NULL;

    if (!decl) {
        sl_mem_free(block);
        return NULL;
    }
    memcpy(decl->path, keys, n * sizeof *keys);
    decl->n = n;
    decl->block = block;
    return &decl->pub;
}

static sl_status rows_through(sl_node *node, uint32_t in, uint32_t out)
{
    sl_through *more;

    if (in >= node->unit->ins || out >= node->unit->outs)
        return SL_E_CONFIG;
    more = sl_mem_resize(node->mem, node->through, (node->throughs + 1u) * sizeof *more);
    if (!more)
        return SL_E_NOMEM;
    node->through = more;
    more[node->throughs++] = (sl_through){in, out};
    return SL_OK;
}

void sl_host_decls_free(sl_node *node)
{
    while (node->paths) {
        sl_path_decl *decl = node->paths;
        node->paths = decl->next;
        sl_mem_free(decl->block);
        sl_mem_free(decl);
    }
    while (node->keys) {
        sl_key_decl *decl = node->keys;
        node->keys = decl->next;
        sl_mem_free(decl->block);
        sl_mem_free(decl);
    }
    sl_mem_free(SL_TAKE(node->through));
    node->throughs = 0;
}

/* ---- batches ------------------------------------------------------------------------------- */

static sl_builder *rows_build(sl_node *node, uint32_t port, sl_batch *like)
{
    sl_outport *out;

    if (port != SL_PORT_ERRORS && port >= node->unit->outs)
        return NULL;
    out = &node->out[port == SL_PORT_ERRORS ? node->outs - 1 : port];
    return sl_builder_new(out->pool, out->set, like);
}

static const void *rows_sidecar(const sl_batch *batch, const char *id)
{
    (void)batch;
    (void)id;
    return NULL;
}

const sl_rows *sl_host_rows(void)
{
    static const sl_rows table = {
        .size = sizeof(sl_rows),
        .ref = sl_batch_ref,
        .unref = sl_batch_unref,
        .path = rows_path,
        .key = rows_key,
        .key_in = rows_key_in,
        .through = rows_through,
        .select = sl_batch_select,
        .build = rows_build,
        .grow = sl_builder_grow,
        .copy = sl_builder_copy,
        .origin = sl_builder_origin,
        .finish = sl_builder_finish,
        .discard = sl_builder_discard,
        .sidecar = rows_sidecar,
    };

    return &table;
}

/* ---- sluice.paths/1 ------------------------------------------------------------------------ */

static sl_ptree *paths_tree(sl_node *node, uint32_t port)
{
    sl_outport *out;

    if (port >= node->unit->outs)
        return NULL;
    out = &node->out[port];
    if (!out->tree)
        out->tree = sl_ptree_new(node->mem, out->set, node->run->graph.limits.paths);
    return out->tree;
}

const sl_paths *sl_host_paths(void)
{
    static const sl_paths table = {
        .size = sizeof(sl_paths),
        .tree = paths_tree,
        .root = sl_ptree_root,
        .child = sl_ptree_child,
        .count = sl_pathset_count,
        .keys = sl_pathset_keys,
        .find = sl_pathset_find,
    };

    return &table;
}
