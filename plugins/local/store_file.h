/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/local/store_file.h - the inside of the store "file", shared by its source files.
 *
 * A store is a root folder. Paths are put together in two buffers of the store, so that no
 * operation fails for want of memory after it has touched the disk.
 */
#ifndef SL_LOCAL_STORE_FILE_H
#define SL_LOCAL_STORE_FILE_H
#include <sluice/os.h>
#include <sluice/store.h>

#define STORE_PATH_MAX    4096u
#define STORE_NAME_MAX    255u /* bytes of one part of a key */
#define STORE_KNOWN_MAX   1024u
#define STORE_TEMP_SUFFIX ".part"
#define STORE_LOCK_SUFFIX ".lock"

struct sl_store {
    const sl_host *host;
    sl_node *node;
    const sl_os *os;
    uint32_t root_len; /* bytes of root, without a trailing slash; "/" alone is length 0 */
    uint32_t known_count;
    char root[STORE_PATH_MAX];
    char path[STORE_PATH_MAX + 64];   /* of the object */
    char temp[STORE_PATH_MAX + 64];   /* of the temporary file beside it */
    char folder[STORE_PATH_MAX + 64]; /* scratch of sl_store_folders */
    uint64_t known[STORE_KNOWN_MAX];  /* hashes of folders whose way is synced */
};

/* [inst] Explain the failure errno ERR of WHAT on PATH; gives the status that it means. */
sl_status sl_store_errno(sl_store *s, int err, const char *what, const char *path);

/* [inst] Explain a failure that is no errno; gives STATUS. */
sl_status sl_store_fail(sl_store *s, sl_status status, const char *code, const char *text,
                        const char *about);

/* [inst] Is KEY well formed? Then its path is in s->path. */
sl_status sl_store_key(sl_store *s, const char *key);

/* [any] Is NAME (the last part of a path) one of our temporary files or locks? */
int sl_store_is_temp(const char *name);

/* [inst] Make the folder that holds s->path, and those above it, durably. */
sl_status sl_store_folders(sl_store *s);

/* [inst] fsync the folder that holds s->path. */
sl_status sl_store_sync_folder(sl_store *s);

/* [any] The tag of a file. */
#define STORE_TAG_MAX 64u
void sl_store_tag(const sl_file_info *info, char out[STORE_TAG_MAX]);

/* See sl_store_ops.list. */
sl_status sl_store_list(sl_store *s, const char *prefix, const char *after, uint32_t max,
                        void (*each)(void *arg, const sl_object *object), void *arg, int32_t *more,
                        sl_done done);

/* See sl_store_ops.begin, part, finish, drop, commit, abort. */
sl_status sl_store_begin(sl_store *s, const char *key, uint32_t flags, sl_upload **upload,
                         sl_done done);
/* See sl_store_ops. */
sl_status sl_store_part(sl_upload *u, const void *data, uint64_t len, sl_done done);
/* See sl_store_ops. */
sl_status sl_store_finish(sl_upload *u, void **token, uint64_t *len, sl_done done);
/* See sl_store_ops. */
void sl_store_drop(sl_upload *u);
/* See sl_store_ops. */
sl_status sl_store_commit(sl_store *s, const void *token, uint64_t len, sl_done done);
/* See sl_store_ops. */
sl_status sl_store_abort(sl_store *s, const void *token, uint64_t len, sl_done done);

/* [inst] Make a new temporary file beside s->path, with the folders that are missing; its path is
 * in s->temp. Gives the descriptor; -1, with the status in RC, when that fails. */
int32_t sl_store_temp_open(sl_store *s, sl_status *rc);

/* [inst] Write all LEN bytes to FD. */
sl_status sl_store_write(sl_store *s, int32_t fd, const void *data, uint64_t len, const char *path);

/* The class; local.c puts it into the plugin. */
extern const sl_class sl_store_file_class;

#endif
