/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/local/store_upload.c - uploads of the store "file".
 *
 * An upload is a temporary file beside its object. finish syncs it and gives a token that names
 * both and holds the file's inode; commit renames and syncs the folder; abort unlinks. A commit
 * that comes again finds the temporary file gone and the object there with the same inode.
 *
 *     after      on disk                                   a crash leaves
 *     begin      .NAME.<hex>.part, growing                 a stray .part file
 *     finish     the same, whole and synced                the same; commit or abort follows
 *     commit     NAME                                      NAME, or what was before it
 *
 * A part that fails is cut off again, so it may be given once more.
 */
#include "store_file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <sluice/sdk.h>

#define TOKEN_MAGIC   0x534c4655u /* SLFU */
#define TOKEN_VERSION 1u
#define TOKEN_HEAD    40u /* magic, version, flags, device, inode, bytes, key and temp lengths */

struct sl_upload {
    sl_store *store;
    int32_t fd;
    uint32_t is_broken; /* a failed part could not be cut off */
    uint64_t bytes;
    uint8_t *token; /* whole but for inode and bytes */
    uint64_t token_len;
    char temp[STORE_PATH_MAX + 64];
};

/* A token taken apart. */
typedef struct file_token {
    uint32_t flags;
    uint64_t device;
    uint64_t inode;
    uint64_t bytes;
    char temp[STORE_NAME_MAX + 1]; /* name of the temporary file, in the object's folder */
} file_token;

static void token_head(uint8_t *p, uint32_t flags, uint16_t key_len, uint16_t temp_len)
{
    sl_set32(p, TOKEN_MAGIC);
    sl_set16(p + 4, TOKEN_VERSION);
    sl_set16(p + 6, (uint16_t)flags);
    memset(p + 8, 0, 24);
    sl_set16(p + 32, key_len);
    sl_set16(p + 34, temp_len);
    sl_set32(p + 36, 0);
}

/* Take TOKEN apart; the object's path is then in s->path. */
static sl_status token_read(sl_store *s, const void *token, uint64_t len, file_token *out)
{
    const uint8_t *p = token;
    uint64_t key_len;
    uint64_t temp_len;

    if (len < TOKEN_HEAD || sl_get32(p) != TOKEN_MAGIC)
        return sl_store_fail(s, SL_E_DATA, "store.token", "this is no token of an upload to",
                             s->root);
    if (sl_get16(p + 4) != TOKEN_VERSION)
        return sl_store_fail(s, SL_E_CONFIG, "store.token",
                             "a newer version of sluice made this upload to", s->root);
    key_len = sl_get16(p + 32);
    temp_len = sl_get16(p + 34);
    if (key_len + temp_len != len - TOKEN_HEAD || key_len >= STORE_PATH_MAX ||
        temp_len >= sizeof out->temp)
        return sl_store_fail(s, SL_E_DATA, "store.token", "this is a damaged token of an upload to",
                             s->root);
    out->flags = sl_get16(p + 6);
    out->device = sl_get64(p + 8);
    out->inode = sl_get64(p + 16);
    out->bytes = sl_get64(p + 24);
    memcpy(s->folder, p + TOKEN_HEAD, key_len);
    s->folder[key_len] = 0;
    memcpy(out->temp, p + TOKEN_HEAD + key_len, temp_len);
    out->temp[temp_len] = 0;
    if (strlen(s->folder) != key_len || strlen(out->temp) != temp_len || strchr(out->temp, '/') ||
        !sl_store_is_temp(out->temp))
        return sl_store_fail(s, SL_E_DATA, "store.token", "this is a damaged token of an upload to",
                             s->root);
    return sl_store_key(s, s->folder);
}

/* Put the path of token T's temporary file into s->temp. s->path is the object's already. */
static void temp_path(sl_store *s, const file_token *t)
{
    const char *slash = strrchr(s->path, '/');

    (void)snprintf(s->temp, sizeof s->temp, "%.*s%s", (int)(slash - s->path) + 1, s->path, t->temp);
}

sl_status sl_store_begin(sl_store *s, const char *key, uint32_t flags, sl_upload **upload,
                         sl_done done)
{
    sl_status rc = sl_store_key(s, key);
    sl_upload *u = NULL;
    uint8_t *token = NULL;
    const char *temp;
    size_t key_len;

    (void)done;
    if (rc != SL_OK)
        return rc;
    key_len = strlen(key);
    u = s->host->alloc(s->node, sizeof *u);
    token = s->host->alloc(s->node, TOKEN_HEAD + key_len + STORE_NAME_MAX);
    if (!u || !token) {
        rc = sl_store_fail(s, SL_E_NOMEM, "store.memory", "no memory is left for", s->path);
    } else {
        u->fd = sl_store_temp_open(s, &rc);
    }
    if (rc != SL_OK) {
        s->host->release(u);
        s->host->release(token);
        return rc;
    }
    memcpy(u->temp, s->temp, sizeof u->temp);
    temp = strrchr(u->temp, '/') + 1;
    token_head(token, flags, (uint16_t)key_len, (uint16_t)strlen(temp));
    memcpy(token + TOKEN_HEAD, key, key_len);
    memcpy(token + TOKEN_HEAD + key_len, temp, strlen(temp));
    u->store = s;
    u->token = token;
    u->token_len = TOKEN_HEAD + key_len + strlen(temp);
    u->bytes = 0;
    u->is_broken = 0;
    *upload = u;
    return SL_OK;
}

sl_status sl_store_part(sl_upload *u, const void *data, uint64_t len, sl_done done)
{
    sl_store *s = u->store;
    sl_status rc;

    (void)done;
    if (u->is_broken)
        return sl_store_fail(s, SL_E_FATAL, "store.broken",
                             "an earlier failure could not be undone in", u->temp);
    rc = sl_store_write(s, u->fd, data, len, u->temp);
    if (rc == SL_OK) {
        if (SL_HAS(s->os, write_behind) && s->os->write_behind)
            (void)s->os->write_behind(u->fd, u->bytes, len); /* finish syncs what it did not */
        u->bytes += len;
    } else if (s->os->truncate(u->fd, u->bytes))
        u->is_broken = 1; /* the next call says so */
    return rc;
}

static void upload_free(sl_upload *u)
{
    const sl_host *host = u->store->host;

    host->release(u->token);
    host->release(u);
}

void sl_store_drop(sl_upload *u)
{
    if (!u)
        return;
    (void)u->store->os->close(u->fd);
    (void)u->store->os->unlink(u->temp); /* a file that stays is only litter */
    upload_free(u);
}

sl_status sl_store_finish(sl_upload *u, void **token, uint64_t *len, sl_done done)
{
    sl_store *s = u->store;
    sl_file_info info;
    sl_status rc = SL_OK;

    (void)done;
    if (u->is_broken)
        rc = sl_store_fail(s, SL_E_FATAL, "store.broken",
                           "an earlier failure could not be undone in", u->temp);
    else if (s->os->sync(u->fd))
        rc = sl_store_errno(s, errno, "sync", u->temp);
    else if (s->os->fstat(u->fd, &info))
        rc = sl_store_errno(s, errno, "look at", u->temp);
    if (s->os->close(u->fd) && rc == SL_OK)
        rc = sl_store_errno(s, errno, "close", u->temp);
    if (rc != SL_OK) {
        (void)s->os->unlink(u->temp); /* a file that stays is only litter */
        upload_free(u);
        return rc;
    }
    sl_set64(u->token + 8, info.device);
    sl_set64(u->token + 16, info.inode);
    sl_set64(u->token + 24, info.bytes);
    *token = u->token;
    *len = u->token_len;
    u->token = NULL;
    upload_free(u);
    return SL_OK;
}

/* The temporary file is gone: was it committed before? */
static sl_status committed_before(sl_store *s, const file_token *t)
{
    sl_file_info info;

    if (s->os->stat(s->path, &info)) {
        if (errno != ENOENT && errno != ENOTDIR)
            return sl_store_errno(s, errno, "look at", s->path);
        return sl_store_fail(s, SL_E_DATA, "store.lost",
                             "neither the object nor its temporary file is there", s->path);
    }
    if (!(t->flags & SL_STORE_IF_ABSENT) ||
        (info.device == t->device && info.inode == t->inode && info.bytes == t->bytes))
        return SL_OK;
    return sl_store_fail(s, SL_E_DATA, "store.exists", "another object took the name", s->path);
}

sl_status sl_store_commit(sl_store *s, const void *token, uint64_t len, sl_done done)
{
    file_token t;
    sl_status rc = token_read(s, token, len, &t);

    (void)done;
    if (rc != SL_OK)
        return rc;
    temp_path(s, &t);
    if (s->os->rename(s->temp, s->path, !(t.flags & SL_STORE_IF_ABSENT))) {
        if (errno == EEXIST)
            return sl_store_fail(s, SL_E_DATA, "store.exists", "the object is there already",
                                 s->path);
        if (errno != ENOENT)
            return sl_store_errno(s, errno, "rename a file to", s->path);
        rc = committed_before(s, &t);
    }
    return rc == SL_OK ? sl_store_sync_folder(s) : rc;
}

sl_status sl_store_abort(sl_store *s, const void *token, uint64_t len, sl_done done)
{
    file_token t;
    sl_status rc = token_read(s, token, len, &t);

    (void)done;
    if (rc != SL_OK)
        return rc;
    temp_path(s, &t);
    if (s->os->unlink(s->temp) && errno != ENOENT && errno != ENOTDIR)
        return sl_store_errno(s, errno, "remove", s->temp);
    return SL_OK;
}
