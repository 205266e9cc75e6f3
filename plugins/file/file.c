/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/file/file.c - the source `file`: tables, life cycle, splits in turn.
 *
 * Every lane's instance looks for the files and names the splits (look.c); the host hands each to
 * one of them. Splits are read one after the other, so one file is open at a time; with follow: all
 * of an instance's files stay open and are asked in turn (follow.c). What can't be read is reported
 * and the other files go on.
 */
#include "source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

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
                "start. Let the pattern match the renamed files too (`app.log*`), so that nothing "
                "is missed when the run was stopped meanwhile. A file that becomes shorter or "
                "whose beginning changes is read anew, which is logged."},
    {.size = sizeof(sl_setting),
     .type = SL_T_CHOICE,
     .name = "start",
     .choice = starts,
     .fallback = "oldest",
     .brief = "where followed files begin that are there at the first start",
     .details = "newest: with the first line behind their end. Files that come later are read from "
                "their start in any case."},
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
    {.size = sizeof(sl_setting),
     .type = SL_T_DURATION,
     .flags = SL_S_ADVANCED,
     .name = "linger",
     .fallback = "5s",
     .min = "0s",
     .brief = "how long a followed file that was removed or renamed away is still read"},
    SL_SETTINGS_END,
};

static sl_status create(const sl_host *host, sl_node *node, const sl_config *cfg, sl_instance **out)
{
    sl_instance *self = host->alloc(node, sizeof *self);

    if (!self)
        return SL_E_NOMEM;
    memset(self, 0, sizeof *self);
    *out = self;
    self->host = host;
    self->node = node;
    self->cfg = cfg;
    self->os = host->extension(node, "sluice.os/1");
    self->payload = host->rows->key(node, 0, "payload");
    self->split_bytes = (uint64_t)host->get_int(cfg, "split");
    self->is_newest = !strcmp(host->get_text(cfg, "start"), "newest");
    self->poll_ns = host->get_int(cfg, "poll");
    self->linger_ns = host->get_int(cfg, "linger");
    self->polls = 1;
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
    if (self->options.whole_max && self->split_bytes) {
        host->fail_at(node, "split", 0, 0, "file.split",
                      "a file can't be both whole and in ranges");
        return SL_E_CONFIG;
    }
    if (self->options.follow && (self->options.whole_max || self->split_bytes)) {
        host->fail_at(node, "follow", 0, 0, "file.follow",
                      "a file that grows can't be taken whole or cut into ranges");
        return SL_E_CONFIG;
    }
    return self->os && self->payload ? SL_OK : SL_E_NOMEM;
}

static void on_poll(sl_instance *self, void *arg)
{
    int64_t now = self->host->now(self->node);

    (void)arg;
    self->polls++;
    if (now >= self->look_at_ns) {
        (void)sl_file_look(self); /* what can't be had now is looked for again at the next turn */
        /* looking takes at most a twentieth of the time, however many files there are */
        self->look_at_ns = now + 20 * (self->host->now(self->node) - now);
    }
    self->host->wake(self->node);
}

static sl_status open_source(sl_instance *self, sl_call *call)
{
    size_t size = SL_FILE_BUCKETS * sizeof(*self->bucket);
    sl_status rc;

    (void)call;
    if (self->options.follow && !self->bucket) { /* open may come again after a failure */
        self->bucket = self->host->alloc(self->node, size);
        if (!self->bucket)
            return SL_E_NOMEM;
        memset(self->bucket, 0, size);
    }
    rc = sl_file_look(self);
    if (rc != SL_OK || !self->options.follow)
        return rc;
    self->timer = self->host->timer(self->node, self->poll_ns, self->poll_ns, on_poll, NULL);
    return self->timer ? SL_OK : SL_E_NOMEM;
}

/* ---- splits -------------------------------------------------------------------------------- */

static void drop_split(sl_instance *self, sl_file_split *s)
{
    if (self->bucket)
        sl_follow_remove(self, s);
    if (self->turn == s)
        self->turn = s->next;
    if (s->prev)
        s->prev->next = s->next;
    else
        self->first = s->next;
    if (s->next)
        s->next->prev = s->prev;
    else
        self->last = s->prev;
    self->nsplit--;
    sl_reader_close(&s->reader);
    self->host->release(s->path);
    self->host->release(s);
}

static void close_source(sl_instance *self)
{
    self->host->unwatch(self->timer);
    self->timer = NULL;
    while (self->first)
        drop_split(self, self->first);
    self->host->release(self->bucket);
    self->bucket = NULL;
}

static void destroy(sl_instance *self)
{
    if (!self)
        return;
    close_source(self);
    self->host->release(self);
}

void sl_file_progress(sl_instance *self, uint64_t read, uint64_t more)
{
    self->total_bytes += more;
    self->done_bytes += read;
    if (self->done_bytes > self->total_bytes) { /* it grew, or a line went over a range's end */
        more += self->done_bytes - self->total_bytes;
        self->total_bytes = self->done_bytes;
    }
    if (more)
        self->host->observe(self->total, (double)more);
    if (read)
        self->host->observe(self->done, (double)read);
}

/* Bytes of the file that S will read. */
static uint64_t extent_of(sl_instance *self, const sl_file_split *s)
{
    sl_file_info info;
    uint64_t end;

    if (!s->path || self->os->stat(s->path, &info))
        return 0;
    end = s->place.end < info.bytes ? s->place.end : info.bytes;
    return s->place.at < end ? end - s->place.at : 0;
}

static sl_status assign(sl_instance *self, uint32_t number, const char *name, sl_bytes offset)
{
    sl_file_split *s = self->host->alloc(self->node, sizeof *s);
    sl_status rc;

    if (!s)
        return SL_E_NOMEM;
    memset(s, 0, sizeof *s);
    s->number = number;
    rc = sl_file_name_read(self, s, name);
    if (rc != SL_OK) {
        self->host->release(s);
        return rc;
    }
    if (offset.len >= 8) {
        s->place.at = sl_get64(offset.ptr);
        s->place.check = offset.len >= 12 ? sl_get32(offset.ptr + 8) : 0;
        s->place.is_fresh = 0;
    } else {
        s->place.is_newest =
            self->options.follow && self->is_newest && !self->is_restored && self->polls == 1;
    }
    s->reader.host = self->host;
    s->reader.node = self->node;
    s->reader.os = self->os;
    s->reader.payload = self->payload;
    s->reader.options = &self->options;
    s->prev = self->last;
    if (self->last)
        self->last->next = s;
    else
        self->first = s;
    self->last = s;
    self->nsplit++;
    if (self->options.follow)
        sl_follow_add(self, s);
    s->extent = extent_of(self, s);
    sl_file_progress(self, 0, s->extent);
    return SL_OK;
}

static void revoke(sl_instance *self, uint32_t number)
{
    sl_file_split *s = self->first;

    while (s && s->number != number)
        s = s->next;
    if (!s)
        return;
    if (s->extent && s->extent <= self->total_bytes) { /* another lane counts it */
        self->total_bytes -= s->extent;
        self->host->observe(self->total, -(double)s->extent);
    }
    drop_split(self, s);
}

/* ---- reading ------------------------------------------------------------------------------- */

static const char *kind_text(uint32_t kind)
{
    return kind == SL_FILE_FOLDER
               ? "is a folder; match the files in it, as in folder/*"
               : "is a pipe, a socket or a device; the source stdin reads such: `< NAME`";
}

int32_t sl_file_open(sl_instance *self, const sl_file_split *s, sl_file_info *info,
                     const char **text, int *why)
{
    int32_t fd;

    *why = 0;
    /* Looking before opening: opening a pipe is noticed by its writer. */
    if (!self->os->stat(s->path, info) && info->kind != SL_FILE_REGULAR) {
        *text = kind_text(info->kind);
        return -1;
    }
    fd = self->os->open(s->path, O_RDONLY | O_NONBLOCK, 0); /* no pipe can block it */
    if (fd < 0) {
        *why = errno;
        *text = strerror(*why);
        return -1;
    }
    if (self->os->fstat(fd, info)) {
        *why = errno;
        *text = strerror(*why);
    } else if (info->kind != SL_FILE_REGULAR) {
        *text = kind_text(info->kind);
    } else {
        return fd;
    }
    (void)self->os->close(fd); /* nothing was written */
    return -1;
}

void sl_file_close(sl_file_split *s)
{
    sl_reader *r = &s->reader;

    if (s->is_open && r->is_there)
        s->place = (sl_place){.at = r->at, .end = s->place.end, .check = sl_reader_check(r)};
    sl_reader_close(r);
    s->is_open = 0;
}

static sl_status open_split(sl_instance *self, sl_file_split *s)
{
    const char *text;
    sl_file_info info;
    sl_status rc;
    int why;
    int32_t fd = sl_file_open(self, s, &info, &text, &why);

    if (fd < 0 && (why == EMFILE || why == ENFILE || why == ENOMEM)) {
        self->host->fail(self->node, "file.open", text);
        return SL_E_RETRY;
    }
    if (fd < 0) {
        self->host->split_failed(self->node, s->number, SL_E_DATA, "file.open", text);
        return SL_END;
    }
    rc = sl_reader_open(&s->reader, fd, s->number, &s->place);
    s->is_open = rc == SL_OK;
    return rc;
}

sl_status sl_file_ask(sl_instance *self, sl_file_split *s, uint64_t bytes, sl_batch **out)
{
    uint64_t before = sl_stream_taken(s->reader.stream);
    sl_status rc = sl_reader_next(&s->reader, bytes, out);

    sl_file_progress(self, sl_stream_taken(s->reader.stream) - before, 0);
    s->extent = 0;
    return rc;
}

/* Ask one split. SL_END: it has ended, with or without rows. */
static sl_status next_of(sl_instance *self, sl_file_split *s, uint64_t bytes, sl_batch **out)
{
    sl_status rc = s->is_open ? SL_OK : open_split(self, s);

    if (rc == SL_OK)
        rc = sl_file_ask(self, s, bytes, out);
    if (rc == SL_OK && s->reader.is_done)
        return SL_END;
    if (rc == SL_E_NOMEM && self->options.whole_max)
        sl_file_close(s); /* read from its start again */
    return rc;
}

static sl_status next(sl_instance *self, uint32_t rows, uint64_t bytes, sl_batch **out)
{
    (void)rows; /* a batch is one row: a block */
    if (self->options.follow)
        return sl_follow_next(self, bytes, out);
    while (self->first) {
        sl_status rc = next_of(self, self->first, bytes, out);

        if (rc != SL_END)
            return rc;
        drop_split(self, self->first);
        if (*out)
            return SL_OK;
    }
    return SL_END;
}

/* ---- restarts ------------------------------------------------------------------------------ */

/* All state is in the offsets, but for the knowledge that this is not the first start, which
 * start: newest needs. Others have none, so that the number of lanes may change. */
static sl_status snapshot(sl_instance *self, uint64_t checkpoint, void **state, uint64_t *len)
{
    (void)checkpoint;
    if (!self->options.follow || !self->is_newest)
        return SL_OK;
    *state = self->host->alloc(self->node, 1);
    if (!*state)
        return SL_E_NOMEM;
    memset(*state, 1, 1);
    *len = 1;
    return SL_OK;
}

static sl_status restore(sl_instance *self, const void *state, uint64_t len)
{
    (void)state;
    self->is_restored = len > 0;
    return SL_OK;
}

static const sl_source_ops ops = {
    .size = sizeof(sl_source_ops), .assign = assign, .revoke = revoke, .next = next};

static const sl_class file_source = {
    .size = sizeof(sl_class),
    .flags = SL_P_PARALLEL | SL_P_RAW,
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
    .snapshot = snapshot,
    .restore = restore,
};

SL_PLUGIN("file", &file_source, &sl_file_stdin);
