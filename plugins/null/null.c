/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/null/null.c - the sink `null`: takes records and forgets them.
 *
 * For measuring what stands before it and for outputs that nobody wants. With consume: touch it
 * reads every byte once, so that a benchmark pays for bringing the records into the cache.
 */
#include <sluice/sdk.h>

static const char *const ways[] = {"none", "touch", NULL};

static const sl_setting settings[] = {
    {.size = sizeof(sl_setting),
     .type = SL_T_CHOICE,
     .name = "consume",
     .choice = ways,
     .fallback = "none",
     .brief = "none: count only; touch: read every byte once"},
    SL_SETTINGS_END,
};

struct sl_instance {
    const sl_host *host;
    sl_node *node;
    int touches;
    uint64_t sum; /* what touching made, so that it can't be left out */
};

static sl_status create(const sl_host *host, sl_node *node, const sl_config *cfg, sl_instance **out)
{
    sl_instance *self = host->alloc(node, sizeof *self);

    if (!self)
        return SL_E_NOMEM;
    *self = (sl_instance){.host = host, .node = node};
    self->touches = !strcmp(host->get_text(cfg, "consume"), "touch");
    *out = self;
    return SL_OK;
}

static void destroy(sl_instance *self)
{
    if (self)
        self->host->release(self);
}

static sl_status take(sl_instance *self, sl_call *call, uint32_t port, sl_batch *batch)
{
    (void)call;
    (void)port;
    if (self->touches) {
        uint64_t word;

        for (uint64_t at = 0; at < batch->body_len; at += sizeof word) { /* the pad is readable */
            memcpy(&word, batch->body + at, sizeof word);
            self->sum += word;
        }
    }
    self->host->count(self->node, batch->nsel, 0);
    return SL_OK;
}

static sl_status flush(sl_instance *self, sl_call *call)
{
    (void)self;
    (void)call;
    return SL_OK;
}

static const sl_sink_ops ops = {.size = sizeof(sl_sink_ops), .write = take, .flush = flush};

static const sl_class null_sink = {
    .size = sizeof(sl_class),
    .flags = SL_P_PARALLEL,
    .kind = SL_CLASS_SINK,
    .id = "null",
    .brief = "takes records and forgets them",
    .details = "For benchmarks, and for outputs that nobody wants.",
    .settings = settings,
    .ops = &ops,
    .create = create,
    .destroy = destroy,
};

SL_PLUGIN("null", &null_sink);
