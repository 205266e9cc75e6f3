/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/writer/lib/file.c - files: opening, filling, rolling, finishing.
 *
 * A folder has at most one open file. Open files stand in a list by the age of their last row; the
 * oldest is finished when there are too many, or too many bytes are held. A finished file has its
 * bytes on the way to the store and waits in the list of made files for prepare.
 */
#include "files_priv.h"

#include <stdio.h>

#define NAME_PART 60u /* bytes of graph or node in a file's name */
#define META_ROOM 24u

/* ---- lists ----------------------------------------------------------------------------------- */

static void open_unlink(sl_files *w, one_file *f)
{
    if (f->prev)
        f->prev->next = f->next;
    else
        w->open_first = f->next;
    if (f->next)
        f->next->prev = f->prev;
    else
        w->open_last = f->prev;
    f->next = NULL;
    f->prev = NULL;
    w->open_count--;
}

static void open_append(sl_files *w, one_file *f)
{
    f->prev = w->open_last;
    f->next = NULL;
    if (w->open_last)
        w->open_last->next = f;
    else
        w->open_first = f;
    w->open_last = f;
    w->open_count++;
}

static void made_append(sl_files *w, one_file *f)
{
    if (w->made_last)
        w->made_last->next = f;
    else
        w->made_first = f;
    w->made_last = f;
}

/* Free F, which is in no list. */
static void file_free(sl_files *w, one_file *f)
{
    if (f->file)
        w->format->drop(f->file);
    sl_out_free(f->out);
    for (uint32_t i = 0; i < f->nsplits; i++)
        w->host->release(f->split[i].data);
    w->host->release(f->split);
    w->host->release(f->values);
    w->host->release(f->info.columns.data);
    w->host->release(f->info.schema.data);
    w->host->release(f);
}

/* Take F, which is open, out of its list and its folder. */
static void file_detach(sl_files *w, one_file *f)
{
    open_unlink(w, f);
    f->in->file = NULL;
    w->held -= f->held;
    f->held = 0;
}

void sl_files_free_all(sl_files *w)
{
    one_file *f;

    while ((f = w->open_first) != NULL) {
        file_detach(w, f);
        file_free(w, f);
    }
    sl_files_free_made(w);
}

void sl_files_free_made(sl_files *w)
{
    one_file *f;

    while ((f = w->made_first) != NULL) {
        w->made_first = f->next;
        file_free(w, f);
    }
    w->made_last = NULL;
}

/* ---- opening --------------------------------------------------------------------------------- */

static void uuid_text(sl_files *w, char out[37])
{
    uint8_t b[16];
    int n = 0;

    w->host->random(w->node, b, sizeof b);
    b[6] = (uint8_t)((b[6] & 0x0f) | 0x40);
    b[8] = (uint8_t)((b[8] & 0x3f) | 0x80);
    for (int i = 0; i < 16; i++)
        n += snprintf(out + n, 37 - (size_t)n,
                      i == 4 || i == 6 || i == 8 || i == 10 ? "-%02x" : "%02x", b[i]);
}

/* The key of a new file in folder IN (alloc'd, give). */
static char *file_key(sl_files *w, const folder *in)
{
    char graph_text[SL_ESCAPE_ROOM];
    char node_text[SL_ESCAPE_ROOM];
    char name[512];
    char uuid[37];
    const char *graph = "";
    const char *node = "";
    uint64_t epoch = w->host->identity(w->node, &graph, &node);
    int len;
    char *key;

    (void)sl_escape(graph, strlen(graph), SL_ESCAPE_MAX - NAME_PART, graph_text);
    (void)sl_escape(node, strlen(node), SL_ESCAPE_MAX - NAME_PART, node_text);
    uuid_text(w, uuid);
    len = snprintf(name, sizeof name, "%s%s-%s-%llu-%llu-%u-%llu-%s.%s", in->text_len ? "/" : "",
                   graph_text, node_text, (unsigned long long)w->checkpoint,
                   (unsigned long long)epoch, FILES_LANE, (unsigned long long)w->seq, uuid,
                   w->format->suffix(w->fmt));
    key = w->host->alloc(w->node, in->text_len + (uint64_t)len + 1);
    if (!key)
        return NULL;
    memcpy(key, in->text, in->text_len);
    memcpy(key + in->text_len, name, (size_t)len + 1);
    w->seq++;
    return key;
}

/* Fill F, a fresh file in folder IN. On failure file_free tidies up. */
static sl_status file_init(sl_files *w, one_file *f, folder *in)
{
    char *key = file_key(w, in);

    f->in = in;
    f->opened_ns = w->host->now(w->node);
    f->info.columns.env = &w->env;
    f->info.schema.env = &w->env;
    f->out = key ? sl_out_new(w, key) : NULL;
    if (!f->out) {
        w->host->release(key);
        return SL_E_NOMEM;
    }
    f->values = w->host->alloc(w->node, in->values_len);
    if (!f->values)
        return SL_E_NOMEM;
    memcpy(f->values, in->values, in->values_len);
    f->values_len = in->values_len;
    return w->format->begin(w->fmt, f->out, &f->file);
}

static sl_status file_open(sl_files *w, folder *in)
{
    sl_status rc = SL_OK;
    one_file *f;

    if (w->open_count >= w->open_max)
        rc = sl_files_finish(w, w->open_first);
    if (rc < 0)
        return rc;
    f = w->host->alloc(w->node, sizeof *f);
    if (!f)
        return SL_E_NOMEM;
    memset(f, 0, sizeof *f);
    rc = file_init(w, f, in);
    if (rc < 0) {
        file_free(w, f);
        return rc;
    }
    in->file = f;
    open_append(w, f);
    return SL_OK;
}

/* ---- filling --------------------------------------------------------------------------------- */

/* The rows of GROUP that are not done, at ROW; NULL for the records from 0 on. */
static sl_status rows_left(sl_files *w, const row_group *group, const uint16_t **row)
{
    if (!w->is_dense) {
        *row = w->row + group->start + group->done;
        return SL_OK;
    }
    if (w->batch->sel || !group->done) {
        *row = w->batch->sel ? w->batch->sel + group->done : NULL;
        return SL_OK;
    }
    if (!w->ident) {
        w->ident = w->host->alloc(w->node, FILES_ALL_ROWS * sizeof *w->ident);
        if (!w->ident)
            return SL_E_NOMEM;
        for (uint32_t i = 0; i < FILES_ALL_ROWS; i++)
            w->ident[i] = (uint16_t)i;
    }
    *row = w->ident + group->done;
    return SL_OK;
}

/* What F holds may have changed. */
static void held_changed(sl_files *w, one_file *f)
{
    uint64_t now = sl_out_memory(f->out) + w->format->held(f->file);

    w->held = w->held - f->held + now;
    f->held = now;
}

/* Give rows of GROUP to F, at most as many as it may hold. */
static sl_status file_add(sl_files *w, one_file *f, row_group *group)
{
    uint32_t n = group->count - group->done;
    const uint16_t *row = NULL;
    uint32_t done = 0;
    sl_status rc = rows_left(w, group, &row);

    if (rc == SL_OK)
        rc = sl_record_range(w, f, w->batch);
    if (rc < 0)
        return rc;
    if (w->roll_rows && n > w->roll_rows - f->rows)
        n = (uint32_t)(w->roll_rows - f->rows);
    f->out->rejected = 0;
    rc = w->format->add(f->file, w->batch, row, n, &done);
    if (rc == SL_OK)
        done = n;
    group->done += done;
    f->taken += done;
    f->rows += done - f->out->rejected;
    w->host->count(w->node, done - f->out->rejected, 0);
    held_changed(w, f);
    open_unlink(w, f);
    open_append(w, f);
    return rc;
}

/* Is F as big as the settings allow? */
static int is_full(const sl_files *w, const one_file *f)
{
    return (w->roll_rows && f->rows >= w->roll_rows) ||
           (w->roll_bytes && f->out->bytes + w->format->held(f->file) >= w->roll_bytes);
}

static sl_status add_failed(sl_files *w, sl_status rc)
{
    if (rc == SL_E_NOMEM || rc == SL_E_RETRY)
        return rc;
    if (rc == SL_AGAIN)
        w->host->fail(w->node, "writer.format", "the format refuses a row in a fresh file");
    return SL_E_FATAL;
}

sl_status sl_files_add(sl_files *w, row_group *group)
{
    while (group->done < group->count) {
        sl_status rc = group->in->file ? SL_OK : file_open(w, group->in);
        one_file *f = group->in->file;

        if (rc < 0)
            return rc;
        rc = file_add(w, f, group);
        if (rc < 0 || (rc == SL_AGAIN && !f->taken))
            return add_failed(w, rc);
        if (rc == SL_AGAIN || is_full(w, f)) {
            rc = sl_files_finish(w, f);
            if (rc < 0)
                return rc;
        }
        while (w->held > w->buffer_bytes && w->open_first) {
            rc = sl_files_finish(w, w->open_first);
            if (rc < 0)
                return rc;
        }
    }
    return SL_OK;
}

/* ---- finishing ------------------------------------------------------------------------------- */

/* Have the format write the rest, with what is known of the file. */
static sl_status format_finish(sl_files *w, one_file *f, const char *splits)
{
    char epoch_text[META_ROOM];
    char checkpoint_text[META_ROOM];
    sl_files_meta meta[] = {
        {"sluice.graph", ""},         {"sluice.node", ""},
        {"sluice.epoch", epoch_text}, {"sluice.checkpoint", checkpoint_text},
        {"sluice.splits", splits},
    };
    uint64_t epoch = w->host->identity(w->node, &meta[0].value, &meta[1].value);

    (void)snprintf(epoch_text, sizeof epoch_text, "%llu", (unsigned long long)epoch);
    (void)snprintf(checkpoint_text, sizeof checkpoint_text, "%llu",
                   (unsigned long long)w->checkpoint);
    f->info.columns.len = 0;
    f->info.columns.count = 0;
    f->info.schema.len = 0;
    return w->format->finish(f->file, meta, sizeof meta / sizeof *meta, &f->info);
}

sl_status sl_files_finish(sl_files *w, one_file *f)
{
    char *splits;
    sl_status rc;

    if (!f->rows) {
        file_detach(w, f);
        file_free(w, f);
        return SL_OK;
    }
    splits = sl_record_splits(w, f);
    if (!splits)
        return SL_E_NOMEM;
    rc = format_finish(w, f, splits);
    w->host->release(splits);
    if (rc < 0)
        return rc == SL_E_NOMEM ? rc : SL_E_FATAL;
    f->file = NULL;
    file_detach(w, f);
    f->in = NULL;
    made_append(w, f);
    f->out->is_closing = 1;
    if (f->out->failed == SL_OK)
        sl_out_pump(f->out);
    if (f->info.columns.status == SL_OK && f->info.schema.status == SL_OK)
        return SL_OK;
    w->host->fail(w->node, "writer.memory", "no memory is left to describe a file");
    return SL_E_FATAL;
}

int sl_files_relieve(sl_files *w)
{
    return w->open_first && sl_files_finish(w, w->open_first) == SL_OK;
}

/* ---- what the store has refused; time -------------------------------------------------------- */

static sl_status out_retry(sl_files *w, sl_files_out *out)
{
    sl_out_again(out);
    if (out->state == OUT_BROKEN) {
        w->host->fail(w->node, "writer.upload",
                      "the store could not finish a file, which must be written anew from the "
                      "last checkpoint");
        return SL_E_FATAL;
    }
    return out->failed;
}

sl_status sl_files_retry(sl_files *w)
{
    sl_status rc = SL_OK;

    for (one_file *f = w->open_first; f && w->failed_count && rc == SL_OK; f = f->next)
        rc = out_retry(w, f->out);
    for (one_file *f = w->made_first; f && w->failed_count && rc == SL_OK; f = f->next)
        rc = out_retry(w, f->out);
    return rc;
}

void sl_files_tick(sl_instance *self, void *arg)
{
    sl_files *w = (sl_files *)(void *)self;
    int64_t now = w->host->now(w->node);
    one_file *next;

    (void)arg;
    for (one_file *f = w->open_first; f; f = next) {
        next = f->next;
        if (now - f->opened_ns >= w->roll_every_ns) {
            sl_status rc = sl_files_finish(w, f);

            if (rc < 0 && rc != SL_E_NOMEM) /* else the next tick tries again */
                w->late = rc;
        }
    }
}
