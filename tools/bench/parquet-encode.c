/* SPDX-License-Identifier: Apache-2.0
 *
 * tools/bench/parquet-encode.c - rows per second of the Parquet encoder, by itself.
 *
 *     parquet-encode [ROWS [CODEC [FILE]]]
 *
 * Appends a click-stream table of ten columns, made in memory beforehand (one batch of 8192 rows at
 * a time, repeated with changing ids and times), and prints rows per second, bytes per row and
 * nanoseconds per value and column. CODEC is none, snappy or zstd. Without FILE the bytes are
 * dropped. Times are CPU time of this thread.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "plugins/parquet/lib/parquet.h"

#define BATCH 8192u
#define SETS  16u /* different batches */
#define COLS  10u

typedef struct table {
    int64_t time_us[BATCH];
    int64_t user[BATCH];
    double price[BATCH];
    int64_t count[BATCH];
    sl_pq_bytes text[6][BATCH]; /* event, url, referrer, country, agent, session */
    char *arena;
} table;

static uint64_t random_state = 88172645463325252ULL;

static uint64_t next_random(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state * 0x2545f4914f6cdd1dULL;
}

/* Small numbers are more frequent, as in most data. */
static uint32_t skewed(uint32_t n)
{
    double u = (double)(next_random() >> 11) * 0x1p-53;

    return (uint32_t)((double)n * u * u * u);
}

static double now_cpu(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void *mem_alloc(void *ctx, size_t bytes)
{
    (void)ctx;
    return malloc(bytes);
}

static void *mem_resize(void *ctx, void *mem, size_t bytes)
{
    (void)ctx;
    return realloc(mem, bytes);
}

static void mem_release(void *ctx, void *mem)
{
    (void)ctx;
    free(mem);
}

static int append(void *ctx, const void *bytes, size_t len)
{
    FILE *f = ctx;

    return f && fwrite(bytes, 1, len, f) != len;
}

static sl_pq_bytes text_of(char **at, const char *format, uint32_t a, uint32_t b)
{
    sl_pq_bytes v = {(const uint8_t *)*at, 0};
    int n = snprintf(*at, 200, "events");

    if (format)
        n = snprintf(*at, 200, "%s%u/%u", format, a, b);
    v.len = (size_t)n;
    *at += n;
    return v;
}

static void fill(table *t, uint32_t set)
{
    static const char *const EVENT[] = {"impression", "click", "view", "purchase", "scroll"};
    static const char *const COUNTRY[] = {"DE", "FR", "US", "BR", "IN", "JP", "PL", "ES", "IT"};
    char *at = t->arena;
    uint32_t i;

    for (i = 0; i < BATCH; i++) {
        uint32_t site = skewed(200), user = skewed(2000000), agent = skewed(400);

        t->time_us[i] = 1767225600000000 + (int64_t)(set * BATCH + i) * 731 + skewed(5000);
        t->user[i] = user;
        t->price[i] = skewed(5000) / 100.0;
        t->count[i] = skewed(20);
        t->text[0][i].ptr = (const uint8_t *)EVENT[skewed(5)];
        t->text[0][i].len = strlen((const char *)t->text[0][i].ptr);
        t->text[1][i] = text_of(&at, "https://shop.example.com/product/", site, skewed(4000));
        t->text[2][i] = text_of(&at, "https://search.example.com/?q=", 0, site);
        t->text[3][i].ptr = (const uint8_t *)COUNTRY[skewed(9)];
        t->text[3][i].len = 2;
        t->text[4][i] = text_of(&at, "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/",
                                agent, agent * 7);
        t->text[5][i] = text_of(&at, "s", user, (uint32_t)(next_random() % 3));
    }
}

static const char *const NAMES[COLS] = {"time", "user",     "price",   "count", "event",
                                        "url",  "referrer", "country", "agent", "session"};
static const sl_pq_kind KINDS[COLS] = {
    SL_PQ_TIMESTAMPTZ_US, SL_PQ_INT64,  SL_PQ_DOUBLE, SL_PQ_INT64,  SL_PQ_STRING,
    SL_PQ_STRING,         SL_PQ_STRING, SL_PQ_STRING, SL_PQ_STRING, SL_PQ_STRING};

static int add_batch(sl_pq_column **col, const table *t, double *spent)
{
    const void *numbers[4] = {t->time_us, t->user, t->price, t->count};
    uint32_t k;

    for (k = 0; k < COLS; k++) {
        double start = now_cpu();
        int rc = k < 4 ? sl_pq_add_u64_n(col[k], numbers[k], NULL, BATCH)
                       : sl_pq_add_bytes_n(col[k], t->text[k - 4], NULL, BATCH);

        if (rc)
            return rc;
        spent[k] += now_cpu() - start;
    }
    return SL_PQ_OK;
}

static int run(sl_pq_schema *schema, const sl_pq_options *o, const table *t, uint64_t rows, FILE *f)
{
    sl_pq_output out = {f, append};
    sl_pq_writer *w = NULL;
    sl_pq_column *col[COLS];
    double spent[COLS] = {0}, start = now_cpu(), all;
    uint64_t done;
    uint32_t k;
    int rc = sl_pq_writer_open(schema, o, &out, &w);

    for (k = 0; k < COLS && !rc; k++)
        col[k] = sl_pq_writer_column(w, k + 1);
    for (done = 0; done < rows && !rc; done += BATCH) {
        rc = add_batch(col, &t[done / BATCH % SETS], spent);
        if (!rc)
            rc = sl_pq_rows(w, BATCH);
    }
    if (!rc)
        rc = sl_pq_writer_finish(w);
    all = now_cpu() - start;
    if (rc) {
        (void)fprintf(stderr, "parquet-encode: failed with %d\n", rc);
    } else {
        (void)printf("%.2f M rows/s, %.1f B/row\n", (double)done / all * 1e-6,
                     (double)sl_pq_writer_bytes(w) / (double)done);
        for (k = 0; k < COLS; k++)
            (void)printf("  %-10s %6.1f ns/value\n", NAMES[k], spent[k] / (double)done * 1e9);
    }
    sl_pq_writer_free(w);
    return rc;
}

int main(int argc, char **argv)
{
    static const char *const CODECS[] = {"none", "snappy", "gzip", "lz4", "zstd"};
    const sl_pq_memory mem = {NULL, mem_alloc, mem_resize, mem_release};
    uint64_t rows = argc > 1 ? strtoull(argv[1], NULL, 10) : 4000000;
    sl_pq_options o = {.codec = SL_PQ_ZSTD};
    sl_pq_schema *schema = sl_pq_schema_new(&mem);
    table *t = calloc(SETS, sizeof(*t));
    FILE *f = argc > 3 ? fopen(argv[3], "wb") : NULL;
    uint32_t i;
    int rc = !schema || !t;

    for (i = 0; argc > 2 && i < SL_PQ_CODECS; i++)
        if (strcmp(argv[2], CODECS[i]) == 0)
            o.codec = (sl_pq_codec)i;
    for (i = 0; i < COLS && !rc; i++) {
        sl_pq_field field = {.name = NAMES[i], .kind = KINDS[i], .id = SL_PQ_NO_ID};

        field.name_len = (uint32_t)strlen(NAMES[i]);
        rc = sl_pq_schema_add(schema, SL_PQ_ROOT, &field, NULL);
    }
    for (i = 0; i < SETS && !rc; i++) {
        t[i].arena = malloc((size_t)BATCH * 512);
        rc = !t[i].arena;
        if (!rc)
            fill(&t[i], i);
    }
    if (!rc)
        rc = run(schema, &o, t, rows, f);
    for (i = 0; i < SETS && t; i++)
        free(t[i].arena);
    free(t);
    sl_pq_schema_free(schema);
    if (f && fclose(f))
        rc = 1;
    return rc != 0;
}
