/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/json/decode.c - the decoder `decode: json`: settings, life cycle, splits.
 *
 * Each raw record's payload goes through a feed (feed.h). A block of a file is joined with what its
 * split left over (sluice/carry.h); the place within a top-level array is kept beside the rest, so
 * both are in the snapshot. A message stands for itself.
 *
 * process() can be called again for the same batch: when no builder is to be had in the middle of
 * a block it answers SL_AGAIN and goes on where it was. Rows never wait for the next batch.
 */
#include "plugins/json/feed.h"
#include "plugins/json/json.h"

#include <sluice/carry.h>

#define BLOCK_BYTES  65536u  /* the index is made for pieces of this size at first */
#define KEEP_BYTES   262144u /* and kept for pieces of some times this size */
#define RECORD_BYTES 16777216u
#define DEPTH        128u
#define DEPTH_MOST   255u /* what the sentinels of the index are enough for */

static const char *const documents_choice[] = {"auto", "one", "many", NULL};
static const char *const duplicate_choice[] = {"last", "error", NULL};
static const char *const surrogate_choice[] = {"error", "replace", NULL};

static const sl_setting settings[] = {
    {
        .size = sizeof(sl_setting),
        .type = SL_T_STRING,
        .name = "records",
        .brief = "path to the array of records within each document",
        .details = "Names of objects, then that of the array with `[]` behind it. Each element "
                   "becomes a record; a document without such an array goes to the dead letters.",
        .example = "Records[]",
    },
    {
        .size = sizeof(sl_setting),
        .type = SL_T_CHOICE,
        .name = "documents",
        .fallback = "auto",
        .choice = documents_choice,
        .brief = "how many documents a message holds",
        .details = "`auto`: one in each message of a queue or a log, any number in blocks of "
                   "files. `many`: any number in messages as well, one behind the other. `one`: "
                   "as `auto`.",
    },
    {
        .size = sizeof(sl_setting),
        .type = SL_T_CHOICE,
        .name = "duplicate_keys",
        .fallback = "last",
        .choice = duplicate_choice,
        .brief = "what a key that stands twice in an object means",
        .details = "`last`: all are kept and the last one counts. `error`: the record goes to the "
                   "dead letters.",
    },
    {
        .size = sizeof(sl_setting),
        .type = SL_T_CHOICE,
        .name = "surrogates",
        .fallback = "error",
        .choice = surrogate_choice,
        .brief = "what an escape that is half of a surrogate pair means",
        .details = "`error`: the record goes to the dead letters. `replace`: U+FFFD stands for it.",
    },
    SL_SETTINGS_END,
};

struct sl_instance {
    const sl_host *host;
    sl_node *node;
    const sl_path *payload;
    sl_carry *carry;
    char *path_text;         /* of the setting records */
    const sl_batch *resumed; /* the batch that answered SL_AGAIN */
    uint32_t next;           /* its raw records before this one, in order, are done */
    uint32_t in_block;       /* the feed stands in the middle of that one */
    sl_json_feed feed;
};

/* The choice of setting NAME is TEXT. */
static int chosen(const sl_host *host, const sl_config *cfg, const char *name, const char *text)
{
    return !strcmp(host->get_text(cfg, name), text);
}

/* What the graph allows, or FALLBACK with a host that does not say. */
static uint64_t limit(const sl_instance *self, uint32_t which, uint64_t fallback)
{
    uint64_t v = SL_HAS(self->host, limit) ? self->host->limit(self->node, which) : 0;

    return v ? v : fallback;
}

/* Read the settings into the feed. */
static sl_status configure(sl_instance *self, const sl_config *cfg)
{
    const sl_host *host = self->host;
    const char *records = host->get_text(cfg, "records");
    sl_json_feed *f = &self->feed;
    sl_status status;
    uint32_t at = 0;

    f->max_record = limit(self, SL_LIMIT_RECORD, RECORD_BYTES);
    f->w.max_depth = (uint32_t)limit(self, SL_LIMIT_DEPTH, DEPTH);
    if (f->w.max_depth > DEPTH_MOST)
        f->w.max_depth = DEPTH_MOST;
    f->w.replace = (uint32_t)chosen(host, cfg, "surrogates", "replace");
    f->w.unique = (uint32_t)chosen(host, cfg, "duplicate_keys", "error");
    f->documents =
        chosen(host, cfg, "documents", "many") ? SL_JSON_DOCUMENTS_MANY : SL_JSON_DOCUMENTS_AUTO;
    if (!*records)
        return SL_OK;
    status = sl_json_records_parse(f, records, &self->path_text, &at);
    if (status == SL_E_CONFIG)
        host->fail_at(self->node, "records", at, 0, "json.records.path",
                      "the path to the records must be names with dots between them and [] at the "
                      "end, as in data.items[]");
    return status;
}

static void json_destroy(sl_instance *self)
{
    if (!self)
        return;
    sl_json_walk_fini(&self->feed.w);
    sl_json_index_free(self->feed.index);
    sl_carry_free(self->carry);
    self->host->release(self->path_text);
    self->host->release(self);
}

static sl_status json_create(const sl_host *host, sl_node *node, const sl_config *cfg,
                             sl_instance **out)
{
    sl_instance *self = host->alloc(node, sizeof *self);
    sl_status status;

    if (!self)
        return SL_E_NOMEM;
    memset(self, 0, sizeof *self);
    self->host = host;
    self->node = node;
    self->feed.host = host;
    self->feed.node = node;
    self->feed.w.host = host;
    self->payload = host->rows->path(node, 0, "payload");
    self->carry = sl_carry_new(host, node, sizeof(sl_json_state));
    self->feed.index = sl_json_index_new(BLOCK_BYTES);
    status = self->payload && self->carry && self->feed.index ? configure(self, cfg) : SL_E_NOMEM;
    if (status != SL_OK) {
        json_destroy(self);
        return status;
    }
    *out = self;
    return SL_OK;
}

static sl_status json_open(sl_instance *self, sl_call *call)
{
    const sl_paths *paths = self->host->extension(self->node, "sluice.paths/1");
    sl_json_walk *w = &self->feed.w;
    sl_json_walk kept = *w;
    sl_ptree *tree = paths ? paths->tree(self->node, 0) : NULL;

    (void)call;
    if (paths && !tree)
        return SL_E_NOMEM; /* without one, those behind would find none of their fields */
    sl_json_walk_init(w, self->host, self->node, paths, tree);
    w->max_depth = kept.max_depth;
    w->replace = kept.replace;
    w->unique = kept.unique;
    return SL_OK;
}

/* The payload of raw record ROW; false when it has none. */
static int get_payload(const sl_instance *self, const sl_batch *batch, uint32_t row, sl_val *out)
{
    return sl_batch_get(batch, row, self->payload, out) &&
           (out->type == SL_V_BIN || out->type == SL_V_STR);
}

/* A message: a payload that stands for itself. */
static sl_status do_message(sl_instance *self, sl_batch *batch, uint32_t row, const sl_val *payload)
{
    sl_json_feed *f = &self->feed;

    if (!self->in_block) {
        memset(&f->state, 0, sizeof f->state);
        sl_json_feed_begin(f, batch, row, payload->ptr, payload->n, 0, 1, 1);
    }
    return sl_json_feed_run(f);
}

/* A block of a file. */
static sl_status do_block(sl_instance *self, sl_batch *batch, uint32_t row, const sl_val *payload,
                          int last)
{
    sl_json_feed *f = &self->feed;
    const uint8_t *block = NULL;
    uint64_t len = 0;
    uint64_t before = 0;
    sl_json_state *state = sl_carry_extra(self->carry, batch->split);
    sl_status status;

    if (!state)
        return SL_E_NOMEM;
    if (!self->in_block) {
        status = sl_carry_join(self->carry, batch->split, payload->ptr, payload->n, &block, &len,
                               &before);
        if (status != SL_OK)
            return status;
        f->state = *state;
        sl_json_feed_begin(f, batch, row, block, len, before, last, 0);
    }
    status = sl_json_feed_run(f);
    if (status == SL_OK)
        status = sl_json_feed_flush(f, last);
    if (status == SL_AGAIN)
        return status;
    if (status != SL_OK) /* so that another try finds the same rest */
        return sl_carry_keep(self->carry, batch->split, f->block, f->before) == SL_OK ? status
                                                                                      : SL_E_FATAL;
    *state = f->state;
    if (last) {
        sl_carry_end(self->carry, batch->split);
        return SL_OK;
    }
    return sl_carry_keep(self->carry, batch->split, f->block + f->pos, f->len - f->pos);
}

/* One raw record; LAST: the last one of its split. */
static sl_status do_row(sl_instance *self, sl_batch *batch, uint32_t row, int last)
{
    uint16_t bad = (uint16_t)row;
    sl_val payload;

    if (!get_payload(self, batch, row, &payload)) {
        self->host->reject(self->node, batch, &bad, 1, sl_json_faults[SL_JSON_PAYLOAD].code,
                           sl_json_faults[SL_JSON_PAYLOAD].text);
        self->feed.progressed = 1;
        return SL_OK;
    }
    if (batch->flags & SL_BATCH_WHOLE)
        return do_message(self, batch, row, &payload);
    return do_block(self, batch, row, &payload, last);
}

/* The batch ends with STATUS. What has gone out can't be taken back: then only the last checkpoint
 * helps, not another try. */
static sl_status failed(sl_instance *self, sl_status status)
{
    sl_json_feed *f = &self->feed;

    if (f->b)
        f->host->rows->discard(f->b);
    f->b = NULL;
    return status == SL_E_NOMEM && f->progressed ? SL_E_FATAL : status;
}

static sl_status json_process(sl_instance *self, sl_call *call, uint32_t port, sl_batch *batch)
{
    sl_json_feed *f = &self->feed;
    int last = (batch->flags & SL_BATCH_LAST) != 0;
    uint32_t done = 0;
    sl_status status;

    (void)call;
    (void)port;
    if (self->resumed != batch) {
        self->next = 0;
        self->in_block = 0;
        f->progressed = 0;
    }
    self->resumed = NULL;
    SL_EACH (row, batch) {
        if (done++ < self->next)
            continue;
        status = do_row(self, batch, row, last && done == batch->nsel);
        if (status == SL_AGAIN) {
            self->resumed = batch;
            self->next = done - 1;
            self->in_block = 1;
            return status;
        }
        if (status != SL_OK)
            return failed(self, status);
        self->in_block = 0;
    }
    sl_json_index_trim(f->index, KEEP_BYTES);
    status = sl_json_feed_flush(f, last);
    return status == SL_OK ? status : failed(self, status);
}

static sl_status json_snapshot(sl_instance *self, uint64_t checkpoint, void **state, uint64_t *len)
{
    (void)checkpoint;
    return sl_carry_snapshot(self->carry, state, len);
}

static sl_status json_restore(sl_instance *self, const void *state, uint64_t len)
{
    return sl_carry_restore(self->carry, state, len);
}

static const sl_transform_ops ops = {
    .size = sizeof ops,
    .process = json_process,
};

const sl_class sl_json_decoder = {
    .size = sizeof sl_json_decoder,
    .flags = SL_P_PARALLEL | SL_P_ORDERED | SL_P_PURE,
    .kind = SL_CLASS_DECODER,
    .id = "json",
    .brief = "reads JSON: lines, documents, arrays of records",
    .details = "Every top-level value becomes a record; a top-level array is a list of records, "
               "and a value that is no object becomes `{\"value\": …}`. Documents may stand on "
               "lines, follow each other or span lines. Numbers keep every digit. What is not "
               "JSON goes to the dead letters, byte for byte, and nothing else with it.",
    .settings = settings,
    .ops = &ops,
    .create = json_create,
    .open = json_open,
    .destroy = json_destroy,
    .snapshot = json_snapshot,
    .restore = json_restore,
};
