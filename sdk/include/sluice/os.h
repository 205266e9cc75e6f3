/* SPDX-License-Identifier: Apache-2.0
 *
 * sluice/os.h - extension "sluice.os/1": the operating system's files, as the host sees them.
 *
 * Plugins that touch local files do it through this table, so that tests can make the n-th call
 * fail, write short or run out of space. Each call is the POSIX call of its name, with its result
 * and errno, but that EINTR never comes through. The calls block; they are for local files only.
 */
#ifndef SLUICE_OS_H
#define SLUICE_OS_H
#include <sluice/abi.h>
#ifdef __cplusplus
extern "C" {
#endif

#define SL_FILE_REGULAR 1u
#define SL_FILE_FOLDER  2u
#define SL_FILE_OTHER   3u

typedef struct sl_file_info {
    uint64_t bytes;
    uint64_t device;
    uint64_t inode;
    int64_t changed_ns; /* time of the last change of content, since 1970 UTC */
    uint32_t kind;      /* SL_FILE_* */
    uint32_t mode;      /* permission bits */
    uint32_t owner;     /* user id */
    uint32_t pad;
} sl_file_info;

typedef struct sl_os {
    uint64_t size;
    /* [any] open(2) with O_CLOEXEC added. */
    int32_t (*open)(const char *path, int32_t flags, uint32_t mode);
    /* [any] close(2). */
    int32_t (*close)(int32_t fd);
    /* [any] read(2); may be short. */
    int64_t (*read)(int32_t fd, void *buf, uint64_t len);
    /* [any] pread(2); may be short. */
    int64_t (*pread)(int32_t fd, void *buf, uint64_t len, uint64_t at);
    /* [any] write(2); may be short. */
    int64_t (*write)(int32_t fd, const void *buf, uint64_t len);
    /* [any] fsync(2). */
    int32_t (*sync)(int32_t fd);
    /* [any] ftruncate(2). */
    int32_t (*truncate)(int32_t fd, uint64_t len);
    /* [any] rename(2); REPLACE 0: EEXIST when TO is there. */
    int32_t (*rename)(const char *from, const char *to, int32_t replace);
    /* [any] unlink(2). */
    int32_t (*unlink)(const char *path);
    /* [any] mkdir(2). */
    int32_t (*mkdir)(const char *path, uint32_t mode);
    /* [any] fsync of the folder PATH. */
    int32_t (*sync_folder)(const char *path);
    /* [any] stat(2) of PATH. */
    int32_t (*stat)(const char *path, sl_file_info *out);
    /* [any] fstat(2) of FD. */
    int32_t (*fstat)(int32_t fd, sl_file_info *out);
    /* [any] Call FN with each name in the folder PATH but . and .., in no order; stops when FN
     * answers other than 0 and gives that; -1 with errno when the folder can't be read. */
    int32_t (*list)(const char *path, int32_t (*fn)(void *arg, const char *name), void *arg);
    /* [any] Start writing LEN bytes at AT to the disk without waiting (sync_file_range(2)), so that
     * a later sync has less to do; promises nothing. */
    int32_t (*write_behind)(int32_t fd, uint64_t at, uint64_t len);
} sl_os;

#ifdef __cplusplus
}
#endif
#endif
