/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/file/stream.c - the expanded bytes of a file: plain, gzip or zstd, told by magic bytes.
 *
 * A gzip file may hold several members and a zstd file several frames (skippable ones too); all are
 * read as one. What ends in the middle of a member or frame is an error at that place: the bytes
 * before it were given already. A pipe is read once each time it was fed, since a second read could
 * block; then it is starved. Plain bytes go straight from the file into the caller's buffer, by
 * place, so that they can be asked for again.
 */
#include "stream.h"

#include <errno.h>
#include <stdio.h>
#include <zlib.h>
#include <zstd.h>

#define STREAM_IN 65536u

enum form { FORM_UNKNOWN, FORM_PLAIN, FORM_GZIP, FORM_ZSTD };

/* What the LEN first bytes at P say. */
static enum form form_of(const uint8_t *p, size_t len)
{
    if (len >= 3 && p[0] == 0x1f && p[1] == 0x8b && p[2] == 8)
        return FORM_GZIP;
    if (len >= 4 && p[0] == 0x28 && p[1] == 0xb5 && p[2] == 0x2f && p[3] == 0xfd)
        return FORM_ZSTD;
    if (len >= 4 && (p[0] & 0xf0) == 0x50 && p[1] == 0x2a && p[2] == 0x4d && p[3] == 0x18)
        return FORM_ZSTD; /* a skippable frame comes first */
    return FORM_PLAIN;
}

struct sl_stream {
    const sl_host *host;
    const sl_os *os;
    int32_t fd;
    enum form form;
    uint32_t flags;
    int is_pipe;
    int is_fed;
    int is_starved;
    int is_ended;  /* the file gave 0 bytes */
    int is_inside; /* in the middle of a member or frame */
    int is_broken; /* expanding can't go on */
    uint64_t max;
    uint64_t given;
    uint64_t taken;
    uint64_t place; /* of the next byte in the file */
    uint64_t at;    /* bytes of in that are used */
    uint64_t got;
    z_stream gzip;
    ZSTD_DCtx *zstd;
    const char *code;
    char why[160];
    uint8_t in[STREAM_IN];
};

int sl_stream_is_packed(const uint8_t *p, size_t len)
{
    return form_of(p, len) != FORM_PLAIN;
}

sl_stream *sl_stream_open(const sl_host *host, sl_node *node, const sl_os *os, int32_t fd,
                          uint32_t flags, uint64_t max)
{
    sl_stream *s = host->alloc(node, sizeof *s);

    if (!s) {
        if (!(flags & SL_STREAM_ORDER))
            (void)os->close(fd);
        return NULL;
    }
    memset(s, 0, offsetof(sl_stream, in));
    s->host = host;
    s->os = os;
    s->fd = fd;
    s->flags = flags;
    s->form = flags & SL_STREAM_DETECT ? FORM_UNKNOWN : FORM_PLAIN;
    s->max = max;
    s->is_pipe = os->pread(fd, s->in, 0, 0) < 0 && errno == ESPIPE;
    return s;
}

/* May the LEN bytes at P, too few to tell, be the beginning of a compressed file? */
static int may_be_packed(const uint8_t *p, uint64_t len)
{
    static const uint8_t second[][2] = {{0x1f, 0x8b}, {0x28, 0xb5}, {0x50, 0x2a}};

    for (size_t i = 0; len && len < SL_STREAM_MAGIC && i < sizeof second / sizeof *second; i++) {
        uint8_t first = second[i][0] == 0x50 ? p[0] & 0xf0 : p[0];

        if (first == second[i][0] && (len == 1 || p[1] == second[i][1]))
            return 1;
    }
    return 0;
}

/* The next bytes of the file, as they are stored. */
static int64_t take(sl_stream *s, void *buf, uint64_t len)
{
    int in_order = s->is_pipe || (s->flags & SL_STREAM_ORDER);
    int64_t n;

    s->is_starved = s->is_pipe && !s->is_fed;
    if (s->is_starved)
        return -1;
    s->is_fed = 0;
    n = in_order ? s->os->read(s->fd, buf, len) : s->os->pread(s->fd, buf, len, s->place);
    s->is_starved = n < 0 && s->is_pipe && errno == EAGAIN;
    if (n > 0) {
        s->taken += (uint64_t)n;
        s->place += (uint64_t)n;
    }
    return n;
}

void sl_stream_close(sl_stream *s)
{
    if (!s)
        return;
    if (s->form == FORM_GZIP)
        (void)inflateEnd(&s->gzip);
    (void)ZSTD_freeDCtx(s->zstd);
    if (!(s->flags & SL_STREAM_ORDER))
        (void)s->os->close(s->fd); /* read only: nothing can be lost */
    s->host->release(s);
}

static int64_t fail(sl_stream *s, const char *code, const char *what, const char *detail)
{
    if (s->is_starved)
        return SL_STREAM_STARVED;
    s->is_broken = s->form == FORM_GZIP || s->form == FORM_ZSTD;
    s->code = code;
    (void)snprintf(s->why, sizeof s->why, "%s%s%s (after %llu bytes)", what, *detail ? ": " : "",
                   detail, (unsigned long long)s->given);
    return SL_STREAM_FAILED;
}

/* Make sure that in holds something, unless the file has ended. False on failure. */
static int fill(sl_stream *s)
{
    int64_t n;

    if (s->at < s->got)
        return 1;
    n = take(s, s->in, STREAM_IN);
    if (n < 0) {
        (void)fail(s, "file.read", "reading failed", strerror(errno));
        return 0;
    }
    s->at = 0;
    s->got = (uint64_t)n;
    s->is_ended = n == 0;
    return 1;
}

static int begin_gzip(sl_stream *s)
{
    if (inflateInit2(&s->gzip, 15 + 16) != Z_OK) {
        (void)fail(s, "memory.short", "no memory to expand gzip", "");
        return 0;
    }
    s->form = FORM_GZIP;
    return 1;
}

static int begin_zstd(sl_stream *s)
{
    s->zstd = ZSTD_createDCtx();
    if (!s->zstd) {
        (void)fail(s, "memory.short", "no memory to expand zstd", "");
        return 0;
    }
    s->form = FORM_ZSTD;
    return 1;
}

/* Look at the first bytes. False on failure. */
static int detect(sl_stream *s)
{
    while (s->got < SL_STREAM_MAGIC && !s->is_ended) { /* a pipe may give them one by one */
        int64_t n = take(s, s->in + s->got, STREAM_IN - s->got);

        if (n < 0) {
            (void)fail(s, "file.read", "reading failed", strerror(errno));
            return 0;
        }
        s->is_ended = n == 0;
        s->got += (uint64_t)n;
    }
    if ((s->flags & SL_STREAM_GROWS) && (!s->got || may_be_packed(s->in, s->got))) {
        s->is_ended = 0; /* too little to tell: the rest is still to come */
        return 1;
    }
    switch (form_of(s->in, s->got)) {
    case FORM_GZIP:
        return begin_gzip(s);
    case FORM_ZSTD:
        return begin_zstd(s);
    default:
        s->form = FORM_PLAIN;
        return 1;
    }
}

static int64_t read_plain(sl_stream *s, void *buf, uint64_t len)
{
    int64_t n;

    if (s->at < s->got) {
        uint64_t have = s->got - s->at < len ? s->got - s->at : len;

        memcpy(buf, s->in + s->at, have);
        s->at += have;
        return (int64_t)have;
    }
    n = take(s, buf, len);
    return n < 0 ? fail(s, "file.read", "reading failed", strerror(errno)) : n;
}

/* The file ends inside a member or frame. */
static int64_t early(sl_stream *s, const char *what)
{
    return s->flags & SL_STREAM_GROWS ? 0 : fail(s, "file.truncated", what, "");
}

static int64_t read_gzip(sl_stream *s, void *buf, uint64_t len)
{
    uInt room = len > UINT32_MAX ? UINT32_MAX : (uInt)len;

    s->gzip.next_out = buf;
    s->gzip.avail_out = room;
    for (;;) {
        int rc;

        if (!fill(s))
            return s->is_starved ? SL_STREAM_STARVED : SL_STREAM_FAILED;
        if (s->at == s->got && !s->is_inside)
            return 0;
        s->gzip.next_in = s->in + s->at;
        s->gzip.avail_in = (uInt)(s->got - s->at);
        if (!s->is_inside && inflateReset(&s->gzip) != Z_OK)
            return fail(s, "file.gzip", "the gzip data is damaged", "");
        s->is_inside = 1;
        rc = inflate(&s->gzip, Z_NO_FLUSH); /* may have output left when there is no input */
        s->at = s->got - s->gzip.avail_in;
        if (rc == Z_STREAM_END)
            s->is_inside = 0;
        if (s->gzip.avail_out < room)
            return (int64_t)(room - s->gzip.avail_out);
        if (rc != Z_OK && rc != Z_STREAM_END && rc != Z_BUF_ERROR)
            return fail(s, "file.gzip", "the gzip data is damaged", s->gzip.msg ? s->gzip.msg : "");
        if (s->is_inside && s->is_ended)
            return early(s, "the gzip data ends too early");
    }
}

static int64_t read_zstd(sl_stream *s, void *buf, uint64_t len)
{
    ZSTD_outBuffer out = {buf, len, 0};

    for (;;) {
        ZSTD_inBuffer in;
        size_t rc;

        if (!fill(s))
            return s->is_starved ? SL_STREAM_STARVED : SL_STREAM_FAILED;
        if (s->at == s->got && !s->is_inside)
            return 0;
        in = (ZSTD_inBuffer){s->in, s->got, s->at};
        rc = ZSTD_decompressStream(s->zstd, &out, &in); /* as inflate: output may be left */
        s->at = in.pos;
        if (ZSTD_isError(rc))
            return fail(s, "file.zstd", "the zstd data is damaged", ZSTD_getErrorName(rc));
        s->is_inside = rc != 0;
        if (out.pos)
            return (int64_t)out.pos;
        if (s->is_inside && s->is_ended)
            return early(s, "the zstd data ends too early");
    }
}

int64_t sl_stream_begin(sl_stream *s)
{
    if (s->form == FORM_UNKNOWN && !detect(s))
        return s->is_starved ? SL_STREAM_STARVED : SL_STREAM_FAILED;
    return 0;
}

int64_t sl_stream_read(sl_stream *s, void *buf, uint64_t len)
{
    int64_t n = s->is_broken ? SL_STREAM_FAILED : sl_stream_begin(s);

    if (n < 0 || s->form == FORM_UNKNOWN)
        return n;
    if (s->form == FORM_GZIP)
        n = read_gzip(s, buf, len);
    else if (s->form == FORM_ZSTD)
        n = read_zstd(s, buf, len);
    else
        n = read_plain(s, buf, len);
    if (n > 0)
        s->given += (uint64_t)n;
    if (n > 0 && s->form != FORM_PLAIN && s->max && s->given > s->max)
        return fail(s, "file.expanded", "the file expands beyond the limit max_expanded", "");
    return n;
}

int sl_stream_can_seek(const sl_stream *s)
{
    return s->form == FORM_PLAIN && !s->is_pipe && !(s->flags & SL_STREAM_ORDER);
}

void sl_stream_seek(sl_stream *s, uint64_t at)
{
    s->place = at;
    s->given = at;
    s->at = 0;
    s->got = 0;
    s->is_ended = 0;
}

void sl_stream_settle(sl_stream *s)
{
    s->flags &= ~SL_STREAM_GROWS;
}

const char *sl_stream_why(const sl_stream *s, const char **code)
{
    *code = s->code ? s->code : "file.read";
    return s->why;
}

uint64_t sl_stream_taken(const sl_stream *s)
{
    return s->taken;
}

int32_t sl_stream_fd(const sl_stream *s)
{
    return s->fd;
}

int sl_stream_is_pipe(const sl_stream *s)
{
    return s->is_pipe;
}

void sl_stream_feed(sl_stream *s)
{
    s->is_fed = 1;
}
