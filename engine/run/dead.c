/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/run/dead.c - records that could not be handled.
 *
 * Where a node's errors port is wired, a rejected record becomes a record there; else a line of
 * JSON in state_dir/dead/GRAPH-RUN-LANE.ndjson: time, code, reason, node, split, offset (hex),
 * place, and the bytes as the node got them: of a decoder the payload (bytes, or bytes_base64 where
 * they are no UTF-8), of others the record (record as JSON to read, record_msgpack in base64 to
 * keep). Each lane has a file of its own, made for the first line and synced at each barrier,
 * before anything of that checkpoint is committed. When it can't be written, the run fails: nothing
 * is lost silently.
 */
#include "engine/run/run_priv.h"

#include "engine/service/row_text.h"

#include <errno.h>
#include <fcntl.h>
#include <sluice/text.h>
#include <stdio.h>
#include <string.h>

#define DEAD_DEPTH 64u
#define DEAD_FLUSH 65536u

struct sl_dead {
    sl_run *run;
    int32_t fd;
    int32_t is_dirty;
    char *path;
    sl_rowtext out;
};

/* One dead letter, before it takes a form. */
typedef struct letter {
    sl_node *node;
    const sl_batch *batch;
    uint32_t row;
    const char *code;
    const char *why;
    int32_t is_payload;
    const uint8_t *bytes; /* of the payload */
    uint64_t len;
    uint64_t place;
} letter;

/* ---- the file ------------------------------------------------------------------------------ */

static void dead_fail(sl_run *run, const char *path, const char *what)
{
    sl_error err;

    (void)sl_error_errno(&err, "dead.write", "dead letters can't be %s: %s", what, path);
    sl_run_fail(run, err.status, err.code, err.text);
}

void sl_plain_name(char *out, size_t cap, const char *name)
{
    size_t n = 0;

    for (; *name && n + 1 < cap; name++) {
        char c = *name;
        int plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                    c == '-' || c == '_' || (c == '.' && n);
        out[n++] = plain ? c : '_';
    }
    out[n] = 0;
}

/* The folder PATH, made with those above it. */
static int make_folder(sl_run *run, char *path)
{
    const sl_os *os = run->env->os;

    for (char *p = path + 1;; p++) {
        char c = *p;
        int32_t rc;
        if (c && c != '/')
            continue;
        *p = 0;
        rc = os->mkdir(path, 0777);
        if (rc < 0 && errno != EEXIST) {
            dead_fail(run, path, "kept: no folder");
            *p = c;
            return 0;
        }
        *p = c;
        if (!c)
            return 1;
    }
}

static int dead_open_file(sl_dead *dead, const sl_lane *lane)
{
    sl_run *run = lane->run;
    char name[160];
    char *folder = sl_mem_printf(run->parent, "%s/dead", run->options.state_dir);
    int ok = 0;

    sl_plain_name(name, sizeof name, run->graph.name);
    dead->path = folder ? sl_mem_printf(run->parent, "%s/%s-%s-%u.ndjson", folder, name, run->id,
                                        lane->index)
                        : NULL;
    if (dead->path && make_folder(run, folder)) {
        dead->fd = run->env->os->open(dead->path, O_WRONLY | O_CREAT | O_APPEND, 0666);
        ok = dead->fd >= 0 && run->env->os->sync_folder(folder) == 0;
        if (!ok)
            dead_fail(run, dead->path, "written");
    }
    sl_mem_free(folder);
    return ok;
}

/* The lane's file; NULL, and the run fails, when there is none to be had. */
static sl_dead *dead_of(sl_lane *lane)
{
    sl_run *run = lane->run;
    sl_dead *dead = lane->dead;

    if (dead)
        return dead->fd >= 0 ? dead : NULL;
    dead = sl_mem_zalloc(run->parent, 1, sizeof *dead);
    if (!dead) {
        sl_run_fail(run, SL_E_NOMEM, "memory.short", "no memory for dead letters");
        return NULL;
    }
    lane->dead = dead;
    dead->run = run;
    dead->fd = -1;
    dead->out.mem = run->parent;
    if (!run->options.state_dir) {
        sl_run_fail(run, SL_E_CONFIG, "dead.folder",
                    "a record was rejected and there is no folder for dead letters");
        return NULL;
    }
    return dead_open_file(dead, lane) ? dead : NULL;
}

static int dead_flush(sl_dead *dead)
{
    size_t at = 0;

    while (at < dead->out.len) {
        int64_t n = dead->run->env->os->write(dead->fd, dead->out.text + at, dead->out.len - at);
        if (n <= 0) {
            dead_fail(dead->run, dead->path, "written");
            return 0;
        }
        at += (size_t)n;
        dead->is_dirty = 1;
    }
    dead->out.len = 0;
    return 1;
}

int sl_dead_sync(sl_lane *lane)
{
    sl_dead *dead = lane->dead;

    if (!dead || (!dead->out.len && !dead->is_dirty))
        return 1;
    if (dead->fd < 0 || !dead_flush(dead))
        return 0;
    if (lane->run->env->os->sync(dead->fd) < 0) {
        dead_fail(lane->run, dead->path, "made durable");
        return 0;
    }
    dead->is_dirty = 0;
    return 1;
}

void sl_dead_free(sl_dead *dead)
{
    if (!dead)
        return;
    if (dead->fd >= 0) {
        (void)dead_flush(dead); /* has told the run when it failed */
        (void)dead->run->env->os->close(dead->fd);
    }
    sl_rowtext_free(&dead->out);
    sl_mem_free(dead->path);
    sl_mem_free(dead);
}

/* ---- a line -------------------------------------------------------------------------------- */

static sl_bytes offset_of(const letter *l)
{
    if (l->batch->origin)
        return l->batch->origin[l->row];
    return l->batch->last;
}

static const char *split_of(const letter *l)
{
    const sl_split *split = sl_split_at(l->node->run, l->batch->split);

    return split ? split->name : NULL;
}

static void put_text(sl_rowtext *out, const char *name, const char *text)
{
    sl_rowtext_lit(out, name);
    sl_rowtext_str(out, text, strlen(text));
}

static void put_bytes(sl_rowtext *out, const letter *l)
{
    if (sl_utf8_span(l->bytes, l->len) == l->len) {
        sl_rowtext_lit(out, ",\"bytes\":");
        sl_rowtext_str(out, l->bytes, l->len);
    } else {
        sl_rowtext_lit(out, ",\"bytes_base64\":");
        sl_rowtext_base64(out, l->bytes, l->len);
    }
}

static void put_record(sl_rowtext *out, const letter *l)
{
    sl_val record;

    sl_batch_row(l->batch, l->row, &record);
    sl_rowtext_lit(out, ",\"record\":");
    sl_rowtext_val(out, &record, DEAD_DEPTH);
    sl_rowtext_lit(out, ",\"record_msgpack\":");
    sl_rowtext_base64(out, record.raw, sl_val_span(&record));
}

static void put_line(sl_dead *dead, const letter *l)
{
    sl_rowtext *out = &dead->out;
    sl_bytes offset = offset_of(l);
    const char *split = split_of(l);
    char text[SL_TIME_TEXT];

    sl_rowtext_lit(out, "{\"time\":");
    sl_rowtext_str(out, text, sl_time_print(dead->run->env->wall_us(dead->run->env), text));
    put_text(out, ",\"code\":", l->code);
    put_text(out, ",\"reason\":", l->why);
    put_text(out, ",\"node\":", l->node->unit->name);
    if (split)
        put_text(out, ",\"split\":", split);
    if (offset.len) {
        sl_rowtext_lit(out, ",\"offset\":");
        sl_rowtext_hex(out, offset.ptr, offset.len);
    }
    (void)snprintf(text, sizeof text, ",\"place\":%llu", (unsigned long long)l->place);
    sl_rowtext_lit(out, text);
    if (l->is_payload)
        put_bytes(out, l);
    else
        put_record(out, l);
    sl_rowtext_lit(out, "}\n");
}

static void letter_to_file(const letter *l)
{
    sl_dead *dead = dead_of(l->node->lane);
    size_t before;

    if (!dead)
        return;
    before = dead->out.len;
    put_line(dead, l);
    if (dead->out.is_short) {
        dead->out.is_short = 0;
        dead->out.len = before;
        sl_run_fail(dead->run, SL_E_NOMEM, "memory.short", "no memory to write a dead letter");
        return;
    }
    if (dead->out.len >= DEAD_FLUSH)
        (void)dead_flush(dead); /* has told the run when it failed */
}

/* ---- a record ------------------------------------------------------------------------------ */

static void row_text(sl_writer *w, const char *key, const char *text)
{
    sl_row_text_key(w, key, strlen(key));
    sl_row_put_str(w, NULL, text, strlen(text));
}

static void row_put(sl_writer *w, const letter *l)
{
    sl_run *run = l->node->run;
    sl_bytes offset = offset_of(l);
    const char *split = split_of(l);
    sl_val record;

    row_text(w, "code", l->code);
    row_text(w, "reason", l->why);
    row_text(w, "node", l->node->unit->name);
    if (split)
        row_text(w, "split", split);
    if (offset.len) {
        sl_row_text_key(w, "offset", 6);
        sl_row_put_bin(w, NULL, offset.ptr, offset.len);
    }
    sl_row_text_key(w, "place", 5);
    sl_row_put_u64(w, NULL, l->place);
    if (l->is_payload) {
        sl_row_text_key(w, "payload", 7);
        sl_row_put_bin(w, NULL, l->bytes, l->len);
    } else {
        sl_batch_row(l->batch, l->row, &record);
        sl_row_text_key(w, "record", 6);
        sl_row_put_val(w, NULL, &record);
    }
    sl_row_text_key(w, "time", 4);
    sl_row_put_time(w, NULL, run->env->wall_us(run->env));
}

/* As a batch of one record on the errors port. Its keys have no slots, so it has none at all. */
static void letter_to_port(const letter *l)
{
    sl_node *node = l->node;
    sl_builder *b = sl_builder_new(node->out[node->outs - 1].pool, NULL, NULL);
    sl_batch *batch = NULL;
    sl_writer w;

    if (b) {
        sl_writer_init(&w, sl_host_rows(), b);
        if (sl_row_begin(&w))
            row_put(&w, l);
        if (sl_row_end(&w, 0) == SL_OK)
            batch = sl_builder_finish(b);
        else
            sl_builder_discard(b);
    }
    if (!batch)
        sl_run_fail(node->run, SL_E_NOMEM, "memory.short", "no memory for a rejected record");
    else
        (void)sl_node_emit(node, SL_PORT_ERRORS, batch);
}

/* ---- rejecting ----------------------------------------------------------------------------- */

static void letter_send(const letter *l)
{
    sl_node *node = l->node;
    char text[256];

    (void)__atomic_add_fetch(&node->run->dead, 1, __ATOMIC_RELAXED);
    if (node->unit->def->errors == SL_ERRORS_STOP) {
        (void)snprintf(text, sizeof text, "%s: %s", node->unit->name, l->why);
        sl_run_fail(node->run, SL_E_DATA, l->code, text);
    }
    if (node->unit->has_errors_edge)
        letter_to_port(l);
    else
        letter_to_file(l);
}

/* Remember, for the case that the call ends with SL_E_DATA. */
static void mark_rejected(sl_node *node, uint32_t row)
{
    uint64_t words = SL_BATCH_ROWS_MAX / 64 + 1;

    if (!node->rejected)
        node->rejected = sl_mem_zalloc(node->run->parent, words, sizeof *node->rejected);
    if (!node->rejected)
        return;
    if (!node->now->rejected)
        memset(node->rejected, 0, words * sizeof *node->rejected);
    node->rejected[row / 64] |= (uint64_t)1 << (row % 64);
}

void sl_dead_rows(sl_node *node, sl_batch *batch, const uint16_t *row, uint32_t n, const char *code,
                  const char *why)
{
    for (uint32_t i = 0; i < n; i++) {
        letter l = {.node = node, .batch = batch, .row = row[i], .code = code, .why = why};
        sl_val record;
        sl_val payload;
        sl_batch_row(batch, row[i], &record);
        l.place = batch->within ? batch->within[row[i]] : 0;
        if (node->unit->is_decoder && sl_val_find(&record, "payload", 7, &payload) &&
            (payload.type == SL_V_BIN || payload.type == SL_V_STR)) {
            l.is_payload = 1;
            l.bytes = payload.ptr;
            l.len = payload.n;
        }
        if (node->now) {
            mark_rejected(node, row[i]);
            node->now->rejected++;
        }
        letter_send(&l);
    }
    sl_count_add(&node->count.dead, n);
}

void sl_dead_part(sl_node *node, sl_batch *batch, uint32_t row, uint32_t at, const void *data,
                  uint64_t len, const char *code, const char *why)
{
    letter l = {.node = node,
                .batch = batch,
                .row = row,
                .code = code,
                .why = why,
                .is_payload = 1,
                .bytes = data,
                .len = len,
                .place = at};

    sl_count_add(&node->count.dead_parts, 1);
    letter_send(&l);
}
