/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/file/look.c - which splits there are, and what their names mean.
 *
 *   PATH               a whole file
 *   PATH#FROM-TO       the range [FROM, TO) of a plain file; with split: only
 *   file:DEVICE:INODE  a followed file, whatever its name is at the moment; numbers in hex
 *
 * Ranges lie on a grid, also the last one, which may end behind the file: their names stay the same
 * when the file grows. With split: what would be read as a range, but is a file of that name, is
 * given a range without an end.
 */
#include "source.h"

#include "glob.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define NAME_EXTRA 48u /* what is put behind a path */

/* ---- names --------------------------------------------------------------------------------- */

/* A number without sign or leading blanks at *P; *P moves behind it. */
static int read_number(const char **p, int base, uint64_t *out)
{
    char *end;

    if (!((**p >= '0' && **p <= '9') || (base == 16 && **p >= 'a' && **p <= 'f')))
        return 0;
    errno = 0;
    *out = strtoull(*p, &end, base);
    if (errno)
        return 0;
    *p = end;
    return 1;
}

/* Does NAME end with a range? Gives where its path ends, NULL when it does not. */
static const char *range_of(const char *name, uint64_t *from, uint64_t *to)
{
    const char *hash = strrchr(name, '#');
    const char *p = hash ? hash + 1 : NULL;

    if (!p || !read_number(&p, 10, from) || *p++ != '-' || !read_number(&p, 10, to) || *p ||
        *from >= *to)
        return NULL;
    return hash;
}

static int read_identity(const char *name, uint64_t *device, uint64_t *inode)
{
    const char *p = name + strlen("file:");

    return !strncmp(name, "file:", strlen("file:")) && read_number(&p, 16, device) && *p++ == ':' &&
           read_number(&p, 16, inode) && !*p;
}

sl_status sl_file_name_read(sl_instance *self, sl_file_split *s, const char *name)
{
    uint64_t from;
    uint64_t to;
    const char *end;
    size_t len;

    s->place.end = UINT64_MAX;
    if (self->options.follow)
        return read_identity(name, &s->device, &s->inode) ? SL_OK : SL_E_DATA;
    end = self->split_bytes ? range_of(name, &from, &to) : NULL;
    if (end) {
        s->place.at = from;
        s->place.end = to;
        s->place.is_fresh = from > 0;
    }
    len = end ? (size_t)(end - name) : strlen(name);
    s->path = self->host->alloc(self->node, len + 1);
    if (!s->path)
        return SL_E_NOMEM;
    memcpy(s->path, name, len);
    s->path[len] = 0;
    return SL_OK;
}

/* ---- naming -------------------------------------------------------------------------------- */

/* Name the ranges of the plain file PATH. */
static sl_status name_ranges(sl_instance *self, const char *path, uint64_t bytes)
{
    size_t size = strlen(path) + NAME_EXTRA;
    char *name = self->host->alloc(self->node, size);

    if (!name)
        return SL_E_NOMEM;
    for (uint64_t at = 0; at < bytes; at += self->split_bytes) {
        (void)snprintf(name, size, "%s#%" PRIu64 "-%" PRIu64, path, at, at + self->split_bytes);
        (void)self->host->split(self->node, name, 0);
        if (UINT64_MAX - at < 2 * self->split_bytes)
            break;
    }
    self->host->release(name);
    return SL_OK;
}

/* Name the whole file PATH, although split: is set. */
static sl_status name_whole(sl_instance *self, const char *path)
{
    uint64_t from;
    uint64_t to;
    size_t size = strlen(path) + NAME_EXTRA;
    char *name;

    if (!range_of(path, &from, &to)) {
        (void)self->host->split(self->node, path, 0);
        return SL_OK;
    }
    name = self->host->alloc(self->node, size);
    if (!name)
        return SL_E_NOMEM;
    (void)snprintf(name, size, "%s#0-%" PRIu64, path, UINT64_MAX);
    (void)self->host->split(self->node, name, 0);
    self->host->release(name);
    return SL_OK;
}

static sl_status name_followed(sl_instance *self, const char *path, const sl_file_info *info)
{
    char name[64];

    if (info->kind != SL_FILE_REGULAR || sl_follow_met(self, path, info))
        return SL_OK;
    (void)snprintf(name, sizeof name, "file:%" PRIx64 ":%" PRIx64, info->device, info->inode);
    (void)self->host->split(self->node, name, 0);
    return SL_OK;
}

/* Can PATH be cut into ranges: a regular file that can be read and is not compressed? */
static int can_be_cut(const sl_instance *self, const char *path, const sl_file_info *info)
{
    uint8_t magic[SL_STREAM_MAGIC];
    int64_t n;
    int32_t fd;

    if (info->kind != SL_FILE_REGULAR)
        return 0;
    fd = self->os->open(path, O_RDONLY | O_NONBLOCK, 0);
    if (fd < 0)
        return 0;
    n = self->os->pread(fd, magic, sizeof magic, 0);
    (void)self->os->close(fd); /* nothing was written */
    return n > 0 && !(self->options.detect && sl_stream_is_packed(magic, (size_t)n));
}

static sl_status found_file(void *arg, const char *path)
{
    sl_instance *self = arg;
    sl_file_info info;
    int is_there = !self->os->stat(path, &info); /* if not, opening it will say why */

    if (self->options.follow) {
        self->found += is_there ? 1 : 0; /* if not, it may come */
        return is_there ? name_followed(self, path, &info) : SL_OK;
    }
    self->found++;
    if (!self->split_bytes) {
        (void)self->host->split(self->node, path, 0);
        return SL_OK;
    }
    if (is_there && can_be_cut(self, path, &info))
        return name_ranges(self, path, info.bytes);
    return name_whole(self, path);
}

sl_status sl_file_look(sl_instance *self)
{
    uint32_t n = self->host->get_count(self->cfg, "path");
    uint64_t look = ++self->looks;

    self->found = 0;
    self->needs_look = 0;
    for (uint32_t i = 0; i < n; i++) {
        const sl_config *item = self->host->get_item(self->cfg, "path", i, NULL);
        const char *pattern = self->host->get_text(item, "");
        uint64_t before = self->found;
        sl_status rc =
            sl_glob_each(self->host, self->node, self->os, pattern, look == 1, found_file, self);

        if (rc != SL_OK)
            return rc;
        if (self->found == before && !self->options.follow) {
            char text[SL_FILE_TEXT];

            (void)snprintf(text, sizeof text, "no file matches \"%.200s\"", pattern);
            self->host->fail(self->node, "file.none", text);
            return SL_E_CONFIG;
        }
    }
    self->whole = look;
    return SL_OK;
}
