/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/service/metric.h - numbers that a run shows: counters, gauges, histograms.
 *
 * Each instance has its own cell of a metric, so observing takes no lock and shares no cache line
 * with other lanes; reading adds the cells up.
 */
#ifndef SL_SERVICE_METRIC_H
#define SL_SERVICE_METRIC_H
#include "sdk/lib/mem.h"

#define SL_METRIC_BUCKETS 32u /* bounds 2^-10 … 2^20, then the rest */

typedef struct sl_metrics sl_metrics;

/* One metric of one node, its cells added up. */
typedef struct sl_metric_sum {
    const char *node;
    const char *plugin;
    const char *name;
    const char *unit;
    const char *help;
    uint32_t kind; /* SL_METRIC_* */
    double value;  /* of a histogram: the sum of what was observed */
    uint64_t count;
    uint64_t bucket[SL_METRIC_BUCKETS];
} sl_metric_sum;

/* [main] NULL when memory is short. */
sl_metrics *sl_metrics_new(sl_mem *mem);
/* [main] Frees all cells. NULL is fine. */
void sl_metrics_free(sl_metrics *metrics);
/* [any] A cell of metric NAME of NODE; all texts are borrowed until free. NULL when memory is
 * short, which observe takes as well. */
sl_metric *sl_metrics_cell(sl_metrics *metrics, const char *node, const char *plugin, uint32_t kind,
                           const char *name, const char *unit, const char *help);
/* [any] As sl_host.observe. NULL is fine. */
void sl_metric_observe(sl_metric *metric, double value);
/* [any] Call FN for each metric of each node, in order of asking. */
void sl_metrics_each(const sl_metrics *metrics, void (*fn)(void *arg, const sl_metric_sum *sum),
                     void *arg);
/* [any] The sum of metric NAME over all nodes, or of NODE alone when that is not NULL. False when
 * there is none. */
int sl_metrics_total(const sl_metrics *metrics, const char *node, const char *name, double *out);

#endif
