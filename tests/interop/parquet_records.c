/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/interop/parquet_records.c - records through the Parquet writer, without an engine.
 *
 *     parquet_records MODE RECORDS PREFIX BATCH_ROWS GROUP_ROWS [ROUNDS [CODEC]]
 *
 * RECORDS holds msgpack maps, one after the other. They are put into batches of BATCH_ROWS rows and
 * given to the writer's format, which makes PREFIX-0.parquet, PREFIX-1.parquet … MODE tells what
 * the batches have: "slots", no slots ("walk"), or by turns ("turns"). Prints the schema that the
 * file records would have, rows sent off, and the CPU time. ROUNDS repeats all rows, for measuring.
 * parquet_records.py makes records and looks at the files.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "sdk/lib/batch.h"

#include "plugins/parquet/parquet.c"

static uint32_t group_rows;
static const char *codec = "zstd";
static uint64_t rejected, failures;
static sl_pathset *set;
static sl_mem *account;

/* ---- what the framework would do ------------------------------------------------------------- */

struct sl_files_out {
    FILE *file;
};

sl_status sl_files_put(sl_files_out *out, const void *data, uint64_t len)
{
    return out->file && fwrite(data, 1, len, out->file) != len ? SL_E_NOMEM : SL_OK;
}

void sl_files_reject(sl_files_out *out, sl_batch *batch, const uint16_t *row, uint32_t n,
                     const char *code, const char *why)
{
    (void)out;
    (void)batch;
    (void)row;
    (void)code;
    (void)why;
    rejected += n;
}

static uint32_t open_fields[128], depth;

void sl_files_fields(sl_files_info *info, uint32_t n)
{
    (void)info;
    depth = 0;
    open_fields[0] = n;
}

void sl_files_field(sl_files_info *info, const char *name, uint64_t name_len, const char *type,
                    int nullable, uint32_t children)
{
    (void)info;
    while (depth > 0 && open_fields[depth] == 0)
        depth--;
    if (open_fields[depth]-- == 0)
        failures++;
    (void)printf("field %u %.*s %s%s\n", depth, (int)name_len, name, type, nullable ? "" : "!");
    open_fields[++depth] = children;
}

void sl_files_column(sl_files_info *info, const char *path, uint64_t path_len, const char *type,
                     int64_t nulls, const sl_bytes *min, const sl_bytes *max)
{
    (void)info;
    (void)printf("column %.*s %s nulls=%lld bounds=%d\n", (int)path_len, path, type,
                 (long long)nulls, min && max && min->len && max->len);
}

sl_status sl_files_create(const sl_host *host, sl_node *node, const sl_config *cfg,
                          const sl_files_format *f, sl_instance **self)
{
    (void)host;
    (void)node;
    (void)cfg;
    (void)f;
    (void)self;
    return SL_E_FATAL;
}

/* Slots of the class that a driver of the format alone does not need. */
const sl_setting sl_files_roll_settings[] = {SL_SETTINGS_END};
const sl_transform_ops sl_files_ops = {.size = sizeof(sl_transform_ops)};
sl_status sl_files_open(sl_instance *self, sl_call *call)
{
    return self && call ? SL_E_FATAL : SL_OK;
}
void sl_files_close(sl_instance *self)
{
    (void)self;
}
void sl_files_destroy(sl_instance *self)
{
    (void)self;
}
sl_status sl_files_prepare(sl_instance *self, sl_call *call, uint64_t n, void **token,
                           uint64_t *len)
{
    return self && call && n && token && len ? SL_E_FATAL : SL_OK;
}
sl_status sl_files_snapshot(sl_instance *self, uint64_t n, void **state, uint64_t *len)
{
    return self && n && state && len ? SL_E_FATAL : SL_OK;
}
sl_status sl_files_restore(sl_instance *self, const void *state, uint64_t len)
{
    return self && state && len ? SL_E_FATAL : SL_OK;
}
sl_status sl_files_commit(sl_instance *self, sl_call *call, const void *token, uint64_t len)
{
    return self && call && token && len ? SL_E_FATAL : SL_OK;
}
sl_status sl_files_abort(sl_instance *self, sl_call *call, const void *token, uint64_t len)
{
    return self && call && token && len ? SL_E_FATAL : SL_OK;
}

/* ---- what the host would do ------------------------------------------------------------------ */

static void *host_alloc(sl_node *node, uint64_t bytes)
{
    (void)node;
    return malloc(bytes);
}

static void *host_resize(sl_node *node, void *mem, uint64_t bytes)
{
    (void)node;
    return realloc(mem, bytes);
}

static void host_fail(sl_node *node, const char *code, const char *text)
{
    (void)node;
    (void)fprintf(stderr, "%s: %s\n", code, text);
}

static const char *host_text(const sl_config *cfg, const char *path)
{
    (void)cfg;
    return strcmp(path, "compress") == 0 ? codec : "";
}

static int64_t host_int(const sl_config *cfg, const char *path)
{
    (void)cfg;
    if (strcmp(path, "level") == 0)
        return 1;
    return strcmp(path, "row_group.rows") == 0 ? group_rows : 128 << 20;
}

static const sl_path *host_path(sl_node *node, uint32_t port, const char *text)
{
    static sl_path path = {.slot = SL_NO_SLOT};

    (void)node;
    (void)port;
    path.set = set;
    return strcmp(text, "*") == 0 ? &path : NULL;
}

static const sl_paths paths_table = {.size = sizeof(sl_paths),
                                     .count = sl_pathset_count,
                                     .keys = sl_pathset_keys,
                                     .find = sl_pathset_find};

static const void *host_extension(const char *id)
{
    return strcmp(id, "sluice.paths/1") == 0 ? &paths_table : NULL;
}

/* ---- batches --------------------------------------------------------------------------------- */

typedef struct input {
    uint8_t *data;
    size_t len;
    sl_pool *pool;
    sl_ptree *tree;
    uint32_t made;
} input;

static int read_input(input *in, const char *path)
{
    FILE *f = fopen(path, "rb");
    long len;

    if (!f || fseek(f, 0, SEEK_END) || (len = ftell(f)) < 0)
        return -1;
    rewind(f);
    in->len = (size_t)len;
    in->data = calloc(1, in->len + 64);
    if (!in->data || fread(in->data, 1, in->len, f) != in->len)
        return -1;
    return fclose(f);
}

/* A batch of the next rows from *AT on. */
static sl_batch *next_batch(input *in, const uint8_t **at, uint32_t rows, int has_slots)
{
    sl_builder *b = sl_builder_new(in->pool, set, NULL);
    sl_batch *plain, *batch;

    while (b && b->nrec < rows && *at < in->data + in->len) {
        const uint8_t *end = sl_val_skip(*at);
        uint64_t n = (uint64_t)(end - *at);

        if (((uint64_t)(b->end - b->cur) < n || b->nrec == b->cap) && sl_builder_grow(b, n))
            return NULL;
        memcpy(b->cur, *at, n);
        b->cur += n;
        b->rec[++b->nrec] = (uint32_t)(b->cur - b->body);
        *at = end;
    }
    plain = b ? sl_builder_finish(b) : NULL;
    if (!plain || !has_slots)
        return plain;
    batch = sl_batch_reslot(plain, in->tree);
    sl_batch_unref(plain);
    return batch;
}

/* ---- writing --------------------------------------------------------------------------------- */

typedef struct run {
    sl_format *format;
    sl_format_file *file;
    sl_files_out out;
    const char *prefix;
    uint32_t files;
    uint64_t bytes;
} run;

static int begin_file(run *r)
{
    char name[512];

    if (r->file)
        return 0;
    (void)snprintf(name, sizeof(name), "%s-%u.parquet", r->prefix, r->files++);
    r->out.file = *r->prefix ? fopen(name, "wb") : NULL;
    return format_begin(r->format, &r->out, &r->file) != SL_OK;
}

static int finish_file(run *r)
{
    static const sl_files_meta META[1] = {{"sluice.graph", "test"}};
    sl_files_info info;

    memset(&info, 0, sizeof(info));
    if (!r->file)
        return 0;
    if (format_finish(r->file, META, 1, &info) != SL_OK)
        return -1;
    r->file = NULL;
    return r->out.file ? fclose(r->out.file) : 0;
}

static int add_batch(run *r, sl_batch *batch)
{
    uint16_t row[65536];
    uint32_t at = 0, i;

    for (i = 0; i < batch->nrec; i++)
        row[i] = (uint16_t)i;
    while (at < batch->nrec) {
        uint32_t done = 0;
        sl_status rc;

        if (begin_file(r))
            return -1;
        rc = format_add(r->file, batch, row + at, batch->nrec - at, &done);
        at += done;
        if (rc == SL_AGAIN ? finish_file(r) : rc != SL_OK)
            return -1;
    }
    return 0;
}

static double cpu(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

#define MANY 65536u

static int write_all(run *r, input *in, const char *mode, uint32_t batch_rows, uint32_t rounds)
{
    static sl_batch *batch[MANY];
    const uint8_t *at = in->data;
    uint32_t n = 0, i, k;
    double start;
    int rc = 0;

    while (at < in->data + in->len && n < MANY) {
        int has_slots = *mode == 's' || (*mode == 't' && n % 2);

        batch[n] = next_batch(in, &at, batch_rows, has_slots);
        if (!batch[n++])
            return -1;
    }
    start = cpu();
    for (k = 0; k < rounds && !rc; k++)
        for (i = 0; i < n && !rc; i++)
            rc = add_batch(r, batch[i]);
    rc = rc ? rc : finish_file(r);
    (void)printf("cpu %.3f s for %.1f MB\n", cpu() - start, (double)in->len * rounds * 1e-6);
    for (i = 0; i < n; i++)
        sl_batch_unref(batch[i]);
    return rc;
}

int main(int argc, char **argv)
{
    static sl_rows rows = {.size = sizeof(sl_rows), .path = host_path};
    static sl_host host = {.size = sizeof(sl_host),
                           .version = "0.1.0",
                           .rows = &rows,
                           .extension = host_extension,
                           .fail = host_fail,
                           .get_text = host_text,
                           .get_int = host_int,
                           .alloc = host_alloc,
                           .resize = host_resize,
                           .release = free};
    static sl_files_env env = {.host = &host};
    run r = {0};
    input in = {0};
    int rc;

    if (argc < 6)
        return 2;
    group_rows = (uint32_t)strtoul(argv[5], NULL, 10);
    codec = argc > 7 ? argv[7] : codec;
    account = sl_mem_new(NULL, NULL, "test", 0);
    set = sl_pathset_new(account, SL_BATCH_SLOTS_MAX);
    sl_pathset_open(set);
    in.pool = sl_pool_new(account, UINT64_MAX);
    in.tree = sl_ptree_new(account, set, 4096);
    if (read_input(&in, argv[2]) || format_create(&env, NULL, &r.format) != SL_OK)
        return 2;
    if (group_rows < 1000)
        r.format->options.row_group_least = 1;
    r.prefix = argv[3];
    rc = write_all(&r, &in, argv[1], (uint32_t)strtoul(argv[4], NULL, 10),
                   argc > 6 ? (uint32_t)strtoul(argv[6], NULL, 10) : 1);
    (void)printf("rejected %llu files %u\n", (unsigned long long)rejected, r.files);
    format_destroy(r.format);
    sl_ptree_free(in.tree);
    sl_pool_unref(in.pool);
    sl_pathset_unref(set);
    sl_mem_drop(account);
    free(in.data);
    return rc || failures;
}
