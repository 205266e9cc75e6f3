/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/lib/fault_env.c - the real world, but one call of it fails.
 */
#include "tests/lib/fault_env.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

static struct {
    const sl_os *real;
    uint32_t kind;
    int goes_on;
    uint64_t n;
    uint64_t calls;
    uint64_t blocks;
    int met;
} fault;

/* Is this call, which a fault of KIND could meet, the one? */
static int hit(uint32_t kind)
{
    uint64_t call;

    if (kind != fault.kind)
        return 0;
    call = __atomic_add_fetch(&fault.calls, 1, __ATOMIC_RELAXED);
    if (!fault.n || call < fault.n || (call > fault.n && !fault.goes_on))
        return 0;
    __atomic_store_n(&fault.met, 1, __ATOMIC_RELAXED);
    return 1;
}

/* Does a call that changes files fail? Sets errno. */
static int write_fails(void)
{
    if (hit(FAULT_EIO)) {
        errno = EIO;
        return 1;
    }
    if (hit(FAULT_ENOSPC)) {
        errno = ENOSPC;
        return 1;
    }
    return 0;
}

static int read_fails(void)
{
    if (hit(FAULT_EIO)) {
        errno = EIO;
        return 1;
    }
    return 0;
}

static void *mem_resize(void *ctx, void *old, size_t bytes)
{
    void *ptr;

    (void)ctx;
    if (hit(FAULT_MEMORY))
        return NULL;
    ptr = realloc(old, bytes);
    if (ptr && !old)
        (void)__atomic_add_fetch(&fault.blocks, 1, __ATOMIC_RELAXED);
    return ptr;
}

static void mem_release(void *ctx, void *old)
{
    (void)ctx;
    (void)__atomic_sub_fetch(&fault.blocks, 1, __ATOMIC_RELAXED);
    free(old);
}

static int32_t os_open(const char *path, int32_t flags, uint32_t mode)
{
    int fails = flags & O_CREAT ? write_fails() : read_fails();

    return fails ? -1 : fault.real->open(path, flags, mode);
}

static int32_t os_close(int32_t fd)
{
    return fault.real->close(fd);
}

static int64_t os_read(int32_t fd, void *buf, uint64_t len)
{
    if (read_fails())
        return -1;
    return fault.real->read(fd, buf, len && hit(FAULT_SHORT) ? 1 : len);
}

static int64_t os_pread(int32_t fd, void *buf, uint64_t len, uint64_t at)
{
    if (len && read_fails())
        return -1;
    return fault.real->pread(fd, buf, len && hit(FAULT_SHORT) ? 1 : len, at);
}

static int64_t os_write(int32_t fd, const void *buf, uint64_t len)
{
    if (write_fails())
        return -1;
    return fault.real->write(fd, buf, len && hit(FAULT_SHORT) ? 1 : len);
}

static int32_t os_sync(int32_t fd)
{
    return write_fails() ? -1 : fault.real->sync(fd);
}

static int32_t os_truncate(int32_t fd, uint64_t len)
{
    return write_fails() ? -1 : fault.real->truncate(fd, len);
}

static int32_t os_rename(const char *from, const char *to, int32_t replace)
{
    return write_fails() ? -1 : fault.real->rename(from, to, replace);
}

static int32_t os_unlink(const char *path)
{
    return read_fails() ? -1 : fault.real->unlink(path);
}

static int32_t os_mkdir(const char *path, uint32_t mode)
{
    return write_fails() ? -1 : fault.real->mkdir(path, mode);
}

static int32_t os_sync_folder(const char *path)
{
    return read_fails() ? -1 : fault.real->sync_folder(path);
}

static int32_t os_stat(const char *path, sl_file_info *out)
{
    return read_fails() ? -1 : fault.real->stat(path, out);
}

static int32_t os_fstat(int32_t fd, sl_file_info *out)
{
    return read_fails() ? -1 : fault.real->fstat(fd, out);
}

static int32_t os_list(const char *path, int32_t (*fn)(void *arg, const char *name), void *arg)
{
    return read_fails() ? -1 : fault.real->list(path, fn, arg);
}

static const sl_os os = {
    .size = sizeof(sl_os),
    .open = os_open,
    .close = os_close,
    .read = os_read,
    .pread = os_pread,
    .write = os_write,
    .sync = os_sync,
    .truncate = os_truncate,
    .rename = os_rename,
    .unlink = os_unlink,
    .mkdir = os_mkdir,
    .sync_folder = os_sync_folder,
    .stat = os_stat,
    .fstat = os_fstat,
    .list = os_list,
};

static const sl_mem_source memory = {.resize = mem_resize, .release = mem_release};

void fault_env_set(sl_env *env, uint32_t kind, uint64_t n)
{
    if (env->os != &os)
        fault.real = env->os;
    fault.kind = kind & ~FAULT_FROM;
    fault.goes_on = (kind & FAULT_FROM) != 0;
    fault.n = n;
    fault.calls = 0;
    fault.met = 0;
    env->os = &os;
    env->mem = &memory;
}

fault_counts fault_env_counts(void)
{
    return (fault_counts){.calls = __atomic_load_n(&fault.calls, __ATOMIC_RELAXED),
                          .blocks = __atomic_load_n(&fault.blocks, __ATOMIC_RELAXED),
                          .met = __atomic_load_n(&fault.met, __ATOMIC_RELAXED)};
}

const sl_mem_source *fault_env_memory(void)
{
    return &memory;
}
