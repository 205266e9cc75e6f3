/* SPDX-License-Identifier: Apache-2.0
 *
 * tools/harness/harness.c - making, driving and ending a harness; see sluice/check.h.
 *
 * The class under test is node "test" of a graph with a feed for each input and a collector for
 * each output and for what it rejects. The run is the engine's own, over the simulated env: every
 * call here ends with nothing left to do at that moment. A restart makes a second run from the
 * checkpoint of the first, whose instances are closed without a commit and without an abort.
 */
#include "tools/harness/harness_priv.h"

#include <sluice/text.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATIENCE_NS 60000000000 /* virtual time that a barrier may take */

extern const sl_plugin sluice_plugin_v1 __attribute__((weak));

static const struct {
    const char *role;
    const char *kind;
} roles[] = {
    {"source", SL_CLASS_SOURCE},  {"transform", SL_CLASS_TRANSFORM}, {"decode", SL_CLASS_DECODER},
    {"encode", SL_CLASS_ENCODER}, {"sink", SL_CLASS_SINK},
};

/* ---- the class ----------------------------------------------------------------------------- */

static const sl_class *find_linked(const char *kind, const char *id)
{
    const sl_class *const *at = &sluice_plugin_v1 ? sluice_plugin_v1.classes : NULL;

    for (; at && *at; at++) {
        if (!strcmp((*at)->kind, kind) && !strcmp((*at)->id, id))
            return *at;
    }
    return NULL;
}

static void say(slc *h, const char *code, const char *text)
{
    (void)snprintf(h->problem, sizeof h->problem, "%s: %s", code, text);
}

/* The class that WHAT names. */
static const sl_class *find_class(slc *h, const char *what)
{
    const char *colon = strchr(what, ':');
    const sl_class *klass = NULL;
    const char *id;

    if (!colon) {
        say(h, "harness.class is not \"kind: class\"", what);
        return NULL;
    }
    id = colon + 1 + strspn(colon + 1, " ");
    for (size_t i = 0; i < sizeof roles / sizeof *roles && !klass; i++) {
        if (strlen(roles[i].role) != (size_t)(colon - what) ||
            strncmp(roles[i].role, what, (size_t)(colon - what)) != 0)
            continue;
        klass = find_linked(roles[i].kind, id);
        if (!klass && h->registry)
            klass = sl_registry_find(h->registry, roles[i].kind, id, NULL);
    }
    if (!klass)
        say(h, "harness.class is not there", what);
    return klass;
}

/* ---- the graph ----------------------------------------------------------------------------- */

static uint32_t count_ports(const char *const *names, uint32_t none)
{
    uint32_t n = 0;

    if (!names)
        return none;
    while (names[n])
        n++;
    return n > SLC_PORTS ? SLC_PORTS : n;
}

static const char *const feed_names[SLC_PORTS] = {"in0", "in1", "in2", "in3",
                                                  "in4", "in5", "in6", "in7"};
static const char *const out_names[SLC_PORTS] = {"out0", "out1", "out2", "out3",
                                                 "out4", "out5", "out6", "out7"};

static uint32_t add_node(slc *h, const char *name, const sl_class *klass, const void *with)
{
    uint32_t i = h->graph.nodes++;

    h->node[i].name = name;
    h->node[i].klass = klass;
    h->node[i].with = with;
    return i;
}

static void add_edge(slc *h, uint32_t from, uint32_t from_port, uint32_t to, uint32_t to_port)
{
    h->edge[h->graph.edges++] =
        (sl_graph_edge){.from = from, .from_port = from_port, .to = to, .to_port = to_port};
}

static void port_init(slc *h, slc_port *port, uint32_t number)
{
    port->h = h;
    port->port = number;
    port->credit = UINT64_MAX;
}

static void make_graph(slc *h)
{
    const sl_class *klass = h->klass;
    uint32_t k;

    h->ins = !strcmp(klass->kind, SL_CLASS_SOURCE) ? 0 : count_ports(klass->in, 1);
    h->outs = !strcmp(klass->kind, SL_CLASS_SINK) ? 0 : count_ports(klass->out, 1);
    for (uint32_t i = 0; i < h->ins; i++) {
        h->feed[i].h = h;
        h->feed[i].port = i;
        (void)add_node(h, feed_names[i], &slc_feed_class, &h->feed[i]);
    }
    h->tested = add_node(h, "test", klass, h->cfg);
    for (uint32_t i = 0; i < h->ins; i++)
        add_edge(h, i, 0, h->tested, i);
    for (uint32_t i = 0; i < h->outs; i++) {
        port_init(h, &h->out[i], i);
        k = add_node(h, out_names[i], &slc_collect_class, &h->out[i]);
        add_edge(h, h->tested, i, k, 0);
    }
    port_init(h, &h->errors, SL_PORT_ERRORS);
    k = add_node(h, "errors", &slc_collect_class, &h->errors);
    add_edge(h, h->tested, SL_PORT_ERRORS, k, 0);
    h->graph.name = "harness";
    h->graph.node = h->node;
    h->graph.edge = h->edge;
    h->graph.limits = (sl_graph_limits){.memory_bytes = 256u << 20,
                                        .edge_bytes = 4u << 20,
                                        .record_bytes = 16u << 20,
                                        .depth = 128,
                                        .batch_records = SL_BATCH_ROWS,
                                        .batch_bytes = SL_BATCH_AIM,
                                        .paths = 4096,
                                        .slots = 256,
                                        .lanes = 1};
}

/* ---- the run ------------------------------------------------------------------------------- */

static void on_log(void *arg, uint32_t level, const char *code, const char *line, size_t len)
{
    slc *h = arg;

    (void)level;
    sl_rowtext_raw(&h->log, line, len);
    if (h->logs < SLC_LOG)
        (void)snprintf(h->log_code[h->logs++], sizeof h->log_code[0], "%s", code);
}

static void run_end(slc *h)
{
    sl_run_finish(h->run, &h->result);
    h->is_done = 1;
}

void slc_pump(slc *h)
{
    if (!h->run || h->is_done)
        return;
    (void)sl_env_sim_idle(h->env);
    if (h->run->coord.phase == SL_PHASE_DONE)
        run_end(h);
}

static int is_over(const slc *h)
{
    return !h->run || h->is_done || h->run->has_failed;
}

/* Let time pass as long as WHILE_FN says, up to the harness's patience. */
static void pump_while(slc *h, int (*while_fn)(const slc *h))
{
    int64_t left = PATIENCE_NS;

    slc_pump(h);
    while (!h->is_done && while_fn(h) && left > 0) {
        int64_t next = sl_env_sim_next(h->env);
        if (next < 0 || next > left)
            break;
        left -= next;
        (void)sl_env_sim_advance(h->env, next);
        slc_pump(h);
    }
}

int slc_run_make(slc *h)
{
    sl_error err = {0};

    h->options = (sl_run_options){
        .env = h->env, .registry = h->registry, .max_dead = UINT64_MAX, .log_level = SL_LOG_DEBUG};
    h->hooks = (sl_run_hooks){.extension = slc_fault_extension,
                              .log = on_log,
                              .log_arg = h,
                              .restore = h->restore,
                              .host = slc_fault_host,
                              .is_stepped = 1};
    h->is_done = 0;
    if (sl_run_new_from(&h->graph, h->mem, &h->options, &h->hooks, h->diags, &h->run, &err) ==
        SL_OK)
        return 1;
    say(h, err.code, err.text);
    return 0;
}

static int run_start(slc *h)
{
    sl_error err = {0};

    if (!slc_run_make(h))
        return 0;
    if (sl_run_begin(h->run, &err) != SL_OK) {
        say(h, err.code, err.text);
        return 0;
    }
    slc_pump(h);
    return 1;
}

/* ---- making -------------------------------------------------------------------------------- */

/* Random numbers differ from harness to harness, so that names made of them do, and are the same in
 * every run of a test program. */
static uint64_t next_seed(void)
{
    static uint64_t made;

    return ++made;
}

static slc *harness_new(void)
{
    sl_mem *mem = sl_mem_new(sl_mem_libc(), NULL, "harness", 0);
    slc *h = mem ? sl_mem_zalloc(mem, 1, sizeof *h) : NULL;

    if (!h)
        abort(); /* a test without memory has nothing to tell */
    h->mem = mem;
    h->text.mem = mem;
    h->log.mem = mem;
    h->env = sl_env_sim_new(mem, next_seed(), 1767225600000000);
    h->diags = sl_diags_new(mem);
    if (!h->env || !h->diags)
        abort();
    return h;
}

static int has_modules(void)
{
    const char *path = getenv("SLUICE_PLUGIN_PATH");

    return path && *path;
}

static void load_class(slc *h, const char *what)
{
    sl_error err = {0};

    if (has_modules() && sl_registry_new(h->env, h->mem, NULL, &h->registry, &err) != SL_OK) {
        say(h, err.code, err.text);
        return;
    }
    if (what)
        h->klass = find_class(h, what);
}

static void harness_go(slc *h, const char *settings)
{
    sl_status status;

    if (!h->klass)
        return;
    status =
        sl_config_from_text(h->env, h->mem, h->klass, settings ? settings : "", h->diags, &h->cfg);
    if (status != SL_OK)
        return;
    make_graph(h);
    (void)run_start(h);
}

slc *slc_new(const char *what, const char *settings)
{
    slc *h = harness_new();

    load_class(h, what);
    harness_go(h, settings);
    return h;
}

slc *slc_new_class(const sl_class *klass, const char *settings)
{
    slc *h = harness_new();

    load_class(h, NULL);
    h->klass = klass;
    harness_go(h, settings);
    return h;
}

static int not_over(const slc *h)
{
    return !h->is_done;
}

/* Close and free the run, as a CRASH (no abort) or in order. */
void slc_run_drop(slc *h, int crash)
{
    if (!h->run)
        return;
    if (!h->is_done && h->run->coord.phase != SL_PHASE_NEW) {
        h->run->hooks.is_crash = crash;
        sl_run_stop(h->run);
        sl_run_stop(h->run);
        pump_while(h, not_over);
        if (!h->is_done)
            run_end(h);
    }
    sl_run_free(SL_TAKE(h->run));
}

uint64_t slc_free(slc *h)
{
    uint64_t left;
    sl_mem *mem;

    if (!h)
        return 0;
    mem = h->mem;
    slc_run_drop(h, 0);
    slc_items_free(h);
    for (uint32_t i = 0; i < SLC_PORTS; i++)
        slc_port_fini(&h->out[i]);
    slc_port_fini(&h->errors);
    sl_checkpoint_free(h->restore);
    sl_config_free(h->cfg);
    sl_diags_free(h->diags);
    sl_registry_free(h->registry);
    sl_env_sim_free(h->env);
    sl_rowtext_free(&h->text);
    sl_rowtext_free(&h->log);
    sl_mem_free(h);
    left = sl_mem_used(mem);
    sl_mem_drop(mem);
    return left;
}

const char *slc_problem(slc *h)
{
    char *text;

    if (sl_diags_count(h->diags, SL_DIAG_ERROR)) {
        text = sl_diags_text(h->diags, 0);
        h->text.len = 0;
        sl_rowtext_lit(&h->text, text ? text : "memory");
        sl_mem_free(text);
        return sl_rowtext_end(&h->text);
    }
    if (h->run && h->run->has_failed)
        (void)snprintf(h->problem, sizeof h->problem, "%s: %s", h->run->error.code,
                       h->run->error.text);
    else if (h->is_done && h->result.outcome == SL_RUN_FAILED)
        (void)snprintf(h->problem, sizeof h->problem, "%s: %s", h->result.error.code,
                       h->result.error.text);
    return h->problem[0] ? h->problem : NULL;
}

/* ---- pushing ------------------------------------------------------------------------------- */

static sl_status push(slc *h, const slc_item *item)
{
    sl_status status;

    if (is_over(h) || item->port >= h->ins)
        return SL_E_FATAL;
    status = slc_item_add(h, item);
    if (status != SL_OK)
        return status;
    if (h->feed[item->port].is_open)
        (void)sl_split_add(h->feed[item->port].node, item->split, 0);
    h->run->host.wake(h->feed[item->port].node);
    slc_pump(h);
    return h->run->has_failed ? h->run->error.status : SL_OK;
}

sl_status slc_push_json_to(slc *h, uint32_t port, const char *json)
{
    char split[] = "0";
    size_t len = strlen(json);
    sl_pool *pool = sl_pool_new(h->mem, UINT64_MAX);
    sl_builder *b = pool ? sl_builder_new(pool, NULL, NULL) : NULL;
    sl_status status = SL_E_NOMEM;
    slc_item item = {.port = port, .split = split, .len = len};
    sl_writer w;

    if (b) { /* a dry try, so that a mistake of the test is told at once */
        sl_writer_init(&w, sl_host_rows(), b);
        status = slc_json_rows(h->mem, json, len, &w);
        sl_builder_discard(b);
    }
    sl_pool_unref(pool);
    if (status != SL_OK)
        return status;
    item.bytes = (uint8_t *)sl_mem_dup(h->mem, json, len);
    if (!item.bytes)
        return SL_E_NOMEM;
    status = push(h, &item);
    sl_mem_free(item.bytes);
    return status;
}

sl_status slc_push_json(slc *h, const char *json)
{
    return slc_push_json_to(h, 0, json);
}

sl_status slc_push_raw(slc *h, const void *bytes, uint64_t len, const char *split, sl_bytes offset,
                       uint32_t flags)
{
    char *name = sl_mem_dup(h->mem, split ? split : "0", split ? strlen(split) : 1);
    uint8_t *copy = (uint8_t *)sl_mem_dup(h->mem, bytes, len);
    uint8_t *place = (uint8_t *)sl_mem_dup(h->mem, offset.ptr, offset.len);
    slc_item item = {.is_raw = 1,
                     .flags = flags,
                     .split = name,
                     .bytes = copy,
                     .len = len,
                     .offset = place,
                     .offset_len = offset.len};
    sl_status status = name && copy && place ? push(h, &item) : SL_E_NOMEM;

    sl_mem_free(name);
    sl_mem_free(copy);
    sl_mem_free(place);
    return status;
}

sl_status slc_push_text(slc *h, const char *text, uint32_t flags)
{
    return slc_push_raw(h, text, strlen(text), NULL, (sl_bytes){NULL, 0}, flags);
}

/* ---- time, barriers, the end ---------------------------------------------------------------- */

void slc_advance(slc *h, const char *duration)
{
    int64_t ns;

    if (!sl_duration_parse(duration, strlen(duration), &ns) || !h->run || h->is_done)
        return;
    (void)sl_env_sim_advance(h->env, ns);
    slc_pump(h);
}

void slc_watermark(slc *h, int64_t time_us)
{
    for (uint32_t i = 0; i < h->ins && !is_over(h); i++) {
        uint32_t number = sl_split_add(h->feed[i].node, "0", 0);
        slc_pump(h);
        for (uint32_t k = 1; k <= h->run->splits; k++)
            sl_split_watermark(h->feed[i].node, k, k == number ? time_us : INT64_MAX);
    }
    slc_pump(h);
}

static int in_checkpoint(const slc *h)
{
    return !h->run->has_failed && h->run->coord.step != SL_STEP_NONE;
}

int slc_barrier(slc *h)
{
    uint64_t want;

    if (is_over(h) || h->run->coord.phase != SL_PHASE_RUNNING)
        return 0;
    want = h->run->coord.number + 1;
    sl_coord_checkpoint(h->run, SL_FINAL_NO);
    pump_while(h, in_checkpoint);
    return !h->run->has_failed && h->run->coord.done >= want;
}

uint64_t slc_checkpoint(slc *h)
{
    return h->run ? h->run->coord.done : 0;
}

static int not_durable(const slc *h)
{
    return !h->run->has_failed && h->run->coord.step != SL_STEP_HELD;
}

static int not_running(const slc *h)
{
    return !h->run->has_failed && h->run->coord.phase < SL_PHASE_RUNNING;
}

int slc_crash_and_restore(slc *h)
{
    if (is_over(h) || h->run->coord.phase != SL_PHASE_RUNNING)
        return 0;
    h->run->coord.holds_commit = 1;
    sl_coord_checkpoint(h->run, SL_FINAL_NO);
    pump_while(h, not_durable);
    if (h->run->has_failed || h->run->coord.step != SL_STEP_HELD)
        return 0;
    return slc_restore_last(h);
}

int slc_restore_last(slc *h)
{
    const sl_checkpoint *newest = h->run->coord.checkpoint ? h->run->coord.checkpoint : h->restore;
    sl_checkpoint *copy = sl_checkpoint_copy(h->mem, newest);

    slc_run_drop(h, 1);
    sl_checkpoint_free(h->restore);
    h->restore = copy;
    if (!h->restore || !run_start(h))
        return 0;
    pump_while(h, not_running);
    return !h->run->has_failed;
}

int slc_end(slc *h)
{
    if (!h->run)
        return 0;
    h->has_ended = 1;
    for (uint32_t i = 0; i < h->ins && !is_over(h); i++)
        h->run->host.wake(h->feed[i].node);
    pump_while(h, not_over);
    return h->is_done && h->result.outcome == SL_RUN_ENDED;
}

/* ---- looking in ---------------------------------------------------------------------------- */

uint64_t slc_dead(slc *h)
{
    return h->run ? __atomic_load_n(&h->run->dead, __ATOMIC_RELAXED) : 0;
}

double slc_metric(slc *h, const char *name)
{
    double v;

    if (!h->run || !sl_metrics_total(h->run->metrics, "test", name, &v))
        return -1;
    return v;
}

int slc_log_has(slc *h, const char *code)
{
    for (uint32_t i = 0; i < h->logs; i++) {
        if (!strcmp(h->log_code[i], code))
            return 1;
    }
    return 0;
}

const char *slc_log(slc *h)
{
    const char *text = sl_rowtext_end(&h->log);

    return text ? text : "";
}

void slc_counts(slc *h, uint64_t *in, uint64_t *used, uint64_t *filtered, uint64_t *dead)
{
    sl_run_counters c = {0};

    if (h->run)
        (void)sl_run_counters_at(h->run, h->tested, &c);
    *in = c.rows_in;
    *used = c.used;
    *filtered = c.filtered;
    *dead = c.dead;
}

int64_t slc_acked(slc *h, const char *split)
{
    for (uint32_t i = 0; h->run && h->run->coord.done && i < h->run->splits; i++) {
        const sl_split *s = h->run->split[i];
        if (!strcmp(s->name, split) && s->mark_len == 8)
            return (int64_t)sl_get64(s->mark);
    }
    return -1;
}
