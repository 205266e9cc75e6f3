/* SPDX-License-Identifier: Apache-2.0
 *
 * tools/harness/fault.c - host calls and file calls whose n-th one fails.
 *
 * Neither table has room for a context, so what is armed is static: there is one for the process,
 * and only tests link this. Slots that take memory count as allocations; the rest goes straight to
 * the engine's own table, which is kept aside when a harness is made.
 */
#include "tools/harness/harness_priv.h"

#include "engine/service/env_real.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static struct {
    uint64_t fail_at;
    uint64_t calls;
    sl_host engine;
    sl_rows rows;
} alloc_plan;

static struct {
    char call[16]; /* "": any */
    uint64_t fail_at;
    uint64_t calls;
    int32_t error;
    int32_t and_all;
} os_plan;

/* ---- allocations --------------------------------------------------------------------------- */

static int alloc_fails(void)
{
    return ++alloc_plan.calls == alloc_plan.fail_at;
}

void slc_fail_alloc(slc *h, uint64_t n)
{
    (void)h;
    alloc_plan.fail_at = n;
    alloc_plan.calls = 0;
}

uint64_t slc_allocs(void)
{
    return alloc_plan.calls;
}

static void *fault_alloc(sl_node *node, uint64_t bytes)
{
    return alloc_fails() ? NULL : alloc_plan.engine.alloc(node, bytes);
}

static void *fault_resize(sl_node *node, void *mem, uint64_t bytes)
{
    return alloc_fails() ? NULL : alloc_plan.engine.resize(node, mem, bytes);
}

static const sl_path *fault_path(sl_node *node, uint32_t port, const char *text)
{
    return alloc_fails() ? NULL : sl_host_rows()->path(node, port, text);
}

static const sl_key *fault_key(sl_node *node, uint32_t port, const char *name)
{
    return alloc_fails() ? NULL : sl_host_rows()->key(node, port, name);
}

static const sl_key *fault_key_in(sl_node *node, uint32_t port, const char *name)
{
    return alloc_fails() ? NULL : sl_host_rows()->key_in(node, port, name);
}

static sl_builder *fault_build(sl_node *node, uint32_t port, sl_batch *like)
{
    return alloc_fails() ? NULL : sl_host_rows()->build(node, port, like);
}

static sl_status fault_grow(sl_builder *b, uint64_t more)
{
    return alloc_fails() ? SL_E_NOMEM : sl_builder_grow(b, more);
}

static sl_batch *fault_select(sl_batch *batch, const uint16_t *row, uint32_t n)
{
    return alloc_fails() ? NULL : sl_batch_select(batch, row, n);
}

static sl_batch *fault_finish(sl_builder *b)
{
    if (!alloc_fails())
        return sl_builder_finish(b);
    sl_builder_discard(b);
    return NULL;
}

void slc_fault_host(sl_host *host)
{
    alloc_plan.engine = *host;
    alloc_plan.rows = *host->rows;
    alloc_plan.rows.path = fault_path;
    alloc_plan.rows.key = fault_key;
    alloc_plan.rows.key_in = fault_key_in;
    alloc_plan.rows.build = fault_build;
    alloc_plan.rows.grow = fault_grow;
    alloc_plan.rows.select = fault_select;
    alloc_plan.rows.finish = fault_finish;
    host->rows = &alloc_plan.rows;
    host->alloc = fault_alloc;
    host->resize = fault_resize;
}

/* ---- files --------------------------------------------------------------------------------- */

void slc_fail_os(slc *h, const char *call, uint64_t n, int32_t error, int32_t and_all)
{
    (void)h;
    (void)snprintf(os_plan.call, sizeof os_plan.call, "%s", call ? call : "");
    os_plan.fail_at = n;
    os_plan.calls = 0;
    os_plan.error = error;
    os_plan.and_all = and_all;
}

uint64_t slc_os_calls(void)
{
    return os_plan.calls;
}

/* Is this the call that goes wrong? */
static int os_hit(const char *call)
{
    if (os_plan.call[0] && strcmp(os_plan.call, call))
        return 0;
    os_plan.calls++;
    return os_plan.fail_at && (os_plan.calls == os_plan.fail_at ||
                               (os_plan.and_all && os_plan.calls > os_plan.fail_at));
}

static int os_fails(const char *call)
{
    if (!os_hit(call) || !os_plan.error)
        return 0;
    errno = os_plan.error;
    return 1;
}

/* LEN, or half of it (but something) when the call shall fall short; -1 when it shall fail. */
static int64_t os_amount(const char *call, uint64_t len)
{
    if (!os_hit(call))
        return (int64_t)len;
    if (!os_plan.error)
        return (int64_t)(len > 1 ? len / 2 : len);
    errno = os_plan.error;
    return -1;
}

static const sl_os *real_os(void)
{
    return sl_os_real();
}

static int32_t fault_open(const char *path, int32_t flags, uint32_t mode)
{
    return os_fails("open") ? -1 : real_os()->open(path, flags, mode);
}

static int32_t fault_close(int32_t fd)
{
    int32_t rc = real_os()->close(fd);

    return os_fails("close") ? -1 : rc;
}

static int64_t fault_read(int32_t fd, void *buf, uint64_t len)
{
    int64_t n = os_amount("read", len);

    return n < 0 ? -1 : real_os()->read(fd, buf, (uint64_t)n);
}

static int64_t fault_pread(int32_t fd, void *buf, uint64_t len, uint64_t at)
{
    int64_t n = os_amount("pread", len);

    return n < 0 ? -1 : real_os()->pread(fd, buf, (uint64_t)n, at);
}

static int64_t fault_write(int32_t fd, const void *buf, uint64_t len)
{
    int64_t n = os_amount("write", len);

    return n < 0 ? -1 : real_os()->write(fd, buf, (uint64_t)n);
}

static int32_t fault_sync(int32_t fd)
{
    return os_fails("sync") ? -1 : real_os()->sync(fd);
}

static int32_t fault_truncate(int32_t fd, uint64_t len)
{
    return os_fails("truncate") ? -1 : real_os()->truncate(fd, len);
}

static int32_t fault_rename(const char *from, const char *to, int32_t replace)
{
    return os_fails("rename") ? -1 : real_os()->rename(from, to, replace);
}

static int32_t fault_unlink(const char *path)
{
    return os_fails("unlink") ? -1 : real_os()->unlink(path);
}

static int32_t fault_mkdir(const char *path, uint32_t mode)
{
    return os_fails("mkdir") ? -1 : real_os()->mkdir(path, mode);
}

static int32_t fault_sync_folder(const char *path)
{
    return os_fails("sync_folder") ? -1 : real_os()->sync_folder(path);
}

static int32_t fault_stat(const char *path, sl_file_info *out)
{
    return os_fails("stat") ? -1 : real_os()->stat(path, out);
}

static int32_t fault_fstat(int32_t fd, sl_file_info *out)
{
    return os_fails("fstat") ? -1 : real_os()->fstat(fd, out);
}

static int32_t fault_list(const char *path, int32_t (*fn)(void *arg, const char *name), void *arg)
{
    return os_fails("list") ? -1 : real_os()->list(path, fn, arg);
}

const void *slc_fault_extension(sl_node *node, const char *id)
{
    static const sl_os table = {
        .size = sizeof(sl_os),
        .open = fault_open,
        .close = fault_close,
        .read = fault_read,
        .pread = fault_pread,
        .write = fault_write,
        .sync = fault_sync,
        .truncate = fault_truncate,
        .rename = fault_rename,
        .unlink = fault_unlink,
        .mkdir = fault_mkdir,
        .sync_folder = fault_sync_folder,
        .stat = fault_stat,
        .fstat = fault_fstat,
        .list = fault_list,
    };

    return strcmp(id, "sluice.os/1") ? sl_host_extension(node, id) : &table;
}
