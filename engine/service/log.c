/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/service/log.c - lines of log, folded by node and code.
 *
 * A small table with open addressing holds, for each node and code, how many lines its window has
 * had. A lock guards the table and the descriptor; nobody logs for each record. Text from outside
 * never starts a new line: control characters are shown as \xNN.
 */
#include "engine/service/log.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define LOG_WINDOW_NS 60000000000
#define LOG_BURST     5u   /* lines of one code in a window */
#define LOG_CODES     256u /* pairs of node and code that are told apart */
#define LOG_LINE      2048u

typedef struct log_code {
    uint64_t hash; /* 0: free */
    int64_t start_ns;
    uint32_t lines;
    uint32_t folded;
    uint32_t level;
    char node[64];
    char code[48];
} log_code;

struct sl_log {
    sl_env *env;
    int32_t fd;
    uint32_t level;
    int as_json;
    sl_log_sink sink;
    void *sink_arg;
    pthread_mutex_t lock;
    log_code code[LOG_CODES];
};

/* A line in the making; what does not fit is cut. */
typedef struct line {
    char text[LOG_LINE];
    size_t len;
} line;

static const char *const level_names[] = {"debug", "info", "warn", "error"};

static void line_put(line *l, const char *text)
{
    size_t n = strlen(text);

    if (n > sizeof l->text - 8 - l->len)
        n = sizeof l->text - 8 - l->len;
    memcpy(l->text + l->len, text, n);
    l->len += n;
}

/* Text that may come from outside; JSON also needs quotes and backslashes escaped. */
static void line_put_safe(line *l, const char *text, int as_json)
{
    char esc[8];

    for (; *text && l->len < sizeof l->text - 16; text++) {
        unsigned char c = (unsigned char)*text;
        if (c < 0x20 || c == 0x7f)
            (void)snprintf(esc, sizeof esc, as_json ? "\\u%04x" : "\\x%02x", (unsigned)c);
        else if (as_json && (c == '"' || c == '\\'))
            (void)snprintf(esc, sizeof esc, "\\%c", c);
        else
            (void)snprintf(esc, sizeof esc, "%c", c);
        line_put(l, esc);
    }
    while (*text && l->len && ((unsigned char)l->text[l->len - 1] & 0xc0) == 0x80)
        l->len--;
}

static void line_put_time(line *l, int64_t us)
{
    time_t sec = (time_t)(us / 1000000);
    struct tm tm;
    char text[40];
    size_t n;

    (void)gmtime_r(&sec, &tm);
    n = strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &tm);
    (void)snprintf(text + n, sizeof text - n, ".%03dZ", (int)(us / 1000 % 1000));
    line_put(l, text);
}

static void line_make(line *l, const sl_log *log, uint32_t level, const char *node,
                      const char *code, const char *text)
{
    l->len = 0;
    if (log->as_json) {
        line_put(l, "{\"time\":\"");
        line_put_time(l, log->env->wall_us(log->env));
        line_put(l, "\",\"level\":\"");
        line_put(l, level_names[level & 3u]);
        line_put(l, "\",\"code\":\"");
        line_put_safe(l, code, 1);
        if (node) {
            line_put(l, "\",\"node\":\"");
            line_put_safe(l, node, 1);
        }
        line_put(l, "\",\"text\":\"");
        line_put_safe(l, text, 1);
        line_put(l, "\"}\n");
        return;
    }
    line_put(l, level_names[level & 3u]);
    line_put(l, "[");
    line_put_safe(l, code, 0);
    line_put(l, "] ");
    if (node) {
        line_put_safe(l, node, 0);
        line_put(l, ": ");
    }
    line_put_safe(l, text, 0);
    line_put(l, "\n");
}

/* Under the lock. */
static void line_out(sl_log *log, uint32_t level, const char *node, const char *code,
                     const char *text)
{
    line l;
    size_t at = 0;

    line_make(&l, log, level, node, code, text);
    if (log->sink) {
        log->sink(log->sink_arg, level, code, l.text, l.len);
        return;
    }
    while (at < l.len) {
        int64_t n = log->env->os->write(log->fd, l.text + at, l.len - at);
        if (n <= 0)
            return; /* nowhere left to tell it */
        at += (size_t)n;
    }
}

static void fold_tell(sl_log *log, log_code *c)
{
    char text[96];

    if (!c->folded)
        return;
    (void)snprintf(text, sizeof text, "… %u more of this", c->folded);
    line_out(log, c->level, c->node[0] ? c->node : NULL, c->code, text);
    c->folded = 0;
}

static uint64_t hash_of(const char *node, const char *code)
{
    uint64_t h = 1469598103934665603u;

    for (; *node; node++)
        h = (h ^ (unsigned char)*node) * 1099511628211u;
    h = (h ^ 0xffu) * 1099511628211u;
    for (; *code; code++)
        h = (h ^ (unsigned char)*code) * 1099511628211u;
    return h | 1u;
}

/* The entry of NODE and CODE; NULL when the table is full. */
static log_code *code_of(sl_log *log, const char *node, const char *code)
{
    uint64_t h = hash_of(node, code);

    for (uint32_t i = 0; i < LOG_CODES; i++) {
        log_code *c = &log->code[(h + i) % LOG_CODES];
        if (c->hash == h)
            return c;
        if (!c->hash) {
            c->hash = h;
            (void)snprintf(c->node, sizeof c->node, "%s", node);
            (void)snprintf(c->code, sizeof c->code, "%s", code);
            return c;
        }
    }
    return NULL;
}

/* May this line pass? Counts it when not. */
static int fold_pass(sl_log *log, uint32_t level, const char *node, const char *code)
{
    log_code *c = code_of(log, node ? node : "", code);
    int64_t now = log->env->now_ns(log->env);

    if (!c)
        return 1;
    if (!c->lines || now - c->start_ns >= LOG_WINDOW_NS) {
        fold_tell(log, c);
        c->start_ns = now;
        c->lines = 0;
    }
    c->level = level;
    c->lines++;
    if (c->lines <= LOG_BURST)
        return 1;
    c->folded++;
    return 0;
}

sl_log *sl_log_new(sl_env *env, sl_mem *mem, int32_t fd, uint32_t level, int as_json)
{
    sl_log *log = sl_mem_zalloc(mem, 1, sizeof *log);

    if (!log)
        return NULL;
    log->env = env;
    log->fd = fd;
    log->level = level;
    log->as_json = as_json;
    (void)pthread_mutex_init(&log->lock, NULL);
    return log;
}

void sl_log_capture(sl_log *log, sl_log_sink fn, void *arg)
{
    log->sink = fn;
    log->sink_arg = arg;
}

void sl_log_free(sl_log *log)
{
    if (!log)
        return;
    for (uint32_t i = 0; i < LOG_CODES; i++)
        fold_tell(log, &log->code[i]);
    (void)pthread_mutex_destroy(&log->lock);
    sl_mem_free(log);
}

int sl_log_wanted(const sl_log *log, uint32_t level)
{
    return level >= log->level;
}

void sl_log_write(sl_log *log, uint32_t level, const char *node, const char *code, const char *text)
{
    if (!sl_log_wanted(log, level))
        return;
    (void)pthread_mutex_lock(&log->lock);
    if (log->sink || fold_pass(log, level, node, code))
        line_out(log, level, node, code, text);
    (void)pthread_mutex_unlock(&log->lock);
}

void sl_log_print(sl_log *log, uint32_t level, const char *node, const char *code, const char *fmt,
                  ...)
{
    char text[1024];
    va_list ap;

    if (!sl_log_wanted(log, level))
        return;
    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    sl_log_write(log, level, node, code, text);
}
