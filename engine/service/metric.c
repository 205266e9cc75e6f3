/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/service/metric.c - cells of metrics in a list that only grows.
 *
 * A cell is published by a store-release of the list's head, so readers need no lock. Values are
 * doubles kept as 64 bits and changed by compare and swap: there is one writer in most cases, so
 * the first try succeeds.
 */
#include "engine/service/metric.h"

#include <math.h>
#include <pthread.h>
#include <string.h>

struct sl_metric {
    sl_metric *next;
    const char *node;
    const char *plugin;
    const char *name;
    const char *unit;
    const char *help;
    uint32_t kind;
    uint64_t bits; /* atomic: the double */
    uint64_t count;
    uint64_t bucket[SL_METRIC_BUCKETS];
};

struct sl_metrics {
    sl_mem *mem;
    pthread_mutex_t lock; /* of writers of the list */
    sl_metric *first;     /* atomic */
    sl_metric *last;
};

static double from_bits(uint64_t bits)
{
    double v;

    memcpy(&v, &bits, sizeof v);
    return v;
}

static uint64_t to_bits(double v)
{
    uint64_t bits;

    memcpy(&bits, &v, sizeof bits);
    return bits;
}

sl_metrics *sl_metrics_new(sl_mem *mem)
{
    sl_metrics *metrics = sl_mem_zalloc(mem, 1, sizeof *metrics);

    if (!metrics)
        return NULL;
    metrics->mem = mem;
    (void)pthread_mutex_init(&metrics->lock, NULL);
    return metrics;
}

void sl_metrics_free(sl_metrics *metrics)
{
    if (!metrics)
        return;
    while (metrics->first) {
        sl_metric *cell = metrics->first;
        metrics->first = cell->next;
        sl_mem_free(cell);
    }
    (void)pthread_mutex_destroy(&metrics->lock);
    sl_mem_free(metrics);
}

sl_metric *sl_metrics_cell(sl_metrics *metrics, const char *node, const char *plugin, uint32_t kind,
                           const char *name, const char *unit, const char *help)
{
    sl_metric *cell = sl_mem_zalloc(metrics->mem, 1, sizeof *cell);

    if (!cell)
        return NULL;
    cell->node = node;
    cell->plugin = plugin;
    cell->kind = kind;
    cell->name = name;
    cell->unit = unit ? unit : "";
    cell->help = help ? help : "";
    (void)pthread_mutex_lock(&metrics->lock);
    if (metrics->last)
        __atomic_store_n(&metrics->last->next, cell, __ATOMIC_RELEASE);
    else
        __atomic_store_n(&metrics->first, cell, __ATOMIC_RELEASE);
    metrics->last = cell;
    (void)pthread_mutex_unlock(&metrics->lock);
    return cell;
}

static void bits_add(uint64_t *at, double v)
{
    uint64_t old = __atomic_load_n(at, __ATOMIC_RELAXED);

    while (!__atomic_compare_exchange_n(at, &old, to_bits(from_bits(old) + v), 1, __ATOMIC_RELAXED,
                                        __ATOMIC_RELAXED))
        ;
}

static uint32_t bucket_of(double v)
{
    double bound = ldexp(1.0, -10);
    uint32_t i = 0;

    while (i < SL_METRIC_BUCKETS - 1 && v > bound) {
        bound *= 2;
        i++;
    }
    return i;
}

void sl_metric_observe(sl_metric *metric, double value)
{
    if (!metric)
        return;
    if (metric->kind == SL_METRIC_GAUGE) {
        __atomic_store_n(&metric->bits, to_bits(value), __ATOMIC_RELAXED);
        return;
    }
    bits_add(&metric->bits, value);
    if (metric->kind == SL_METRIC_HISTOGRAM) {
        (void)__atomic_fetch_add(&metric->count, 1, __ATOMIC_RELAXED);
        (void)__atomic_fetch_add(&metric->bucket[bucket_of(value)], 1, __ATOMIC_RELAXED);
    }
}

static int is_same(const sl_metric *a, const sl_metric *b)
{
    return !strcmp(a->name, b->name) && !strcmp(a->node, b->node);
}

static sl_metric *next_of(const sl_metric *cell)
{
    return __atomic_load_n(&cell->next, __ATOMIC_ACQUIRE);
}

/* Adds CELL and its fellows that follow to SUM. */
static void sum_up(const sl_metric *cell, sl_metric_sum *sum)
{
    for (const sl_metric *c = cell; c; c = next_of(c)) {
        if (!is_same(c, cell))
            continue;
        sum->value += from_bits(__atomic_load_n(&c->bits, __ATOMIC_RELAXED));
        sum->count += __atomic_load_n(&c->count, __ATOMIC_RELAXED);
        for (uint32_t i = 0; i < SL_METRIC_BUCKETS; i++)
            sum->bucket[i] += __atomic_load_n(&c->bucket[i], __ATOMIC_RELAXED);
    }
}

void sl_metrics_each(const sl_metrics *metrics, void (*fn)(void *arg, const sl_metric_sum *sum),
                     void *arg)
{
    const sl_metric *first = __atomic_load_n(&metrics->first, __ATOMIC_ACQUIRE);

    for (const sl_metric *c = first; c; c = next_of(c)) {
        const sl_metric *before = first;
        sl_metric_sum sum = {.node = c->node,
                             .plugin = c->plugin,
                             .name = c->name,
                             .unit = c->unit,
                             .help = c->help,
                             .kind = c->kind};
        while (before != c && !is_same(before, c))
            before = next_of(before);
        if (before != c)
            continue; /* was in an earlier sum */
        sum_up(c, &sum);
        fn(arg, &sum);
    }
}

int sl_metrics_total(const sl_metrics *metrics, const char *node, const char *name, double *out)
{
    const sl_metric *c = __atomic_load_n(&metrics->first, __ATOMIC_ACQUIRE);
    int found = 0;

    *out = 0;
    for (; c; c = next_of(c)) {
        if (strcmp(c->name, name) || (node && strcmp(c->node, node)))
            continue;
        *out += from_bits(__atomic_load_n(&c->bits, __ATOMIC_RELAXED));
        found = 1;
    }
    return found;
}
