/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/plugins/file/fixture.c - a host that is just enough for the parts of the file source.
 */
#include "tests/plugins/file/fixture.h"

#include "sdk/lib/batch.h"

#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

fixture fix;

static sl_mem *mem;
static sl_pool *pool;
static const uint8_t payload_text[] = "\xa7payload";
static const sl_key payload = {.text = {payload_text, 8}, .slot = SL_NO_SLOT};

static void *host_alloc(sl_node *node, uint64_t bytes)
{
    (void)node;
    return sl_mem_alloc(mem, bytes);
}

static void *host_resize(sl_node *node, void *old, uint64_t bytes)
{
    (void)node;
    return sl_mem_resize(mem, old, bytes);
}

static void host_fail(sl_node *node, const char *code, const char *text)
{
    (void)node;
    (void)code;
    (void)text;
}

static void host_log(sl_node *node, uint32_t level, const char *code, const char *text)
{
    (void)node;
    (void)level;
    (void)text;
    (void)snprintf(fix.logged, sizeof fix.logged, "%s", code);
}

static void host_split_failed(sl_node *node, uint32_t split, sl_status status, const char *code,
                              const char *text)
{
    (void)node;
    (void)split;
    (void)status;
    (void)text;
    fix.failed++;
    (void)snprintf(fix.code, sizeof fix.code, "%s", code);
}

static sl_builder *host_build(sl_node *node, uint32_t port, sl_batch *like)
{
    (void)node;
    (void)port;
    return sl_builder_new(pool, NULL, like);
}

static int32_t os_open(const char *path, int32_t flags, uint32_t mode)
{
    return open(path, flags | O_CLOEXEC, mode);
}

static int32_t os_close(int32_t fd)
{
    return close(fd);
}

/* Does this call fail, and how much may it give? */
static int limit(uint64_t *len)
{
    if (++fix.reads == fix.fail_at) {
        errno = EIO;
        return 0;
    }
    if (fix.short_to && *len > fix.short_to)
        *len = fix.short_to;
    return 1;
}

static int64_t os_read(int32_t fd, void *buf, uint64_t len)
{
    return limit(&len) ? read(fd, buf, len) : -1;
}

static int64_t os_pread(int32_t fd, void *buf, uint64_t len, uint64_t at)
{
    return len && !limit(&len) ? -1 : pread(fd, buf, len, (off_t)at);
}

static int32_t fill(int rc, const struct stat *st, sl_file_info *out)
{
    if (!rc)
        *out = (sl_file_info){.bytes = (uint64_t)st->st_size,
                              .device = st->st_dev,
                              .inode = st->st_ino,
                              .kind = S_ISREG(st->st_mode)   ? SL_FILE_REGULAR
                                      : S_ISDIR(st->st_mode) ? SL_FILE_FOLDER
                                                             : SL_FILE_OTHER};
    return rc;
}

static int32_t os_stat(const char *path, sl_file_info *out)
{
    struct stat st;

    return fill(stat(path, &st), &st, out);
}

static int32_t os_list(const char *path, int32_t (*fn)(void *arg, const char *name), void *arg)
{
    DIR *dir = opendir(path);
    struct dirent *entry;
    int32_t rc = 0;

    if (!dir)
        return -1;
    while (rc == 0 && (entry = readdir(dir)) != NULL) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            rc = fn(arg, entry->d_name);
    }
    (void)closedir(dir);
    return rc;
}

static int32_t os_fstat(int32_t fd, sl_file_info *out)
{
    struct stat st;

    return fill(fstat(fd, &st), &st, out);
}

static const sl_os os = {.size = sizeof(sl_os),
                         .open = os_open,
                         .close = os_close,
                         .read = os_read,
                         .pread = os_pread,
                         .stat = os_stat,
                         .fstat = os_fstat,
                         .list = os_list};

static const sl_rows rows = {.size = sizeof(sl_rows),
                             .ref = sl_batch_ref,
                             .unref = sl_batch_unref,
                             .build = host_build,
                             .grow = sl_builder_grow,
                             .copy = sl_builder_copy,
                             .origin = sl_builder_origin,
                             .finish = sl_builder_finish,
                             .discard = sl_builder_discard};

static const sl_host host = {.size = sizeof(sl_host),
                             .rows = &rows,
                             .fail = host_fail,
                             .log = host_log,
                             .alloc = host_alloc,
                             .resize = host_resize,
                             .release = sl_mem_free,
                             .split_failed = host_split_failed};

void fixture_open(uint64_t fail_at)
{
    memset(&fix, 0, sizeof fix);
    fail_mem_init(&fix.memory, 0);
    mem = sl_mem_new(&fix.memory.source, NULL, "file", 0);
    pool = sl_pool_new(mem, 1 << 20);
    (void)snprintf(fix.folder, sizeof fix.folder, "/tmp/sluice-file-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(fix.folder));
    fix.memory.calls = 0;
    fix.memory.fail_at = fail_at;
}

void fixture_close(void)
{
    char command[96];

    sl_pool_unref(pool);
    sl_mem_drop(mem);
    ck_assert_int_eq(fix.memory.blocks, 0);
    (void)snprintf(command, sizeof command, "rm -rf %s", fix.folder);
    ck_assert_int_eq(system(command), 0);
}

const char *fixture_file(const char *name, const void *data, size_t len)
{
    static char path[512];
    FILE *f;

    (void)snprintf(path, sizeof path, "%s/%s", fix.folder, name);
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        (void)mkdir(path, 0777);
        *slash = '/';
    }
    f = fopen(path, "wb");
    ck_assert_ptr_nonnull(f);
    ck_assert_uint_eq(fwrite(data, 1, len, f), len);
    ck_assert_int_eq(fclose(f), 0);
    return path;
}

const sl_host *fixture_host(void)
{
    return &host;
}

const sl_os *fixture_os(void)
{
    return &os;
}

const sl_key *fixture_payload(void)
{
    return &payload;
}

char *fixture_drain(sl_reader *r, uint64_t bytes, size_t *len, uint32_t *batches, int *last)
{
    char *all = NULL;
    sl_batch *batch;

    *len = 0;
    *batches = 0;
    *last = 0;
    for (;;) {
        sl_status rc = sl_reader_next(r, bytes, &batch);
        sl_val row;
        sl_val v;

        if (rc == SL_AGAIN)
            continue;
        if (rc != SL_OK)
            break;

        ck_assert_uint_eq(batch->nrec, 1);
        sl_batch_row(batch, 0, &row);
        ck_assert(sl_val_find(&row, "payload", 7, &v));
        ck_assert_int_eq(*last, 0);
        *last = (batch->flags & SL_BATCH_LAST) != 0;
        ck_assert_uint_eq(batch->last.len, r->options->follow ? 12 : 8);
        ck_assert_uint_eq(sl_get64(batch->last.ptr), r->at);
        all = realloc(all, *len + v.n + 1);
        ck_assert_ptr_nonnull(all);
        memcpy(all + *len, v.ptr, v.n);
        *len += v.n;
        all[*len] = 0;
        (*batches)++;
        sl_batch_unref(batch);
    }
    return all;
}
