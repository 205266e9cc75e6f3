/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/file/follow.c - files that grow, are renamed, cut off and replaced.
 *
 * A followed file is known by device and inode. At each poll a look meets the files that match; one
 * that it does not meet is gone: removed, or renamed to what does not match. Its descriptor is read
 * on until nothing came for `linger`, then what is left of a last line is given, and it is closed.
 * A file that was quiet for long is closed as well; both rest, and wake when a look meets them with
 * another size or time. A file that is shorter than what was read, or whose bytes before the place
 * are others, is read anew from its start: it was cut off, or its inode serves another file.
 */
#include "source.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#define REST_NS 300000000000 /* a file that is quiet for that long is closed */

/* ---- who is known -------------------------------------------------------------------------- */

static sl_file_split **bucket_of(const sl_instance *self, uint64_t device, uint64_t inode)
{
    uint64_t h = (inode ^ device << 17) * 0x9e3779b97f4a7c15u;

    return &self->bucket[(h >> 32) % SL_FILE_BUCKETS];
}

void sl_follow_add(sl_instance *self, sl_file_split *s)
{
    sl_file_split **at = bucket_of(self, s->device, s->inode);

    s->chain = *at;
    *at = s;
    s->born = self->looks;
    self->needs_look = 1; /* its path is known only then */
}

void sl_follow_remove(sl_instance *self, sl_file_split *s)
{
    sl_file_split **at = bucket_of(self, s->device, s->inode);

    while (*at && *at != s)
        at = &(*at)->chain;
    if (*at)
        *at = s->chain;
}

/* Note the path under which S was met. Without memory the old one stays for now. */
static void note_path(sl_instance *self, sl_file_split *s, const char *path)
{
    size_t len = strlen(path) + 1;
    char *copy;

    if (s->path && !strcmp(s->path, path))
        return;
    copy = self->host->alloc(self->node, len);
    if (!copy)
        return;
    memcpy(copy, path, len);
    self->host->release(s->path);
    s->path = copy;
}

int sl_follow_met(sl_instance *self, const char *path, const sl_file_info *info)
{
    sl_file_split *s = *bucket_of(self, info->device, info->inode);

    while (s && (s->inode != info->inode || s->device != info->device))
        s = s->chain;
    if (!s)
        return 0;
    if (s->seen != self->looks) /* a second name of the same file changes nothing */
        note_path(self, s, path);
    s->seen = self->looks;
    s->gone_ns = 0;
    if (s->is_resting && (info->bytes != s->rest_size || info->changed_ns != s->rest_changed_ns))
        s->is_resting = 0;
    return 1;
}

/* ---- one file ------------------------------------------------------------------------------ */

/* Say what is wrong with S for now; it is tried again at each poll. */
static void tell_once(sl_instance *self, sl_file_split *s, const char *code, const char *why)
{
    char text[SL_FILE_TEXT];
    size_t len = strlen(s->path);

    if (s->is_told)
        return;
    (void)snprintf(text, sizeof text, "%.100s: %.120s; trying again",
                   len > 100 ? s->path + len - 100 : s->path, why);
    self->host->log(self->node, 3, code, text);
    s->is_told = 1;
}

/* Close S where it is; it wakes when it is met changed. */
static void rest(sl_instance *self, sl_file_split *s)
{
    sl_file_info info = {0};

    if (s->is_open)
        (void)self->os->fstat(sl_stream_fd(s->reader.stream), &info); /* if not: wakes early */
    s->rest_size = info.bytes;
    s->rest_changed_ns = info.changed_ns;
    s->is_resting = 1;
    sl_file_close(s);
}

/* S is not what was read: begin anew. */
static void restart(sl_instance *self, sl_file_split *s)
{
    char text[SL_FILE_TEXT];

    (void)snprintf(text, sizeof text,
                   "%.150s was cut off or replaced (at byte %" PRIu64
                   "): it is read anew from its start",
                   s->path ? s->path : "a file", s->is_open ? s->reader.at : s->place.at);
    self->host->log(self->node, 2, "file.shorter", text);
    sl_file_close(s);
    s->place = (sl_place){.end = UINT64_MAX};
}

/* S was not met by the newest look, and is not open. */
static sl_status lost(sl_instance *self, sl_file_split *s)
{
    char text[SL_FILE_TEXT];

    (void)snprintf(text, sizeof text, "%.200s went away before it was opened",
                   s->path ? s->path : "a file");
    self->host->log(self->node, 2, "file.lost", text);
    s->is_resting = 1;
    return SL_WAIT;
}

static sl_status open_followed(sl_instance *self, sl_file_split *s)
{
    const char *text;
    sl_file_info info;
    sl_status rc;
    int32_t fd;
    int why;

    if (s->seen < self->whole && s->born < self->whole)
        return lost(self, s);
    if (!s->path)
        return SL_WAIT; /* the next look will tell */
    fd = sl_file_open(self, s, &info, &text, &why);
    if (fd < 0) {
        if (why != ENOENT) /* renamed in this moment: the next look will tell */
            tell_once(self, s, "file.open", text);
        return SL_WAIT;
    }
    if (info.device != s->device || info.inode != s->inode) {
        (void)self->os->close(fd); /* nothing was written */
        return SL_WAIT;
    }
    if (!info.bytes && s->place.at)
        restart(self, s);
    rc = sl_reader_open(&s->reader, fd, s->number, &s->place);
    s->is_open = rc == SL_OK;
    s->fed_ns = self->host->now(self->node);
    return rc;
}

/* Is there reason to read the open S? SL_OK: yes; SL_WAIT: no; it may have been closed. */
static sl_status look_closer(sl_instance *self, sl_file_split *s)
{
    const sl_reader *r = &s->reader;
    sl_file_info info;

    if (!r->is_there || !sl_stream_can_seek(r->stream))
        return SL_OK;
    if (self->os->fstat(sl_stream_fd(r->stream), &info))
        return SL_OK; /* reading will tell */
    if (info.bytes < r->at + r->rest_len) {
        restart(self, s);
        return SL_AGAIN;
    }
    if (info.bytes == r->at + r->rest_len)
        return r->is_final ? SL_OK : SL_WAIT;
    if (s->quiet && !sl_reader_is_same(&s->reader)) {
        restart(self, s);
        return SL_AGAIN;
    }
    return SL_OK;
}

/* S gave nothing: is that all there will be? SL_AGAIN: ask once more, for what is left. */
static sl_status quiet(sl_instance *self, sl_file_split *s)
{
    int64_t now = self->host->now(self->node);
    int64_t since;

    s->quiet = self->polls;
    if (s->seen >= self->whole) {
        if (s->is_open && !s->reader.rest_len && now - s->fed_ns > REST_NS)
            rest(self, s);
        return SL_WAIT;
    }
    if (!s->gone_ns)
        s->gone_ns = now;
    since = s->gone_ns > s->fed_ns ? s->gone_ns : s->fed_ns;
    if (now - since < self->linger_ns)
        return SL_WAIT;
    if (s->reader.is_final) {
        rest(self, s);
        return SL_WAIT;
    }
    s->reader.is_final = 1;
    sl_stream_settle(s->reader.stream);
    return SL_AGAIN;
}

/* What the reader answered when it was not with rows. */
static sl_status after(sl_instance *self, sl_file_split *s, sl_status rc)
{
    if (s->reader.is_changed) {
        restart(self, s);
        return SL_AGAIN;
    }
    if (s->reader.is_stalled) {
        tell_once(self, s, "file.read", s->reader.why);
        sl_file_close(s);
        s->quiet = self->polls;
        return SL_WAIT;
    }
    if (rc == SL_END && !s->reader.is_final) { /* damaged: split_failed was called */
        rest(self, s);
        s->is_ended = 1;
        return SL_WAIT;
    }
    return quiet(self, s);
}

/* Ask one file. SL_AGAIN: once more; SL_WAIT: nothing before the next poll. */
static sl_status ask(sl_instance *self, sl_file_split *s, uint64_t bytes, sl_batch **out)
{
    sl_status rc = s->is_open ? look_closer(self, s) : open_followed(self, s);

    if (rc == SL_WAIT && s->is_open)
        return quiet(self, s);
    if (rc != SL_OK) {
        s->quiet = rc == SL_WAIT ? self->polls : s->quiet;
        return rc;
    }
    rc = sl_file_ask(self, s, bytes, out);
    if (rc == SL_OK) {
        s->quiet = 0;
        s->is_told = 0;
        s->fed_ns = self->host->now(self->node);
    }
    return rc == SL_WAIT || rc == SL_END ? after(self, s, rc) : rc;
}

sl_status sl_follow_next(sl_instance *self, uint64_t bytes, sl_batch **out)
{
    sl_status rc;

    if (self->needs_look) {
        rc = sl_file_look(self);
        if (rc != SL_OK)
            return rc;
    }
    for (uint32_t i = 0; i < self->nsplit; i++) {
        sl_file_split *s = self->turn ? self->turn : self->first;

        self->turn = s->next;
        if (s->is_resting || s->is_ended || s->quiet == self->polls)
            continue;
        rc = ask(self, s, bytes, out);
        if (rc == SL_AGAIN)
            self->turn = s;
        if (rc != SL_WAIT)
            return rc;
    }
    return SL_WAIT;
}
