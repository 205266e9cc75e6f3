/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/json/records.c - the setting "records": the path to the records within a document.
 *
 * "Records[]" or "data.items[]": names of maps, then the name of an array. The document is walked
 * along the path; what lies beside it is walked too, so that its grammar is checked, but written
 * only to be taken back at once. Each element becomes a row of its own. A document is rejected
 * whole as long as none of its rows has gone out, that is up to some megabytes of rows.
 */
#include "plugins/json/feed.h"

#define BODY_MOST 1048576u
#define ROWS_MOST 57344u

sl_status sl_json_records_parse(sl_json_feed *f, const char *text, char **block, uint32_t *at)
{
    size_t len = strlen(text);
    char *copy;
    size_t start = 0;

    *at = 0;
    if (len < 3 || strcmp(text + len - 2, "[]") != 0)
        return SL_E_CONFIG;
    copy = f->host->alloc(f->node, len + 1);
    if (!copy)
        return SL_E_NOMEM;
    memcpy(copy, text, len + 1);
    *block = copy;
    for (size_t i = 0; i <= len - 2; i++) {
        if (i < len - 2 && copy[i] != '.')
            continue;
        *at = (uint32_t)start;
        if (i == start || f->nkeys == SL_JSON_PATH_KEYS)
            return SL_E_CONFIG;
        f->keys[f->nkeys].ptr = (const uint8_t *)copy + start;
        f->keys[f->nkeys++].len = i - start;
        start = i + 1;
    }
    return SL_OK;
}

/* A walk of one document. */
typedef struct path_walk {
    sl_json_feed *f;
    uint64_t base;
    uint32_t found; /* an array was at the path */
    uint32_t flushed;
    sl_status status;
} path_walk;

/* Check the value that comes next and leave nothing of it. */
static sl_json_step pass_over(path_walk *pw, sl_json_step s, uint32_t depth)
{
    sl_json_walk *w = &pw->f->w;
    uint64_t at = (uint64_t)(s.out - w->body);

    s = sl_json_walk_value(w, s, depth);
    if (s.idx)
        s.out = w->body + at;
    return s;
}

/* Make room for the next row, in a new batch when this one is as big as may be. */
static int next_row(path_walk *pw)
{
    sl_json_feed *f = pw->f;
    sl_builder *b = f->b;

    if ((uint64_t)(b->cur - b->body) >= BODY_MOST || b->nrec >= ROWS_MOST) {
        pw->status = sl_json_feed_flush(f, 0);
        if (pw->status != SL_OK)
            return 0;
        pw->flushed = 1;
    }
    pw->status = sl_json_feed_ready(f);
    if (pw->status != SL_OK && pw->flushed)
        pw->status = SL_E_FATAL; /* half of a document has gone out: only a checkpoint can help */
    return pw->status == SL_OK;
}

/* The array of records, behind its bracket. */
static sl_json_step elements(path_walk *pw, sl_json_step s)
{
    sl_json_feed *f = pw->f;
    sl_json_walk *w = &f->w;
    uint64_t place;
    uint8_t c;

    pw->found = 1;
    if (w->buf[*s.idx] == ']') {
        s.idx++;
        return s;
    }
    for (;;) {
        if (s.idx >= w->idx_end)
            return sl_json_fail(w, SL_JSON_SYNTAX, w->buf + w->len);
        if (!next_row(pw))
            return (sl_json_step){NULL, NULL};
        place = pw->base + *s.idx;
        s.out = f->b->cur;
        s = sl_json_walk_record(w, s);
        if (!s.idx)
            return s;
        sl_json_feed_row(f, s.out, place);
        c = w->buf[*s.idx++];
        if (c == ']')
            break;
        if (c != ',')
            return sl_json_fail(w, SL_JSON_SYNTAX, w->buf + s.idx[-1]);
    }
    pw->status = sl_json_feed_ready(f);
    if (pw->status != SL_OK)
        return (sl_json_step){NULL, NULL};
    s.out = f->b->cur;
    return s;
}

/* Is the key that was just written at place AT the one of LEVEL? Takes it back. */
static int is_key(path_walk *pw, sl_json_step *s, uint64_t at, uint32_t level)
{
    const sl_bytes *want = &pw->f->keys[level];
    sl_val key = {0};

    (void)sl_val_read(pw->f->w.body + at, &key);
    s->out = pw->f->w.body + at;
    return key.n == want->len && !memcmp(key.ptr, want->ptr, want->len);
}

/* The value at the end of the part of the path up to LEVEL. */
static sl_json_step descend(path_walk *pw, sl_json_step s, uint32_t level)
{
    sl_json_walk *w = &pw->f->w;
    uint64_t at;
    int on_path;
    uint8_t c;

    if (level == pw->f->nkeys && w->buf[*s.idx] == '[')
        return elements(pw, (sl_json_step){s.idx + 1, s.out});
    if (level == pw->f->nkeys || w->buf[*s.idx] != '{')
        return pass_over(pw, s, level);
    s.idx++;
    if (w->buf[*s.idx] == '}')
        return (sl_json_step){s.idx + 1, s.out};
    for (;;) {
        at = (uint64_t)(s.out - w->body);
        s = sl_json_walk_key(w, s);
        if (!s.idx)
            return s;
        on_path = is_key(pw, &s, at, level);
        if (w->buf[*s.idx++] != ':')
            return sl_json_fail(w, SL_JSON_SYNTAX, w->buf + s.idx[-1]);
        s = on_path ? descend(pw, s, level + 1) : pass_over(pw, s, level + 1);
        if (!s.idx)
            return s;
        c = w->buf[*s.idx++];
        if (c == '}')
            return s;
        if (c != ',')
            return sl_json_fail(w, SL_JSON_SYNTAX, w->buf + s.idx[-1]);
    }
}

sl_json_step sl_json_records_walk(sl_json_feed *f, sl_json_step s, uint64_t base, sl_status *status)
{
    path_walk pw = {f, base, 0, 0, SL_OK};
    const uint32_t *start = s.idx;

    f->w.fault = 0;
    f->w.cut = 0;
    s = descend(&pw, s, 0);
    *status = pw.status;
    if (s.idx && !pw.found && !sl_json_ends_early(&f->w, s, 1))
        return sl_json_fail(&f->w, SL_JSON_RECORDS, f->w.buf + *start);
    return s;
}
