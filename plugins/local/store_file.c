/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/local/store_file.c - the store "file": objects are files below a folder.
 *
 * An object appears by rename from a temporary file ".NAME.<16 hex digits>.part" in the same
 * folder, after an fsync of the file and before one of the folder: it is whole or not there, also
 * after a power cut. Temporary files never match a pattern such as *.parquet, and their name tells
 * whose they are. Every operation is synchronous: it answers a final status, never SL_WAIT.
 *
 * Watch out: IF_ABSENT is atomic (rename without replacing). IF_MATCH compares and renames under a
 * lock file, which holds against others that use it; a lock left by a killed process is broken
 * after a minute.
 */
#include "store_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include <sluice/sdk.h>

#define LOCK_STALE_NS 60000000000 /* a lock older than this was left by a process that died */
#define TEMP_TRIES    4u

static const struct {
    int err;
    sl_status status;
    const char *code;
} errno_table[] = {
    {ENOSPC, SL_E_RETRY, "store.full"},     {EDQUOT, SL_E_RETRY, "store.full"},
    {EFBIG, SL_E_RETRY, "store.full"},      {EACCES, SL_E_CONFIG, "store.access"},
    {EPERM, SL_E_CONFIG, "store.access"},   {EROFS, SL_E_CONFIG, "store.access"},
    {ENOTDIR, SL_E_CONFIG, "store.place"},  {EISDIR, SL_E_CONFIG, "store.place"},
    {ENOENT, SL_E_CONFIG, "store.place"},   {ELOOP, SL_E_CONFIG, "store.place"},
    {ENAMETOOLONG, SL_E_DATA, "store.key"}, {ENOMEM, SL_E_NOMEM, "store.io"},
};

sl_status sl_store_errno(sl_store *s, int err, const char *what, const char *path)
{
    sl_status status = SL_E_RETRY;
    const char *code = "store.io";
    char reason[96];
    char text[512];

    for (size_t i = 0; i < sizeof errno_table / sizeof *errno_table; i++) {
        if (errno_table[i].err == err) {
            status = errno_table[i].status;
            code = errno_table[i].code;
        }
    }
    (void)snprintf(text, sizeof text, "can't %s %.300s: %s", what, path,
                   strerror_r(err, reason, sizeof reason));
    s->host->fail(s->node, code, text);
    return status;
}

sl_status sl_store_fail(sl_store *s, sl_status status, const char *code, const char *text,
                        const char *about)
{
    char line[512];

    (void)snprintf(line, sizeof line, "%s: %.300s", text, about);
    s->host->fail(s->node, code, line);
    return status;
}

/* ---- keys and paths -------------------------------------------------------------------------- */

static int ends_in(const char *name, size_t len, const char *suffix)
{
    size_t n = strlen(suffix);

    return len > n && !memcmp(name + len - n, suffix, n);
}

int sl_store_is_temp(const char *name)
{
    size_t len = strlen(name);

    return name[0] == '.' &&
           (ends_in(name, len, STORE_TEMP_SUFFIX) || ends_in(name, len, STORE_LOCK_SUFFIX));
}

static int part_is_fine(const char *part, size_t len)
{
    char name[STORE_NAME_MAX + 1];

    if (len == 0 || len > STORE_NAME_MAX)
        return 0;
    if (part[0] == '.' && (len == 1 || (len == 2 && part[1] == '.')))
        return 0;
    memcpy(name, part, len);
    name[len] = 0;
    return !sl_store_is_temp(name);
}

sl_status sl_store_key(sl_store *s, const char *key)
{
    size_t len = strlen(key);
    const char *part = key;
    const char *end;
    int fine = len < STORE_PATH_MAX - s->root_len - 1;

    for (; fine && part; part = *end ? end + 1 : NULL) {
        end = strchrnul(part, '/');
        fine = part_is_fine(part, (size_t)(end - part));
    }
    if (!fine)
        return sl_store_fail(s, SL_E_DATA, "store.key",
                             "a key is made of parts of 1 to 255 bytes with / between, none of "
                             "them \".\", \"..\" or like a temporary file; this is not",
                             key);
    memcpy(s->path, s->root, s->root_len);
    s->path[s->root_len] = '/';
    memcpy(s->path + s->root_len + 1, key, len + 1);
    return SL_OK;
}

/* Length of the folder part of PATH, without the slash; at least 1 for a path below "/". */
static size_t folder_len(const char *path)
{
    const char *slash = strrchr(path, '/');

    if (!slash)
        return 0;
    return slash == path ? 1 : (size_t)(slash - path);
}

/* A folder's name by its hash, for the set of folders that were synced. */
static uint64_t hash_path(const char *path, size_t len)
{
    uint64_t h = 0xcbf29ce484222325u;

    for (size_t i = 0; i < len; i++)
        h = (h ^ (uint8_t)path[i]) * 0x100000001b3u;
    return h ? h : 1;
}

static int known_find(const sl_store *s, uint64_t hash, size_t *at)
{
    *at = hash % STORE_KNOWN_MAX;
    while (s->known[*at] && s->known[*at] != hash)
        *at = (*at + 1) % STORE_KNOWN_MAX;
    return s->known[*at] == hash;
}

static void known_add(sl_store *s, uint64_t hash)
{
    size_t at;

    if (s->known_count >= STORE_KNOWN_MAX / 2) {
        memset(s->known, 0, sizeof s->known);
        s->known_count = 0;
    }
    if (!known_find(s, hash, &at)) {
        s->known[at] = hash;
        s->known_count++;
    }
}

/* fsync the folder that holds FOLDER. */
static int32_t sync_above(sl_store *s, char *folder)
{
    size_t len = folder_len(folder);
    char saved;
    int32_t rc;

    if (!len)
        return s->os->sync_folder(".");
    saved = folder[len];
    folder[len] = 0;
    rc = s->os->sync_folder(folder);
    folder[len] = saved;
    return rc;
}

/* Make s->folder, whose folder above is there. BELOW: it lies below the root, where nobody but us
 * vouches that the entry is on the disk. */
static sl_status folder_make(sl_store *s, int below)
{
    sl_file_info info;
    int made = 0;

    if (s->os->stat(s->folder, &info)) {
        if (errno != ENOENT)
            return sl_store_errno(s, errno, "look at", s->folder);
        if (s->os->mkdir(s->folder, 0777) && errno != EEXIST)
            return sl_store_errno(s, errno, "make the folder", s->folder);
        made = 1;
    } else if (info.kind != SL_FILE_FOLDER) {
        return sl_store_fail(s, SL_E_CONFIG, "store.place",
                             "a folder is needed where there is something else", s->folder);
    }
    if ((made || below) && sync_above(s, s->folder))
        return sl_store_errno(s, errno, "sync the folder above", s->folder);
    return SL_OK;
}

sl_status sl_store_folders(sl_store *s)
{
    size_t len = folder_len(s->path);
    size_t at;

    if (len == 0 || known_find(s, hash_path(s->path, len), &at))
        return SL_OK;
    memcpy(s->folder, s->path, len);
    s->folder[len] = 0;
    for (size_t i = 1; i <= len; i++) {
        char saved = s->folder[i];
        uint64_t hash = hash_path(s->path, i);
        sl_status rc = SL_OK;

        if ((i < len && saved != '/') || known_find(s, hash, &at))
            continue;
        s->folder[i] = 0;
        rc = folder_make(s, i > s->root_len);
        s->folder[i] = saved;
        if (rc != SL_OK)
            return rc;
        known_add(s, hash);
    }
    return SL_OK;
}

sl_status sl_store_sync_folder(sl_store *s)
{
    if (sync_above(s, s->path))
        return sl_store_errno(s, errno, "sync the folder of", s->path);
    return SL_OK;
}

void sl_store_tag(const sl_file_info *info, char out[STORE_TAG_MAX])
{
    (void)snprintf(out, STORE_TAG_MAX, "%llx-%llx-%llx", (unsigned long long)info->bytes,
                   (unsigned long long)info->changed_ns, (unsigned long long)info->inode);
}

/* ---- temporary files ------------------------------------------------------------------------- */

/* Put the path of a file beside s->path into s->temp: ".NAME" with MIDDLE and SUFFIX behind it, a
 * long NAME cut. */
static void beside(sl_store *s, const char *middle, const char *suffix)
{
    const char *slash = strrchr(s->path, '/');
    const char *name = slash ? slash + 1 : s->path;
    size_t len = strlen(name);

    if (len > STORE_NAME_MAX - 32)
        len = STORE_NAME_MAX - 32;
    (void)snprintf(s->temp, sizeof s->temp, "%.*s.%.*s%s%s", (int)(name - s->path), s->path,
                   (int)len, name, middle, suffix);
}

/* Try to make a temporary file under a fresh name; -1 with errno. */
static int32_t temp_try(sl_store *s)
{
    uint64_t random;
    char middle[24];

    s->host->random(s->node, &random, sizeof random);
    (void)snprintf(middle, sizeof middle, ".%016llx", (unsigned long long)random);
    beside(s, middle, STORE_TEMP_SUFFIX);
    return s->os->open(s->temp, O_WRONLY | O_CREAT | O_EXCL | O_APPEND, 0666);
}

int32_t sl_store_temp_open(sl_store *s, sl_status *rc)
{
    int32_t fd;

    for (uint32_t i = 0; i < TEMP_TRIES; i++) {
        *rc = sl_store_folders(s);
        if (*rc != SL_OK)
            return -1;
        fd = temp_try(s);
        if (fd >= 0)
            return fd;
        if (errno == ENOENT && i == 0) { /* somebody removed the folder: make it again */
            memset(s->known, 0, sizeof s->known);
            s->known_count = 0;
        } else if (errno != EEXIST) {
            break;
        }
    }
    *rc = sl_store_errno(s, errno, "make", s->temp);
    return -1;
}

sl_status sl_store_write(sl_store *s, int32_t fd, const void *data, uint64_t len, const char *path)
{
    const uint8_t *p = data;

    while (len) {
        int64_t n = s->os->write(fd, p, len);

        if (n < 0)
            return sl_store_errno(s, errno, "write", path);
        if (n == 0)
            return sl_store_errno(s, EIO, "write", path);
        p += n;
        len -= (uint64_t)n;
    }
    return SL_OK;
}

/* ---- put ------------------------------------------------------------------------------------- */

/* Write the whole object into a temporary file, whose path is then in s->temp. */
static sl_status temp_fill(sl_store *s, const void *data, uint64_t len, sl_file_info *info)
{
    sl_status rc;
    int32_t fd = sl_store_temp_open(s, &rc);

    if (fd < 0)
        return rc;
    rc = sl_store_write(s, fd, data, len, s->temp);
    if (rc == SL_OK && s->os->sync(fd))
        rc = sl_store_errno(s, errno, "sync", s->temp);
    if (rc == SL_OK && s->os->fstat(fd, info))
        rc = sl_store_errno(s, errno, "look at", s->temp);
    if (s->os->close(fd) && rc == SL_OK)
        rc = sl_store_errno(s, errno, "close", s->temp);
    if (rc != SL_OK)
        (void)s->os->unlink(s->temp); /* the first failure is the one to tell */
    return rc;
}

/* Make the lock of s->path, at s->folder. NOW_NS is the file system's idea of now. */
static sl_status lock_take(sl_store *s, int64_t now_ns)
{
    sl_file_info info;
    int32_t fd = -1;

    for (uint32_t i = 0; i < 2 && fd < 0; i++) {
        fd = s->os->open(s->folder, O_WRONLY | O_CREAT | O_EXCL, 0666);
        if (fd >= 0 || errno != EEXIST)
            break;
        if (!s->os->stat(s->folder, &info) && now_ns - info.changed_ns < LOCK_STALE_NS)
            return sl_store_fail(s, SL_E_RETRY, "store.locked",
                                 "somebody else is replacing the object", s->path);
        (void)s->os->unlink(s->folder); /* left by a dead process; open tells if it went */
    }
    if (fd < 0)
        return sl_store_errno(s, errno, "make the lock", s->folder);
    (void)s->os->close(fd); /* nothing was written */
    return SL_OK;
}

/* Rename s->temp to s->path if its tag is TAG. */
static sl_status replace_match(sl_store *s, const char *tag, int64_t now_ns)
{
    char now[STORE_TAG_MAX];
    char keep[STORE_NAME_MAX + 1];
    const char *name = strrchr(s->temp, '/') + 1;
    sl_file_info info;
    sl_status rc;

    (void)snprintf(keep, sizeof keep, "%s", name);
    beside(s, "", STORE_LOCK_SUFFIX);
    memcpy(s->folder, s->temp, sizeof s->folder);
    (void)snprintf(strrchr(s->temp, '/') + 1, sizeof keep, "%s", keep);
    rc = lock_take(s, now_ns);
    if (rc != SL_OK)
        return rc;
    now[0] = 0; /* an object that is gone has no tag */
    if (!s->os->stat(s->path, &info))
        sl_store_tag(&info, now);
    else if (errno != ENOENT)
        rc = sl_store_errno(s, errno, "look at", s->path);
    if (rc == SL_OK && strcmp(now, tag) != 0)
        rc = sl_store_fail(s, SL_E_DATA, "store.changed", "the object was changed meanwhile",
                           s->path);
    if (rc == SL_OK && s->os->rename(s->temp, s->path, 1))
        rc = sl_store_errno(s, errno, "rename a file to", s->path);
    (void)s->os->unlink(s->folder); /* a lock that stays is broken after a minute */
    return rc;
}

static sl_status file_put(sl_store *s, const char *key, const void *data, uint64_t len,
                          uint32_t flags, const char *tag, sl_done done)
{
    sl_file_info info;
    sl_status rc = sl_store_key(s, key);

    (void)done;
    if (rc == SL_OK)
        rc = temp_fill(s, data, len, &info);
    if (rc != SL_OK)
        return rc;
    if (flags & SL_STORE_IF_MATCH) {
        rc = replace_match(s, tag, info.changed_ns);
    } else if (s->os->rename(s->temp, s->path, !(flags & SL_STORE_IF_ABSENT))) {
        rc = errno == EEXIST ? sl_store_fail(s, SL_E_DATA, "store.exists",
                                             "the object is there already", s->path)
                             : sl_store_errno(s, errno, "rename a file to", s->path);
    }
    if (rc != SL_OK) {
        (void)s->os->unlink(s->temp); /* the first failure is the one to tell */
        return rc;
    }
    return sl_store_sync_folder(s);
}

/* ---- get, remove ----------------------------------------------------------------------------- */

/* Read WANT bytes at AT into BUF; fewer when the file ends. */
static sl_status read_all(sl_store *s, int32_t fd, uint8_t *buf, uint64_t want, uint64_t at,
                          uint64_t *got)
{
    *got = 0;
    while (*got < want) {
        int64_t n = s->os->pread(fd, buf + *got, want - *got, at + *got);

        if (n < 0)
            return sl_store_errno(s, errno, "read", s->path);
        if (n == 0)
            break;
        *got += (uint64_t)n;
    }
    return SL_OK;
}

static sl_status no_memory(sl_store *s)
{
    return sl_store_fail(s, SL_E_NOMEM, "store.memory", "no memory is left for", s->path);
}

/* Read from the open file FD; see sl_store_ops.get. */
static sl_status get_open(sl_store *s, int32_t fd, uint64_t at, uint64_t len, void **data,
                          uint64_t *got, char **tag)
{
    sl_file_info info;
    uint64_t left;
    uint8_t *buf;
    char *text = NULL;
    sl_status rc;

    if (s->os->fstat(fd, &info))
        return sl_store_errno(s, errno, "look at", s->path);
    if (info.kind != SL_FILE_REGULAR)
        return SL_END;
    left = at < info.bytes ? info.bytes - at : 0;
    if (len && len < left)
        left = len;
    buf = s->host->alloc(s->node, left + 1);
    if (tag)
        text = s->host->alloc(s->node, STORE_TAG_MAX);
    rc = buf && (text || !tag) ? read_all(s, fd, buf, left, at, got) : no_memory(s);
    if (rc != SL_OK) {
        s->host->release(buf);
        s->host->release(text);
        return rc;
    }
    buf[*got] = 0;
    *data = buf;
    if (tag) {
        sl_store_tag(&info, text);
        *tag = text;
    }
    return SL_OK;
}

static sl_status file_get(sl_store *s, const char *key, uint64_t at, uint64_t len, void **data,
                          uint64_t *got, char **tag, sl_done done)
{
    sl_status rc = sl_store_key(s, key);
    int32_t fd;

    (void)done;
    if (rc != SL_OK)
        return rc;
    fd = s->os->open(s->path, O_RDONLY, 0);
    if (fd < 0)
        return errno == ENOENT || errno == ENOTDIR ? SL_END
                                                   : sl_store_errno(s, errno, "open", s->path);
    rc = get_open(s, fd, at, len, data, got, tag);
    (void)s->os->close(fd); /* only read from */
    return rc;
}

static sl_status file_remove(sl_store *s, const char *key, sl_done done)
{
    sl_status rc = sl_store_key(s, key);

    (void)done;
    if (rc != SL_OK)
        return rc;
    if (s->os->unlink(s->path))
        return errno == ENOENT || errno == ENOTDIR ? SL_OK
                                                   : sl_store_errno(s, errno, "remove", s->path);
    return sl_store_sync_folder(s);
}

/* ---- open, close ----------------------------------------------------------------------------- */

static sl_status file_open(const sl_host *host, sl_node *node, const char *url,
                           const sl_config *cfg, sl_store **self)
{
    const char *path = url;
    size_t len;
    sl_store *s;

    (void)cfg;
    if (!strncmp(path, "file://", 7))
        path += 7;
    if (!strncmp(path, "localhost/", 10) && path != url)
        path += 9;
    len = strlen(path);
    if (len == 0 || len >= STORE_PATH_MAX / 2) {
        host->fail(node, "store.url",
                   "a file URL is file:// and the path of a folder, such as "
                   "file:///srv/lake, of at most 2047 bytes");
        return SL_E_CONFIG;
    }
    s = host->alloc(node, sizeof *s);
    if (!s)
        return SL_E_NOMEM;
    memset(s, 0, sizeof *s);
    s->host = host;
    s->node = node;
    s->os = host->extension(node, "sluice.os/1");
    while (len && path[len - 1] == '/')
        len--;
    memcpy(s->root, path, len);
    s->root_len = (uint32_t)len;
    if (!s->os) {
        host->fail(node, "store.host", "this host has no files (sluice.os/1)");
        host->release(s);
        return SL_E_CONFIG;
    }
    *self = s;
    return SL_OK;
}

static void file_close(sl_store *s)
{
    if (s)
        s->host->release(s);
}

static const sl_store_ops file_ops = {
    .size = sizeof file_ops,
    .open = file_open,
    .close = file_close,
    .get = file_get,
    .put = file_put,
    .list = sl_store_list,
    .remove = file_remove,
    .begin = sl_store_begin,
    .part = sl_store_part,
    .finish = sl_store_finish,
    .drop = sl_store_drop,
    .commit = sl_store_commit,
    .abort = sl_store_abort,
};

const sl_class sl_store_file_class = {
    .size = sizeof sl_store_file_class,
    .kind = SL_CLASS_STORE,
    .id = "file",
    .brief = "objects as files below a folder of this machine",
    .details = "`file:///srv/lake` or a plain path. An object is whole or not there: it is written "
               "under a temporary name that begins with a dot and ends in `.part`, synced, and "
               "renamed.",
    .ops = &file_ops,
};
