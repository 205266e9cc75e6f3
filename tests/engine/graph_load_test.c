/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/engine/graph_load_test.c - graphs: edges, short forms, order, printing, schema, speed.
 */
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "engine/graph/schema.h"
#include "sdk/lib/json.h"
#include "tests/engine/graph_world.h"

#define HEAD "sluice: 1\nnodes:\n  in: { source: file, with: { path: a }, decode: json }\n"

/* ---- edges
 * ---------------------------------------------------------------------------------------- */

START_TEST(a_name_leads_to_the_decoder_and_raw_to_the_source)
{
    world w;

    world_init(&w);
    ck_assert_int_eq(world_load(&w, HEAD "  a: { sink: local, from: in }\n"
                                         "  b: { sink: local, from: in.raw }\n"),
                     SL_OK);

    ck_assert(world_has_edge(&w, "in", 0, "in.decode", 0));
    ck_assert(world_has_edge(&w, "in.decode", 0, "a", 0));
    ck_assert(world_has_edge(&w, "in", 0, "b", 0));
    ck_assert_int_eq(world_node(&w, "in.decode")->is_hidden, 1);
    ck_assert_int_eq(world_node(&w, "in")->is_hidden, 0);
    world_expect_none(&w);
    world_fini(&w);
}
END_TEST

START_TEST(errors_come_from_source_and_decoder)
{
    world w;

    world_init(&w);
    (void)world_load(&w, HEAD "  a: { sink: null, from: in }\n"
                              "  b: { sink: null, from: in.errors }\n");

    ck_assert(world_has_edge(&w, "in", SL_PORT_ERRORS, "b", 0));
    ck_assert(world_has_edge(&w, "in.decode", SL_PORT_ERRORS, "b", 0));
    world_expect_none(&w);
    world_fini(&w);
}
END_TEST

START_TEST(a_sink_of_raw_records_gets_an_encoder_unless_it_is_fed_raw_ones)
{
    world w;

    world_init(&w);
    (void)world_load(&w, HEAD "  a: { sink: stdout, from: in }\n"
                              "  b: { sink: stdout, from: in.raw }\n"
                              "  c: { encode: json, from: in }\n"
                              "  d: { sink: stdout, from: c }\n"
                              "  e: { sink: stdout, from: [ c, in ] }\n");

    ck_assert(world_has_edge(&w, "in.decode", 0, "a.encode", 0));
    ck_assert(world_has_edge(&w, "a.encode", 0, "a", 0));
    ck_assert_uint_eq(world_index(&w, "b.encode"), UINT32_MAX);
    ck_assert_uint_eq(world_index(&w, "d.encode"), UINT32_MAX);
    ck_assert(world_has_edge(&w, "c", 0, "d", 0));
    ck_assert_uint_ne(world_index(&w, "e.encode"), UINT32_MAX);
    world_expect_none(&w);
    world_fini(&w);
}
END_TEST

START_TEST(a_source_of_raw_records_wants_a_decoder)
{
    world w;

    world_init(&w);
    (void)world_load(&w, "sluice: 1\nnodes:\n"
                         "  p: { source: pipe }\n"
                         "  a: { transform: select, from: p }\n"
                         "  b: { sink: stdout, from: a }\n"
                         "  c: { sink: stdout, from: p }\n"
                         "  d: { decode: json, from: p }\n"
                         "  e: { sink: null, from: [ d, p.raw ] }\n"
                         "  q: { source: pipe, decode: json }\n"
                         "  f: { sink: null, from: q }\n");

    world_expect(&w, "config.decode.missing", "p");
    ck_assert_uint_eq(sl_diags_count(w.diags, SL_DIAG_ERROR), 0);
    ck_assert_uint_eq(world_index(&w, "c.encode"), UINT32_MAX);
    world_fini(&w);
}
END_TEST

START_TEST(named_inputs_and_outputs_are_wired_by_name)
{
    world w;

    world_init(&w);
    (void)world_load(&w, HEAD "  x: { source: generate }\n"
                              "  j: { transform: join, from: { left: [ in, x ], right: x } }\n"
                              "  a: { sink: null, from: j }\n"
                              "  b: { sink: null, from: j.late }\n"
                              "  c: { sink: null, from: j.rows }\n");

    ck_assert(world_has_edge(&w, "in.decode", 0, "j", 0));
    ck_assert(world_has_edge(&w, "x", 0, "j", 0));
    ck_assert(world_has_edge(&w, "x", 0, "j", 1));
    ck_assert(world_has_edge(&w, "j", 0, "a", 0));
    ck_assert(world_has_edge(&w, "j", 1, "b", 0));
    ck_assert(world_has_edge(&w, "j", 0, "c", 0));
    world_expect_none(&w);
    world_fini(&w);
}
END_TEST

typedef struct mistake {
    const char *text;
    const char *code;
    const char *under;
} mistake;

static const mistake mistakes[] = {
    {"  j: { transform: join, from: { left: in } }\n  a: { sink: null, from: j }\n",
     "config.edge.missing", "j"},
    {"  j: { transform: join, from: { left: in, rigth: in } }\n  a: { sink: null, from: j }\n",
     "config.edge.input", "rigth"},
    {"  j: { transform: join, from: { left: in, right: in } }\n  a: { sink: null, from: j.lat }\n",
     "config.edge.port", "lat"},
    {"  a: { sink: null, from: { in: in } }\n", "config.edge.input", "in"},
    {"  a: { sink: null, from: [] }\n", "config.edge.missing", "[]"},
    {"  a: { sink: null, from: [ [ in ] ] }\n", "config.value.type", "[ in ]"},
    {"  a: { sink: null, from: in.decode }\n", "config.edge.port", "decode"},
    {"  a: { sink: null, from: nowhere.x }\n", "config.edge.unknown", "nowhere"},
    {"  a: { sink: null, from: in. }\n", NULL, NULL},
    {"  a: { sink: rusty, from: in }\n", "plugin.abi.major", "rusty"},
    {"  a: { sink: join, from: in }\n", "config.class.kind", "join"},
    {"  a: { sink: [ null ], from: in }\n", "config.value.type", "[ null ]"},
    {"  a: { sink: null, from: in, encode: { json: { x: 1 } } }\n", "config.setting.unknown", "x"},
    {"  a: { sink: null, from: in, encode: [ json ] }\n", "config.node.coder", "[ json ]"},
    {"  a: { decode: { json: {} }, from: in.raw, with: {} }\n  b: { sink: null, from: [ a, in ] "
     "}\n",
     "config.node.with", "{}"},
    {"  a: { sink: null, from: in, delivery: at_least_once }\n", "config.setting.choice",
     "at_least_once"},
    {"  a: { sink: null, from: in, isolate: process }\n", "config.setting.choice", "process"},
    {"  a: { transform: select, from: in, delivery: exactly_once }\n"
     "  b: { sink: null, from: a }\n",
     "config.node.key", "delivery"},
    {"  a: { sink: null, from: in, lanes: 257 }\n", "config.setting.range", "257"},
    {"  a: { sink: null, from: in }\ntests: 5\n", "config.value.type", "5"},
    {"  a: { sink: null, from: in }\npolicy: [ x ]\n", "config.value.type", "[ x ]"},
    {"  a: { sink: null, from: in }\ninclude: { a: b }\n", "config.value.type", "{ a: b }"},
    {"  a: { sink: null, from: in }\nname: \"\"\n", "config.value.type", "\"\""},
    {"  a: { sink: null, from: in }\nname: ../x\n", "config.graph.name", "../x"},
    {"  a: { sink: null, from: in }\nlimits: 5\n", "config.setting.type", "5"},
    {"  a: { sink: null, from: in }\nlimits: { depth: 256 }\n", "config.setting.range", "256"},
    {"  a: { sink: null, from: in }\nlimits: { batch_bytes: 2MiB }\n", "config.setting.range",
     "2MiB"},
};

START_TEST(a_mistake_is_said_once_at_its_place)
{
    const mistake *m = &mistakes[_i];
    char text[1024];
    world w;
    sl_status rc;

    world_init(&w);
    (void)snprintf(text, sizeof(text), HEAD "%s", m->text);
    rc = world_load(&w, text);

    if (m->code) {
        world_expect(&w, m->code, m->under);
        ck_assert_int_eq(rc, SL_E_CONFIG);
    }
    ck_assert_ptr_nonnull(w.graph);
    world_fini(&w);
}
END_TEST

/* ---- order
 * ----------------------------------------------------------------------------------------- */

START_TEST(nodes_follow_what_feeds_them_whatever_their_order_in_the_file)
{
    const sl_graph_edge *e;
    world w;

    world_init(&w);
    (void)world_load(&w, "sluice: 1\nnodes:\n"
                         "  out: { sink: stdout, from: c }\n"
                         "  c: { transform: select, from: [ b, a ] }\n"
                         "  b: { transform: select, from: a }\n"
                         "  a: { transform: select, from: in }\n"
                         "  in: { source: file, with: { path: x }, decode: json }\n");

    world_expect_none(&w);
    for (uint32_t i = 0; (e = sl_graph_edge_at(w.graph, i)) != NULL; i++)
        ck_assert_uint_lt(e->from, e->to);
    ck_assert_str_eq(sl_graph_node_at(w.graph, 0)->name, "in");
    ck_assert_ptr_null(sl_graph_node_at(w.graph, 7));
    ck_assert_str_eq(sl_graph_node_at(w.graph, 6)->name, "out");
    world_fini(&w);
}
END_TEST

START_TEST(a_wrong_graph_can_still_be_shown)
{
    world w;
    char *text;

    world_init(&w);
    ck_assert_int_eq(world_load(&w, "sluice: 1\nnodes:\n"
                                    "  a: { transform: select, from: b }\n"
                                    "  b: { transform: nothing, from: a }\n"
                                    "  c: 5\n"
                                    "  d: { sink: null, from: [ b, e ] }\n"),
                     SL_E_CONFIG);

    text = sl_graph_print(w.graph, w.mem, "text");
    ck_assert_ptr_nonnull(strstr(text, "a: transform select"));
    ck_assert_ptr_nonnull(strstr(text, "b: transform ?"));
    sl_mem_free(text);
    text = sl_graph_print(w.graph, w.mem, "dot");
    ck_assert_ptr_nonnull(strstr(text, "\"b\" -> \"d\""));
    sl_mem_free(text);
    world_fini(&w);
}
END_TEST

START_TEST(many_circles_are_cut_without_end)
{
    static char text[40000];
    size_t len = (size_t)snprintf(text, sizeof(text), "sluice: 1\nnodes:\n");
    const sl_graph_node *node;
    uint32_t n = 0;
    world w;

    for (uint32_t i = 0; i < 100; i++)
        len += (size_t)snprintf(text + len, sizeof(text) - len,
                                "  n%u: { transform: select, from: [ n%u, n%u ] }\n", i,
                                (i + 1) % 100, (i + 37) % 100);
    world_init(&w);

    (void)world_load(&w, text);

    while ((node = sl_graph_node_at(w.graph, n)) != NULL)
        n++;
    ck_assert_uint_eq(n, 100);
    ck_assert_ptr_nonnull(world_find(&w, "config.graph.cycle"));
    world_fini(&w);
}
END_TEST

/* ---- top
 * ------------------------------------------------------------------------------------------- */

START_TEST(limits_have_their_defaults)
{
    const sl_graph_limits *l;
    world w;

    world_init(&w);
    (void)world_load(&w, HEAD "  a: { sink: null, from: in }\n");
    l = sl_graph_get_limits(w.graph);

    ck_assert_uint_eq(l->memory_bytes, 1u << 30);
    ck_assert_uint_eq(l->edge_bytes, 4u << 20);
    ck_assert_uint_eq(l->record_bytes, 16u << 20);
    ck_assert_uint_eq(l->depth, 128);
    ck_assert_uint_eq(l->batch_records, 8192);
    ck_assert_uint_eq(l->batch_bytes, 128u << 10);
    ck_assert_uint_eq(l->paths, 4096);
    ck_assert_uint_eq(l->slots, 256);
    ck_assert_uint_eq(l->lanes, 1);
    ck_assert_int_eq(l->checkpoint_ns, INT64_C(10000000000));
    ck_assert_uint_eq(l->checkpoint_bytes, UINT64_C(4) << 30);
    ck_assert_ptr_null(l->checkpoint_store);
    ck_assert_str_eq(sl_graph_name(w.graph), "test");
    world_fini(&w);
}
END_TEST

START_TEST(limits_are_read)
{
    const sl_graph_limits *l;
    world w;

    world_init(&w);
    (void)world_load(&w, HEAD "  a: { sink: null, from: in, errors: stop, lanes: 3, about: end }\n"
                              "name: my-graph\nlimits: { memory: 64MiB, record: 64MiB, lanes: 2 }\n"
                              "checkpoint: { every: 1m30s, bytes: 1GiB, store: file:///s }\n");
    world_expect_none(&w);
    l = sl_graph_get_limits(w.graph);

    ck_assert_uint_eq(l->memory_bytes, 64u << 20);
    ck_assert_uint_eq(l->record_bytes, 64u << 20);
    ck_assert_uint_eq(l->lanes, 2);
    ck_assert_int_eq(l->checkpoint_ns, INT64_C(90000000000));
    ck_assert_uint_eq(l->checkpoint_bytes, 1u << 30);
    ck_assert_str_eq(l->checkpoint_store, "file:///s");
    ck_assert_str_eq(sl_graph_name(w.graph), "my-graph");
    world_fini(&w);
}
END_TEST

START_TEST(common_keys_of_a_node_hold_for_its_hidden_one)
{
    const sl_graph_node *node;
    world w;

    world_init(&w);
    (void)world_load(&w, "sluice: 1\nnodes:\n  in: { source: file, with: { path: a }, decode: csv, "
                         "errors: stop, lanes: 3, about: \"all of it\" }\n"
                         "  a: { sink: null, from: in }\n");
    node = world_node(&w, "in.decode");

    ck_assert_uint_eq(node->errors, SL_ERRORS_STOP);
    ck_assert_uint_eq(node->lanes, 3);
    node = world_node(&w, "in");
    ck_assert_uint_eq(node->errors, SL_ERRORS_STOP);
    ck_assert_str_eq(node->about, "all of it");
    node = world_node(&w, "a");
    ck_assert_uint_eq(node->errors, SL_ERRORS_DEAD);
    ck_assert_uint_eq(node->lanes, 0);
    world_fini(&w);
}
END_TEST

START_TEST(set_goes_over_what_the_file_says)
{
    static const char *const set[] = {"path=b.json", "rows=5", NULL};
    world w;

    world_init(&w);
    (void)world_load_with(
        &w,
        "sluice: 1\nvars: { path: a.json, rows: }\nnodes:\n"
        "  in: { source: file, with: { path: \"x/${var:path}\" }, decode: json }\n"
        "  g: { source: generate, with: { rows: \"${var:rows}\" } }\n"
        "  a: { sink: null, from: [ in, g ] }\n",
        set, fake_registry_stock());
    world_expect_none(&w);

    ck_assert_str_eq(sl_config_text(world_node(&w, "in")->with, "path.0"), "x/b.json");
    ck_assert_int_eq(sl_config_int(world_node(&w, "g")->with, "rows"), 5);
    world_fini(&w);
}
END_TEST

START_TEST(set_of_what_nobody_uses_is_a_mistake)
{
    static const char *const set[] = {"pth=b.json", "=x", "nothing", NULL};
    char *text;
    world w;

    world_init(&w);
    (void)world_load_with(&w, HEAD "  a: { sink: null, from: in }\nvars: { path: x }\n", set,
                          fake_registry_stock());

    text = sl_diags_text(w.diags, 0);
    ck_assert_uint_eq(sl_diags_count(w.diags, SL_DIAG_ERROR), 3);
    ck_assert_ptr_nonnull(strstr(text, "did you mean \"path\"?"));
    sl_mem_free(text);
    world_fini(&w);
}
END_TEST

START_TEST(a_file_that_is_not_there_is_named)
{
    char *text;
    world w;

    world_init(&w);
    ck_assert_int_eq(sl_graph_load(&w.env, w.mem, "/no/such.yaml", fake_registry_stock(), NULL,
                                   w.diags, &w.graph),
                     SL_E_CONFIG);

    text = sl_diags_text(w.diags, 0);
    ck_assert_ptr_nonnull(strstr(text, "error[config.file.open]: can't open /no/such.yaml"));
    sl_mem_free(text);
    world_fini(&w);
}
END_TEST

/* ---- places and printing
 * ----------------------------------------------------------------------------- */

START_TEST(a_place_within_a_setting_is_found_for_plugins)
{
    uint32_t i;
    sl_place p;
    world w;

    world_init(&w);
    (void)world_load(&w, HEAD "  s: { transform: select, from: in, with: { where: \"a > b\" } }\n"
                              "  a: { sink: null, from: s }\n");
    i = world_index(&w, "s");

    p = sl_graph_setting_place(w.graph, i, "where", 4, 1);
    ck_assert_mem_eq(p.file->bytes + p.at, "b\"", 2);
    p = sl_graph_setting_place(w.graph, i, "keep", 0, 0);
    ck_assert_mem_eq(p.file->bytes + p.at, "select", 6);
    p = sl_graph_setting_place(w.graph, 99, "keep", 0, 0);
    ck_assert_ptr_null(p.file);
    world_fini(&w);
}
END_TEST

START_TEST(printing_never_shows_secrets)
{
    static const char *const formats[] = {"text", "dot", "json"};
    world w;

    (void)setenv("SLUICE_TEST_SECRET", "hunter2", 1);
    world_init(&w);
    (void)world_load(&w, HEAD "  s: { transform: widget, from: in, with: { password: "
                              "\"${env:SLUICE_TEST_SECRET}\", list: [ 1 ], color: red } }\n"
                              "  a: { sink: null, from: s }\n");
    world_expect_none(&w);

    for (size_t i = 0; i < 3; i++) {
        char *text = sl_graph_print(w.graph, w.mem, formats[i]);

        ck_assert_ptr_nonnull(text);
        ck_assert_ptr_null(strstr(text, "hunter2"));
        ck_assert_ptr_nonnull(strstr(text, "widget"));
        sl_mem_free(text);
    }
    ck_assert_ptr_null(sl_graph_print(w.graph, w.mem, "svg"));
    world_fini(&w);
}
END_TEST

START_TEST(a_secret_is_no_name_and_no_text_to_show)
{
    char path[] = "/tmp/sluice-graph-XXXXXX";
    static const char *const formats[] = {"text", "dot", "json"};
    char text[1024];
    int fd = mkstemp(path);
    world w;

    ck_assert_int_eq(write(fd, "hunter2", 7), 7);
    ck_assert_int_eq(close(fd), 0);
    (void)snprintf(text, sizeof(text),
                   HEAD "  a: { sink: null, from: in, about: \"${file:%s}\" }\n"
                        "  b: { sink: null, from: \"${file:%s}\" }\n"
                        "about: \"${file:%s}\"\ncheckpoint: { store: \"${file:%s}\" }\n",
                   path, path, path, path);
    world_init(&w);
    (void)world_load(&w, text);

    ck_assert_ptr_nonnull(world_find(&w, "config.value.secret"));
    ck_assert_uint_eq(sl_diags_count(w.diags, SL_DIAG_ERROR), 1);
    ck_assert_str_eq(sl_graph_get_limits(w.graph)->checkpoint_store, "hunter2");
    for (size_t i = 0; i < 3; i++) {
        char *out = sl_graph_print(w.graph, w.mem, formats[i]);

        ck_assert_ptr_null(strstr(out, "hunter2"));
        sl_mem_free(out);
    }
    (void)unlink(path);
    world_fini(&w);
}
END_TEST

START_TEST(the_json_of_a_graph_holds_defaults_too)
{
    const sl_json_node *node;
    sl_json_doc *doc = NULL;
    sl_error err;
    char *text;
    world w;

    world_init(&w);
    (void)world_load(&w, HEAD "  a: { sink: null, from: in }\n");
    text = sl_graph_print(w.graph, w.mem, "json");

    ck_assert_int_eq(sl_json_read(w.mem, text, strlen(text), &doc, &err), SL_OK);
    node = sl_json_get(sl_json_root(doc), "nodes")->child;
    ck_assert_str_eq(sl_json_get_text(node, "name", ""), "in");
    ck_assert_uint_eq(sl_json_get_uint(sl_json_get(node, "with"), "block", 1 << 30, 0), 131072);
    ck_assert_uint_eq(sl_json_get(sl_json_root(doc), "edges")->count, 2);
    sl_json_free(doc);
    sl_mem_free(text);
    world_fini(&w);
}
END_TEST

START_TEST(the_schema_knows_every_class_and_setting)
{
    const sl_json_node *defs;
    sl_json_doc *doc = NULL;
    sl_error err;
    char *text;
    world w;

    world_init(&w);
    text = sl_graph_schema(fake_registry_odd(), w.mem);

    ck_assert_int_eq(sl_json_read(w.mem, text, strlen(text), &doc, &err), SL_OK);
    defs = sl_json_get(sl_json_root(doc), "definitions");
    ck_assert_ptr_nonnull(sl_json_get(defs, "source.file"));
    ck_assert_ptr_nonnull(sl_json_get(defs, "decoder.json"));
    ck_assert_ptr_nonnull(
        sl_json_get(sl_json_get(sl_json_get(defs, "transform.widget"), "properties"), "groups"));
    ck_assert_ptr_nonnull(sl_json_get(sl_json_get(sl_json_root(doc), "properties"), "limits"));
    sl_json_free(doc);
    sl_mem_free(text);
    world_fini(&w);
}
END_TEST

/* ---- size
 * ---------------------------------------------------------------------------------------------- */

/* A chain of N nodes that have settings, in memory of malloc (give). */
static char *big_graph(uint32_t n)
{
    size_t cap = (size_t)n * 256 + 1024;
    char *text = malloc(cap);
    size_t len;

    ck_assert_ptr_nonnull(text);
    len = (size_t)snprintf(text, cap, HEAD);
    for (uint32_t i = 0; i < n; i++) {
        char from[32] = "in";

        if (i)
            (void)snprintf(from, sizeof(from), "node%u", i - 1);
        len += (size_t)snprintf(text + len, cap - len,
                                "  node%u:\n    transform: select\n    from: %s\n"
                                "    about: step %u of many\n"
                                "    with: { keep: [ a, b.c, \"d as e\" ], where: \"a > %u\" }\n",
                                i, from, i, i);
    }
    (void)snprintf(text + len, cap - len, "  out: { sink: stdout, from: node%u }\n", n - 1);
    return text;
}

static double cpu_ms(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

START_TEST(a_hundred_nodes_are_checked_in_a_moment)
{
    char *text = big_graph(100);
    double start;
    double took;
    world w;

    world_init(&w);
    start = cpu_ms();
    (void)world_load(&w, text);
    took = cpu_ms() - start;

    world_expect_none(&w);
    ck_assert_msg(took < 30, "%.1f ms", took);
    ck_assert_uint_lt(sl_mem_peak(w.mem), 6u << 20);
    world_fini(&w);
    free(text);
}
END_TEST

START_TEST(as_many_nodes_as_are_allowed_take_linear_time)
{
    char *text = big_graph(9990);
    double start;
    double took;
    world w;

    world_init(&w);
    start = cpu_ms();
    (void)world_load(&w, text);
    took = cpu_ms() - start;

    world_expect_none(&w);
    ck_assert_msg(took < 3000, "%.1f ms", took);
    world_fini(&w);
    free(text);
}
END_TEST

START_TEST(more_nodes_than_are_allowed_are_refused)
{
    char *text = big_graph(10000);
    world w;

    world_init(&w);
    (void)world_load(&w, text);

    ck_assert_ptr_nonnull(world_find(&w, "config.graph.size"));
    world_fini(&w);
    free(text);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_name_leads_to_the_decoder_and_raw_to_the_source,
        errors_come_from_source_and_decoder,
        a_sink_of_raw_records_gets_an_encoder_unless_it_is_fed_raw_ones,
        a_source_of_raw_records_wants_a_decoder,
        named_inputs_and_outputs_are_wired_by_name,
        nodes_follow_what_feeds_them_whatever_their_order_in_the_file,
        a_wrong_graph_can_still_be_shown,
        many_circles_are_cut_without_end,
        limits_have_their_defaults,
        limits_are_read,
        common_keys_of_a_node_hold_for_its_hidden_one,
        set_goes_over_what_the_file_says,
        set_of_what_nobody_uses_is_a_mistake,
        a_file_that_is_not_there_is_named,
        a_place_within_a_setting_is_found_for_plugins,
        printing_never_shows_secrets,
        a_secret_is_no_name_and_no_text_to_show,
        the_json_of_a_graph_holds_defaults_too,
        the_schema_knows_every_class_and_setting,
        a_hundred_nodes_are_checked_in_a_moment,
        as_many_nodes_as_are_allowed_take_linear_time,
        more_nodes_than_are_allowed_are_refused,
    };
    Suite *suite = suite_create("graph");
    TCase *tcase = tcase_create("all");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_set_timeout(tcase, 60);
    for (size_t i = 0; i < sizeof(tests) / sizeof(*tests); i++)
        tcase_add_test(tcase, tests[i]);
    tcase_add_loop_test(tcase, a_mistake_is_said_once_at_its_place, 0,
                        (int)(sizeof(mistakes) / sizeof(*mistakes)));
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
