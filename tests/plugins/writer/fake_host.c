/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/plugins/writer/fake_host.c - see fake_host.h.
 *
 * Batches have no slots: paths are found by walking. Blocks carry their number in a header, so that
 * what is not given back is counted.
 */
#include "fake_host.h"

#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plugins/local/store_file.h"

fake_host fake;

#define SETTINGS_MAX 32u
#define PENDING_MAX  256u

static struct {
    char path[64];
    char value[256];
    uint32_t is_item;
} settings[SETTINGS_MAX];
static uint32_t nsettings;

static struct {
    sl_done done;
    sl_status status;
} pending[PENDING_MAX];
static uint32_t npending;

/* ---- memory ---------------------------------------------------------------------------------- */

static void *host_resize(sl_node *node, void *mem, uint64_t bytes)
{
    void *got;

    (void)node;
    if (++fake.allocs == fake.alloc_fail_at)
        return NULL;
    got = realloc(mem, bytes ? bytes : 1);
    if (!mem)
        fake.blocks++;
    return got;
}

static void *host_alloc(sl_node *node, uint64_t bytes)
{
    void *got = host_resize(node, NULL, bytes);

    if (got)
        memset(got, 0xa5, bytes);
    return got;
}

static void host_release(void *mem)
{
    if (mem)
        fake.blocks--;
    free(mem);
}

/* ---- files ----------------------------------------------------------------------------------- */

static int call_fails(void)
{
    fake.calls++;
    if (fake.calls != fake.fail_at && (!fake.fail_from || fake.calls < fake.fail_from))
        return 0;
    errno = fake.fail_errno ? fake.fail_errno : EIO;
    return 1;
}

static int32_t os_open(const char *path, int32_t flags, uint32_t mode)
{
    return call_fails() ? -1 : open(path, flags | O_CLOEXEC, mode);
}

static int32_t os_close(int32_t fd)
{
    int failed = call_fails();
    int err = errno;
    int rc = close(fd);

    if (failed)
        errno = err;
    return failed ? -1 : rc;
}

static int64_t os_read(int32_t fd, void *buf, uint64_t len)
{
    return call_fails() ? -1 : read(fd, buf, len);
}

static int64_t os_pread(int32_t fd, void *buf, uint64_t len, uint64_t at)
{
    return call_fails() ? -1 : pread(fd, buf, len > 1000 ? len / 2 : len, (off_t)at);
}

static int64_t os_write(int32_t fd, const void *buf, uint64_t len)
{
    if (call_fails()) {
        int err = errno;

        if (len > 1) /* a failing disk takes half of it */
            (void)!write(fd, buf, len / 2);
        errno = err;
        return -1;
    }
    if (fake.write_at_most && len > fake.write_at_most)
        len = fake.write_at_most;
    return write(fd, buf, len);
}

static int32_t os_sync(int32_t fd)
{
    return call_fails() ? -1 : fcntl(fd, F_GETFD) < 0;
}

static int32_t os_truncate(int32_t fd, uint64_t len)
{
    return call_fails() ? -1 : ftruncate(fd, (off_t)len);
}

static int32_t os_rename(const char *from, const char *to, int32_t replace)
{
    if (call_fails())
        return -1;
    return renameat2(AT_FDCWD, from, AT_FDCWD, to, replace ? 0 : RENAME_NOREPLACE);
}

static int32_t os_unlink(const char *path)
{
    return call_fails() ? -1 : unlink(path);
}

static int32_t os_mkdir(const char *path, uint32_t mode)
{
    return call_fails() ? -1 : mkdir(path, mode);
}

static int32_t os_sync_folder(const char *path)
{
    struct stat st;

    return call_fails() ? -1 : stat(path, &st);
}

static void info_of(const struct stat *st, sl_file_info *out)
{
    out->bytes = (uint64_t)st->st_size;
    out->device = st->st_dev;
    out->inode = st->st_ino;
    out->changed_ns = st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;
    out->kind = S_ISREG(st->st_mode)   ? SL_FILE_REGULAR
                : S_ISDIR(st->st_mode) ? SL_FILE_FOLDER
                                       : SL_FILE_OTHER;
    out->mode = st->st_mode & 07777;
}

static int32_t os_stat(const char *path, sl_file_info *out)
{
    struct stat st;

    if (call_fails() || stat(path, &st))
        return -1;
    info_of(&st, out);
    return 0;
}

static int32_t os_fstat(int32_t fd, sl_file_info *out)
{
    struct stat st;

    if (call_fails() || fstat(fd, &st))
        return -1;
    info_of(&st, out);
    return 0;
}

static int32_t os_list(const char *path, int32_t (*fn)(void *arg, const char *name), void *arg)
{
    DIR *dir = call_fails() ? NULL : opendir(path);
    struct dirent *e;
    int32_t rc = 0;

    if (!dir)
        return -1;
    while (!rc && (e = readdir(dir)) != NULL) {
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
            rc = fn(arg, e->d_name);
    }
    closedir(dir);
    return rc;
}

static const sl_os os_table = {
    .size = sizeof os_table,
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

/* ---- stores ---------------------------------------------------------------------------------- */

static const sl_store_ops *file_store(void)
{
    return sl_store_file_class.ops;
}

/* Answer later with STATUS, if the store is a late one. */
static sl_status late(sl_status status, sl_done done)
{
    if (!fake.is_late)
        return status;
    ck_assert_uint_lt(npending, PENDING_MAX);
    pending[npending].done = done;
    pending[npending++].status = status;
    return SL_WAIT;
}

uint32_t fake_run(void)
{
    uint32_t n = 0;

    while (npending) {
        sl_done done = pending[0].done;
        sl_status status = pending[0].status;

        npending--;
        memmove(pending, pending + 1, npending * sizeof *pending);
        n++;
        done.fn(done.arg, status);
    }
    return n;
}

static sl_status late_get(sl_store *s, const char *key, uint64_t at, uint64_t len, void **data,
                          uint64_t *got, char **tag, sl_done done)
{
    return late(file_store()->get(s, key, at, len, data, got, tag, done), done);
}

static sl_status late_put(sl_store *s, const char *key, const void *data, uint64_t len,
                          uint32_t flags, const char *tag, sl_done done)
{
    return late(file_store()->put(s, key, data, len, flags, tag, done), done);
}

static sl_status late_list(sl_store *s, const char *prefix, const char *after, uint32_t max,
                           void (*each)(void *arg, const sl_object *object), void *arg,
                           int32_t *more, sl_done done)
{
    return late(file_store()->list(s, prefix, after, max, each, arg, more, done), done);
}

static sl_status late_remove(sl_store *s, const char *key, sl_done done)
{
    return late(file_store()->remove(s, key, done), done);
}

static sl_status late_begin(sl_store *s, const char *key, uint32_t flags, sl_upload **upload,
                            sl_done done)
{
    return late(file_store()->begin(s, key, flags, upload, done), done);
}

static sl_status late_part(sl_upload *u, const void *data, uint64_t len, sl_done done)
{
    return late(file_store()->part(u, data, len, done), done);
}

static sl_status late_finish(sl_upload *u, void **token, uint64_t *len, sl_done done)
{
    return late(file_store()->finish(u, token, len, done), done);
}

static sl_status late_commit(sl_store *s, const void *token, uint64_t len, sl_done done)
{
    return late(file_store()->commit(s, token, len, done), done);
}

static sl_status late_abort(sl_store *s, const void *token, uint64_t len, sl_done done)
{
    return late(file_store()->abort(s, token, len, done), done);
}

static sl_store_ops late_ops;

static sl_status stores_open(sl_node *node, const char *url, const sl_store_ops **ops,
                             sl_store **store)
{
    late_ops = *file_store();
    late_ops.get = late_get;
    late_ops.put = late_put;
    late_ops.list = late_list;
    late_ops.remove = late_remove;
    late_ops.begin = late_begin;
    late_ops.part = late_part;
    late_ops.finish = late_finish;
    late_ops.commit = late_commit;
    late_ops.abort = late_abort;
    *ops = &late_ops;
    return late_ops.open(&fake_table, node, url, NULL, store);
}

static const sl_stores stores_table = {.size = sizeof stores_table, .open = stores_open};

static const void *host_extension(sl_node *node, const char *id)
{
    (void)node;
    if (!strcmp(id, "sluice.os/1"))
        return &os_table;
    return strcmp(id, "sluice.store/1") != 0 ? NULL : &stores_table;
}

/* ---- rows ------------------------------------------------------------------------------------ */

typedef struct fake_path {
    sl_path path;
    char text[128];
} fake_path;

static fake_path paths[64];
static uint32_t npaths;
static struct {
    sl_key key;
    uint8_t bytes[64];
} keys[64];
static uint32_t nkeys;

static uint32_t walk_path(const sl_batch *batch, uint32_t row, const sl_path *path)
{
    const char *text = ((const fake_path *)(const void *)path)->text;
    sl_val v;

    sl_batch_row(batch, row, &v);
    for (const char *part = text; *part;) {
        size_t len = strcspn(part, ".");
        sl_val inner;

        if (!sl_val_find(&v, part, len, &inner))
            return 0;
        v = inner;
        part += len + (part[len] == '.');
    }
    return (uint32_t)(v.raw - batch->body);
}

static const sl_path *rows_path(sl_node *node, uint32_t port, const char *text)
{
    fake_path *p = &paths[npaths];

    (void)node;
    if (!*text || strstr(text, "..") || npaths == 64)
        return NULL;
    npaths++;
    snprintf(p->text, sizeof p->text, "%s", text);
    p->path.slot = UINT32_MAX;
    p->path.port = port;
    p->path.walk = walk_path;
    return &p->path;
}

static const sl_key *rows_key(sl_node *node, uint32_t port, const char *name)
{
    uint8_t *end = sl_enc_str_head(keys[nkeys].bytes, strlen(name));

    (void)node;
    memcpy(end, name, strlen(name));
    keys[nkeys].key.text.ptr = keys[nkeys].bytes;
    keys[nkeys].key.text.len = (uint64_t)(end - keys[nkeys].bytes) + strlen(name);
    keys[nkeys].key.slot = UINT32_MAX;
    keys[nkeys].key.port = port;
    return &keys[nkeys++].key;
}

static sl_status rows_grow(sl_builder *b, uint64_t more)
{
    uint64_t used = (uint64_t)(b->cur - b->body);
    uint64_t room = (uint64_t)(b->end - b->body) * 2 + more;
    uint8_t *body = realloc(b->body, room + 64);
    uint32_t cap = b->cap * 2;

    ck_assert_ptr_nonnull(body);
    b->body = body;
    b->cur = body + used;
    b->end = body + room;
    if (b->nrec == b->cap) {
        b->rec = realloc(b->rec, (cap + 1) * sizeof *b->rec);
        b->cap = cap;
    }
    return SL_OK;
}

sl_builder *fake_rows(void)
{
    sl_builder *b = calloc(1, sizeof *b);

    b->size = sizeof *b;
    b->cap = 16;
    b->body = malloc(1024 + 64);
    b->cur = b->body + 5;
    b->end = b->body + 1024;
    b->rec = calloc(b->cap + 1, sizeof *b->rec);
    b->rec[0] = 5;
    return b;
}

static sl_builder *rows_build(sl_node *node, uint32_t port, sl_batch *like)
{
    (void)node;
    (void)port;
    (void)like;
    return ++fake.allocs == fake.alloc_fail_at ? NULL : fake_rows();
}

static void rows_discard(sl_builder *b)
{
    free(b->body);
    free(b->rec);
    free(b);
}

static sl_batch *batch_of(sl_builder *b)
{
    sl_batch *batch = calloc(1, sizeof *batch);

    b->body[0] = 0xdd;
    sl_set32(b->body + 1, b->nrec);
    memset(b->cur, 0, 64);
    batch->size = sizeof *batch;
    batch->refs = 1;
    batch->nrec = b->nrec;
    batch->nsel = b->nrec;
    batch->rec = b->rec;
    batch->body = b->body;
    batch->body_len = (uint64_t)(b->cur - b->body);
    free(b);
    fake.blocks++;
    return batch;
}

static sl_batch *rows_finish(sl_builder *b)
{
    if (++fake.allocs != fake.alloc_fail_at)
        return batch_of(b);
    rows_discard(b);
    return NULL;
}

static sl_batch *rows_ref(sl_batch *batch)
{
    batch->refs++;
    return batch;
}

static void rows_unref(sl_batch *batch)
{
    if (!batch || --batch->refs)
        return;
    free((void *)(uintptr_t)batch->rec);
    free((void *)(uintptr_t)batch->body);
    free((void *)(uintptr_t)batch->sel);
    free((void *)(uintptr_t)batch->first.ptr);
    free((void *)(uintptr_t)batch->last.ptr);
    free(batch);
    fake.blocks--;
}

static const sl_rows rows_table = {
    .size = sizeof rows_table,
    .ref = rows_ref,
    .unref = rows_unref,
    .path = rows_path,
    .key = rows_key,
    .build = rows_build,
    .grow = rows_grow,
    .finish = rows_finish,
    .discard = rows_discard,
};

void fake_row(sl_builder *b, ...)
{
    sl_writer w;
    va_list args;
    const char *name;

    sl_writer_init(&w, &rows_table, b);
    ck_assert(sl_row_begin(&w));
    va_start(args, b);
    while ((name = va_arg(args, const char *)) != NULL) {
        sl_row_text_key(&w, name + 2, strlen(name + 2));
        if (name[0] == 's') {
            const char *text = va_arg(args, const char *);

            sl_row_put_str(&w, NULL, text, strlen(text));
        } else if (name[0] == 'r') {
            const sl_bytes *raw = va_arg(args, const sl_bytes *);

            sl_row_put_span(&w, NULL, raw->ptr, raw->len);
        } else if (name[0] == 'f') {
            sl_row_put_f64(&w, NULL, va_arg(args, double));
        } else {
            int64_t v = va_arg(args, int64_t);

            if (name[0] == 'i')
                sl_row_put_i64(&w, NULL, v);
            else if (name[0] == 't')
                sl_row_put_time(&w, NULL, v);
            else if (name[0] == 'n')
                sl_row_put_nil(&w, NULL);
            else
                sl_row_put_span(&w, NULL, (const uint8_t *)"\x90", 1);
        }
    }
    va_end(args);
    ck_assert_int_eq(sl_row_end(&w, 0), SL_OK);
}

static sl_bytes one_byte(uint8_t v)
{
    uint8_t *p = malloc(1);
    sl_bytes out = {.ptr = p, .len = 1};

    *p = v;
    return out;
}

sl_batch *fake_batch(sl_builder *b, uint32_t split, uint8_t first, uint8_t last)
{
    sl_batch *batch = batch_of(b);

    batch->split = split;
    batch->first = one_byte(first);
    batch->last = one_byte(last);
    return batch;
}

void fake_select(sl_batch *batch, const uint16_t *row, uint32_t n)
{
    uint16_t *sel = malloc(n * sizeof *sel + 1);

    memcpy(sel, row, n * sizeof *sel);
    batch->sel = sel;
    batch->nsel = n;
}

/* ---- the rest of the host -------------------------------------------------------------------- */

static void host_fail(sl_node *node, const char *code, const char *text)
{
    (void)node;
    snprintf(fake.code, sizeof fake.code, "%s", code);
    snprintf(fake.text, sizeof fake.text, "%s", text);
}

static void host_fail_at(sl_node *node, const char *path, uint32_t at, uint32_t len,
                         const char *code, const char *text)
{
    host_fail(node, code, text);
    snprintf(fake.at_path, sizeof fake.at_path, "%s", path);
    fake.at = at;
    fake.at_len = len;
}

static void host_log(sl_node *node, uint32_t level, const char *code, const char *text)
{
    (void)node;
    (void)level;
    (void)code;
    (void)text;
}

static const char *find_setting(const char *path)
{
    for (uint32_t i = 0; i < nsettings; i++) {
        if (!settings[i].is_item && !strcmp(settings[i].path, path))
            return settings[i].value;
    }
    return "";
}

static const char *host_get_text(const sl_config *cfg, const char *path)
{
    return *path ? find_setting(path) : (const char *)(const void *)cfg;
}

static int64_t host_get_int(const sl_config *cfg, const char *path)
{
    (void)cfg;
    return strtoll(find_setting(path), NULL, 10);
}

static uint32_t host_get_count(const sl_config *cfg, const char *path)
{
    uint32_t n = 0;

    (void)cfg;
    for (uint32_t i = 0; i < nsettings; i++)
        n += settings[i].is_item && !strcmp(settings[i].path, path);
    return n;
}

static const sl_config *host_get_item(const sl_config *cfg, const char *path, uint32_t i,
                                      const char **key)
{
    (void)cfg;
    (void)key;
    for (uint32_t k = 0; k < nsettings; k++) {
        if (settings[k].is_item && !strcmp(settings[k].path, path) && i-- == 0)
            return (const sl_config *)(const void *)settings[k].value;
    }
    return NULL;
}

static sl_status host_emit(sl_node *node, uint32_t port, sl_batch *batch)
{
    (void)node;
    (void)port;
    ck_assert_uint_lt(fake.nemitted, FAKE_MANY);
    fake.emitted[fake.nemitted++] = batch;
    return SL_OK;
}

static void host_reject(sl_node *node, sl_batch *batch, const uint16_t *row, uint32_t n,
                        const char *code, const char *why)
{
    (void)node;
    (void)batch;
    (void)row;
    fake.rejected += n;
    snprintf(fake.reject_code, sizeof fake.reject_code, "%s", code);
    snprintf(fake.reject_why, sizeof fake.reject_why, "%s", why);
}

static void host_count(sl_node *node, uint64_t used, uint64_t filtered)
{
    (void)node;
    (void)filtered;
    fake.used += used;
}

static void host_finish(sl_call *call, sl_status status)
{
    fake.finished = call;
    fake.finish_status = status;
}

static uint32_t host_offsets(sl_node *node, uint32_t i, const char **split, sl_bytes *offset)
{
    uint32_t n = 0;

    (void)node;
    while (n < 8 && fake.splits[n])
        n++;
    if (i < n) {
        *split = fake.splits[i];
        *offset = fake.offsets[i];
    }
    return n;
}

static uint64_t host_identity(sl_node *node, const char **graph, const char **name)
{
    (void)node;
    *graph = "clicks";
    *name = "files";
    return fake.epoch;
}

static int64_t host_now(sl_node *node)
{
    (void)node;
    return fake.now_ns;
}

static void host_random(sl_node *node, void *out, uint64_t len)
{
    uint8_t *p = out;

    (void)node;
    for (uint64_t i = 0; i < len; i++) {
        fake.seed = fake.seed * 6364136223846793005u + 1442695040888963407u;
        p[i] = (uint8_t)(fake.seed >> 56);
    }
}

static sl_event *host_timer(sl_node *node, int64_t after_ns, int64_t period_ns,
                            void (*fn)(sl_instance *, void *), void *arg)
{
    (void)node;
    (void)after_ns;
    (void)period_ns;
    (void)arg;
    fake.tick = fn;
    return (sl_event *)(void *)&fake;
}

static void host_unwatch(sl_event *event)
{
    (void)event;
    fake.tick = NULL;
}

const sl_host fake_table = {
    .size = sizeof fake_table,
    .abi_major = SL_ABI_MAJOR,
    .version = "test",
    .rows = &rows_table,
    .extension = host_extension,
    .fail = host_fail,
    .fail_at = host_fail_at,
    .log = host_log,
    .get_int = host_get_int,
    .get_text = host_get_text,
    .get_count = host_get_count,
    .get_item = host_get_item,
    .alloc = host_alloc,
    .resize = host_resize,
    .release = host_release,
    .emit = host_emit,
    .reject = host_reject,
    .count = host_count,
    .finish = host_finish,
    .offsets = host_offsets,
    .identity = host_identity,
    .now = host_now,
    .random = host_random,
    .timer = host_timer,
    .unwatch = host_unwatch,
};

/* ---- the test's side ------------------------------------------------------------------------- */

void fake_begin(void)
{
    const char *tmp = getenv("TMPDIR");

    memset(&fake, 0, sizeof fake);
    fake.seed = 42;
    fake.epoch = 1;
    nsettings = 0;
    npaths = 0;
    nkeys = 0;
    npending = 0;
    snprintf(fake.folder, sizeof fake.folder, "%.32s/sluice-test-XXXXXX", tmp ? tmp : "/tmp");
    ck_assert_ptr_nonnull(mkdtemp(fake.folder));
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

void fake_end(void)
{
    for (uint32_t i = 0; i < fake.nemitted; i++)
        rows_unref(fake.emitted[i]);
    ck_assert_int_eq(nftw(fake.folder, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
    ck_assert_int_eq(fake.blocks, 0);
}

void fake_heal(void)
{
    fake.allocs = 0;
    fake.alloc_fail_at = 0;
    fake.calls = 0;
    fake.fail_at = 0;
    fake.fail_from = 0;
    fake.write_at_most = 0;
    fake.code[0] = 0;
}

void fake_set(const char *path, const char *value)
{
    snprintf(settings[nsettings].path, sizeof settings->path, "%s", path);
    snprintf(settings[nsettings].value, sizeof settings->value, "%s", value);
    settings[nsettings++].is_item = 0;
}

void fake_list(const char *path, ...)
{
    va_list args;
    const char *item;

    va_start(args, path);
    while ((item = va_arg(args, const char *)) != NULL) {
        fake_set(path, item);
        settings[nsettings - 1].is_item = 1;
    }
    va_end(args);
}

static char **names;
static uint32_t nnames;

static int note_file(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)ftw;
    if (type == FTW_D)
        return 0;
    names = realloc(names, (nnames + 1) * sizeof *names);
    names[nnames++] = strdup(path + strlen(fake.folder) + 1);
    return 0;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

const char *fake_files(void)
{
    static char *text;
    size_t len = 0;

    nnames = 0;
    (void)nftw(fake.folder, note_file, 16, FTW_PHYS);
    if (nnames)
        qsort(names, nnames, sizeof *names, by_name);
    free(text);
    text = calloc(1, 1);
    for (uint32_t i = 0; i < nnames; i++) {
        text = realloc(text, len + strlen(names[i]) + 2);
        len += (size_t)sprintf(text + len, "%s ", names[i]);
        free(names[i]);
    }
    return text;
}

const char *fake_read(const char *name)
{
    static char *text;
    char path[512];
    FILE *in;
    long size;

    snprintf(path, sizeof path, "%s/%s", fake.folder, name);
    in = fopen(path, "rb");
    if (!in)
        return NULL;
    free(text);
    fseek(in, 0, SEEK_END);
    size = ftell(in);
    rewind(in);
    text = calloc(1, (size_t)size + 1);
    ck_assert_uint_eq(fread(text, 1, (size_t)size, in), (size_t)size);
    fclose(in);
    return text;
}
