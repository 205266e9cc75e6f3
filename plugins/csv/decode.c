/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/csv/decode.c - decoder "csv": comma separated text (RFC 4180) to records.
 *
 * The feed hands over the bytes record by record; the cells of a record are found first, then
 * written with the keys of the split's header. The number of columns is known by then, so a row is
 * one check for room and a series of copies. A record with more or fewer cells than the header is
 * bad: nobody can tell which ones are missing.
 *
 * When a quote is never closed, only its line goes to the dead letters, and reading goes on with
 * the next line: the rest of the file would be lost otherwise.
 */
#include "plugins/csv/decode.h"
#include "plugins/lines/lib/copy.h"

#include <sluice/text.h>

/* ---- rows ---- */

static int is_null(const sl_instance *self, const uint8_t *text, uint64_t n)
{
    for (uint32_t i = 0; i < self->null_count; i++) {
        if (self->nulls[i].len == n && !memcmp(self->nulls[i].ptr, text, n))
            return 1;
    }
    return 0;
}

/* The content of CELL of the record P, which has escapes or is Latin 1, as plain UTF-8. NULL when
 * memory is short. */
static const uint8_t *content(sl_instance *self, const uint8_t *p, const sl_csv_cell *cell,
                              uint64_t *n)
{
    const uint8_t *text = p + cell->at;
    uint64_t room = 3 * (uint64_t)cell->len;

    *n = cell->len;
    if (room > self->plain_cap) {
        void *plain = self->host->resize(self->node, self->plain, room + SL_COPY_OVER);

        if (!plain) {
            self->feed.w.status = SL_E_NOMEM;
            return NULL;
        }
        self->plain = plain;
        self->plain_cap = room;
    }
    if (!self->plain)
        return text; /* an empty cell */
    if (!self->is_latin1) {
        *n = sl_csv_unescape(&self->scanner, p, cell, self->plain);
        return self->plain;
    }
    if (cell->flags & SL_CSV_ESCAPED) {
        text = self->plain + 2 * (uint64_t)cell->len;
        *n = sl_csv_unescape(&self->scanner, p, cell, self->plain + 2 * (uint64_t)cell->len);
    }
    *n = (uint64_t)(sl_feed_recode(self->plain, text, *n) - self->plain);
    return self->plain;
}

/* The value of a column that is no text, encoded at TO. Gives its end; NULL when the text is not of
 * that type. */
static uint8_t *put_cast(sl_instance *self, const sl_csv_column *column, const uint8_t *text,
                         uint64_t n, uint8_t *to)
{
    sl_val v = {.type = SL_V_STR, .n = n, .ptr = text};
    uint8_t buf[SL_CAST_ROOM];
    const uint8_t *from;
    uint64_t len;

    if (!n) {
        *to = 0xc0;
        return to + 1;
    }
    if (!sl_cast_apply(&self->days, column->cast, &v, buf, &from, &len))
        return NULL;
    memcpy(to, from, len);
    return to + len;
}

static inline uint8_t *put_text(uint8_t *to, const uint8_t *text, uint64_t n)
{
    to = sl_enc_str_head(to, n);
    sl_copy_over(to, text, n);
    return to + n;
}

static uint32_t kind_of(uint8_t first)
{
    return first == 0xc0 ? SL_KIND_NIL : SL_KIND_STR;
}

/* The cell I of the record P under its column's key. False when it is not of its type. */
static int put_cell(sl_instance *self, const sl_csv_header *h, uint32_t i, const uint8_t *p)
{
    const sl_csv_column *column = &h->column[i];
    const sl_csv_cell *cell = &self->scanner.cell[i];
    sl_builder *b = self->feed.b;
    uint8_t *to = b->cur;
    uint8_t *value;
    uint64_t n = cell->len;
    const uint8_t *text = p + cell->at;

    if (self->is_latin1 || (cell->flags & SL_CSV_ESCAPED)) {
        text = content(self, p, cell, &n);
        if (!text)
            return 1;
    }
    sl_copy_over(to, column->key, column->key_len);
    value = to + column->key_len;
    if (!(cell->flags & SL_CSV_QUOTED) && self->null_count && is_null(self, text, n)) {
        *value = 0xc0;
        to = value + 1;
    } else if (column->cast) {
        to = put_cast(self, column, text, n, value);
        if (!to)
            return 0;
    } else {
        to = put_text(value, text, n);
    }
    if (column->node) {
        column->node->seen++;
        column->node->kinds |= column->cast ? 0 : kind_of(*value);
    }
    if (b->slot && column->node && column->node->slot < b->nslot)
        b->slot[(size_t)b->nrec * b->stride + column->node->slot] = (uint32_t)(value - b->body);
    else
        self->feed.all = 0;
    b->cur = to;
    return 1;
}

static uint32_t put_row(sl_instance *self, const sl_csv_header *h, const uint8_t *p, uint64_t len)
{
    sl_feed *feed = &self->feed;
    sl_builder *b = feed->b;
    uint64_t room = 2 * len + h->key_bytes + (uint64_t)h->columns * 8 +
                    (self->casts ? (uint64_t)h->columns * SL_CAST_ROOM : 0) + 8 + SL_COPY_OVER;

    if ((b->nrec == b->cap || (uint64_t)(b->end - b->cur) < room) && feed->w.status == SL_OK)
        feed->w.status = feed->host->rows->grow(b, room);
    if (feed->w.status != SL_OK)
        return SL_FEED_ROW;
    feed->w.depth = 0;
    if (h->columns < 16) {
        *b->cur++ = (uint8_t)(0x80 | h->columns);
    } else {
        *b->cur = 0xde;
        sl_set16(b->cur + 1, (uint16_t)h->columns);
        b->cur += 3;
    }
    for (uint32_t i = 0; i < h->columns; i++) {
        if (!put_cell(self, h, i, p)) {
            (void)sl_feed_refuse(feed, "csv.type", "a value is not of its column's type",
                                 self->scanner.cell[i].at + 1u);
            feed->bad.field = h->column[i].name;
            return SL_FEED_BAD;
        }
    }
    return SL_FEED_ROW;
}

/* ---- records ---- */

/* The scan found the record malformed. */
static uint32_t refuse(sl_instance *self, uint32_t got, const uint8_t *p, uint64_t n, int is_last)
{
    const uint8_t *end = memchr(p, '\n', n);
    uint64_t column = self->scanner.column + 1;

    self->feed.used = end ? (uint64_t)(end - p) + 1 : n;
    if (got == SL_CSV_NOMEM) {
        self->feed.w.status = SL_E_NOMEM;
        return SL_FEED_NONE;
    }
    if (!end && !is_last)
        return SL_FEED_MORE;
    if (got == SL_CSV_OPEN)
        return sl_feed_refuse(&self->feed, "csv.quote", "the quote that opens here is never closed",
                              column);
    if (got == SL_CSV_BEHIND)
        return sl_feed_refuse(&self->feed, "csv.quote",
                              "a delimiter is expected behind the closing quote; a quote in the "
                              "text itself is doubled",
                              column);
    return sl_feed_refuse(&self->feed, "csv.fields", "a record has at most 65535 fields", column);
}

/* Where the number of the header in force is kept: with the split, or for this message. */
static uint32_t *header_number(sl_instance *self, const uint8_t *p)
{
    sl_feed *feed = &self->feed;

    if (feed->extra)
        return feed->extra;
    if (p == feed->block || (p == feed->block + 3 && *feed->block == 0xef))
        self->whole = 0;
    return &self->whole;
}

/* The record P (LEN bytes) is the first one: take its header. Gives SL_FEED_NONE when it was only
 * that, SL_FEED_ROW when it is data. */
static uint32_t begin(sl_instance *self, const uint8_t *p, uint64_t len, uint32_t *number)
{
    sl_csv_header *h;

    if (self->has_header && !self->givens)
        h = sl_csv_header_of(self, p, len);
    else
        h = sl_csv_header_made(self, self->givens ? self->givens : self->scanner.cells);
    if (!h) {
        self->feed.w.status = SL_E_NOMEM;
        return SL_FEED_NONE;
    }
    *number = h->number;
    return self->has_header ? SL_FEED_NONE : SL_FEED_ROW;
}

static uint32_t take(sl_instance *self, sl_feed *feed, const uint8_t *p, uint64_t n, int is_last)
{
    uint32_t *number = header_number(self, p);
    sl_csv_header *h;
    uint64_t len;
    uint32_t got;

    if (*p == '\n' || (*p == '\r' && (n > 1 ? p[1] == '\n' : is_last))) {
        feed->used = *p == '\n' || n == 1 ? 1 : 2;
        return SL_FEED_NONE;
    }
    got = sl_csv_scan(&self->scanner, p, n, is_last, &feed->used);
    if (got == SL_CSV_MORE)
        return SL_FEED_MORE;
    if (got != SL_CSV_DONE)
        return refuse(self, got, p, n, is_last);
    len = feed->used;
    if (len > feed->max_record)
        return sl_feed_refuse(feed, "record.size",
                              "the record is longer than limits: record allows", 0);
    if (!self->is_latin1 && p + len > feed->valid && sl_utf8_span(p, len) != len)
        return sl_feed_refuse(feed, "csv.utf8",
                              "the bytes are no UTF-8; is encoding: latin1 meant?",
                              sl_utf8_span(p, len) + 1);
    if (!*number && begin(self, p, len, number) == SL_FEED_NONE)
        return SL_FEED_NONE;
    h = sl_csv_header_at(self, *number);
    if (!h)
        return sl_feed_refuse(feed, "csv.header", "the header of this file is not known", 0);
    if (self->scanner.cells != h->columns) {
        (void)sl_feed_refuse(feed, "csv.fields",
                             "the record has another number of fields than the header", 0);
        feed->bad.figure = self->scanner.cells;
        feed->bad.figure2 = h->columns;
        return SL_FEED_BAD;
    }
    if (!h->is_bound) {
        sl_csv_header_bind(self, h);
        /* Paths that were learned just now get their slots: no row so far has them. */
        feed->w.status = feed->host->rows->grow(feed->b, 0);
        if (feed->w.status != SL_OK)
            return SL_FEED_NONE;
    }
    return put_row(self, h, p, len);
}

/* ---- settings ---- */

static const char *const escape_choices[] = {"quote", "backslash", NULL};
static const char *const encoding_choices[] = {"utf8", "latin1", NULL};

#define SETTING(type_, name_, ...)                                                                 \
    {                                                                                              \
        .size = sizeof(sl_setting), .type = (type_), .name = (name_), .since = "0.1.0",            \
        __VA_ARGS__                                                                                \
    }

static const sl_setting settings[] = {
    SETTING(SL_T_BOOL, "header", .fallback = "true",
            .brief = "The first line of each file names the columns",
            .details = "A name that comes twice gets a number: id, id_2; an empty one is called "
                       "by its place: column3. Without a header, columns gives the names, else "
                       "they are column1, column2 and so on. A file with a header can't be read "
                       "in ranges: leave split of the source unset."),
    SETTING(SL_T_LIST, "columns", .item = SL_T_STRING,
            .brief = "Names of the columns, instead of those in the header",
            .example = "[id, name, price]"),
    SETTING(SL_T_MAP, "types", .item = SL_T_STRING, .brief = "Types of columns; others are text",
            .details = "int, float, decimal, string, bool, date, timestamp, time(FORMAT). An empty "
                       "cell of such a column is null. A value that is not of its type sends the "
                       "record to the dead letters.",
            .example = "{price: decimal, at: timestamp}"),
    SETTING(SL_T_LIST, "null", .item = SL_T_STRING, .brief = "Texts that stand for null",
            .details = "Only without quotes: with null: [\"\"] an empty cell is null, and \"\" in "
                       "quotes is empty text.",
            .example = "[\"\", NULL]"),
    SETTING(SL_T_STRING, "delimiter", .fallback = ",", .brief = "Sign between cells",
            .details = "One ASCII sign; \\t for a tab."),
    SETTING(SL_T_STRING, "quote", .fallback = "\"", .brief = "Sign around cells; empty for none"),
    SETTING(SL_T_CHOICE, "escape", .fallback = "quote", .choice = escape_choices,
            .brief = "How a quote inside of quotes is written: doubled, or behind a backslash"),
    SETTING(SL_T_CHOICE, "encoding", .fallback = "utf8", .choice = encoding_choices,
            .brief = "Encoding of the text",
            .details = "With utf8, a record with other bytes goes to the dead letters with code "
                       "csv.utf8. latin1 is recoded."),
    SL_SETTINGS_END,
};

/* Copy the N texts of the list SETTING (a map: its keys) to TEXT; bytes go to *TO. */
static void copy_texts(sl_instance *self, const sl_config *cfg, const char *setting, uint32_t n,
                       int keys, sl_bytes *text, uint8_t **to)
{
    for (uint32_t i = 0; i < n; i++) {
        const char *key = NULL;
        const sl_config *item = self->host->get_item(cfg, setting, i, &key);
        const char *from = keys ? key : self->host->get_text(item, "");
        size_t len = strlen(from);

        memcpy(*to, from, len);
        text[i] = (sl_bytes){*to, len};
        *to += len;
    }
}

static uint64_t texts_room(sl_instance *self, const sl_config *cfg, const char *setting, int keys)
{
    uint32_t n = self->host->get_count(cfg, setting);
    uint64_t room = n * sizeof(sl_bytes);

    for (uint32_t i = 0; i < n; i++) {
        const char *key = NULL;
        const sl_config *item = self->host->get_item(cfg, setting, i, &key);

        room += strlen(keys ? key : self->host->get_text(item, ""));
    }
    return room;
}

static sl_status read_texts(sl_instance *self, const sl_config *cfg)
{
    const sl_host *host = self->host;
    uint64_t room = texts_room(self, cfg, "columns", 0) + texts_room(self, cfg, "null", 0) +
                    texts_room(self, cfg, "types", 1);
    sl_bytes *text = host->alloc(self->node, room + 1);
    uint8_t *to;

    if (!text)
        return SL_E_NOMEM;
    self->texts = text;
    self->givens = host->get_count(cfg, "columns");
    self->null_count = host->get_count(cfg, "null");
    self->casts = host->get_count(cfg, "types");
    self->given = text;
    self->nulls = text + self->givens;
    self->typed = text + self->givens + self->null_count;
    to = (uint8_t *)(self->typed + self->casts);
    copy_texts(self, cfg, "columns", self->givens, 0, text, &to);
    copy_texts(self, cfg, "null", self->null_count, 0, text + self->givens, &to);
    copy_texts(self, cfg, "types", self->casts, 1, self->typed, &to);
    if (self->givens > SL_CSV_CELLS) {
        host->fail_at(self->node, "columns", 0, 0, "csv.fields",
                      "a record has at most 65535 fields");
        return SL_E_CONFIG;
    }
    return SL_OK;
}

static sl_status read_types(sl_instance *self, const sl_config *cfg)
{
    const sl_host *host = self->host;
    sl_status rc = SL_OK;

    self->cast = host->alloc(self->node, self->casts * sizeof *self->cast + 1);
    if (!self->cast)
        return SL_E_NOMEM;
    for (uint32_t i = 0; i < self->casts; i++) {
        const char *key = NULL;
        const sl_config *item = host->get_item(cfg, "types", i, &key);
        sl_cast_error err;
        char path[160] = "types.";

        if (sl_cast_read(host->get_text(item, ""), &self->cast[i], &err))
            continue;
        (void)strncat(path, key, sizeof path - 8);
        host->fail_at(self->node, path, err.at, err.len, err.code, err.text);
        rc = SL_E_CONFIG;
    }
    return rc;
}

/* The one sign that the setting holds; 0 with NONE allowed. False after a mistake was reported. */
static int read_sign(sl_instance *self, const sl_config *cfg, const char *setting, uint8_t *out)
{
    const char *text = self->host->get_text(cfg, setting);

    *out = (uint8_t)text[0];
    if (!strcmp(text, "\\t"))
        *out = '\t';
    else if (strlen(text) != 1 && (*text || setting[0] != 'q'))
        *out = 0xff;
    if (*out < 0x80 && *out != '\n' && *out != '\r')
        return 1;
    self->host->fail_at(self->node, setting, 0, 0, "csv.sign",
                        "one ASCII sign is expected here, such as , or ; or \\t");
    return 0;
}

static sl_status plan(sl_instance *self, const sl_config *cfg)
{
    const sl_host *host = self->host;
    sl_csv_scanner *s = &self->scanner;
    sl_status rc = sl_feed_init(&self->feed, host, self->node, self, take);

    s->host = host;
    s->node = self->node;
    self->feed.max_record = host->limit(self->feed.node, SL_LIMIT_RECORD);
    self->feed.payload_code = "csv.payload";
    self->has_header = host->get_int(cfg, "header") != 0;
    self->is_latin1 = !strcmp(host->get_text(cfg, "encoding"), "latin1");
    if (rc == SL_OK)
        rc = read_texts(self, cfg);
    if (rc == SL_OK)
        rc = read_types(self, cfg);
    if (rc != SL_OK)
        return rc;
    if (!read_sign(self, cfg, "delimiter", &s->delimiter) ||
        !read_sign(self, cfg, "quote", &s->quote))
        return SL_E_CONFIG;
    if (s->delimiter == s->quote) {
        host->fail_at(self->node, "quote", 0, 0, "csv.sign",
                      "quote and delimiter must be different signs");
        return SL_E_CONFIG;
    }
    s->escape = strcmp(host->get_text(cfg, "escape"), "quote") != 0 ? '\\' : s->quote;
    return SL_OK;
}

/* ---- life ---- */

static void destroy(sl_instance *self)
{
    const sl_host *host = self->host;

    sl_feed_fini(&self->feed);
    sl_csv_header_free(self);
    host->release(self->scanner.cell);
    host->release(self->plain);
    host->release(self->cast);
    host->release(self->texts);
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
    rc = plan(self, cfg);
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
    if (self->tree)
        return SL_OK;
    if (self->paths)
        return SL_E_NOMEM;
    self->host->fail(self->node, "csv.host", "the engine offers no path trees to this node");
    return SL_E_FATAL;
}

static sl_status snapshot(sl_instance *self, uint64_t checkpoint, void **state, uint64_t *len)
{
    uint64_t headers = sl_csv_header_save(self, NULL);
    void *carry = NULL;
    uint64_t carry_len = 0;
    sl_status rc = sl_carry_snapshot(self->feed.carry, &carry, &carry_len);
    uint8_t *out;

    (void)checkpoint;
    if (rc != SL_OK)
        return rc;
    out = self->host->alloc(self->node, headers + carry_len + 1);
    if (!out) {
        self->host->release(carry);
        return SL_E_NOMEM;
    }
    (void)sl_csv_header_save(self, out);
    if (carry_len)
        memcpy(out + headers, carry, carry_len);
    self->host->release(carry);
    *state = out;
    *len = headers + carry_len;
    return SL_OK;
}

static sl_status restore(sl_instance *self, const void *state, uint64_t len)
{
    uint64_t used;
    sl_status rc = sl_csv_header_load(self, state, len, &used);

    if (rc != SL_OK)
        return rc;
    return sl_carry_restore(self->feed.carry, (const uint8_t *)state + used, len - used);
}

static sl_status process(sl_instance *self, sl_call *call, uint32_t port, sl_batch *batch)
{
    (void)call;
    (void)port;
    self->days.year = sl_cast_year(batch->arrived_us);
    return sl_feed_process(&self->feed, batch);
}

static const sl_transform_ops ops = {
    .size = sizeof ops,
    .process = process,
};

const sl_class sl_csv_decoder = {
    .size = sizeof sl_csv_decoder,
    .flags = SL_P_PARALLEL | SL_P_ORDERED,
    .kind = SL_CLASS_DECODER,
    .id = "csv",
    .brief = "Comma separated text (RFC 4180)",
    .settings = settings,
    .ops = &ops,
    .create = create,
    .open = open_it,
    .destroy = destroy,
    .snapshot = snapshot,
    .restore = restore,
};
