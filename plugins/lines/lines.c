/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/lines/lines.c - decoder "lines": text, one record a line.
 *
 * Cuts blocks at LF or CRLF, checks or recodes the text, and hands each line to a format: plain
 * text, the access logs of web servers, logfmt, syslog, or the user's own pattern. Empty lines are
 * skipped; they are no records, so nothing counts them.
 */
#include "plugins/lines/priv.h"

#include <sluice/text.h>

static const char *const format_choices[] = {"text",   "combined", "common",
                                             "logfmt", "syslog",   NULL};
static const char *const encoding_choices[] = {"utf8", "latin1", NULL};

#define SETTING(type_, name_, ...)                                                                 \
    {                                                                                              \
        .size = sizeof(sl_setting), .type = (type_), .name = (name_), .since = "0.1.0",            \
        __VA_ARGS__                                                                                \
    }

static const sl_setting settings[] = {
    SETTING(SL_T_CHOICE, "format", .fallback = "text", .choice = format_choices,
            .brief = "What the lines look like",
            .details = "text: the field line holds the whole line. combined, common: access logs "
                       "of web servers. logfmt: key=value pairs. syslog: RFC 5424 and RFC 3164, "
                       "recognised line by line."),
    SETTING(SL_T_STRING, "pattern", .brief = "Form of the lines, instead of format",
            .details = "Literal text with fields in braces: {name} takes the text up to what "
                       "follows, {name:int} and {name:float} a number (a lone - is null), "
                       "{name:time(FORMAT)} a time, {name:quoted} a text in double quotes, "
                       "{name:rest} all that is left, {:skip} is left out. {{ and }} are braces. "
                       "A line that does not fit goes to the dead letters.",
            .example = "{ip} - {user} [{time:time(%d/%b/%Y:%H:%M:%S %z)}] {request:quoted} "
                       "{status:int}"),
    SETTING(SL_T_CHOICE, "encoding", .fallback = "utf8", .choice = encoding_choices,
            .brief = "Encoding of the text",
            .details = "With utf8, a line with other bytes goes to the dead letters with code "
                       "lines.utf8. latin1 is recoded."),
    SL_SETTINGS_END,
};

/* ---- shared by the formats ---- */

int sl_lines_room(sl_instance *self, sl_lines_buffer *buffer, uint64_t n)
{
    uint8_t *ptr;

    if (n <= buffer->cap)
        return 1;
    ptr = self->host->resize(self->node, buffer->ptr, n + n / 2 + 256);
    if (!ptr) {
        self->feed.w.status = SL_E_NOMEM;
        return 0;
    }
    buffer->ptr = ptr;
    buffer->cap = n + n / 2 + 256;
    return 1;
}

uint64_t sl_lines_quote_end(const uint8_t *p, uint64_t n)
{
    const uint8_t *quote = n ? memchr(p + 1, '"', n - 1) : NULL;
    uint64_t i = 1;

    if (!quote)
        return n;
    if (!memchr(p, '\\', (uint64_t)(quote - p)))
        return (uint64_t)(quote - p);
    while (i < n && p[i] != '"')
        i += p[i] == '\\' && i + 1 < n ? 2 : 1;
    return i < n ? i : n;
}

const uint8_t *sl_lines_unescape(sl_instance *self, const uint8_t *p, uint64_t *n)
{
    uint64_t len = 0;
    uint8_t *to;

    if (!memchr(p, '\\', *n))
        return p;
    if (!sl_lines_room(self, &self->plain, *n))
        return NULL;
    to = self->plain.ptr;
    for (uint64_t i = 0; i < *n; i++) {
        if (p[i] == '\\' && i + 1 < *n && (p[i + 1] == '"' || p[i + 1] == '\\'))
            i++;
        to[len++] = p[i];
    }
    *n = len;
    return to;
}

/* ---- text ---- */

static uint32_t text_line(sl_instance *self, const uint8_t *p, uint64_t n)
{
    sl_writer *w = &self->feed.w;

    if (sl_row_begin(w))
        sl_row_put_str(w, self->key[0], p, n);
    return SL_FEED_ROW;
}

static const char *const text_keys[] = {"line", NULL};
static const sl_lines_format text_format = {"text", text_keys, NULL, text_line};

/* ---- lines ---- */

/* The line P as UTF-8 instead of Latin 1. NULL when memory is short. */
static const uint8_t *recode(sl_instance *self, const uint8_t *p, uint64_t *n)
{
    if (!sl_lines_room(self, &self->recoded, *n * 2))
        return NULL;
    *n = (uint64_t)(sl_feed_recode(self->recoded.ptr, p, *n) - self->recoded.ptr);
    return self->recoded.ptr;
}

/* Has every key a slot in the batch that begins? */
static void check_slots(sl_instance *self)
{
    for (uint32_t i = 0; i < self->keys; i++) {
        if (self->key[i]->slot >= self->feed.b->nslot)
            self->feed.all = 0;
    }
}

static uint32_t take(sl_instance *self, sl_feed *feed, const uint8_t *p, uint64_t n, int is_last)
{
    const uint8_t *end = memchr(p, '\n', n);

    if (!end && !is_last)
        return SL_FEED_MORE;
    if (end)
        n = (uint64_t)(end - p);
    feed->used = end ? n + 1 : n;
    n -= n && p[n - 1] == '\r';
    if (!n)
        return SL_FEED_NONE;
    if (n > feed->max_record)
        return sl_feed_refuse(feed, "record.size", "the line is longer than limits: record allows",
                              0);
    if (!feed->b->nrec)
        check_slots(self);
    if (self->is_latin1) {
        p = recode(self, p, &n);
        if (!p)
            return SL_FEED_NONE; /* the feed sees the writer's failure */
    } else if (p + n > feed->valid) {
        uint64_t valid = sl_utf8_span(p, n);

        if (valid != n)
            return sl_feed_refuse(feed, "lines.utf8",
                                  "the bytes are no UTF-8; is encoding: latin1 meant?", valid + 1);
    }
    return self->format->line(self, p, n);
}

/* ---- life ---- */

static const sl_lines_format *const formats[] = {
    &text_format, &sl_lines_combined, &sl_lines_common, &sl_lines_logfmt, &sl_lines_syslog,
};

static void destroy(sl_instance *self)
{
    const sl_host *host = self->host;

    sl_feed_fini(&self->feed);
    host->release(self->recoded.ptr);
    host->release(self->plain.ptr);
    host->release(self->part);
    host->release(self->pattern);
    host->release(self);
}

static sl_status plan(sl_instance *self, const sl_config *cfg)
{
    const sl_host *host = self->host;
    const char *format = host->get_text(cfg, "format");
    sl_status rc = sl_feed_init(&self->feed, host, self->node, self, take);
    sl_cast_error err;

    if (rc != SL_OK)
        return rc;
    self->feed.max_record = host->limit(self->feed.node, SL_LIMIT_RECORD);
    self->feed.payload_code = "lines.payload";
    self->is_latin1 = !strcmp(host->get_text(cfg, "encoding"), "latin1");
    (void)sl_cast_read("time(%d/%b/%Y:%H:%M:%S %z)", &self->clock, &err); /* a good literal */
    if (*host->get_text(cfg, "pattern"))
        self->format = &sl_lines_pattern;
    for (uint32_t i = 0; !self->format && i < sizeof formats / sizeof *formats; i++) {
        if (!strcmp(formats[i]->name, format))
            self->format = formats[i];
    }
    if (!self->format)
        return SL_E_CONFIG;
    if (self->format == &sl_lines_pattern && strcmp(format, "text") != 0) {
        host->fail_at(self->node, "pattern", 0, 0, "lines.pattern.format",
                      "format and pattern both say what the lines look like; leave one out");
        return SL_E_CONFIG;
    }
    for (const char *const *name = self->format->keys; name && *name; name++) {
        self->key[self->keys] = host->rows->key(self->node, 0, *name);
        if (!self->key[self->keys++])
            return SL_E_NOMEM;
    }
    return self->format->create ? self->format->create(self, cfg) : SL_OK;
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
    self->host->fail(self->node, "lines.host", "the engine offers no path trees to this node");
    return SL_E_FATAL;
}

static sl_status snapshot(sl_instance *self, uint64_t checkpoint, void **state, uint64_t *len)
{
    (void)checkpoint;
    return sl_carry_snapshot(self->feed.carry, state, len);
}

static sl_status restore(sl_instance *self, const void *state, uint64_t len)
{
    return sl_carry_restore(self->feed.carry, state, len);
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

static const sl_class decoder = {
    .size = sizeof decoder,
    .flags = SL_P_PARALLEL | SL_P_ORDERED,
    .kind = SL_CLASS_DECODER,
    .id = "lines",
    .brief = "Text lines: access logs, logfmt, syslog or an own pattern",
    .settings = settings,
    .ops = &ops,
    .create = create,
    .open = open_it,
    .destroy = destroy,
    .snapshot = snapshot,
    .restore = restore,
};

SL_PLUGIN("lines", &decoder);
