/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/fuzz/graph_fuzz.c - graph files from hostile hands.
 *
 * The input is loaded as a graph of the fake classes in a world without files, then printed in all
 * forms. Besides not falling over: every diagnostic lies within its file, errors and status agree,
 * edges go forward in a graph without errors, and every byte of every scalar has a place inside it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/config/diag_priv.h"
#include "engine/config/yaml.h"
#include "tests/engine/fake_registry.h"
#include "tests/fuzz/fuzz.h"

static int32_t no_open(const char *path, int32_t flags, uint32_t mode)
{
    (void)path;
    (void)flags;
    (void)mode;
    errno = ENOENT;
    return -1;
}

static int32_t no_stat(const char *path, sl_file_info *out)
{
    (void)path;
    (void)out;
    errno = ENOENT;
    return -1;
}

/* Every byte of the scalars among the first ones of NODE lies within them. LEFT bounds the walk. */
static void check_places(const sl_yaml *node, uint32_t *left)
{
    if (!*left)
        return;
    --*left;
    FUZZ_HOLD(node->at + node->len <= node->file->len);
    for (uint32_t i = 0; node->kind == SL_YAML_SCALAR && i < node->text_len && i < 64; i++) {
        sl_place p = sl_yaml_text_place(node, i, 1 + i % 3);

        FUZZ_HOLD(p.at >= node->at && p.at + p.len <= node->at + node->len);
    }
    for (const sl_yaml_item *i = node->items; i; i = i->next) {
        if (i->key)
            check_places(i->key, left);
        check_places(i->value, left);
    }
}

static void read_yaml(sl_mem *mem, const char *text, size_t len)
{
    sl_text_file *file = sl_text_file_new(mem, "fuzz.yaml", text, len);
    sl_diags *diags = sl_diags_new(mem);
    sl_arena arena = {.mem = mem};
    sl_yaml *root = NULL;
    uint32_t left = 1000;

    FUZZ_HOLD(file && diags);
    (void)sl_yaml_read(file, &arena, diags, &root);
    if (root)
        check_places(root, &left);
    sl_diags_free(diags);
    sl_arena_fini(&arena);
    sl_text_file_unref(file);
}

static void check_diags(const sl_diags *diags)
{
    for (const sl_diag_item *d = diags->first; d; d = d->next) {
        if (d->place.file)
            FUZZ_HOLD(d->place.at + d->place.len <= d->place.file->len);
    }
}

static void check_graph(const sl_graph *graph, sl_mem *mem, int is_good)
{
    static const char *const formats[] = {"text", "dot", "json"};
    const sl_graph_edge *e;

    for (uint32_t i = 0; is_good && (e = sl_graph_edge_at(graph, i)) != NULL; i++)
        FUZZ_HOLD(e->from < e->to && sl_graph_node_at(graph, e->to)->klass);
    for (size_t i = 0; i < 3; i++) {
        char *text = sl_graph_print(graph, mem, formats[i]);

        FUZZ_HOLD(text != NULL);
        sl_mem_free(text);
    }
}

static void load(sl_mem *mem, const char *text)
{
    static const char *const set[] = {"x=${var:x}", "y=5", NULL};
    sl_graph_options options = {.text = text, .set = set};
    sl_env env;
    sl_os os;
    sl_diags *diags = sl_diags_new(mem);
    sl_graph *graph = NULL;
    sl_status rc;
    char *out;

    FUZZ_HOLD(diags != NULL);
    fake_env_init(&env, NULL);
    os = *env.os;
    os.open = no_open;
    os.stat = no_stat;
    env.os = &os;
    rc = sl_graph_load(&env, mem, "fuzz.yaml", fake_registry_odd(), &options, diags, &graph);
    FUZZ_HOLD((rc == SL_OK) == (sl_diags_count(diags, SL_DIAG_ERROR) == 0));
    FUZZ_HOLD(graph != NULL);
    check_diags(diags);
    check_graph(graph, mem, rc == SL_OK);
    out = sl_diags_text(diags, 1);
    FUZZ_HOLD(out != NULL);
    sl_mem_free(out);
    out = sl_diags_json(diags);
    FUZZ_HOLD(out != NULL);
    sl_mem_free(out);
    sl_graph_free(graph);
    sl_diags_free(diags);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    sl_mem *mem = sl_mem_new(NULL, NULL, "fuzz", 0);
    char *text;

    FUZZ_HOLD(mem != NULL);
    text = sl_mem_dup(mem, data, size);
    FUZZ_HOLD(text != NULL);
    if (size < SL_TEXT_FILE_MAX) {
        read_yaml(mem, text, size);
        load(mem, text);
    }
    sl_mem_free(text);
    FUZZ_HOLD(sl_mem_used(mem) == 0);
    sl_mem_drop(mem);
    return 0;
}
