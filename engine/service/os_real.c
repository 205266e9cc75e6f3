/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/service/os_real.c - the table sl_os over POSIX.
 *
 * Every call is the one of its name; EINTR is answered by calling again, except for close, where
 * Linux has let go of the descriptor already. All descriptors are close-on-exec. A rename that must
 * not replace falls back to link and unlink where the file system knows no better.
 */
#include "engine/service/env_real.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define RETRY(x)                                                                                   \
    __extension__({                                                                                \
        __typeof__(x) r_;                                                                          \
        do                                                                                         \
            r_ = (x);                                                                              \
        while (r_ < 0 && errno == EINTR);                                                          \
        r_;                                                                                        \
    })

static int32_t os_open(const char *path, int32_t flags, uint32_t mode)
{
    return RETRY(open(path, flags | O_CLOEXEC, (mode_t)mode));
}

static int32_t os_close(int32_t fd)
{
    if (close(fd) < 0 && errno != EINTR)
        return -1;
    return 0;
}

static int64_t os_read(int32_t fd, void *buf, uint64_t len)
{
    return RETRY(read(fd, buf, len));
}

static int64_t os_pread(int32_t fd, void *buf, uint64_t len, uint64_t at)
{
    return RETRY(pread(fd, buf, len, (off_t)at));
}

static int64_t os_write(int32_t fd, const void *buf, uint64_t len)
{
    return RETRY(write(fd, buf, len));
}

static int32_t os_sync(int32_t fd)
{
    return RETRY(fsync(fd));
}

static int32_t os_write_behind(int32_t fd, uint64_t at, uint64_t len)
{
    return RETRY(sync_file_range(fd, (off_t)at, (off_t)len, SYNC_FILE_RANGE_WRITE));
}

static int32_t os_truncate(int32_t fd, uint64_t len)
{
    return RETRY(ftruncate(fd, (off_t)len));
}

static int32_t os_rename(const char *from, const char *to, int32_t replace)
{
    if (replace)
        return RETRY(rename(from, to));
    if (RETRY(renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE)) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS)
        return -1;
    if (RETRY(link(from, to)) < 0)
        return -1;
    return RETRY(unlink(from));
}

static int32_t os_unlink(const char *path)
{
    return RETRY(unlink(path));
}

static int32_t os_mkdir(const char *path, uint32_t mode)
{
    return RETRY(mkdir(path, (mode_t)mode));
}

static int32_t os_sync_folder(const char *path)
{
    int fd = RETRY(open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    int rc;
    int err;

    if (fd < 0)
        return -1;
    rc = RETRY(fsync(fd));
    err = errno;
    (void)close(fd); /* nothing was written through it */
    errno = err;
    return rc;
}

static void info_fill(const struct stat *st, sl_file_info *out)
{
    memset(out, 0, sizeof *out);
    out->bytes = (uint64_t)st->st_size;
    out->device = st->st_dev;
    out->inode = st->st_ino;
    out->changed_ns = (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;
    out->kind = S_ISREG(st->st_mode)   ? SL_FILE_REGULAR
                : S_ISDIR(st->st_mode) ? SL_FILE_FOLDER
                                       : SL_FILE_OTHER;
    out->mode = st->st_mode & 07777u;
    out->owner = st->st_uid;
}

static int32_t os_stat(const char *path, sl_file_info *out)
{
    struct stat st;

    if (RETRY(stat(path, &st)) < 0)
        return -1;
    info_fill(&st, out);
    return 0;
}

static int32_t os_fstat(int32_t fd, sl_file_info *out)
{
    struct stat st;

    if (RETRY(fstat(fd, &st)) < 0)
        return -1;
    info_fill(&st, out);
    return 0;
}

static int32_t os_list(const char *path, int32_t (*fn)(void *arg, const char *name), void *arg)
{
    DIR *dir = opendir(path);
    struct dirent *entry;
    int32_t rc = 0;
    int err;

    if (!dir)
        return -1;
    for (;;) {
        errno = 0;
        entry = readdir(dir);
        if (!entry) {
            rc = errno ? -1 : 0;
            break;
        }
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
            continue;
        rc = fn(arg, entry->d_name);
        if (rc)
            break;
    }
    err = errno;
    (void)closedir(dir); /* only read from */
    errno = err;
    return rc;
}

const sl_os *sl_os_real(void)
{
    static const sl_os table = {
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
        .write_behind = os_write_behind,
    };

    return &table;
}
