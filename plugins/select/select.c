/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/select/select.c - transform "select": choose, rename, type and flatten fields, no SQL.
 *
 * Per batch: where gives the rows that stay. When nothing else is asked for they go on without a
 * copy. Else new rows are written, through slots for the columns of keep (row.c), by walking the
 * records otherwise (walk.c). A row is written whole or, when a cast fails, not at all.
 *
 * Rejected rows are gathered until the batch they would have been in has been passed on, so that a
 * call that runs out of memory can be made again from there without rejecting a row twice.
 */
#include "plugins/select/priv.h"

#include <stdarg.h>
#include <stdio.h>

#define ROWS_MAX     65535u
#define BODY_CLOSE   1048576u
#define BODY_EXPLODE 262144u
#define ROWS_EXPLODE 8192u

static const char *const on_error_choices[] = {"dead", "null", NULL};
static const char *const empty_choices[] = {"keep", "drop", NULL};

#define SETTING(type_, name_, ...)                                                                 \
    {                                                                                              \
        .size = sizeof(sl_setting), .type = (type_), .name = (name_), .since = "0.1.0",            \
        __VA_ARGS__                                                                                \
    }

static const sl_setting settings[] = {
    SETTING(SL_T_STRING, "where", .brief = "Condition that a record must fulfil to go on",
            .details = "Comparisons of a field with a value (= != < <= > >=, in, like, is null), "
                       "joined by and, or, not and parentheses. Text is written in single "
                       "quotes. A field that is missing, null or of another type fulfils no "
                       "comparison; such records are left out.",
            .example = "event_type = 'click' and user.id > 0"),
    SETTING(SL_T_STRING, "explode", .brief = "Array of which each element gives a row",
            .details = "The element takes the array's place in the row, so that the fields of an "
                       "element are reached as items.sku. A value that is no array counts as its "
                       "only element. A record with more than 32768 elements goes to the dead "
                       "letters.",
            .example = "items"),
    SETTING(SL_T_STRING, "explode_as", .brief = "Name that the element gets instead of the array's",
            .example = "item"),
    SETTING(SL_T_CHOICE, "explode_empty", .fallback = "keep", .choice = empty_choices,
            .brief = "What becomes of a record whose array is empty or missing",
            .details = "keep: one row without element; drop: no row."),
    SETTING(SL_T_LIST, "keep", .item = SL_T_STRING, .brief = "Fields that go on, in this order",
            .details = "Each is a path, or a path as a name: user.id as user_id. Without a name "
                       "the last key is the name. Without keep all fields go on.",
            .example = "[event_id, user.id as user_id]"),
    SETTING(SL_T_LIST, "drop", .item = SL_T_STRING, .brief = "Fields that are left out",
            .example = "[user.email, debug]"),
    SETTING(SL_T_MAP, "rename", .item = SL_T_STRING, .brief = "New names of fields, by path",
            .details = "The field stays where it is; only its key changes.",
            .example = "{user.id: uid}"),
    SETTING(SL_T_MAP, "types", .item = SL_T_STRING, .brief = "Types of fields, by path",
            .details = "int, float, decimal, string, bool, date, timestamp (ISO 8601 text), "
                       "timestamp(s|ms|us|ns) for numbers, time(FORMAT) for other text. With "
                       "keep, a field may be given by its new name too.",
            .example = "{event_time: timestamp, creative: string}"),
    SETTING(SL_T_CHOICE, "on_error", .fallback = "dead", .choice = on_error_choices,
            .brief = "What becomes of a value that its type can't hold",
            .details = "dead: the record goes to the dead letters with code select.cast; null: the "
                       "value becomes null."),
    SETTING(SL_T_BOOL, "flatten", .fallback = "false",
            .brief = "Turn nested records into fields of the record itself",
            .details = "{user: {id: 1}} becomes {user_id: 1}. Arrays stay as they are; an empty "
                       "nested record vanishes."),
    SETTING(SL_T_STRING, "flatten_separator", .fallback = "_",
            .brief = "Text between the joined names"),
    SETTING(SL_T_INT, "flatten_depth", .fallback = "0", .min = "0", .max = "255",
            .brief = "Levels that are flattened; 0 for all"),
    SL_SETTINGS_END,
};

/* ---- memory and messages ---- */

void *sl_sel_alloc(sl_instance *self, uint64_t bytes)
{
    sl_sel_block *block = self->host->alloc(self->node, sizeof *block + bytes);

    if (!block)
        return NULL;
    block->next = self->memory;
    self->memory = block;
    memset(block + 1, 0, bytes);
    return block + 1;
}

sl_status sl_sel_fail(sl_instance *self, const sl_sel_where *where, const char *code,
                      const char *fmt, ...)
{
    char text[512];
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    self->failed = 1;
    self->host->fail_at(self->node, where->setting, where->at, where->len, code, text);
    return SL_E_CONFIG;
}

/* A few words for V, as messages show it. */
static void describe(const sl_val *v, char out[96])
{
    static const char *const names[] = {
        [SL_V_ABSENT] = "nothing", [SL_V_NIL] = "null",     [SL_V_BOOL] = "a bool",
        [SL_V_BIN] = "bytes",      [SL_V_ARRAY] = "a list", [SL_V_MAP] = "a nested record",
    };
    uint32_t n = v->n > 60 ? 60 : (uint32_t)v->n;

    switch (v->type) {
    case SL_V_INT:
        (void)snprintf(out, 96, "%lld", (long long)v->i);
        break;
    case SL_V_UINT:
        (void)snprintf(out, 96, "%llu", (unsigned long long)v->u);
        break;
    case SL_V_FLOAT:
        (void)snprintf(out, 96, "%.17g", v->f);
        break;
    case SL_V_EXT:
        (void)snprintf(out, 96, "%s",
                       v->ext == SL_EXT_DECIMAL || v->ext == SL_EXT_NUMBER ? "a decimal number"
                       : v->ext == SL_EXT_UUID                             ? "a UUID"
                                                                           : "a date or time");
        break;
    case SL_V_STR:
        while (n < v->n && n && (v->ptr[n] & 0xc0) == 0x80)
            n--;
        (void)snprintf(out, 96, "“%.*s%s”", (int)n, (const char *)v->ptr, n < v->n ? "…" : "");
        break;
    default:
        (void)snprintf(out, 96, "%s", names[v->type]);
        break;
    }
}

static void reject(sl_instance *self, sl_batch *batch, const sl_sel_bad *bad)
{
    uint16_t row = (uint16_t)bad->row;
    char why[512];
    char value[96];

    if (bad->cast) {
        describe(&bad->val, value);
        (void)snprintf(why, sizeof why, "the field %s holds %s, which can't be turned into %s",
                       bad->field, value, bad->cast->text);
    } else if (!strcmp(bad->code, "select.explode.size")) {
        (void)snprintf(why, sizeof why, "the array %s has more than %u elements", bad->field,
                       SL_SEL_ELEMENTS);
    } else {
        (void)snprintf(why, sizeof why, "a name joined by flatten is longer than 65535 bytes");
    }
    self->host->reject(self->node, batch, &row, 1, bad->code, why);
}

/* ---- one row ---- */

/* Put the builder back to ROW rows. */
static void roll_back(sl_builder *b, uint32_t row)
{
    uint32_t end = b->nrec < b->cap ? b->nrec + 1 : b->cap;

    if (b->slot)
        memset(b->slot + (size_t)row * b->stride, 0,
               (size_t)(end - row) * b->stride * sizeof *b->slot);
    b->nrec = row;
    b->cur = b->body + b->rec[row];
}

/* Write one row of the builder. */
static sl_status write_row(sl_sel_row *r)
{
    sl_instance *self = r->self;
    sl_builder *b = r->b;
    uint32_t bytes = r->batch->rec[r->row + 1] - r->batch->rec[r->row];
    uint32_t is_wide = bytes > UINT16_MAX;
    uint32_t head;

    if (b->nrec == b->cap) {
        r->status = self->host->rows->grow(b, 256);
        if (r->status != SL_OK)
            return r->status;
    }
    sl_sel_row_point(r);
    r->count = 0;
    r->last = NULL;
    if (!sl_sel_room(r, 5))
        return r->status;
    head = (uint32_t)(b->cur - b->body);
    *b->cur = is_wide ? 0xdf : 0xde;
    b->cur += is_wide ? 5 : 3;
    if (self->columns)
        (void)sl_sel_write_columns(r);
    else
        (void)sl_sel_write_record(r);
    if (r->status != SL_OK)
        return r->status;
    if (is_wide)
        sl_set32(b->body + head + 1, r->count);
    else
        sl_set16(b->body + head + 1, (uint16_t)r->count);
    if (b->from)
        b->from[b->nrec] = (uint16_t)r->row;
    b->rec[++b->nrec] = (uint32_t)(b->cur - b->body);
    return SL_OK;
}

/* Write the rows that one record explodes into; EMPTY counts those without any. */
static sl_status write_elements(sl_sel_row *r, uint32_t *empty)
{
    static const uint8_t nil[SL_SEL_PAD] = {0xc0}; /* copies read too far */
    const sl_instance *self = r->self;
    sl_val value;
    sl_val element = {.type = SL_V_NIL, .raw = nil};
    sl_cur cur;

    r->element = NULL;
    if (!sl_batch_get(r->batch, r->row, self->exploded, &value) || value.type == SL_V_NIL ||
        (value.type == SL_V_ARRAY && !value.n)) {
        *empty += self->drop_empty;
        r->element = value.raw ? &element : NULL;
        return self->drop_empty ? SL_OK : write_row(r);
    }
    r->element = &element;
    if (value.type != SL_V_ARRAY) {
        element = value;
        return write_row(r);
    }
    if (value.n > SL_SEL_ELEMENTS) {
        sl_sel_row_fail(r, "select.explode.size", self->explode->text, NULL, &value);
        return r->status;
    }
    sl_cur_enter(&cur, &value);
    while (r->status == SL_OK && sl_cur_next(&cur, NULL, &element))
        (void)write_row(r);
    return r->status;
}

/* ---- one batch ---- */

/* What one batch that is made has in it. */
typedef struct chunk {
    uint32_t next; /* the row of the list that follows */
    uint32_t empty;
    uint32_t all;
    sl_status status;
} chunk;

static int is_full(const sl_instance *self, const sl_builder *b)
{
    uint64_t bytes = (uint64_t)(b->cur - b->body);

    if (self->explode)
        return bytes >= BODY_EXPLODE || b->nrec >= ROWS_EXPLODE;
    return bytes >= BODY_CLOSE || b->nrec >= ROWS_MAX;
}

/* Write rows from place C->next of ROWS on, until enough for a batch or until memory is short. */
static void fill(sl_instance *self, sl_builder *b, sl_batch *batch, const uint16_t *rows,
                 uint32_t n, chunk *c)
{
    sl_sel_row r = {.self = self, .b = b, .batch = batch, .all = 1};

    while (c->next < n && self->bads < SL_SEL_BAD && !is_full(self, b)) {
        uint32_t before = b->nrec;

        r.row = rows ? rows[c->next] : c->next;
        (void)(self->explode ? write_elements(&r, &c->empty) : write_row(&r));
        if (r.status != SL_OK) {
            roll_back(b, before);
            if (r.status != SL_E_DATA) {
                c->status = r.status;
                break;
            }
            self->bad[self->bads++] = r.bad;
            r.status = SL_OK;
        }
        c->next++;
    }
    c->all = r.all;
}

/* Make and pass on one batch from place self->done of ROWS on. */
static sl_status pass_chunk(sl_instance *self, sl_batch *batch, const uint16_t *rows, uint32_t n)
{
    const sl_rows *rt = self->host->rows;
    sl_builder *b = rt->build(self->node, 0, batch);
    chunk c = {.next = self->done};
    sl_status rc = SL_OK;
    sl_batch *out;

    if (!b)
        return SL_E_NOMEM;
    self->bads = 0;
    fill(self, b, batch, rows, n, &c);
    if (c.next == self->done) {
        rt->discard(b);
        return c.status;
    }
    if (b->nrec) {
        b->flags |= c.all && b->slot ? SL_BATCH_ALL : 0;
        out = rt->finish(b);
        if (!out)
            return SL_E_NOMEM;
        rc = self->host->emit(self->node, 0, out);
    } else {
        rt->discard(b);
    }
    for (uint32_t i = 0; i < self->bads; i++)
        reject(self, batch, &self->bad[i]);
    self->host->count(self->node, c.next - self->done - self->bads - c.empty, c.empty);
    self->done = c.next;
    return rc < 0 ? rc : c.status;
}

/* The rows that fulfil where, into self->rows. */
static uint32_t filter(sl_instance *self, const sl_batch *batch)
{
    uint32_t n = 0;

    SL_EACH (row, batch) {
        if (sl_sel_expr_holds(self->where, batch, row))
            self->rows[n++] = (uint16_t)row;
    }
    return n;
}

static sl_status pass_rows(sl_instance *self, sl_batch *batch, uint32_t n)
{
    sl_batch *out;

    if (!n)
        return SL_OK;
    out = n == batch->nsel ? self->host->rows->ref(batch)
                           : self->host->rows->select(batch, self->rows, n);
    if (!out)
        return SL_E_NOMEM;
    return self->host->emit(self->node, 0, out);
}

static sl_status process(sl_instance *self, sl_call *call, uint32_t port, sl_batch *batch)
{
    const uint16_t *rows = batch->sel;
    uint32_t n = batch->nsel;
    uint32_t start = self->done;
    sl_status rc = SL_OK;

    (void)call;
    (void)port;
    if (self->where) {
        n = filter(self, batch);
        rows = self->rows;
    }
    self->days.year = sl_cast_year(batch->arrived_us);
    if (!self->columns && !self->root && !self->flattens) {
        rc = pass_rows(self, batch, n);
        if (rc >= 0)
            self->host->count(self->node, n, batch->nsel - n);
        return rc;
    }
    while (rc == SL_OK && self->done < n)
        rc = pass_chunk(self, batch, rows, n);
    if (rc == SL_E_NOMEM && self->done > start)
        return SL_AGAIN;
    if (rc != SL_E_NOMEM)
        self->done = 0;
    if (rc >= 0)
        self->host->count(self->node, 0, batch->nsel - n);
    return rc;
}

/* ---- life ---- */

static void destroy(sl_instance *self)
{
    const sl_host *host = self->host;
    sl_sel_block *block = self->memory;

    while (block) {
        sl_sel_block *next = block->next;

        host->release(block);
        block = next;
    }
    host->release(self);
}

static sl_status create(const sl_host *host, sl_node *node, const sl_config *cfg, sl_instance **out)
{
    sl_instance *self = host->alloc(node, sizeof *self);
    sl_status rc;

    if (!self)
        return SL_E_NOMEM;
    memset(self, 0, sizeof *self);
    self->host = host;
    self->node = node;
    self->paths = host->extension(node, "sluice.paths/1");
    rc = sl_sel_plan(self, cfg);
    if (rc == SL_OK && !self->columns && !self->root && !self->flattens)
        rc = host->rows->through(node, 0, 0);
    self->rows = sl_sel_alloc(self, ROWS_MAX * sizeof *self->rows);
    self->bad = sl_sel_alloc(self, SL_SEL_BAD * sizeof *self->bad);
    if (rc == SL_OK && (!self->rows || !self->bad))
        rc = SL_E_NOMEM;
    if (rc != SL_OK) {
        destroy(self);
        return rc;
    }
    *out = self;
    return SL_OK;
}

static sl_status open_it(sl_instance *self, sl_call *call)
{
    (void)call;
    self->tree = self->paths ? self->paths->tree(self->node, 0) : NULL;
    sl_sel_bind_columns(self);
    if (self->tree)
        return SL_OK;
    if (self->paths)
        return SL_E_NOMEM;
    self->host->fail(self->node, "select.host", "the engine offers no path trees to this node");
    return SL_E_FATAL;
}

static const sl_transform_ops ops = {
    .size = sizeof ops,
    .process = process,
};

static const sl_class transform = {
    .size = sizeof transform,
    .flags = SL_P_PARALLEL | SL_P_PURE,
    .kind = SL_CLASS_TRANSFORM,
    .id = "select",
    .brief = "Choose, filter, rename, type and flatten fields",
    .details = "The settings work in this order: where, explode, keep / drop / rename / types, "
               "flatten. Paths always name the record as it comes in, with the element in the "
               "place of an exploded array.",
    .settings = settings,
    .ops = &ops,
    .create = create,
    .open = open_it,
    .destroy = destroy,
};

SL_PLUGIN("select", &transform);
