/* SPDX-License-Identifier: Apache-2.0
 *
 * contains.c - a transform that keeps the records in which a field contains a text.
 *
 * Copy this folder, then change the settings, keep() and the names. Each slot of the class is
 * described in sluice/abi.h. Records that stay are not copied: select gives a batch that shares
 * their bytes.
 */
#include <sluice/sdk.h>

struct sl_instance {
    const sl_host *host;
    sl_node *node;
    const sl_path *field;
    const char *text; /* borrowed from the settings until destroy */
    uint16_t row[65536];
};

static const sl_setting settings[] = {
    {.size = sizeof(sl_setting),
     .type = SL_T_FIELD,
     .flags = SL_S_REQUIRED,
     .name = "field",
     .brief = "the field to look into",
     .example = "page.title"},
    {.size = sizeof(sl_setting),
     .type = SL_T_STRING,
     .flags = SL_S_REQUIRED,
     .name = "text",
     .brief = "what the field must contain"},
    SL_SETTINGS_END,
};

static sl_status create(const sl_host *host, sl_node *node, const sl_config *cfg, sl_instance **out)
{
    sl_instance *self = host->alloc(node, sizeof *self);

    if (!self)
        return SL_E_NOMEM;
    self->host = host;
    self->node = node;
    self->text = host->get_text(cfg, "text");
    self->field = host->rows->path(node, 0, host->get_text(cfg, "field"));
    if (!self->field || host->rows->through(node, 0, 0) != SL_OK) {
        host->release(self);
        return SL_E_CONFIG;
    }
    *out = self;
    return SL_OK;
}

static void destroy(sl_instance *self)
{
    self->host->release(self);
}

static int keep(const sl_instance *self, const sl_val *v)
{
    return v->type == SL_V_STR && memmem(v->ptr, v->n, self->text, strlen(self->text));
}

static sl_status process(sl_instance *self, sl_call *call, uint32_t port, sl_batch *batch)
{
    uint32_t n = 0;
    sl_batch *out;
    sl_val v;

    (void)call;
    (void)port;
    SL_EACH (row, batch) {
        if (sl_batch_get(batch, row, self->field, &v) && keep(self, &v))
            self->row[n++] = (uint16_t)row;
    }
    self->host->count(self->node, n, batch->nsel - n);
    if (!n)
        return SL_OK;
    out = self->host->rows->select(batch, self->row, n);
    return out ? self->host->emit(self->node, 0, out) : SL_E_NOMEM;
}

static const sl_transform_ops ops = {.size = sizeof ops, .process = process};

static const sl_class contains = {
    .size = sizeof contains,
    .flags = SL_P_PARALLEL | SL_P_PURE,
    .kind = SL_CLASS_TRANSFORM,
    .id = "contains",
    .brief = "keeps the records in which a field contains a text",
    .settings = settings,
    .ops = &ops,
    .create = create,
    .destroy = destroy,
};

SL_PLUGIN("contains", &contains);
