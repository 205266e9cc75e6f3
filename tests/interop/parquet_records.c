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
#include <time.h>

#include "tests/plugins/parquet/format_host.h"

typedef struct input {
    uint8_t *data;
    size_t len;
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
    if (!r->file)
        return 0;
    if (fh_finish(r->file) != SL_OK)
        return -1;
    (void)printf("schema %s\ncolumns %s\n", fh.schema, fh.columns);
    r->file = NULL;
    return r->out.file ? fclose(r->out.file) : 0;
}

static int add_batch(run *r, sl_batch *batch)
{
    static uint16_t row[65536];
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

        batch[n] = fh_batch(&at, in->data + in->len, batch_rows, has_slots);
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
    run r = {0};
    input in = {0};
    int rc;

    if (argc < 6 || read_input(&in, argv[2]))
        return 2;
    r.format = fh_begin(argc > 7 ? argv[7] : "zstd", strtol(argv[5], NULL, 10), 0);
    r.prefix = argv[3];
    rc = !r.format || write_all(&r, &in, argv[1], (uint32_t)strtoul(argv[4], NULL, 10),
                                argc > 6 ? (uint32_t)strtoul(argv[6], NULL, 10) : 1);
    if (rc)
        (void)fprintf(stderr, "parquet_records: %s\n", fh.failed);
    (void)printf("rejected %llu files %u\n", (unsigned long long)fh.rejected, r.files);
    fh_end(r.format);
    free(in.data);
    return rc || fh.blocks;
}
