/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/generate/generate.c - the source `generate`: tables, life cycle, pace.
 *
 * Made-up click events (click.c) without any input. Row i of split s depends on seed, s and i only,
 * so a run can be repeated, and resumed after an offset (the number of the row that comes next).
 * With a rate, the rows that are due at a moment are given together; a timer wakes the source when
 * the next one is due. What was held up for over a second is not caught up with.
 */
#include "click.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define WAIT_LEAST_S 0.01 /* rows that are due within that time are given together */
#define WAIT_MOST_S  60.0

static const char *const forms[] = {"records", "json", NULL};

static const sl_setting settings[] = {
    {.size = sizeof(sl_setting),
     .type = SL_T_INT,
     .name = "rows",
     .min = "0",
     .fallback = "0",
     .brief = "rows to make in all; 0: no end",
     .example = "100000"},
    {.size = sizeof(sl_setting),
     .type = SL_T_FLOAT,
     .name = "rate",
     .unit = "rows/s",
     .min = "0",
     .fallback = "0",
     .brief = "rows a second over all splits; 0: as fast as they are taken"},
    {.size = sizeof(sl_setting),
     .type = SL_T_INT,
     .name = "seed",
     .fallback = "1",
     .brief = "the same seed gives the same rows"},
    {.size = sizeof(sl_setting),
     .type = SL_T_INT,
     .name = "users",
     .min = "1",
     .max = "15000000",
     .fallback = "1000000",
     .brief = "how many users there are"},
    {.size = sizeof(sl_setting),
     .type = SL_T_INT,
     .name = "splits",
     .min = "1",
     .max = "1024",
     .fallback = "1",
     .brief = "how many sequences side by side, for several lanes"},
    {.size = sizeof(sl_setting),
     .type = SL_T_STRING,
     .name = "start",
     .fallback = "2026-01-01T00:00:00Z",
     .brief = "event time of the first row"},
    {.size = sizeof(sl_setting),
     .type = SL_T_DURATION,
     .name = "step",
     .fallback = "1ms",
     .min = "1us",
     .brief = "event time between two rows"},
    {.size = sizeof(sl_setting),
     .type = SL_T_CHOICE,
     .name = "as",
     .choice = forms,
     .fallback = "records",
     .brief = "records, or raw records that hold a line of JSON each"},
    SL_SETTINGS_END,
};

typedef struct split {
    struct split *next;
    uint32_t number;
    uint32_t index;
    uint64_t row; /* the next one */
    uint64_t end;
    double due; /* rows that the pace allows, with the fraction; paced only */
    int64_t paced_ns;
} split;

struct sl_instance {
    const sl_host *host;
    sl_node *node;
    sl_click model;
    int as_json;
    uint64_t rows;
    uint32_t nsplit;
    double rate; /* of one split, rows per second */
    sl_event *timer;
    split *splits;
    split *turn;
    uint32_t held; /* splits in the list */
};

/* How many rows split INDEX makes of ROWS. */
static uint64_t share(uint64_t rows, uint32_t index, uint32_t nsplit)
{
    return rows ? rows / nsplit + (index < rows % nsplit ? 1 : 0) : UINT64_MAX;
}

static sl_status create(const sl_host *host, sl_node *node, const sl_config *cfg, sl_instance **out)
{
    sl_instance *self = host->alloc(node, sizeof *self);
    const char *start = host->get_text(cfg, "start");
    int zone;

    if (!self)
        return SL_E_NOMEM;
    memset(self, 0, sizeof *self);
    self->host = host;
    self->node = node;
    self->rows = (uint64_t)host->get_int(cfg, "rows");
    self->nsplit = (uint32_t)host->get_int(cfg, "splits");
    self->rate = host->get_float(cfg, "rate") / self->nsplit;
    self->as_json = !strcmp(host->get_text(cfg, "as"), "json");
    self->model.seed = (uint64_t)host->get_int(cfg, "seed");
    self->model.users = (uint64_t)host->get_int(cfg, "users");
    self->model.step_us = host->get_int(cfg, "step") / 1000;
    *out = self;
    if (!sl_time_parse(start, strlen(start), &self->model.start_us, &zone)) {
        host->fail_at(node, "start", 0, 0, "config.setting.value",
                      "not a time; write it like 2026-01-31T12:00:00Z");
        return SL_E_CONFIG;
    }
    sl_click_init(&self->model);
    if (!self->as_json)
        return sl_click_keys(&self->model, host, node) ? SL_OK : SL_E_NOMEM;
    self->model.payload = host->rows->key(node, 0, "payload");
    return self->model.payload ? SL_OK : SL_E_NOMEM;
}

static sl_status open_source(sl_instance *self, sl_call *call)
{
    char name[32];

    (void)call;
    for (uint32_t i = 0; i < self->nsplit; i++) {
        (void)snprintf(name, sizeof name, "generate-%" PRIu32, i);
        (void)self->host->split(self->node, name, 0);
    }
    return SL_OK;
}

static void close_source(sl_instance *self)
{
    self->host->unwatch(self->timer);
    self->timer = NULL;
    self->turn = NULL;
    self->held = 0;
    while (self->splits) {
        split *s = self->splits;

        self->splits = s->next;
        self->host->release(s);
    }
}

static void destroy(sl_instance *self)
{
    if (!self)
        return;
    close_source(self);
    self->host->release(self);
}

static sl_status assign(sl_instance *self, uint32_t number, const char *name, sl_bytes offset)
{
    split *s = self->host->alloc(self->node, sizeof *s);

    if (!s)
        return SL_E_NOMEM;
    *s = (split){.next = self->splits, .number = number};
    s->index = (uint32_t)strtoul(name + strlen("generate-"), NULL, 10);
    s->end = share(self->rows, s->index, self->nsplit);
    s->row = offset.len == 8 ? sl_get64(offset.ptr) : 0;
    if (s->row > s->end) /* rows: was lowered since */
        s->row = s->end;
    s->paced_ns = self->host->now(self->node);
    self->splits = s;
    self->held++;
    return SL_OK;
}

static void give_back(sl_instance *self, uint32_t number)
{
    for (split **at = &self->splits; *at; at = &(*at)->next) {
        split *s = *at;

        if (s->number != number)
            continue;
        *at = s->next;
        self->held--;
        self->turn = NULL;
        self->host->release(s);
        return;
    }
}

static void due(sl_instance *self, void *arg)
{
    (void)arg;
    self->host->unwatch(self->timer);
    self->timer = NULL;
    self->host->wake(self->node);
}

/* How many rows of S the pace allows now, at most WANT. */
static uint64_t paced(sl_instance *self, split *s, uint64_t want)
{
    int64_t now = self->host->now(self->node);

    if (self->rate <= 0)
        return want;
    s->due += (double)(now - s->paced_ns) * self->rate / 1e9;
    s->paced_ns = now;
    if (s->due > self->rate + 1) /* what was held up for over a second is not caught up with */
        s->due = self->rate + 1;
    return s->due < (double)want ? (uint64_t)s->due : want;
}

/* Write up to N rows of S from its next one on, about BYTES in all. Gives their number. */
static uint64_t fill_rows(sl_instance *self, const split *s, sl_builder *b, uint64_t n,
                          uint64_t bytes)
{
    sl_writer w;
    uint64_t i;

    sl_writer_init(&w, self->host->rows, b);
    for (i = 0; i < n && (uint64_t)(b->cur - b->body) < bytes; i++) {
        uint64_t id = (s->row + i) * self->nsplit + s->index;

        if (!sl_row_begin(&w))
            break;
        if (self->as_json)
            sl_click_json(&self->model, &w, id);
        else
            sl_click_row(&self->model, &w, id);
        if (sl_row_end(&w, 0) != SL_OK)
            break; /* the rows before it are whole */
    }
    return i;
}

/* S moves on only when the batch is made. */
static sl_status make(sl_instance *self, split *s, uint64_t n, uint64_t bytes, sl_batch **out)
{
    const sl_rows *rows = self->host->rows;
    sl_builder *b = rows->build(self->node, 0, NULL);
    uint8_t offset[2][8];
    uint64_t made;

    if (!b)
        return SL_E_NOMEM;
    made = fill_rows(self, s, b, n, bytes);
    sl_set64(offset[0], s->row + 1);
    sl_set64(offset[1], s->row + made);
    b->flags = self->as_json ? SL_BATCH_WHOLE : SL_BATCH_ALL;
    if (s->row + made == s->end)
        b->flags |= SL_BATCH_LAST;
    if (!made || rows->origin(b, s->number, (sl_bytes){offset[0], 8}, (sl_bytes){offset[1], 8},
                              NULL) != SL_OK) {
        rows->discard(b);
        return SL_E_NOMEM;
    }
    *out = rows->finish(b);
    if (!*out)
        return SL_E_NOMEM;
    s->row += made;
    s->due -= (double)made;
    return SL_OK;
}

/* Wait until the first split has a row due. */
static sl_status wait_due(sl_instance *self)
{
    double first_s = WAIT_MOST_S;

    for (const split *s = self->splits; s; s = s->next) {
        double left_s = s->row < s->end ? (1 - s->due) / self->rate : WAIT_MOST_S;

        if (left_s < first_s)
            first_s = left_s;
    }
    if (first_s < WAIT_LEAST_S)
        first_s = WAIT_LEAST_S;
    if (!self->timer)
        self->timer = self->host->timer(self->node, (int64_t)(first_s * 1e9) + 1, 0, due, NULL);
    return self->timer ? SL_WAIT : SL_E_NOMEM;
}

static sl_status next(sl_instance *self, uint32_t rows, uint64_t bytes, sl_batch **out)
{
    int waits = 0;

    for (uint32_t i = 0; i < self->held; i++) {
        split *s = self->turn ? self->turn : self->splits;
        uint64_t left = s->end - s->row;
        uint64_t n = left ? paced(self, s, left < rows ? left : rows) : 0;

        self->turn = s->next;
        if (n)
            return make(self, s, n, bytes, out);
        waits |= left != 0;
    }
    return waits ? wait_due(self) : SL_END;
}

static const sl_source_ops ops = {
    .size = sizeof(sl_source_ops), .assign = assign, .revoke = give_back, .next = next};

static const sl_class generate_source = {
    .size = sizeof(sl_class),
    .flags = SL_P_PARALLEL | SL_P_PURE,
    .kind = SL_CLASS_SOURCE,
    .id = "generate",
    .brief = "makes up click events, the same ones for the same seed",
    .details = "About 700 bytes of JSON each: impressions, clicks, installs and purchases of users "
               "that follow a power law, with nested, sparse and multilingual fields.",
    .settings = settings,
    .ops = &ops,
    .create = create,
    .open = open_source,
    .close = close_source,
    .destroy = destroy,
};

SL_PLUGIN("generate", &generate_source);
