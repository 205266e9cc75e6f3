/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/file/file.c - the source `file`: tables, life cycle, and which splits there are.
 *
 * A split is a file, or with split: a range of one. Every lane's instance looks for the files and
 * names the splits; the host hands each to one of them. Splits are read one after the other, so one
 * file is open at a time; with follow: all of an instance's files stay open and are asked in turn.
 * The offset of a split is 8 bytes, big-endian: the byte of the expanded content that comes next.
 * A followed file is known by device and inode, so its split outlives a rename.
 */
#include "file.h"

#include "glob.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const framings[] = {"blocks", "whole", NULL};
static const char *const compressions[] = {"auto", "none", NULL};
static const char *const starts[] = {"oldest", "newest", NULL};

static const sl_setting settings[] = {
    {.size = sizeof(sl_setting),
     .type = SL_T_LIST,
     .item = SL_T_PATH,
     .flags = SL_S_REQUIRED,
     .name = "path",
     .brief = "files to read; *, ?, [a-z] and ** (any folders) match names",
     .example = "[\"logs/*.json\", \"old/**/*.json.gz\"]"},
    {.size = sizeof(sl_setting),
     .type = SL_T_BOOL,
     .name = "follow",
     .fallback = "false",
     .brief = "go on reading files as they grow, and new ones that match",
     .details = "A file that is renamed is read to its end, the new one of its name from its "
                "start. A file that becomes shorter is read anew, which is logged."},
    {.size = sizeof(sl_setting),
     .type = SL_T_CHOICE,
     .name = "start",
     .choice = starts,
     .fallback = "oldest",
     .brief = "where followed files begin that have no checkpoint yet"},
    {.size = sizeof(sl_setting),
     .type = SL_T_CHOICE,
     .name = "framing",
     .choice = framings,
     .fallback = "blocks",
     .brief = "blocks cut at line ends, or each file as one payload"},
    {.size = sizeof(sl_setting),
     .type = SL_T_SIZE,
     .name = "split",
     .fallback = "0",
     .brief = "cut plain files of lines into ranges that lanes read side by side; 0: never",
     .details = "Only for formats where a line end always ends a record: a quoted line break in "
                "CSV or JSON spread over lines would be torn.",
     .example = "64MiB"},
    {.size = sizeof(sl_setting),
     .type = SL_T_CHOICE,
     .name = "compression",
     .choice = compressions,
     .fallback = "auto",
     .brief = "auto knows gzip and zstd by their first bytes"},
    {.size = sizeof(sl_setting),
     .type = SL_T_SIZE,
     .flags = SL_S_ADVANCED,
     .name = "max_expanded",
     .fallback = "256GiB",
     .brief = "a compressed file that expands beyond this fails; 0: never"},
    {.size = sizeof(sl_setting),
     .type = SL_T_SIZE,
     .flags = SL_S_ADVANCED,
     .name = "whole_max",
     .fallback = "16MiB",
     .min = "1",
     .max = "1GiB",
     .brief = "the biggest file that framing whole takes"},
    {.size = sizeof(sl_setting),
     .type = SL_T_SIZE,
     .flags = SL_S_ADVANCED,
     .name = "block",
     .fallback = "128KiB",
     .min = "4KiB",
     .max = "1MiB",
     .brief = "bytes that are read at a time"},
    {.size = sizeof(sl_setting),
     .type = SL_T_DURATION,
     .flags = SL_S_ADVANCED,
     .name = "poll",
     .fallback = "250ms",
     .min = "1ms",
     .brief = "how often followed files are looked at"},
    SL_SETTINGS_END,
};

/* One split of this instance. */
typedef struct split {
    struct split *next;
    char *path;
    uint64_t start;
    uint64_t end;  /* UINT64_MAX: of the whole file */
    uint64_t from; /* the offset that assign gave */
    int has_offset;
    int is_open;
    int is_ended;
    int is_gone; /* followed: the file has no name any more, or another one */
    uint64_t device;
    uint64_t inode;
    uint32_t number;
    sl_reader reader;
} split;

struct sl_instance {
    const sl_host *host;
    sl_node *node;
    const sl_config *cfg;
    const sl_os *os;
    const sl_key *payload;
    sl_reader_options options;
    uint64_t split_bytes;
    int is_newest;
    int64_t poll_ns;
    sl_event *timer;
    sl_metric *total;
    sl_metric *done;
    split *splits;
    split *turn; /* whose turn it is */
    uint64_t found;
};

static sl_status create(const sl_host *host, sl_node *node, const sl_config *cfg, sl_instance **out)
{
    sl_instance *self = host->alloc(node, sizeof *self);

    if (!self)
        return SL_E_NOMEM;
    memset(self, 0, sizeof *self);
    self->host = host;
    self->node = node;
    self->cfg = cfg;
    self->os = host->extension(node, "sluice.os/1");
    self->payload = host->rows->key(node, 0, "payload");
    self->split_bytes = (uint64_t)host->get_int(cfg, "split");
    self->is_newest = !strcmp(host->get_text(cfg, "start"), "newest");
    self->poll_ns = host->get_int(cfg, "poll");
    self->options = (sl_reader_options){
        .block = (uint64_t)host->get_int(cfg, "block"),
        .max_expanded = (uint64_t)host->get_int(cfg, "max_expanded"),
        .detect = !strcmp(host->get_text(cfg, "compression"), "auto"),
        .follow = host->get_int(cfg, "follow") != 0,
    };
    if (!strcmp(host->get_text(cfg, "framing"), "whole"))
        self->options.whole_max = (uint64_t)host->get_int(cfg, "whole_max");
    self->total = host->metric(node, SL_METRIC_COUNTER, "extent_total_bytes", "bytes",
                               "bytes that the files have in all");
    self->done = host->metric(node, SL_METRIC_COUNTER, "extent_done_bytes", "bytes",
                              "bytes of the files that were read");
    *out = self;
    if (self->options.follow && (self->options.whole_max || self->split_bytes)) {
        host->fail_at(node, "follow", 0, 0, "file.follow",
                      "a file that grows can't be taken whole or cut into ranges");
        return SL_E_CONFIG;
    }
    return SL_OK;
}

/* Room for what is put behind a path. */
#define NAME_EXTRA 48u

/* Name the ranges of a big plain file. */
static sl_status name_ranges(sl_instance *self, const char *path, uint64_t bytes)
{
    size_t size = strlen(path) + NAME_EXTRA;
    char *name = self->host->alloc(self->node, size);

    if (!name)
        return SL_E_NOMEM;
    for (uint64_t at = 0; at < bytes; at += self->split_bytes) {
        uint64_t end = bytes - at > self->split_bytes ? at + self->split_bytes : bytes;

        (void)snprintf(name, size, "%s#%" PRIu64 "-%" PRIu64, path, at, end);
        (void)self->host->split(self->node, name, 0);
    }
    self->host->release(name);
    return SL_OK;
}

/* Name a followed file: its path may change, the rest stays. */
static sl_status name_followed(sl_instance *self, const char *path, const sl_file_info *info)
{
    size_t size = strlen(path) + NAME_EXTRA;
    char *name = self->host->alloc(self->node, size);

    if (!name)
        return SL_E_NOMEM;
    (void)snprintf(name, size, "%s#%" PRIx64 ".%" PRIx64, path, info->device, info->inode);
    (void)self->host->split(self->node, name, 0);
    self->host->release(name);
    return SL_OK;
}

/* Is PATH compressed, as far as its first bytes tell? */
static int looks_packed(const sl_instance *self, const char *path)
{
    uint8_t magic[4] = {0};
    int32_t fd = self->options.detect ? self->os->open(path, O_RDONLY, 0) : -1;

    if (fd < 0)
        return 0;
    (void)self->os->pread(fd, magic, sizeof magic, 0);
    (void)self->os->close(fd);
    return (magic[0] == 0x1f && magic[1] == 0x8b) || (magic[2] == 0x2f && magic[3] == 0xfd) ||
           (magic[1] == 0x2a && magic[2] == 0x4d && magic[3] == 0x18);
}

static sl_status found_file(void *arg, const char *path)
{
    sl_instance *self = arg;
    sl_file_info info;
    int is_there = !self->os->stat(path, &info); /* if not, opening it will say why */

    self->found++;
    if (is_there && self->options.follow)
        return name_followed(self, path, &info);
    if (is_there && self->split_bytes && info.bytes > self->split_bytes &&
        !looks_packed(self, path))
        return name_ranges(self, path, info.bytes);
    (void)self->host->split(self->node, path, 0);
    return SL_OK;
}

/* Name the splits of all files that match now. */
static sl_status look(sl_instance *self)
{
    uint32_t n = self->host->get_count(self->cfg, "path");

    self->found = 0;
    for (uint32_t i = 0; i < n; i++) {
        const sl_config *item = self->host->get_item(self->cfg, "path", i, NULL);
        const char *pattern = self->host->get_text(item, "");
        uint64_t before = self->found;
        sl_status rc = sl_glob_each(self->host, self->node, self->os, pattern, found_file, self);

        if (rc != SL_OK)
            return rc;
        if (self->found == before && !self->options.follow) {
            char text[256];

            (void)snprintf(text, sizeof text, "no file matches \"%.200s\"", pattern);
            self->host->fail(self->node, "file.none", text);
            return SL_E_CONFIG;
        }
    }
    return SL_OK;
}

static void poll_files(sl_instance *self, void *arg)
{
    (void)arg;
    (void)look(self); /* what can't be had now is looked for again at the next turn */
    self->host->wake(self->node);
}

static sl_status open_source(sl_instance *self, sl_call *call)
{
    sl_status rc = look(self);

    (void)call;
    if (rc != SL_OK || !self->options.follow)
        return rc;
    self->timer = self->host->timer(self->node, self->poll_ns, self->poll_ns, poll_files, NULL);
    return self->timer ? SL_OK : SL_E_NOMEM;
}

static void free_split(sl_instance *self, split *s)
{
    sl_reader_close(&s->reader);
    self->host->release(s->path);
    self->host->release(s);
}

static void close_source(sl_instance *self)
{
    self->host->unwatch(self->timer);
    self->timer = NULL;
    self->turn = NULL;
    while (self->splits) {
        split *s = self->splits;

        self->splits = s->next;
        free_split(self, s);
    }
}

static void destroy(sl_instance *self)
{
    if (!self)
        return;
    close_source(self);
    self->host->release(self);
}

/* Take apart what name_ranges and found_file put behind the path. */
static void parse_name(split *s, int follow)
{
    char *hash = strrchr(s->path, '#');
    uint64_t a;
    uint64_t b;

    s->end = UINT64_MAX;
    if (!hash)
        return;
    if (follow && sscanf(hash, "#%" SCNx64 ".%" SCNx64, &a, &b) == 2) {
        s->device = a;
        s->inode = b;
        *hash = 0;
    } else if (!follow && sscanf(hash, "#%" SCNu64 "-%" SCNu64, &a, &b) == 2 && a < b) {
        s->start = a;
        s->end = b;
        *hash = 0;
    }
}

static sl_status assign(sl_instance *self, uint32_t number, const char *name, sl_bytes offset)
{
    size_t len = strlen(name) + 1;
    split **last = &self->splits;
    split *s = self->host->alloc(self->node, sizeof *s);
    char *path = self->host->alloc(self->node, len);
    sl_file_info info;

    if (!s || !path) {
        self->host->release(s);
        self->host->release(path);
        return SL_E_NOMEM;
    }
    memset(s, 0, sizeof *s);
    memcpy(path, name, len);
    s->path = path;
    s->number = number;
    s->end = UINT64_MAX;
    if (self->options.follow || (self->split_bytes && self->os->stat(name, &info)))
        parse_name(s, self->options.follow);
    s->has_offset = offset.len == 8;
    s->from = s->has_offset ? sl_get64(offset.ptr) : s->start;
    s->reader.host = self->host;
    s->reader.node = self->node;
    s->reader.os = self->os;
    s->reader.payload = self->payload;
    s->reader.options = &self->options;
    if (!self->os->stat(s->path, &info))
        self->host->observe(self->total,
                            (double)(s->end == UINT64_MAX ? info.bytes : s->end - s->start));
    while (*last)
        last = &(*last)->next;
    *last = s;
    return SL_OK;
}

static void revoke(sl_instance *self, uint32_t number)
{
    for (split **at = &self->splits; *at; at = &(*at)->next) {
        split *s = *at;

        if (s->number != number)
            continue;
        *at = s->next;
        if (self->turn == s)
            self->turn = s->next;
        free_split(self, s);
        return;
    }
}

/* The split can't be opened: the others go on. */
static sl_status open_failed(sl_instance *self, split *s)
{
    char text[256];

    s->is_ended = 1;
    (void)snprintf(text, sizeof text, "%.200s: %s", s->path, strerror(errno));
    self->host->split_failed(self->node, s->number, SL_E_DATA, "file.open", text);
    return SL_END;
}

static sl_status open_split(sl_instance *self, split *s)
{
    int32_t fd = self->os->open(s->path, O_RDONLY, 0);
    sl_file_info info;
    uint64_t from = s->from;
    sl_status rc;

    if (fd < 0)
        return open_failed(self, s);
    if (self->os->fstat(fd, &info)) {
        (void)self->os->close(fd);
        return open_failed(self, s);
    }
    if (info.kind == SL_FILE_FOLDER) {
        (void)self->os->close(fd);
        errno = EISDIR;
        return open_failed(self, s);
    }
    if (self->options.follow && (info.device != s->device || info.inode != s->inode)) {
        (void)self->os->close(fd); /* renamed before we came to it: its new name may match */
        s->is_ended = 1;
        return SL_END;
    }
    if (self->options.follow && !s->has_offset && self->is_newest)
        from = info.bytes;
    rc = sl_reader_open(&s->reader, fd, s->number, from, s->end, !s->has_offset && s->start > 0);
    s->is_open = rc == SL_OK;
    return rc;
}

/* A followed file gave nothing: has it become shorter, or got another name? */
static void check_followed(sl_instance *self, split *s)
{
    sl_file_info info;
    sl_file_info named;

    if (self->os->fstat(sl_stream_fd(s->reader.stream), &info))
        return;
    if (info.bytes < s->reader.at && sl_stream_is_plain(s->reader.stream)) {
        self->host->log(self->node, 2, "file.shorter",
                        "a followed file became shorter: it is read anew from its start");
        sl_reader_close(&s->reader);
        s->is_open = 0;
        s->from = 0;
        s->has_offset = 1;
        return;
    }
    if (!self->os->stat(s->path, &named) && named.device == s->device && named.inode == s->inode)
        return;
    if (s->is_gone) { /* nothing came for a whole turn since it lost its name */
        s->is_ended = 1;
        sl_reader_close(&s->reader);
    }
    s->is_gone = 1;
}

/* Memory was short for bytes that were read already: they are read once more, where that can be. */
static sl_status read_anew(const sl_instance *self, split *s)
{
    sl_file_info info;

    if (self->os->fstat(sl_stream_fd(s->reader.stream), &info) || info.kind != SL_FILE_REGULAR)
        return SL_E_FATAL;
    s->from = s->reader.at;
    s->has_offset = 1;
    sl_reader_close(&s->reader);
    s->is_open = 0;
    return SL_E_NOMEM;
}

/* Ask one split. SL_WAIT or SL_END: nothing from it. */
static sl_status next_of(sl_instance *self, split *s, uint64_t bytes, sl_batch **out)
{
    uint64_t before;
    sl_status rc = s->is_open ? SL_OK : open_split(self, s);

    if (rc != SL_OK)
        return rc;
    before = sl_stream_taken(s->reader.stream);
    rc = sl_reader_next(&s->reader, bytes, out);
    self->host->observe(self->done, (double)(sl_stream_taken(s->reader.stream) - before));
    if (rc == SL_E_NOMEM && s->reader.is_spent)
        return read_anew(self, s);
    if (rc == SL_WAIT)
        check_followed(self, s);
    if (rc == SL_END || (rc == SL_OK && s->reader.is_done)) {
        s->is_ended = 1;
        sl_reader_close(&s->reader);
    }
    return rc;
}

static sl_status next(sl_instance *self, uint32_t rows, uint64_t bytes, sl_batch **out)
{
    split *first = NULL;

    (void)rows; /* a batch is one row: a block */
    for (;;) {
        split *s = self->turn ? self->turn : self->splits;
        sl_status rc;

        while (s && s->is_ended)
            s = s->next;
        if (!s && self->turn) {
            self->turn = NULL; /* from the front again */
            continue;
        }
        if (!s)
            return self->options.follow ? SL_WAIT : SL_END;
        if (s == first)
            return SL_WAIT;
        rc = next_of(self, s, bytes, out);
        if (rc < 0)
            return rc;
        if (rc == SL_OK) {
            self->turn = s->is_ended || self->options.follow ? s->next : s;
            return SL_OK;
        }
        if (rc == SL_WAIT && !first && !s->is_ended)
            first = s;
        self->turn = s->next;
        if (s->is_ended)
            revoke(self, s->number);
    }
}

static const sl_source_ops ops = {
    .size = sizeof(sl_source_ops), .assign = assign, .revoke = revoke, .next = next};

static const sl_class file_source = {
    .size = sizeof(sl_class),
    .flags = SL_P_PARALLEL,
    .kind = SL_CLASS_SOURCE,
    .id = "file",
    .brief = "reads files, also compressed ones, as they are or as they grow",
    .details = "Each file is a split. What a file can't give (unreadable, damaged, truncated) is "
               "reported and the others go on; a bounded run then ends with status 74.",
    .settings = settings,
    .ops = &ops,
    .create = create,
    .open = open_source,
    .close = close_source,
    .destroy = destroy,
};

SL_PLUGIN("file", &file_source, &sl_file_stdin);
