/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/file/stdin.c - the source `stdin`: raw records from standard input.
 *
 * One split, "stdin". A pipe is read when the loop says that it is readable, once each time, so a
 * lane never blocks. A file is read on from where it stands, so `{ read line; sluice …; } < FILE`
 * works. Nothing is sought, and descriptor 0 stays open. The offset counts the bytes given: after a
 * crash the same file is read from there, another one from where it stands; what was in a pipe is
 * gone, and what comes next is new.
 */
#include "file.h"

#include <errno.h>
#include <unistd.h>

static const char *const compressions[] = {"auto", "none", NULL};

static const sl_setting settings[] = {
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
     .brief = "compressed input that expands beyond this fails; 0: never"},
    SL_SETTINGS_END,
};

struct sl_instance {
    const sl_host *host;
    sl_node *node;
    const sl_os *os;
    sl_reader_options options;
    sl_reader reader;
    sl_event *watch;
    int is_open;
};

static sl_status create(const sl_host *host, sl_node *node, const sl_config *cfg, sl_instance **out)
{
    sl_instance *self = host->alloc(node, sizeof *self);

    if (!self)
        return SL_E_NOMEM;
    memset(self, 0, sizeof *self);
    self->host = host;
    self->node = node;
    self->os = host->extension(node, "sluice.os/1");
    self->options = (sl_reader_options){
        .block = 131072,
        .max_expanded = (uint64_t)host->get_int(cfg, "max_expanded"),
        .detect = !strcmp(host->get_text(cfg, "compression"), "auto"),
        .in_order = 1,
    };
    self->reader.host = host;
    self->reader.node = node;
    self->reader.os = self->os;
    self->reader.options = &self->options;
    self->reader.payload = host->rows->key(node, 0, "payload");
    *out = self;
    return self->os && self->reader.payload ? SL_OK : SL_E_NOMEM;
}

static sl_status open_source(sl_instance *self, sl_call *call)
{
    (void)call;
    (void)self->host->split(self->node, "stdin", 0);
    return SL_OK;
}

static void close_source(sl_instance *self)
{
    self->host->unwatch(self->watch);
    self->watch = NULL;
    sl_reader_close(&self->reader);
    self->is_open = 0;
}

static void destroy(sl_instance *self)
{
    if (!self)
        return;
    close_source(self);
    self->host->release(self);
}

static void readable(sl_instance *self, void *arg, uint32_t what)
{
    (void)arg;
    (void)what;
    self->host->unwatch(self->watch); /* until the next read finds it empty */
    self->watch = NULL;
    sl_stream_feed(self->reader.stream);
    self->host->wake(self->node);
}

/* A number that tells one file from another; 0 for all that is no file. */
static uint32_t check_of(const sl_file_info *info)
{
    uint64_t h = (info->inode ^ info->device << 32) * 0x9e3779b97f4a7c15u;

    return info->kind == SL_FILE_REGULAR ? (uint32_t)(h >> 32) | 1 : 0;
}

static sl_status assign(sl_instance *self, uint32_t number, const char *name, sl_bytes offset)
{
    sl_place place = {.end = UINT64_MAX};
    sl_file_info info;
    uint8_t none;

    (void)name;
    if (self->is_open)
        return SL_OK;
    if (self->os->fstat(STDIN_FILENO, &info) ||
        (self->os->read(STDIN_FILENO, &none, 0) < 0 && errno == EBADF)) {
        self->host->fail(self->node, "stdin.closed",
                         "standard input is closed; give it a file, a pipe or /dev/null");
        return SL_E_DATA;
    }
    if (info.kind == SL_FILE_FOLDER) {
        self->host->fail(self->node, "file.open", "standard input is a folder");
        return SL_E_DATA;
    }
    place.check = check_of(&info);
    if (offset.len == 12 && sl_get32(offset.ptr + 8) == place.check)
        place.at = sl_get64(offset.ptr);
    if (sl_reader_open(&self->reader, STDIN_FILENO, number, &place) != SL_OK)
        return SL_E_NOMEM;
    self->is_open = 1;
    return SL_OK;
}

static void give_back(sl_instance *self, uint32_t number)
{
    (void)number;
    close_source(self);
}

static sl_status next(sl_instance *self, uint32_t rows, uint64_t bytes, sl_batch **out)
{
    sl_status rc;

    (void)rows;
    if (!self->is_open)
        return SL_END;
    rc = sl_reader_next(&self->reader, bytes, out);
    if (rc != SL_WAIT || self->watch)
        return rc;
    self->watch = self->host->watch(self->node, STDIN_FILENO, 1, readable, NULL);
    return self->watch ? SL_WAIT : SL_E_NOMEM;
}

static const sl_source_ops ops = {
    .size = sizeof(sl_source_ops), .assign = assign, .revoke = give_back, .next = next};

const sl_class sl_file_stdin = {
    .size = sizeof(sl_class),
    .flags = SL_P_RAW,
    .kind = SL_CLASS_SOURCE,
    .id = "stdin",
    .brief = "reads standard input, also compressed",
    .details = "What a pipe gave can't be asked for again: after a crash it is gone.",
    .settings = settings,
    .ops = &ops,
    .create = create,
    .open = open_source,
    .close = close_source,
    .destroy = destroy,
};
