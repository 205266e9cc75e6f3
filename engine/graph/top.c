/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/graph/top.c - what stands at the top of a graph file: all but the nodes.
 *
 * The tables of limits: and checkpoint: hold defaults and hard limits; whatever reads a graph gets
 * its figures from there. Included files may only bring nodes, variables, tests and further
 * includes, so that what holds for the whole graph stands in one place.
 */
#include <ctype.h>
#include <string.h>

#include "engine/graph/graph_priv.h"

static const char *const top_keys[] = {"sluice",  "name",       "about",  "vars",
                                       "include", "checkpoint", "limits", "policy",
                                       "nodes",   "tests",      NULL};

#define LIMIT(name_, type_, fallback_, min_, max_, brief_)                                         \
    {                                                                                              \
        .size = sizeof(sl_setting), .type = (type_), .name = (name_), .fallback = (fallback_),     \
        .min = (min_), .max = (max_), .brief = (brief_)                                            \
    }

const sl_setting sl_graph_limit_settings[] = {
    LIMIT("memory", SL_T_SIZE, "1GiB", "16MiB", "1024GiB", "all memory of the graph"),
    LIMIT("edge_bytes", SL_T_SIZE, "4MiB", "64KiB", "1GiB", "what one edge holds at most"),
    LIMIT("record", SL_T_SIZE, "16MiB", "1KiB", "64MiB", "the largest record"),
    LIMIT("depth", SL_T_INT, "128", "1", "255", "how deep values nest"),
    LIMIT("batch_records", SL_T_INT, "8192", "1", "65535", "records of one batch"),
    LIMIT("batch_bytes", SL_T_SIZE, "128KiB", "4KiB", "1MiB", "bytes that a batch aims at"),
    LIMIT("paths", SL_T_INT, "4096", "1", "65535", "paths that are learned of one edge"),
    LIMIT("slots", SL_T_INT, "256", "1", "1024", "paths of one edge that have a slot"),
    LIMIT("lanes", SL_T_INT, "1", "1", "256", "threads that records are spread over"),
    {.size = sizeof(sl_setting), .name = NULL},
};

const sl_setting sl_graph_checkpoint_settings[] = {
    LIMIT("every", SL_T_DURATION, "10s", "10ms", "24h", "time between two checkpoints"),
    LIMIT("bytes", SL_T_SIZE, "4GiB", "1MiB", NULL, "input after which a checkpoint is made"),
    {.size = sizeof(sl_setting),
     .type = SL_T_URL,
     .name = "store",
     .brief = "where checkpoints are kept",
     .example = "file:///var/lib/sluice/clicks"},
    {.size = sizeof(sl_setting), .name = NULL},
};

#undef LIMIT

static const sl_setting about_setting = {
    .size = sizeof(sl_setting), .type = SL_T_STRING, .name = "about"};

static void read_limits(sl_loader *ld, const sl_yaml *root)
{
    sl_subject subject = {.name = "limits", .place = "limits"};
    sl_config limits = {0};
    sl_config checkpoint = {0};
    sl_graph_limits *out = &ld->g->limits;
    const sl_config *found;
    const char *store;

    (void)sl_values_check(&ld->check, &subject, sl_graph_limit_settings,
                          sl_yaml_get(root, "limits"), &limits);
    subject.name = "checkpoint";
    subject.place = "checkpoint";
    (void)sl_values_check(&ld->check, &subject, sl_graph_checkpoint_settings,
                          sl_yaml_get(root, "checkpoint"), &checkpoint);
    out->memory_bytes = (uint64_t)sl_config_int(&limits, "memory");
    out->edge_bytes = (uint64_t)sl_config_int(&limits, "edge_bytes");
    out->record_bytes = (uint64_t)sl_config_int(&limits, "record");
    out->depth = (uint32_t)sl_config_int(&limits, "depth");
    out->batch_records = (uint32_t)sl_config_int(&limits, "batch_records");
    out->batch_bytes = (uint64_t)sl_config_int(&limits, "batch_bytes");
    out->paths = (uint32_t)sl_config_int(&limits, "paths");
    out->slots = (uint32_t)sl_config_int(&limits, "slots");
    out->lanes = (uint32_t)sl_config_int(&limits, "lanes");
    out->checkpoint_ns = sl_config_int(&checkpoint, "every");
    out->checkpoint_bytes = (uint64_t)sl_config_int(&checkpoint, "bytes");
    store = sl_config_text(&checkpoint, "store");
    out->checkpoint_store = *store ? store : NULL;
    found = sl_config_find(&checkpoint, "store"); /* NULL: memory was short */
    ld->g->has_secret_store = found && found->flags & SL_CONFIG_SECRET;
}

/* ---- keys ----------------------------------------------------------------------------------- */

static int is_known(const char *key, const char *const *keys)
{
    for (; *keys; keys++) {
        if (strcmp(key, *keys) == 0)
            return 1;
    }
    return 0;
}

static void check_keys(sl_loader *ld, const sl_doc *doc)
{
    static const char *const whole[] = {"name", "about", "checkpoint", "limits", "policy", NULL};

    for (const sl_yaml_item *i = doc->root->items; i; i = i->next) {
        if (!is_known(i->key->text, top_keys)) {
            ld->has_unknown_keys = 1;
            (void)sl_graph_diag_key(ld, i->key, "a graph", top_keys);
        } else if (doc->depth && is_known(i->key->text, whole)) {
            sl_diag(ld->diags, SL_DIAG_ERROR, "config.include.key", sl_yaml_place(i->key),
                    "\"%s\" can't stand in an included file", i->key->text);
            sl_diag_hint(ld->diags, "it holds for the whole graph: move it to %.200s",
                         ld->g->docs->file->name);
        }
    }
}

static void check_version(sl_loader *ld, const sl_doc *doc)
{
    const sl_yaml *version = sl_yaml_get(doc->root, "sluice");
    sl_place start = {doc->file, doc->root->at, 1};

    if (!version) {
        if (doc->depth)
            return;
        sl_diag(ld->diags, SL_DIAG_ERROR, "config.graph.version", start,
                "the graph does not say in which format it is written");
        sl_diag_hint(ld->diags, "begin the file with \"sluice: 1\"");
    } else if (version->kind != SL_YAML_SCALAR || strcmp(version->text, "1") != 0) {
        sl_diag(ld->diags, SL_DIAG_ERROR, "config.graph.version", sl_yaml_place(version),
                "this sluice reads format 1 of graph files only");
        sl_diag_hint(ld->diags, "write \"sluice: 1\"");
    }
}

/* ---- name ----------------------------------------------------------------------------------- */

#define NAME_MAX_BYTES 64u

static int is_name_char(char c)
{
    return isalnum((unsigned char)c) || c == '-' || c == '_' || c == '.';
}

static int is_good_name(const char *name)
{
    size_t len = strlen(name);

    if (!len || len > NAME_MAX_BYTES || name[0] == '.' || name[0] == '-')
        return 0;
    for (size_t i = 0; i < len; i++) {
        if (!is_name_char(name[i]))
            return 0;
    }
    return 1;
}

/* The file's name without folders and ending, in letters that a name may have. */
static const char *name_of_file(sl_loader *ld, const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *base = slash ? slash + 1 : path;
    const char *dot = strrchr(base, '.');
    size_t len = dot && dot > base ? (size_t)(dot - base) : strlen(base);
    char *name;

    if (len > NAME_MAX_BYTES)
        len = NAME_MAX_BYTES;
    name = sl_arena_dup(&ld->g->arena, base, len);
    for (size_t i = 0; name && i < len; i++) {
        if (!is_name_char(name[i]) || (i == 0 && (name[i] == '.' || name[i] == '-')))
            name[i] = '_';
    }
    return name && *name ? name : "graph";
}

static void read_name(sl_loader *ld, const sl_yaml *root)
{
    const sl_yaml *node = sl_yaml_get(root, "name");
    const char *name = node ? sl_graph_text(ld, node, "name") : NULL;

    if (name && !is_good_name(name)) {
        sl_diag(ld->diags, SL_DIAG_ERROR, "config.graph.name", sl_yaml_place(node),
                "\"%.80s\" can't be the name of a graph", name);
        sl_diag_hint(ld->diags, "letters, digits, - _ and . only, at most %u", NAME_MAX_BYTES);
        name = NULL;
    }
    ld->g->name = name ? name : name_of_file(ld, ld->g->docs->file->name);
}

static void read_about(sl_loader *ld, const sl_yaml *root)
{
    const sl_yaml *node = sl_yaml_get(root, "about");
    sl_subject subject = {.name = "the graph", .place = "about"};
    sl_config about = {0};

    if (!node)
        return;
    if (sl_values_check_one(&ld->check, &subject, &about_setting, node, &about) == SL_OK &&
        !(about.flags & SL_CONFIG_SECRET))
        ld->g->about = about.value.text;
}

/* ---- parts that are only looked at ----------------------------------------------------------- */

static void check_shape(sl_loader *ld, const sl_yaml *node, uint32_t kind, const char *what)
{
    if (node && node->kind != kind && !(node->kind == SL_YAML_SCALAR && node->type == SL_YAML_NULL))
        sl_diag(ld->diags, SL_DIAG_ERROR, "config.value.type", sl_yaml_place(node),
                "%s must be %s, not %s", what, kind == SL_YAML_MAP ? "a map" : "a list",
                sl_yaml_describe(node));
}

static void check_test(sl_loader *ld, const sl_yaml *test)
{
    static const char *const keys[] = {"name", "about", "give", "expect", NULL};

    if (test->kind != SL_YAML_MAP) {
        check_shape(ld, test, SL_YAML_MAP, "a test");
        return;
    }
    for (const sl_yaml_item *i = test->items; i; i = i->next) {
        if (!is_known(i->key->text, keys))
            (void)sl_graph_diag_key(ld, i->key, "a test", keys);
    }
    if (!sl_yaml_get(test, "name"))
        sl_diag(ld->diags, SL_DIAG_ERROR, "config.test.name", sl_yaml_place(test),
                "a test needs a name");
    check_shape(ld, sl_yaml_get(test, "give"), SL_YAML_MAP, "give");
    check_shape(ld, sl_yaml_get(test, "expect"), SL_YAML_MAP, "expect");
}

static void read_tests(sl_loader *ld, const sl_doc *doc)
{
    const sl_yaml *tests = sl_yaml_get(doc->root, "tests");

    check_shape(ld, tests, SL_YAML_LIST, "tests");
    if (!tests || tests->kind != SL_YAML_LIST)
        return;
    for (const sl_yaml_item *i = tests->items; i; i = i->next)
        check_test(ld, i->value);
    if (!doc->depth)
        ld->g->tests = tests;
}

static void read_vars(sl_loader *ld, const sl_doc *doc)
{
    const sl_yaml *map = sl_yaml_get(doc->root, "vars");

    check_shape(ld, map, SL_YAML_MAP, "vars");
    if (map && map->kind == SL_YAML_MAP)
        sl_vars_define(ld->check.vars, map);
}

sl_status sl_graph_read_top(sl_loader *ld)
{
    const char *const *set = ld->options ? ld->options->set : NULL;
    const sl_yaml *root = ld->g->docs->root;

    for (const sl_doc *d = ld->g->docs; d; d = d->next) {
        if (!d->root)
            continue;
        check_version(ld, d);
        check_keys(ld, d);
        read_vars(ld, d);
    }
    for (; set && *set; set++)
        sl_vars_set(ld->check.vars, *set);
    read_name(ld, root);
    read_about(ld, root);
    read_limits(ld, root);
    check_shape(ld, sl_yaml_get(root, "policy"), SL_YAML_MAP, "policy");
    ld->g->policy = sl_yaml_get(root, "policy");
    for (const sl_doc *d = ld->g->docs; d; d = d->next) {
        if (d->root)
            read_tests(ld, d);
    }
    return ld->g->arena.is_short ? SL_E_NOMEM : SL_OK;
}
