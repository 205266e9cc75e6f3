/* SPDX-License-Identifier: Apache-2.0
 *
 * tools/sluice/progress.c - the one line that a run shows on a terminal.
 *
 * With a known end: bar, per cent, bytes, rates, dead letters, time left. Without: records, rate,
 * time. Rates are of the last second or so, smoothed by the interval of the calls.
 */
#include <inttypes.h>
#include <string.h>

#include <sluice/sdk.h>

#include "tools/sluice/summary.h"

#define BAR_CELLS 20u

/* The decoder that was written out of node SOURCE's decode:; UINT32_MAX when there is none. */
static uint32_t decoder_of(const sl_graph *graph, uint32_t source)
{
    const sl_graph_edge *e;

    for (uint32_t i = 0; (e = sl_graph_edge_at(graph, i)) != NULL; i++) {
        if (e->from == source && e->from_port != SL_PORT_ERRORS &&
            !strcmp(sl_graph_node_at(graph, e->to)->klass->kind, SL_CLASS_DECODER))
            return e->to;
    }
    return UINT32_MAX;
}

static void count(const sl_progress *p, const sl_run *run, uint64_t *rows, uint64_t *dead)
{
    const sl_graph_node *node;
    sl_run_counters c;

    *rows = *dead = 0;
    for (uint32_t i = 0; (node = sl_graph_node_at(p->graph, i)) != NULL; i++) {
        if (!sl_run_counters_at(run, i, &c))
            return;
        *dead += c.dead + c.dead_parts;
        if (!strcmp(node->klass->kind, SL_CLASS_DECODER) ||
            (!strcmp(node->klass->kind, SL_CLASS_SOURCE) && decoder_of(p->graph, i) == UINT32_MAX))
            *rows += c.rows_out;
    }
}

static void bar(FILE *to, double part)
{
    uint32_t full = (uint32_t)(part * BAR_CELLS);

    for (uint32_t i = 0; i < BAR_CELLS; i++)
        (void)fputs(i < full ? "━" : i == full ? "╸" : " ", to);
}

static void draw_bounded(const sl_progress *p, uint64_t done, uint64_t total, double bytes_s,
                         double rows_s, uint64_t dead)
{
    double part = (double)done / (double)total;
    char a[32];
    char b[32];
    char c[32];
    char d[32];
    char e[32];

    part = part > 1 ? 1 : part;
    (void)fprintf(p->to, "\r\033[K%.24s ", sl_graph_name(p->graph));
    bar(p->to, part);
    (void)fprintf(p->to, " %3.0f %%  %s/%s  %s/s  %s rec/s  dead %s", part * 100,
                  sl_show_bytes((double)done, a), sl_show_bytes((double)total, b),
                  sl_show_bytes(bytes_s, c), sl_show_short(rows_s, d), sl_show_count(dead, e));
    if (bytes_s > 0 && total > done)
        (void)fprintf(p->to, "  left %s",
                      sl_show_time((int64_t)((double)(total - done) / bytes_s * 1e9), a));
}

void sl_progress_draw(void *arg, const sl_run *run)
{
    sl_progress *p = arg;
    int64_t now = p->env->now_ns(p->env);
    double seconds = (double)(now - p->last_ns) / 1e9;
    uint64_t done = 0;
    uint64_t total = 0;
    uint64_t rows;
    uint64_t dead;
    double rows_s;
    double bytes_s;
    char a[32];
    char b[32];
    char c[32];
    char d[32];

    if (seconds < 0.2)
        return;
    count(p, run, &rows, &dead);
    sl_run_extent(run, &done, &total);
    rows_s = (double)(rows - p->last_rows) / seconds;
    bytes_s = done > p->last_bytes ? (double)(done - p->last_bytes) / seconds : 0;
    if (total)
        draw_bounded(p, done, total, bytes_s, rows_s, dead);
    else
        (void)fprintf(p->to, "\r\033[K%.24s  %s records  %s rec/s  dead %s  %s",
                      sl_graph_name(p->graph), sl_show_short((double)rows, a),
                      sl_show_short(rows_s, b), sl_show_count(dead, c),
                      sl_show_time(now - p->started_ns, d));
    (void)fflush(p->to);
    p->is_shown = 1;
    p->last_ns = now;
    p->last_rows = rows;
    p->last_bytes = done;
}

void sl_progress_clear(sl_progress *p)
{
    if (p->is_shown)
        (void)fputs("\r\033[K", p->to);
    p->is_shown = 0;
}
