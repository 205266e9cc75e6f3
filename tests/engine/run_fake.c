/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/engine/run_fake.c - the fake classes; see run_fake.h.
 *
 * Rows hold n, a number that goes up over all splits of a source, and padding when asked for. The
 * offset of a row is its place in the split, eight bytes big-endian.
 */
#include "tests/engine/run_fake.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct wait_arg wait_arg;

struct sl_instance {
    const sl_host *host;
    sl_node *node;
    fake_set *set;
    const char *name;
    const sl_path *path_n;
    /* sources */
    uint32_t split[16];
    uint32_t at[16]; /* batches given of each */
    uint32_t index[16];
    uint32_t splits;
    uint32_t turn;
    const sl_key *key_n;
    const sl_key *key_text;
    int32_t is_open;
    /* others */
    sl_batch *held;
    sl_batch *again;
    uint32_t again_at;
    uint32_t retries;
    uint32_t prepares;
    uint32_t commits;
    uint32_t out; /* calls in flight */
    wait_arg *waiting;
    void *hog; /* a list: each block begins with the pointer to the next */
    uint64_t rows;
    sl_status op_status;
};

struct wait_arg {
    wait_arg *next;
    sl_call *call;
    sl_event *event;
    sl_batch *batch;
    int32_t is_write;
};

__attribute__((format(printf, 2, 3))) static void note(sl_instance *self, const char *fmt, ...)
{
    fake_journal *j = self->set->journal;
    char text[48];
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    (void)pthread_mutex_lock(&j->lock);
    if (j->lines < FAKE_LINES)
        (void)snprintf(j->line[j->lines++], sizeof j->line[0], "%s %s", self->name, text);
    (void)pthread_mutex_unlock(&j->lock);
}

/* ---- common -------------------------------------------------------------------------------- */

static sl_status fake_create(const sl_host *host, sl_node *node, const sl_config *cfg,
                             sl_instance **out)
{
    sl_instance *self = host->alloc(node, sizeof *self);

    if (!self)
        return SL_E_NOMEM;
    memset(self, 0, sizeof *self);
    self->host = host;
    self->node = node;
    self->set = (fake_set *)(uintptr_t)cfg;
    (void)host->identity(node, NULL, &self->name);
    *out = self;
    if (node->unit->kind == SL_UNIT_SOURCE) {
        self->key_n = host->rows->key(node, 0, "n");
        self->key_text = host->rows->key(node, 0, "text");
        return self->key_n && self->key_text ? SL_OK : SL_E_NOMEM;
    }
    self->path_n = host->rows->path(node, 0, "n");
    if (!self->path_n)
        return SL_E_NOMEM;
    if (node->unit->kind == SL_UNIT_TRANSFORM) {
        for (uint32_t i = 0; i < node->unit->ins; i++) {
            if (host->rows->through(node, i, 0) != SL_OK)
                return SL_E_NOMEM;
        }
    }
    return SL_OK;
}

static sl_status fake_open(sl_instance *self, sl_call *call)
{
    (void)call;
    note(self, "open");
    if (self->set->open_status) {
        self->host->fail(self->node, "fake.open", "the fake does not open");
        return self->set->open_status;
    }
    self->is_open = 1;
    return SL_OK;
}

static sl_status fake_source_open(sl_instance *self, sl_call *call)
{
    sl_status status = fake_open(self, call);
    char name[16];

    for (uint32_t i = 0; status == SL_OK && i < self->set->splits; i++) {
        (void)snprintf(name, sizeof name, "s%u", i);
        if (!self->host->split(self->node, name, 0))
            status = SL_E_NOMEM;
    }
    return status;
}

static void hog_free(sl_instance *self)
{
    while (self->hog) {
        void *block = self->hog;
        memcpy(&self->hog, block, sizeof self->hog);
        self->host->release(block);
    }
}

static sl_status hog_more(sl_instance *self)
{
    void *block = self->set->hogs ? self->host->alloc(self->node, self->set->hogs) : NULL;

    if (!self->set->hogs)
        return SL_OK;
    if (!block)
        return SL_E_NOMEM;
    memcpy(block, &self->hog, sizeof self->hog);
    self->hog = block;
    return SL_OK;
}

static void fake_close(sl_instance *self)
{
    hog_free(self);
    note(self, "close");
    self->host->rows->unref(SL_TAKE(self->held));
    self->host->rows->unref(SL_TAKE(self->again));
}

static void fake_destroy(sl_instance *self)
{
    hog_free(self);
    while (self->waiting) { /* calls that never came to their end: a crash */
        wait_arg *w = self->waiting;
        self->waiting = w->next;
        self->host->rows->unref(w->batch);
        free(w);
    }
    self->host->rows->unref(self->held);
    self->host->rows->unref(self->again);
    self->host->release(self);
}

static sl_status give_token(sl_instance *self, void **token, uint64_t *len, const char *text)
{
    size_t n = strlen(text);

    *token = self->host->alloc(self->node, n + 1);
    if (!*token)
        return SL_E_NOMEM;
    memcpy(*token, text, n + 1);
    *len = n;
    return SL_OK;
}

static sl_status fake_prepare(sl_instance *self, sl_call *call, uint64_t checkpoint, void **token,
                              uint64_t *len)
{
    char text[32];
    const char *split;
    sl_bytes offset;
    uint32_t n = self->host->offsets(self->node, 0, &split, &offset);

    (void)call;
    note(self, "prepare %llu splits %u", (unsigned long long)checkpoint, n);
    hog_free(self);
    if (self->prepares++ == 0 && self->set->prepare_status) {
        self->host->fail(self->node, "fake.prepare", "the fake does not prepare");
        return self->set->prepare_status;
    }
    if (self->held)
        (void)self->host->emit(self->node, 0, SL_TAKE(self->held));
    if (self->set->emits_at_prepare) {
        sl_builder *b = self->host->rows->build(self->node, 0, NULL);
        sl_key key = {.text = {(const uint8_t *)"\xa1n", 2}, .slot = self->path_n->slot};
        sl_writer w;
        if (!b)
            return SL_E_NOMEM;
        sl_writer_init(&w, self->host->rows, b);
        if (sl_row_begin(&w))
            sl_row_put_i64(&w, &key, -(int64_t)checkpoint);
        (void)sl_row_end(&w, 0);
        (void)self->host->emit(self->node, 0, self->host->rows->finish(b));
    }
    (void)snprintf(text, sizeof text, "%s-%llu", self->name, (unsigned long long)checkpoint);
    return give_token(self, token, len, text);
}

static sl_status fake_snapshot(sl_instance *self, uint64_t checkpoint, void **state, uint64_t *len)
{
    note(self, "snapshot %llu", (unsigned long long)checkpoint);
    *state = self->host->alloc(self->node, sizeof self->rows);
    if (!*state)
        return SL_E_NOMEM;
    memcpy(*state, &self->rows, sizeof self->rows);
    *len = sizeof self->rows;
    return SL_OK;
}

static sl_status fake_restore(sl_instance *self, const void *state, uint64_t len)
{
    if (len != sizeof self->rows)
        return SL_E_DATA;
    memcpy(&self->rows, state, sizeof self->rows);
    note(self, "restore %llu", (unsigned long long)self->rows);
    return SL_OK;
}

static sl_status fake_commit(sl_instance *self, sl_call *call, const void *token, uint64_t len)
{
    (void)call;
    note(self, "commit %.*s", (int)len, (const char *)token);
    if (self->commits++ <= self->set->commit_fails && self->set->commit_status)
        return self->set->commit_status;
    return SL_OK;
}

static sl_status fake_abort(sl_instance *self, sl_call *call, const void *token, uint64_t len)
{
    (void)call;
    note(self, "abort %.*s", (int)len, (const char *)token);
    return self->set->abort_status;
}

/* ---- source -------------------------------------------------------------------------------- */

static sl_status fake_assign(sl_instance *self, uint32_t split, const char *name, sl_bytes offset)
{
    uint32_t i = self->splits++;

    note(self, "assign %s", name);
    self->split[i] = split;
    self->index[i] = (uint32_t)atoi(name + 1);
    self->at[i] = 0;
    if (offset.len == 8)
        self->at[i] = (uint32_t)(sl_get64(offset.ptr) / self->set->rows) + 1;
    if (self->set->only_even && self->index[i] % 2)
        self->at[i] = self->set->batches;
    return SL_OK;
}

static void fake_revoke(sl_instance *self, uint32_t split)
{
    note(self, "revoke %u", split);
    for (uint32_t i = 0; i < self->splits; i++) {
        if (self->split[i] != split)
            continue;
        self->splits--;
        self->split[i] = self->split[self->splits];
        self->at[i] = self->at[self->splits];
        self->index[i] = self->index[self->splits];
        return;
    }
}

static sl_batch *source_batch(sl_instance *self, uint32_t i)
{
    const sl_rows *rows = self->host->rows;
    const fake_set *set = self->set;
    uint64_t base = (uint64_t)self->at[i] * set->rows;
    sl_builder *b = rows->build(self->node, 0, NULL);
    uint8_t first[8];
    uint8_t last[8];
    char text[1024];
    sl_writer w;

    if (!b)
        return NULL;
    memset(text, 'x', sizeof text);
    sl_writer_init(&w, rows, b);
    for (uint32_t r = 0; r < set->rows; r++) {
        uint64_t n = ((uint64_t)self->index[i] * set->batches) * set->rows + base + r;
        if (sl_row_begin(&w)) {
            sl_row_put_u64(&w, self->key_n, n);
            if (set->text)
                sl_row_put_str(&w, self->key_text, text, set->text);
        }
        if (sl_row_end(&w, 0) != SL_OK) {
            rows->discard(b);
            return NULL;
        }
    }
    sl_set64(first, base);
    sl_set64(last, base + set->rows - 1);
    if (rows->origin(b, self->split[i], (sl_bytes){first, 8}, (sl_bytes){last, 8}, NULL) != SL_OK) {
        rows->discard(b);
        return NULL;
    }
    if (self->at[i] + 1 >= set->batches)
        b->flags |= SL_BATCH_LAST;
    return rows->finish(b);
}

static sl_status fake_next(sl_instance *self, uint32_t rows, uint64_t bytes, sl_batch **out)
{
    const fake_set *set = self->set;

    (void)rows;
    (void)bytes;
    for (uint32_t k = 0; k < self->splits; k++) {
        uint32_t i = (self->turn + k) % self->splits;
        if (self->at[i] >= set->batches)
            continue;
        if (set->fail_split && self->index[i] + 1 == set->fail_split) {
            self->at[i] = set->batches;
            self->host->split_failed(self->node, self->split[i], SL_E_DATA, "fake.split",
                                     "can't be read");
            continue;
        }
        *out = source_batch(self, i);
        if (!*out)
            return SL_E_NOMEM;
        self->at[i]++;
        self->turn = self->set->only_even ? 0 : i + 1;
        return SL_OK;
    }
    return set->is_endless ? SL_WAIT : SL_END;
}

static void fake_acknowledge(sl_instance *self, uint64_t checkpoint, uint32_t split,
                             sl_bytes offset)
{
    note(self, "ack %llu split %u at %llu", (unsigned long long)checkpoint, split,
         (unsigned long long)(offset.len == 8 ? sl_get64(offset.ptr) : 0));
}

/* ---- transforms and sinks ------------------------------------------------------------------ */

static int64_t value_of(const sl_instance *self, const sl_batch *batch, uint32_t row)
{
    sl_val v;

    return sl_batch_get(batch, row, self->path_n, &v) && v.type == SL_V_INT ? v.i : INT64_MIN;
}

static int holds_value(const sl_instance *self, const sl_batch *batch, int64_t n)
{
    SL_EACH (row, batch) {
        if (value_of(self, batch, row) == n)
            return 1;
    }
    return 0;
}

static sl_batch *make_copy(sl_instance *self, sl_batch *batch)
{
    sl_builder *b = self->host->rows->build(self->node, 0, batch);

    if (!b)
        return NULL;
    if (self->host->rows->copy(b, NULL, 0) != SL_OK) {
        self->host->rows->discard(b);
        return NULL;
    }
    return self->host->rows->finish(b);
}

/* Rejects what is to be rejected; gives the rest (a reference of its own). */
static sl_batch *sift(sl_instance *self, sl_batch *batch, uint32_t *rejected)
{
    uint16_t keep[1024];
    uint32_t n = 0;

    *rejected = 0;
    if (!self->set->reject_each)
        return self->set->copies ? make_copy(self, batch) : self->host->rows->ref(batch);
    SL_EACH (row, batch) {
        uint16_t r = (uint16_t)row;
        if (value_of(self, batch, row) % self->set->reject_each == 0) {
            self->host->reject(self->node, batch, &r, 1, "fake.reject", "it is a multiple");
            (*rejected)++;
        } else {
            keep[n++] = r;
        }
    }
    return self->host->rows->select(batch, keep, n);
}

static void on_waited(sl_instance *self, void *arg)
{
    wait_arg *w = arg;
    wait_arg **at = &self->waiting;

    while (*at != w)
        at = &(*at)->next;
    *at = w->next;
    self->host->unwatch(w->event);
    self->out--;
    if (!w->is_write)
        (void)self->host->emit(self->node, 0, w->batch);
    else
        self->host->rows->unref(w->batch);
    self->host->finish(w->call, SL_OK);
    free(w);
}

static sl_status wait_for(sl_instance *self, sl_call *call, sl_batch *batch, int is_write)
{
    fake_journal *j = self->set->journal;
    wait_arg *w = malloc(sizeof *w);

    if (!w)
        return SL_E_NOMEM;
    *w = (wait_arg){.next = self->waiting, .call = call, .batch = batch, .is_write = is_write};
    (void)self->host->rows->ref(batch);
    self->waiting = w;
    self->out++;
    (void)pthread_mutex_lock(&j->lock);
    if (self->out > j->most_out)
        j->most_out = self->out;
    (void)pthread_mutex_unlock(&j->lock);
    w->event = self->host->timer(self->node, self->set->wait_ns, 0, on_waited, w);
    return SL_WAIT;
}

/* The failures that the settings ask for; SL_OK: none. */
static sl_status misbehave(sl_instance *self, sl_batch *batch)
{
    if (self->retries < self->set->retries) {
        self->retries++;
        self->host->fail(self->node, "fake.retry", "not now");
        return SL_E_RETRY;
    }
    if (self->set->data_at && holds_value(self, batch, self->set->data_at)) {
        self->host->fail(self->node, "fake.data", "not this batch");
        return SL_E_DATA;
    }
    if (self->set->fatal_at && holds_value(self, batch, self->set->fatal_at)) {
        self->host->fail(self->node, "fake.fatal", "the fake broke");
        return SL_E_FATAL;
    }
    return SL_OK;
}

/* One piece of a batch for each call. */
static sl_status emit_piece(sl_instance *self, sl_batch *batch)
{
    uint32_t pieces = self->set->again;
    uint32_t from = batch->nsel * self->again_at / pieces;
    uint32_t to = batch->nsel * (self->again_at + 1) / pieces;
    uint16_t row[1024];
    uint32_t n = 0;
    uint32_t i = 0;

    SL_EACH (r, batch) {
        if (i >= from && i < to)
            row[n++] = (uint16_t)r;
        i++;
    }
    (void)self->host->emit(self->node, 0, self->host->rows->select(batch, row, n));
    if (++self->again_at < pieces)
        return SL_AGAIN;
    self->again_at = 0;
    self->host->count(self->node, batch->nsel, 0);
    return SL_OK;
}

static sl_status fake_process(sl_instance *self, sl_call *call, uint32_t port, sl_batch *batch)
{
    sl_status status = misbehave(self, batch);
    uint32_t rejected;
    sl_batch *out;

    (void)port;
    if (status != SL_OK)
        return status;
    if (self->set->never_ends)
        return SL_WAIT;
    if (self->set->again)
        return emit_piece(self, batch);
    self->rows += batch->nsel;
    if (self->set->waits) {
        self->host->count(self->node, batch->nsel, 0);
        return wait_for(self, call, batch, 0);
    }
    out = sift(self, batch, &rejected);
    if (!out)
        return SL_E_NOMEM;
    self->host->count(self->node, batch->nsel - rejected + (uint32_t)self->set->miscounts, 0);
    if (self->set->holds) {
        sl_batch *before = self->held;
        self->held = out;
        out = before;
        if (!out)
            return SL_OK;
    }
    return self->host->emit(self->node, 0, out);
}

static sl_status fake_write(sl_instance *self, sl_call *call, uint32_t port, sl_batch *batch)
{
    fake_journal *j = self->set->journal;
    sl_status status = misbehave(self, batch);

    (void)port;
    if (status != SL_OK)
        return status;
    if (self->set->never_ends)
        return SL_WAIT;
    status = hog_more(self);
    if (status != SL_OK)
        return status;
    self->rows += batch->nsel;
    self->host->count(self->node, batch->nsel, 0);
    (void)pthread_mutex_lock(&j->lock);
    SL_EACH (row, batch) {
        if (j->values < FAKE_VALUES)
            j->value[j->values++] = value_of(self, batch, row);
    }
    (void)pthread_mutex_unlock(&j->lock);
    return self->set->waits ? wait_for(self, call, batch, 1) : SL_OK;
}

static sl_status fake_flush(sl_instance *self, sl_call *call)
{
    (void)call;
    note(self, "flush");
    if (self->held)
        return self->host->emit(self->node, 0, SL_TAKE(self->held));
    return SL_OK;
}

/* ---- the tables ---------------------------------------------------------------------------- */

static const sl_source_ops source_ops = {.size = sizeof(sl_source_ops),
                                         .assign = fake_assign,
                                         .revoke = fake_revoke,
                                         .next = fake_next,
                                         .acknowledge = fake_acknowledge};
static const sl_transform_ops transform_ops = {
    .size = sizeof(sl_transform_ops), .process = fake_process, .flush = fake_flush};
static const sl_sink_ops sink_ops = {
    .size = sizeof(sl_sink_ops), .write = fake_write, .flush = fake_flush};
static const char *const two_ports[] = {"left", "right", NULL};

#define FAKE_CLASS(kind_, id_, flags_, ops_)                                                       \
    .size = sizeof(sl_class), .flags = (flags_), .kind = (kind_), .id = (id_), .ops = &(ops_),     \
    .create = fake_create, .open = fake_open, .close = fake_close, .destroy = fake_destroy,        \
    .snapshot = fake_snapshot, .restore = fake_restore
#define FAKE_PREPARES .prepare = fake_prepare, .commit = fake_commit, .abort = fake_abort

const sl_class fake_source = {
    .size = sizeof(sl_class),
    .kind = SL_CLASS_SOURCE,
    .id = "fake",
    .flags = SL_P_PARALLEL,
    .ops = &source_ops,
    .create = fake_create,
    .open = fake_source_open,
    .close = fake_close,
    .destroy = fake_destroy,
};
const sl_class fake_decoder = {
    FAKE_CLASS(SL_CLASS_DECODER, "fake-decoder", SL_P_PARALLEL, transform_ops)};
const sl_class fake_pass = {
    FAKE_CLASS(SL_CLASS_TRANSFORM, "fake-pass", SL_P_PARALLEL, transform_ops)};
const sl_class fake_single = {FAKE_CLASS(SL_CLASS_TRANSFORM, "fake-single", 0, transform_ops),
                              FAKE_PREPARES};
const sl_class fake_block = {
    FAKE_CLASS(SL_CLASS_TRANSFORM, "fake-block", SL_P_BLOCKING, transform_ops)};
const sl_class fake_merge = {FAKE_CLASS(SL_CLASS_TRANSFORM, "fake-merge", 0, transform_ops),
                             .in = two_ports};
const sl_class fake_sink = {FAKE_CLASS(SL_CLASS_SINK, "fake-sink", 0, sink_ops), FAKE_PREPARES};
const sl_class fake_spread = {FAKE_CLASS(SL_CLASS_SINK, "fake-spread", SL_P_PARALLEL, sink_ops),
                              FAKE_PREPARES};
