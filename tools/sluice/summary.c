/* SPDX-License-Identifier: Apache-2.0
 *
 * tools/sluice/summary.c - what a run tells when it is over.
 *
 * One line for the run, one for each node, one for what went wrong. A node is shown by what it took
 * in and gave out; what it left out on purpose or rejected only when there was any.
 */
#include <string.h>

#include <sluice/sdk.h>

#include "tools/sluice/summary.h"

static const char *const outcomes[] = {"ended", "drained", "stopped before the drain ended",
                                       "failed"};

static const char *const json_outcomes[] = {"ended", "drained", "stopped", "failed"};

static const char *outcome_of(const sl_run_result *r)
{
    return r->outcome < sizeof outcomes / sizeof *outcomes ? outcomes[r->outcome] : "ended";
}

static void print_node(const sl_graph_node *node, const sl_run_counters *c)
{
    char in[32];
    char out[32];
    char more[32];

    (void)fprintf(stderr, "  %-20s", node->name);
    if (strcmp(node->klass->kind, SL_CLASS_SOURCE) != 0)
        (void)fprintf(stderr, "  in %s", sl_show_count(c->rows_in, in));
    if (strcmp(node->klass->kind, SL_CLASS_SINK) != 0)
        (void)fprintf(stderr, "  out %s", sl_show_count(c->rows_out, out));
    if (c->filtered)
        (void)fprintf(stderr, "  filtered %s", sl_show_count(c->filtered, more));
    if (c->dead || c->dead_parts)
        (void)fprintf(stderr, "  dead %s", sl_show_count(c->dead + c->dead_parts, more));
    (void)fprintf(stderr, "  busy %s\n", sl_show_time((int64_t)c->busy_ns, more));
}

static void print_wrong(const sl_tool *tool, const sl_summary *s)
{
    const sl_run_result *r = s->result;
    char n[32];

    if (r->dead)
        (void)fprintf(stderr, "%s dead letter%s in %s/dead\n", sl_show_count(r->dead, n),
                      r->dead == 1 ? "" : "s", s->state_dir);
    if (r->failed_splits)
        (void)fprintf(stderr, "%s split%s could not be read to the end\n",
                      sl_show_count(r->failed_splits, n), r->failed_splits == 1 ? "" : "s");
    if (r->error.code[0])
        sl_tool_error(tool, r->error.code, r->error.text);
}

void sl_summary_text(const sl_tool *tool, const sl_summary *s)
{
    const sl_graph_node *node;
    sl_run_counters c;
    char rows[32];
    char took[32];
    char rate[32];
    double seconds = (double)s->took_ns / 1e9;

    if (!tool->is_quiet) {
        (void)fprintf(stderr, "%s: %s after %s, rows %s, %s rows/s%s\n", sl_graph_name(s->graph),
                      outcome_of(s->result), sl_show_time(s->took_ns, took),
                      sl_show_count(s->result->rows, rows),
                      sl_show_short(seconds > 0 ? (double)s->result->rows / seconds : 0, rate),
                      s->is_dry ? " (dry run: nothing was written)" : "");
        for (uint32_t i = 0; (node = sl_graph_node_at(s->graph, i)) != NULL; i++) {
            if (sl_run_counters_at(s->run, i, &c))
                print_node(node, &c);
        }
    }
    print_wrong(tool, s);
}

static void json_node(sl_json *j, const sl_graph_node *node, const sl_run_counters *c)
{
    sl_json_object(j, NULL);
    sl_json_text(j, "node", node->name);
    sl_json_text(j, "class", node->klass->id);
    sl_json_uint(j, "rows_in", c->rows_in);
    sl_json_uint(j, "bytes_in", c->bytes_in);
    sl_json_uint(j, "rows_out", c->rows_out);
    sl_json_uint(j, "used", c->used);
    sl_json_uint(j, "filtered", c->filtered);
    sl_json_uint(j, "dead", c->dead);
    sl_json_uint(j, "dead_parts", c->dead_parts);
    sl_json_uint(j, "busy_ns", c->busy_ns);
    sl_json_end(j);
}

int sl_summary_json(const sl_tool *tool, const sl_summary *s)
{
    const sl_run_result *r = s->result;
    const sl_graph_node *node;
    sl_run_counters c;
    sl_json j;

    sl_json_init(&j, tool->mem, 0);
    sl_json_object(&j, NULL);
    sl_json_text(&j, "graph", sl_graph_name(s->graph));
    sl_json_text(&j, "outcome", r->outcome < 4 ? json_outcomes[r->outcome] : "");
    sl_json_int(&j, "exit", s->exit_code);
    sl_json_int(&j, "took_ns", s->took_ns);
    sl_json_uint(&j, "rows", r->rows);
    sl_json_uint(&j, "dead", r->dead);
    sl_json_uint(&j, "failed_splits", r->failed_splits);
    sl_json_bool(&j, "dry_run", s->is_dry);
    sl_json_text(&j, "state", s->state_dir);
    if (r->error.code[0]) {
        sl_json_object(&j, "error");
        sl_json_text(&j, "code", r->error.code);
        sl_json_text(&j, "text", r->error.text);
        sl_json_end(&j);
    }
    sl_json_array(&j, "nodes");
    for (uint32_t i = 0; (node = sl_graph_node_at(s->graph, i)) != NULL; i++) {
        if (sl_run_counters_at(s->run, i, &c))
            json_node(&j, node, &c);
    }
    sl_json_end(&j);
    sl_json_end(&j);
    return sl_tool_print_json(tool, &j);
}
