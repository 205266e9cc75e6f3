/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/lines/access.c - access logs of web servers: the forms "common" and "combined".
 *
 *   ip ident user [31/Jan/2026:12:00:00 +0000] "GET /path HTTP/1.1" 200 1234 "referrer" "agent"
 *
 * A line is read into places first and written when all of it fits. In quotes, \" and \\ stand for
 * the sign itself; other escapes stay as they are written. A lone - is null. A request that is not
 * method, path and protocol goes into the field request as it is.
 */
#include "plugins/lines/priv.h"

enum {
    K_IP,
    K_IDENT,
    K_USER,
    K_TIME,
    K_METHOD,
    K_PATH,
    K_PROTOCOL,
    K_REQUEST,
    K_STATUS,
    K_BYTES,
    K_REFERRER,
    K_AGENT,
};

static const char *const keys[] = {"ip",       "ident",    "user",    "time",   "method",
                                   "path",     "protocol", "request", "status", "bytes",
                                   "referrer", "agent",    NULL};

/* A line in the reading. */
typedef struct reader {
    sl_instance *self;
    const uint8_t *p;
    uint64_t n;
    uint64_t at;
    sl_bytes ip;
    sl_bytes ident;
    sl_bytes user;
    sl_bytes request;
    sl_bytes referrer;
    sl_bytes agent;
    int64_t time_us;
    int64_t status;
    int64_t bytes;
} reader;

/* The text up to the next blank, which it goes past. False when there is none. */
static int word(reader *r, sl_bytes *out)
{
    const uint8_t *end = memchr(r->p + r->at, ' ', r->n - r->at);

    out->ptr = r->p + r->at;
    out->len = end ? (uint64_t)(end - out->ptr) : 0;
    if (!out->len)
        return 0;
    r->at += out->len + 1;
    return 1;
}

/* The user's name, in which blanks may be: up to the bracket of the time. */
static int user(reader *r)
{
    const uint8_t *from = r->p + r->at;
    const uint8_t *end = memmem(from, r->n - r->at, " [", 2);

    if (!end || end == from)
        return 0;
    r->user.ptr = from;
    r->user.len = (uint64_t)(end - from);
    r->at += r->user.len + 2;
    return 1;
}

/* Two digits at P; sets BAD when they are none. */
static int64_t two(const uint8_t *p, uint32_t *bad)
{
    uint32_t a = (uint32_t)p[0] - '0';
    uint32_t b = (uint32_t)p[1] - '0';

    *bad |= (a > 9) | (b > 9);
    return (int64_t)(a * 10 + b);
}

/* 31/Jan/2026:12:00:00 +0000, of which the day is mostly that of the line before. False: it may be
 * a time all the same. */
static int quick_time(sl_instance *self, const uint8_t *p, uint64_t n, int64_t *us)
{
    uint32_t bad = 0;
    int64_t hour;
    int64_t minute;
    int64_t second;
    int64_t zone;

    if (n != 26 || p[11] != ':' || p[14] != ':' || p[17] != ':' || p[20] != ' ' ||
        (p[21] != '+' && p[21] != '-'))
        return 0;
    if (memcmp(self->day, p, 11) != 0) {
        uint8_t midnight[26];

        memcpy(midnight, p, 11);
        memcpy(midnight + 11, ":00:00:00 +0000", 15);
        if (!sl_cast_scan(&self->days, &self->clock, midnight, 26, &self->day_us))
            return 0;
        memcpy(self->day, p, 11);
    }
    hour = two(p + 12, &bad);
    minute = two(p + 15, &bad);
    second = two(p + 18, &bad);
    zone = two(p + 22, &bad) * 60 + two(p + 24, &bad);
    if (bad || hour > 23 || minute > 59 || second > 59 || zone > 14 * 60)
        return 0;
    if (p[21] == '+')
        zone = -zone;
    *us = self->day_us + ((hour * 60 + minute + zone) * 60 + second) * 1000000;
    return 1;
}

static int clock_time(reader *r)
{
    sl_instance *self = r->self;
    const uint8_t *from = r->p + r->at;
    const uint8_t *end = memchr(from, ']', r->n - r->at);
    uint64_t n = end ? (uint64_t)(end - from) : 0;

    if (!end || (!quick_time(self, from, n, &r->time_us) &&
                 !sl_cast_scan(&self->days, &self->clock, from, n, &r->time_us)))
        return 0;
    r->at += n + 1;
    return 1;
}

/* One blank, then a text in quotes that a blank or the end of the line follows. */
static int quoted(reader *r, sl_bytes *out)
{
    const uint8_t *from = r->p + r->at;
    uint64_t left = r->n - r->at;
    uint64_t end;

    if (left < 2 || from[0] != ' ' || from[1] != '"')
        return 0;
    end = sl_lines_quote_end(from + 1, left - 1) + 1;
    if (end >= left)
        return 0;
    out->ptr = from + 2;
    out->len = end - 2;
    r->at += end + 1;
    return 1;
}

/* One blank, then a number; - gives -1. */
static int number(reader *r, int64_t *out)
{
    const uint8_t *from = r->p + r->at + 1;
    const uint8_t *end;
    uint64_t n;

    if (r->n - r->at < 2 || r->p[r->at] != ' ')
        return 0;
    n = r->n - r->at - 1;
    end = memchr(from, ' ', n);
    if (end)
        n = (uint64_t)(end - from);
    if (n == 1 && *from == '-')
        *out = -1;
    else if (!sl_lines_number(from, n, out))
        return 0;
    r->at += n + 1;
    return 1;
}

static void put_text(sl_instance *self, uint32_t key, const sl_bytes *text)
{
    sl_writer *w = &self->feed.w;
    uint64_t n = text->len;
    const uint8_t *p;

    if (n == 1 && *text->ptr == '-') {
        sl_row_put_nil(w, self->key[key]);
        return;
    }
    p = sl_lines_unescape(self, text->ptr, &n);
    if (p)
        sl_row_put_str(w, self->key[key], p, n);
}

static void put_number(sl_instance *self, uint32_t key, int64_t v)
{
    if (v < 0)
        sl_row_put_nil(&self->feed.w, self->key[key]);
    else
        sl_row_put_i64(&self->feed.w, self->key[key], v);
}

/* "GET /path HTTP/1.1" as three fields; false when it is not so. */
static int put_request(sl_instance *self, const sl_bytes *text)
{
    const uint8_t *p = text->ptr;
    const uint8_t *first = memchr(p, ' ', text->len);
    const uint8_t *last = memrchr(p, ' ', text->len);
    sl_bytes method;
    sl_bytes path;
    sl_bytes protocol;

    if (!first || last == first || first == p)
        return 0;
    for (const uint8_t *c = p; c < first; c++) {
        if (*c < '-' || *c > 'z')
            return 0;
    }
    method = (sl_bytes){p, (uint64_t)(first - p)};
    path = (sl_bytes){first + 1, (uint64_t)(last - first - 1)};
    protocol = (sl_bytes){last + 1, (uint64_t)(p + text->len - last - 1)};
    if (protocol.len < 6 || memcmp(protocol.ptr, "HTTP/", 5) != 0)
        return 0;
    put_text(self, K_METHOD, &method);
    put_text(self, K_PATH, &path);
    put_text(self, K_PROTOCOL, &protocol);
    return 1;
}

static uint32_t put_row(reader *r, int is_combined)
{
    sl_instance *self = r->self;
    sl_writer *w = &self->feed.w;

    if (!sl_row_begin(w))
        return SL_FEED_ROW;
    put_text(self, K_IP, &r->ip);
    put_text(self, K_IDENT, &r->ident);
    put_text(self, K_USER, &r->user);
    sl_row_put_time(w, self->key[K_TIME], r->time_us);
    if (!put_request(self, &r->request))
        put_text(self, K_REQUEST, &r->request);
    put_number(self, K_STATUS, r->status);
    put_number(self, K_BYTES, r->bytes);
    if (is_combined) {
        put_text(self, K_REFERRER, &r->referrer);
        put_text(self, K_AGENT, &r->agent);
    }
    return SL_FEED_ROW;
}

static uint32_t line(sl_instance *self, const uint8_t *p, uint64_t n, int is_combined)
{
    reader r = {.self = self, .p = p, .n = n};

    if (!word(&r, &r.ip) || !word(&r, &r.ident))
        return sl_lines_misfit(self, r.at, "a word and a blank are expected: ip, ident");
    if (!user(&r))
        return sl_lines_misfit(self, r.at, "a user and the time in brackets are expected");
    if (!clock_time(&r))
        return sl_lines_misfit(self, r.at, "a time is expected: 31/Jan/2026:12:00:00 +0000");
    if (!quoted(&r, &r.request))
        return sl_lines_misfit(self, r.at, "the request in quotes is expected");
    if (!number(&r, &r.status))
        return sl_lines_misfit(self, r.at, "the status, a number, is expected");
    if (!number(&r, &r.bytes))
        return sl_lines_misfit(self, r.at, "the number of bytes, or -, is expected");
    if (is_combined && (!quoted(&r, &r.referrer) || !quoted(&r, &r.agent)))
        return sl_lines_misfit(self, r.at, "a text in quotes is expected: referrer, agent");
    if (r.at != n)
        return sl_lines_misfit(self, r.at, "the end of the line is expected");
    return put_row(&r, is_combined);
}

static uint32_t combined_line(sl_instance *self, const uint8_t *p, uint64_t n)
{
    return line(self, p, n, 1);
}

static uint32_t common_line(sl_instance *self, const uint8_t *p, uint64_t n)
{
    return line(self, p, n, 0);
}

const sl_lines_format sl_lines_combined = {"combined", keys, NULL, combined_line};
const sl_lines_format sl_lines_common = {"common", keys, NULL, common_line};
