/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/lines/syslog.c - lines of syslog: RFC 5424, RFC 3164 and what daemons write to files.
 *
 *   <34>1 2026-01-31T12:00:00.5Z host app 123 ID47 [id name="value"] message
 *   <34>Jan 31 12:00:00 host app[123]: message
 *   2026-01-31T12:00:00.5+00:00 host app[123]: message
 *
 * Each line tells by itself what it is. The old form has neither year nor zone: the zone is UTC,
 * the year that in which the line arrived, or the one before when the line would else come from
 * the future. facility and severity are the numbers of the RFC; pid is a number when it looks so.
 */
#include "plugins/lines/priv.h"

#include <sluice/text.h>

#define DAY_US 86400000000

enum { K_FACILITY, K_SEVERITY, K_TIME, K_HOST, K_APP, K_PID, K_MSGID, K_STRUCTURED, K_MESSAGE };

static const char *const keys[] = {"facility", "severity", "time",       "host",    "app",
                                   "pid",      "msgid",    "structured", "message", NULL};

typedef struct reader {
    sl_instance *self;
    const uint8_t *p;
    uint64_t n;
    uint64_t at;
} reader;

/* The text up to the next blank or the end of the line; goes past one blank. */
static sl_bytes word(reader *r)
{
    const uint8_t *from = r->p + r->at;
    const uint8_t *end = memchr(from, ' ', r->n - r->at);
    sl_bytes out = {from, end ? (uint64_t)(end - from) : r->n - r->at};

    r->at += out.len + (end != NULL);
    return out;
}

static void put(sl_instance *self, uint32_t key, const sl_bytes *text)
{
    if (text->len == 1 && *text->ptr == '-')
        sl_row_put_nil(&self->feed.w, self->key[key]);
    else if (text->len)
        sl_row_put_str(&self->feed.w, self->key[key], text->ptr, text->len);
}

static void put_pid(sl_instance *self, const sl_bytes *text)
{
    int64_t pid;

    if (sl_lines_number(text->ptr, text->len, &pid))
        sl_row_put_i64(&self->feed.w, self->key[K_PID], pid);
    else
        put(self, K_PID, text);
}

static void put_message(reader *r)
{
    sl_bytes text = {r->p + r->at, r->n - r->at};

    if (text.len >= 3 && !memcmp(text.ptr, "\xef\xbb\xbf", 3)) {
        text.ptr += 3;
        text.len -= 3;
    }
    sl_row_put_str(&r->self->feed.w, r->self->key[K_MESSAGE], text.ptr, text.len);
}

/* <PRI> at the start. False when it is malformed; a line without one is fine. */
static int priority(reader *r)
{
    sl_writer *w = &r->self->feed.w;
    const uint8_t *end;
    int64_t v;

    if (r->p[0] != '<')
        return 1;
    end = memchr(r->p, '>', r->n < 6 ? r->n : 6);
    if (!end || !sl_lines_number(r->p + 1, (uint64_t)(end - r->p - 1), &v) || v > 191)
        return 0;
    sl_row_put_i64(w, r->self->key[K_FACILITY], v >> 3);
    sl_row_put_i64(w, r->self->key[K_SEVERITY], v & 7);
    r->at = (uint64_t)(end - r->p) + 1;
    return 1;
}

/* ---- RFC 5424 ---- */

/* The value between quotes at R->at, without its escapes. False when it is not closed. */
static int param_value(reader *r)
{
    const uint8_t *from = r->p + r->at;
    uint64_t end = sl_lines_quote_end(from, r->n - r->at);
    uint64_t len = end - 1;
    uint64_t to = 0;

    if (end == r->n - r->at || !sl_lines_room(r->self, &r->self->plain, len + 1))
        return 0;
    for (uint64_t i = 1; i <= len; i++) {
        if (from[i] == '\\' && i < len && strchr("\"\\]", from[i + 1]) && from[i + 1])
            i++;
        r->self->plain.ptr[to++] = from[i];
    }
    sl_row_put_str(&r->self->feed.w, NULL, r->self->plain.ptr, to);
    r->at += end + 1;
    return 1;
}

/* name="value" pairs up to the bracket. */
static int params(reader *r, sl_feed_scope *scope)
{
    while (r->at < r->n && r->p[r->at] == ' ') {
        const uint8_t *from = r->p + ++r->at;
        const uint8_t *end = memchr(from, '=', r->n - r->at);

        if (!end || end == from || end + 1 >= r->p + r->n || end[1] != '"' ||
            end - from > UINT16_MAX)
            return 0;
        (void)sl_feed_key(&r->self->feed, scope, from, (uint64_t)(end - from), SL_KIND_STR);
        r->at += (uint64_t)(end - from) + 1;
        if (!param_value(r))
            return 0;
    }
    if (r->at == r->n || r->p[r->at] != ']')
        return 0;
    r->at++;
    return 1;
}

/* [id name="value" ...][...] as a map of maps. */
static int structured(reader *r)
{
    sl_instance *self = r->self;
    sl_writer *w = &self->feed.w;
    sl_feed_scope scope = {.paths = self->paths, .tree = self->tree};
    const uint8_t *name = (const uint8_t *)keys[K_STRUCTURED];
    int ok = 1;

    scope.parent = self->paths->child(self->tree, self->paths->root(self->tree), NULL, name,
                                      strlen(keys[K_STRUCTURED]));
    sl_row_map(w, self->key[K_STRUCTURED]);
    while (ok && w->status == SL_OK && r->at < r->n && r->p[r->at] == '[') {
        sl_feed_scope inner = {.paths = self->paths, .tree = self->tree};
        const uint8_t *from = r->p + r->at + 1;
        uint64_t len = 0;

        while (from + len < r->p + r->n && from[len] != ' ' && from[len] != ']')
            len++;
        if (!len || from + len >= r->p + r->n || len > UINT16_MAX)
            return 0;
        inner.parent = sl_feed_key(&self->feed, &scope, from, len, SL_KIND_MAP);
        sl_row_map(w, NULL);
        r->at += len + 1;
        ok = params(r, &inner);
        sl_row_close(w);
    }
    sl_row_close(w);
    return ok && (r->at == r->n || r->p[r->at++] == ' ');
}

static uint32_t line_5424(reader *r)
{
    sl_instance *self = r->self;
    sl_bytes text;
    int64_t us;
    int zone;

    r->at += 2;
    text = word(r);
    if (text.len == 1 && *text.ptr == '-')
        sl_row_put_nil(&self->feed.w, self->key[K_TIME]);
    else if (sl_time_parse((const char *)text.ptr, text.len, &us, &zone))
        sl_row_put_time(&self->feed.w, self->key[K_TIME], us);
    else
        return sl_lines_misfit(self, (uint64_t)(text.ptr - r->p), "a time is expected");
    text = word(r);
    put(self, K_HOST, &text);
    text = word(r);
    put(self, K_APP, &text);
    text = word(r);
    put_pid(self, &text);
    text = word(r);
    if (!text.len)
        return sl_lines_misfit(self, r->at, "host, app, process and message id are expected");
    put(self, K_MSGID, &text);
    if (r->at < r->n && r->p[r->at] == '[') {
        if (!structured(r))
            return sl_lines_misfit(self, r->at, "structured data is expected: [id name=\"value\"]");
    } else {
        text = word(r);
        if (text.len != 1 || *text.ptr != '-')
            return sl_lines_misfit(self, (uint64_t)(text.ptr - r->p),
                                   "structured data or - is expected");
    }
    if (r->at < r->n)
        put_message(r);
    return SL_FEED_ROW;
}

/* ---- RFC 3164 ---- */

/* "Jan 31 12:00:00" or ISO 8601. Goes past the blank behind it. */
static int old_time(reader *r, int64_t *us)
{
    const char *from = (const char *)r->p + r->at;
    uint64_t left = r->n - r->at;
    int64_t now = r->self->feed.seen_us;
    int year = sl_cast_year(now);
    sl_bytes text;
    int zone;

    if (left > 15 && from[15] == ' ' && sl_time_scan(from, 15, "%b %e %H:%M:%S", year, us, &zone)) {
        if (now > 0 && now<INT64_MAX && * us> now + DAY_US &&
            !sl_time_scan(from, 15, "%b %e %H:%M:%S", year - 1, us, &zone))
            return 0;
        r->at += 16;
        return 1;
    }
    text = word(r);
    return sl_time_parse((const char *)text.ptr, text.len, us, &zone);
}

/* "app[123]: " or "app: "; what is neither belongs to the message. */
static void tag(reader *r)
{
    const uint8_t *from = r->p + r->at;
    uint64_t left = r->n - r->at;
    sl_bytes app = {from, 0};
    sl_bytes pid = {from, 0};
    uint64_t end;

    while (app.len < left && app.len < 128 && !strchr(" []:", from[app.len]))
        app.len++;
    end = app.len;
    if (end < left && from[end] == '[') {
        const uint8_t *close = memchr(from + end, ']', left - end);

        if (!close)
            return;
        pid.ptr = from + end + 1;
        pid.len = (uint64_t)(close - pid.ptr);
        end = (uint64_t)(close - from) + 1;
    }
    if (!app.len || end >= left || from[end] != ':')
        return;
    put(r->self, K_APP, &app);
    put_pid(r->self, &pid);
    r->at += end + 1;
    r->at += r->at < r->n && r->p[r->at] == ' ';
}

static uint32_t line_3164(reader *r)
{
    sl_instance *self = r->self;
    uint64_t start = r->at;
    sl_bytes host;
    int64_t us;

    if (!old_time(r, &us))
        return sl_lines_misfit(self, start, "a time is expected: Jan 31 12:00:00, or ISO 8601");
    sl_row_put_time(&self->feed.w, self->key[K_TIME], us);
    host = word(r);
    if (!host.len)
        return sl_lines_misfit(self, r->at, "the name of the host is expected");
    put(self, K_HOST, &host);
    tag(r);
    put_message(r);
    return SL_FEED_ROW;
}

static uint32_t line(sl_instance *self, const uint8_t *p, uint64_t n)
{
    reader r = {.self = self, .p = p, .n = n};

    if (!sl_row_begin(&self->feed.w))
        return SL_FEED_ROW;
    if (!priority(&r))
        return sl_lines_misfit(self, 0, "a priority from <0> to <191> is expected");
    if (r.at && n - r.at >= 2 && p[r.at] == '1' && p[r.at + 1] == ' ')
        return line_5424(&r);
    return line_3164(&r);
}

const sl_lines_format sl_lines_syslog = {"syslog", keys, NULL, line};
