/* SPDX-License-Identifier: Apache-2.0
 *
 * tools/bench/json-decode.c - what decoding JSON costs, in CPU-seconds per GB of text.
 *
 *   json-decode [FILE.ndjson …]
 *
 * Without files it makes up click events in four shapes: regular, fields dropped at random,
 * dictionary keys, keys shuffled in each record; and a fifth of numbers with 17 digits. Each input
 * is decoded in blocks of 1 MiB, as a file source cuts them, to bodies and slots of 32 paths, until
 * half a second of CPU time is used; the best pass counts.
 */
#include "plugins/json/json.h"
#include "tests/plugins/json/fake.h"

#include <stdio.h>
#include <time.h>

#define BLOCK  1048576u
#define EVENTS 40000u
#define FIELDS 25u

static const char *const wanted[] = {"event_id",
                                     "event_type",
                                     "event_time",
                                     "user.id",
                                     "user.email",
                                     "user.ip",
                                     "user.locale",
                                     "user.user_agent",
                                     "page.url",
                                     "page.referrer",
                                     "page.title",
                                     "campaign.id",
                                     "campaign.creative",
                                     "device.os",
                                     "campaign.bid_cpm",
                                     "device.model",
                                     "geo.country",
                                     "geo.city",
                                     "geo.lat",
                                     "geo.lon",
                                     "utm.source",
                                     "utm.medium",
                                     "experiment",
                                     "device.screen.w",
                                     "device.screen.h",
                                     "items",
                                     "device.os_version",
                                     "user",
                                     "page",
                                     "campaign",
                                     "device",
                                     "device.screen",
                                     NULL};

typedef struct text {
    char *ptr;
    size_t len;
    size_t cap;
} text;

static uint64_t seed = 88172645463325252u;

/* A number below N. */
static uint32_t pick(uint32_t n)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (uint32_t)(seed >> 33) % n;
}

static void add(text *t, const char *s, size_t n)
{
    if (t->len + n + 64 > t->cap) {
        t->cap = 2 * (t->cap + n) + 4096;
        t->ptr = realloc(t->ptr, t->cap);
        if (!t->ptr)
            abort();
    }
    memcpy(t->ptr + t->len, s, n);
    t->len += n;
}

/* How the fields of an event are put out. */
typedef struct shape {
    const char *name;
    uint32_t dropped; /* of 10 fields */
    uint32_t opaque;  /* keys of 5,000 in each event */
    uint32_t shuffled;
    uint32_t digits;
} shape;

/* One object of N fields, its texts in FIELD. */
static void object(text *t, const shape *s, char (*field)[256], uint32_t n)
{
    const char *comma = "";

    for (uint32_t i = 0; s->shuffled && i + 1 < n; i++) {
        char kept[256];
        uint32_t other = i + pick(n - i);

        memcpy(kept, field[i], sizeof kept);
        memcpy(field[i], field[other], sizeof kept);
        memcpy(field[other], kept, sizeof kept);
    }
    add(t, "{", 1);
    for (uint32_t i = 0; i < n; i++) {
        if (pick(10) < s->dropped)
            continue;
        add(t, comma, strlen(comma));
        add(t, field[i], strlen(field[i]));
        comma = ",";
    }
    add(t, "}", 1);
}

/* The object KEY with N fields as a field of the event. */
static void nested(char *out, const char *key, const shape *s, char (*field)[256], uint32_t n)
{
    text t = {NULL, 0, 0};

    object(&t, s, field, n);
    add(&t, "", 1);
    (void)snprintf(out, 512, "\"%s\":%s", key, t.ptr);
    free(t.ptr);
}

#define PUT(i, ...) (void)snprintf(inner[i], sizeof inner[i], __VA_ARGS__)
#define OUT(...)    (void)snprintf(outer[n++], sizeof outer[0], __VA_ARGS__)

static void event(text *t, const shape *s)
{
    static char outer[FIELDS][512];
    static char inner[FIELDS][256];
    const char *comma = "";
    uint32_t n = 0;

    OUT("\"event_id\":\"%08x-1125-4049-a71e-4dc5%08x\"", pick(1u << 31), pick(1u << 31));
    OUT("\"event_type\":\"%s\"", pick(2) ? "impression" : "click");
    OUT("\"event_time\":\"2026-01-01T%02u:%02u:%02u.%03uZ\"", pick(24), pick(60), pick(60),
        pick(1000));
    PUT(0, "\"id\":%u", pick(20000000));
    PUT(1, "\"email\":\"someone%u@example.com\"", pick(10000));
    PUT(2, "\"ip\":\"89.%u.%u.%u\"", pick(256), pick(256), pick(256));
    PUT(3,
        "\"user_agent\":\"Mozilla/5.0 (Linux; Android 14; Phone A%u) AppleWebKit/537.36 (KHTML, "
        "like Gecko) Chrome/109.0.%u.64 Mobile Safari/537.36\"",
        pick(99), pick(6000));
    PUT(4, "\"locale\":\"es-MX\"");
    nested(outer[n++], "user", s, inner, 5);
    PUT(0, "\"url\":\"https://recipes.example.net/live/%u?sid=c9f70f%u&pos=%u\"", pick(99999),
        pick(999999), pick(9));
    PUT(1, "\"referrer\":\"https://search.example.com/?q=%u\"", pick(99999));
    PUT(2, "\"title\":\"How to repot a monstera %u\"", pick(100));
    nested(outer[n++], "page", s, inner, 3);
    PUT(0, "\"id\":%u", pick(3000));
    PUT(1, "\"creative\":%u", pick(300000));
    PUT(2, "\"bid_cpm\":%u.%0*u", pick(9), s->digits ? 8 : 4, pick(10000));
    for (uint32_t i = 0; i < s->digits; i++)
        PUT(3 + i, "\"n%u\":0.%08u%08u%u", i, 10000000 + pick(89999999), pick(99999999),
            1 + pick(9));
    nested(outer[n++], "campaign", s, inner, 3 + s->digits);
    PUT(0, "\"os\":\"Android\"");
    PUT(1, "\"os_version\":\"14\"");
    PUT(2, "\"model\":\"Phone A%u\"", pick(30));
    PUT(3, "\"screen\":{\"w\":%u,\"h\":%u}", pick(2000), pick(2000));
    nested(outer[n++], "device", s, inner, 4);
    OUT("\"items\":[{\"sku\":\"SKU-%06u\",\"price\":%u.%02u,\"qty\":%u}]", pick(20000), pick(200),
        pick(100), pick(5));
    if (pick(10) == 0)
        OUT("\"experiment\":\"b%u\"", pick(9));
    for (uint32_t i = 0; i < s->opaque; i++)
        OUT("\"key_%u\":%u", pick(5000), pick(100));
    for (uint32_t i = 0; s->shuffled && i + 1 < n; i++) {
        char kept[512];
        uint32_t other = i + pick(n - i);

        memcpy(kept, outer[i], sizeof kept);
        memcpy(outer[i], outer[other], sizeof kept);
        memcpy(outer[other], kept, sizeof kept);
    }
    add(t, "{", 1);
    for (uint32_t i = 0; i < n; i++) {
        if (pick(10) < s->dropped)
            continue;
        add(t, comma, 1 * (*comma != 0));
        add(t, outer[i], strlen(outer[i]));
        comma = ",";
    }
    add(t, "}\n", 2);
}

static double cpu(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Decode T once; gives the CPU time. */
static double pass(fake *f, const text *t)
{
    double used = 0;

    for (size_t at = 0; at < t->len;) {
        size_t n = t->len - at < BLOCK ? t->len - at : BLOCK;
        const char *line = n == BLOCK ? memrchr(t->ptr + at, '\n', n) : NULL;
        sl_bytes payload = {(const uint8_t *)t->ptr + at,
                            line ? (size_t)(line - t->ptr) + 1 - at : n};
        sl_batch *raw = fake_raw(f, &payload, 1, 1, 0);
        double from = cpu();

        if (fake_push_batch(f, raw) != SL_OK)
            abort();
        for (uint32_t i = 0; i < f->nbatches; i++)
            sl_batch_unref(f->batches[i]);
        f->nbatches = 0;
        used += cpu() - from;
        at += payload.len;
    }
    return used;
}

static void measure(const char *name, const text *t)
{
    fake *f = fake_new(&sl_json_decoder, NULL, wanted, 0, NULL);
    double best = 1e9;
    double total = 0;

    while (f && total < 0.5) {
        double used = pass(f, t);

        total += used;
        best = used < best ? used : best;
    }
    if (f)
        printf("%-24s %7.1f MB  %6.3f s/GB  rejected %u\n", name, (double)t->len / 1e6,
               best * 1e9 / (double)t->len, f->nrejects);
    if (f)
        (void)fake_free(f);
}

static void from_file(const char *path)
{
    text t = {NULL, 0, 0};
    static char buf[65536];
    FILE *in = fopen(path, "rb");
    size_t n;

    if (!in) {
        perror(path);
        return;
    }
    while (t.len < 300000000 && (n = fread(buf, 1, sizeof buf, in)) > 0)
        add(&t, buf, n);
    (void)fclose(in);
    measure(path, &t);
    free(t.ptr);
}

int main(int argc, char **argv)
{
    static const shape shapes[] = {{"regular", 0, 0, 0, 0},
                                   {"fields dropped", 3, 0, 0, 0},
                                   {"dictionary keys", 0, 5, 0, 0},
                                   {"keys shuffled", 0, 0, 1, 0},
                                   {"17 digits", 0, 0, 0, 4}};

    for (size_t i = 0; argc < 2 && i < sizeof shapes / sizeof *shapes; i++) {
        text t = {NULL, 0, 0};

        for (uint32_t n = 0; n < EVENTS; n++)
            event(&t, &shapes[i]);
        measure(shapes[i].name, &t);
        free(t.ptr);
    }
    for (int i = 1; i < argc; i++)
        from_file(argv[i]);
    return 0;
}
