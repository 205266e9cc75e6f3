/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/local/task.c - prepare, commit and abort of the catalog, step by step.
 *
 *     prepare   for each table with new files:
 *                   list ─> head ─> (chain, if all files are to be listed) ─> write ─> part ─>
 *                   finish: the next version is uploaded, invisible
 *     commit    for each table in the token:
 *                   commit ─ done
 *                      └ another took the number: list ─> head ─> search for our commit id ─ found
 *                                                          └ write anew ─> put if absent ─ done
 *                                                                              └ again from list
 *     abort     for each table in the token: abort
 *
 * A commit that comes again finds its version by the store (same file) or by the commit id, which
 * is drawn once in prepare.
 */
#include "catalog.h"

#include <stdio.h>

#define LIST_PAGE 1000u
#define TRIES_MAX 100u

struct task {
    catalog *c;
    sl_call *call;
    task_step step;
    task_step after_load;
    table *t;
    meta_who who;
    /* what is read and written */
    char key[META_KEY_ROOM]; /* of the version being read; after which to list */
    uint64_t newest;
    uint64_t v;
    int32_t more;
    uint32_t tries;
    void *data;
    uint64_t got;
    jbuf text;
    jbuf kept;
    sl_upload *upload;
    /* prepare */
    void **token;
    uint64_t *len;
    /* commit and abort */
    uint32_t is_commit;
    uint32_t is_abort;
    int64_t left;
    sl_bytes at;
    token_entry entry;
    meta_delta delta; /* of ENTRY, when it must be written anew */
    meta_head seen;
};

static void task_done(void *arg, sl_status status);

static sl_done done_of(task *k)
{
    sl_done done = {.fn = task_done, .arg = k};

    return done;
}

static sl_status task_fail(task *k, sl_status status, const char *code, const char *text)
{
    char line[400];

    (void)snprintf(line, sizeof line, "%s (%.250s)", text, k->t ? k->t->url : "");
    k->c->host->fail(k->c->node, code, line);
    return status;
}

static sl_status no_memory(task *k)
{
    return task_fail(k, SL_E_NOMEM, "local.memory", "no memory is left for the catalog");
}

/* ---- reading where the table stands ---------------------------------------------------------- */

static void note_version(void *arg, const sl_object *object)
{
    task *k = arg;
    uint64_t v = meta_key_version(object->key);

    if (v > k->newest)
        k->newest = v;
    (void)snprintf(k->key, sizeof k->key, "%s", object->key);
}

static sl_status step_listed(task *k, sl_status last);
static sl_status step_head(task *k, sl_status last);

/* List versions after k->key; k->newest is the newest known. */
static sl_status step_list(task *k, sl_status last)
{
    (void)last;
    k->step = step_listed;
    return k->t->ops->list(k->t->store, META_PREFIX, k->key[0] ? k->key : NULL, LIST_PAGE,
                           note_version, k, &k->more, done_of(k));
}

static sl_status read_version(task *k, uint64_t v, task_step next)
{
    meta_key(v, k->key);
    k->step = next;
    return k->t->ops->get(k->t->store, k->key, 0, 0, &k->data, &k->got, NULL, done_of(k));
}

static sl_status step_listed(task *k, sl_status last)
{
    if (last < 0)
        return last;
    if (k->more) {
        k->step = step_list;
        return SL_OK;
    }
    if (k->newest)
        return read_version(k, k->newest, step_head);
    table_forget(k->t);
    k->t->is_loaded = 1;
    k->step = k->after_load;
    return SL_OK;
}

/* Read what get has given, which stays in k->data, into HEAD. */
static sl_status read_text(task *k, sl_status last, meta_head *head)
{
    sl_status rc = last;

    if (last == SL_OK)
        rc = meta_read(head, &k->who, k->data, k->got);
    if (rc == SL_END || rc == SL_E_DATA)
        rc = task_fail(k, SL_E_CONFIG, "local.damaged",
                       "a version of the table's metadata below _sluice is damaged or missing; "
                       "bring it back, or move the newer ones away to go back to the one before");
    else if (rc == SL_E_CONFIG)
        rc = task_fail(k, rc, "local.newer", "a newer version of sluice wrote this table");
    else if (rc == SL_E_NOMEM)
        rc = no_memory(k);
    return rc;
}

static void text_release(task *k)
{
    k->c->host->release(k->data);
    k->data = NULL;
}

static sl_status step_head(task *k, sl_status last)
{
    sl_status rc = read_text(k, last, &k->t->head);

    text_release(k);
    if (rc < 0)
        return rc;
    if (k->t->head.epoch > k->who.epoch)
        return task_fail(k, SL_E_FATAL, "local.fenced",
                         "a later start of this graph writes the table already; this one stops");
    k->t->is_loaded = 1;
    k->step = k->after_load;
    return SL_OK;
}

/* Find out where k->t stands, knowing all versions up to KNOWN; then NEXT. */
static sl_status load(task *k, uint64_t known, task_step next)
{
    k->after_load = next;
    k->newest = known;
    k->key[0] = 0;
    if (known)
        meta_key(known, k->key);
    k->step = step_list;
    return SL_OK;
}

/* ---- writing the next version ---------------------------------------------------------------- */

static sl_status step_write(task *k, sl_status last);
static sl_status step_chain_got(task *k, sl_status last);

/* Read the version k->v of those whose files are to be listed. */
static sl_status step_chain(task *k, sl_status last)
{
    (void)last;
    if (k->v <= k->t->head.version)
        return read_version(k, k->v, step_chain_got);
    k->step = step_write;
    return SL_OK;
}

static void keep_lines(task *k, const char *name)
{
    sl_bytes lines = meta_lines(k->data, k->got, name);

    if (lines.len && k->kept.len)
        jbuf_text(&k->kept, ",\n");
    jbuf_raw(&k->kept, lines.ptr, lines.len);
}

static sl_status step_chain_got(task *k, sl_status last)
{
    sl_status rc = read_text(k, last, &k->seen);

    if (rc == SL_OK) {
        keep_lines(k, "kept");
        keep_lines(k, "added");
    }
    text_release(k);
    if (rc < 0)
        return rc;
    if (k->kept.status != SL_OK)
        return no_memory(k);
    k->v++;
    k->step = step_chain;
    return SL_OK;
}

/* Make the version after the head: with all files when it is time. */
static sl_status step_build(task *k, sl_status last)
{
    (void)last;
    jbuf_clear(&k->kept);
    k->step = step_write;
    if (k->t->head.version && (k->t->head.version + 1) % META_FULL == 0) {
        k->v = k->t->head.full ? k->t->head.full : 1;
        k->step = step_chain;
    }
    return SL_OK;
}

static sl_status step_part(task *k, sl_status last);
static sl_status step_put(task *k, sl_status last);

static sl_status step_write(task *k, sl_status last)
{
    table *t = k->t;
    sl_bytes kept = jbuf_bytes(&k->kept);

    (void)last;
    jbuf_clear(&k->text);
    meta_write(&k->text, &t->head, k->is_commit ? &k->delta : &t->delta, &kept, &k->who);
    if (k->text.status != SL_OK)
        return no_memory(k);
    meta_key(t->head.version + 1, k->key);
    if (k->is_commit) {
        k->step = step_put;
        return t->ops->put(t->store, k->key, k->text.data, k->text.len, SL_STORE_IF_ABSENT, NULL,
                           done_of(k));
    }
    k->step = step_part;
    return t->ops->begin(t->store, k->key, SL_STORE_IF_ABSENT, &k->upload, done_of(k));
}

/* ---- prepare --------------------------------------------------------------------------------- */

static sl_status step_prepared(task *k, sl_status last);
static sl_status step_table(task *k, sl_status last);

static sl_status step_finish(task *k, sl_status last)
{
    sl_upload *upload = k->upload;

    if (last < 0)
        return last;
    k->upload = NULL; /* finish takes it */
    k->step = step_prepared;
    return k->t->ops->finish(upload, &k->t->token, &k->t->token_len, done_of(k));
}

static sl_status step_part(task *k, sl_status last)
{
    if (last < 0)
        return last;
    k->step = step_finish;
    return k->t->ops->part(k->upload, k->text.data, k->text.len, done_of(k));
}

static sl_status step_prepared(task *k, sl_status last)
{
    table *t = k->t;

    if (last < 0)
        return last;
    /* the next prepare may come before this one's commit: it builds on top of it */
    last = meta_read(&t->head, &k->who, (const char *)k->text.data, k->text.len);
    if (last < 0)
        return no_memory(k); /* the token has no checkpoint, so the next try drops it */
    t->token_checkpoint = k->who.checkpoint;
    k->step = step_table;
    return SL_OK;
}

static void nothing_done(void *arg, sl_status status)
{
    (void)arg;
    (void)status;
}

/* Throw away a version that was uploaded for a checkpoint that will not be committed. */
static void drop_token(task *k, table *t)
{
    sl_done done = {.fn = nothing_done};

    if (!t->token)
        return;
    (void)t->ops->abort(t->store, t->token, t->token_len, done); /* what stays is only litter */
    k->c->host->release(t->token);
    t->token = NULL;
    table_forget(t);
}

static void draw_commit_id(task *k, meta_delta *d)
{
    uint8_t bytes[(META_COMMIT_ID - 1) / 2];

    k->c->host->random(k->c->node, bytes, sizeof bytes);
    for (size_t i = 0; i < sizeof bytes; i++)
        (void)snprintf(d->commit + 2 * i, 3, "%02x", bytes[i]);
}

/* All tables are uploaded: one token for them. */
static sl_status prepare_end(task *k)
{
    uint32_t count = 0;
    jbuf token = {.host = k->c->host, .node = k->c->node};

    for (const table *t = k->c->tables; t; t = t->next)
        count += t->token != NULL;
    if (!count)
        return SL_OK;
    token_head(&token, count);
    for (const table *t = k->c->tables; t; t = t->next) {
        if (t->token)
            token_put(&token, t, &k->who);
    }
    if (token.status != SL_OK) {
        jbuf_free(&token);
        return no_memory(k);
    }
    for (table *t = k->c->tables; t; t = t->next) {
        if (t->token)
            meta_delta_clear(&t->delta);
        k->c->host->release(t->token);
        t->token = NULL;
    }
    *k->token = token.data;
    *k->len = token.len;
    return SL_OK;
}

/* The next table that has new files and is not uploaded. */
static sl_status step_table(task *k, sl_status last)
{
    table *t = k->c->tables;

    (void)last;
    while (t && (!t->delta.files || (t->token && t->token_checkpoint == k->who.checkpoint)))
        t = t->next;
    k->t = t;
    if (!t)
        return prepare_end(k);
    last = table_open(k->c, t);
    if (last < 0)
        return last;
    drop_token(k, t);
    k->who.table = t->url;
    draw_commit_id(k, &t->delta);
    meta_delta_offsets(&t->delta);
    if (t->delta.offsets.status != SL_OK)
        return no_memory(k);
    if (!t->is_loaded)
        return load(k, 0, step_build);
    k->step = step_build;
    return SL_OK;
}

/* ---- commit, abort --------------------------------------------------------------------------- */

static sl_status step_entry(task *k, sl_status last);
static sl_status step_search(task *k, sl_status last);

/* The version is in the store: the upload, if it is still there, is not needed. */
static sl_status committed_anew(task *k)
{
    k->step = step_entry;
    return k->t->ops->abort(k->t->store, k->entry.upload.ptr, k->entry.upload.len, done_of(k));
}

static sl_status step_search_got(task *k, sl_status last)
{
    sl_status rc = last == SL_END ? SL_OK : read_text(k, last, &k->seen);
    int is_ours = last == SL_OK && !strcmp(k->seen.commit, k->entry.commit);

    text_release(k);
    if (rc < 0)
        return rc;
    if (is_ours)
        return committed_anew(k);
    k->v++;
    k->step = step_search;
    return SL_OK;
}

/* Is one of the versions from k->v on ours? */
static sl_status step_search(task *k, sl_status last)
{
    (void)last;
    if (k->v <= k->t->head.version)
        return read_version(k, k->v, step_search_got);
    k->step = step_build;
    return SL_OK;
}

/* Another has taken the number: look at what came after version KNOWN. */
static sl_status look_again(task *k, uint64_t known)
{
    if (k->tries++ == TRIES_MAX)
        return task_fail(k, SL_E_RETRY, "local.conflict",
                         "others keep committing to the table; it will be tried again");
    table_forget(k->t);
    k->v = known + 1;
    return load(k, known, step_search);
}

static sl_status step_put(task *k, sl_status last)
{
    if (last == SL_E_DATA)
        return look_again(k, k->t->head.version);
    if (last < 0)
        return last;
    last = meta_read(&k->t->head, &k->who, (const char *)k->text.data, k->text.len);
    if (last < 0)
        table_forget(k->t); /* the next one reads it from the store */
    return committed_anew(k);
}

/* Copy what ENTRY adds, for a version written anew. */
static sl_status entry_delta(task *k)
{
    const token_entry *e = &k->entry;
    meta_delta *d = &k->delta;

    meta_delta_clear(d);
    jbuf_raw(&d->lines, e->lines.ptr, e->lines.len);
    jbuf_raw(&d->schema, e->schema.ptr, e->schema.len);
    jbuf_raw(&d->fields, e->fields.ptr, e->fields.len);
    jbuf_raw(&d->offsets, e->offsets.ptr, e->offsets.len);
    d->files = e->files;
    d->rows = e->rows;
    d->bytes = e->bytes;
    memcpy(d->commit, e->commit, sizeof d->commit);
    return meta_delta_status(d) == SL_OK ? SL_OK : no_memory(k);
}

static sl_status step_committed(task *k, sl_status last)
{
    if (last == SL_OK) {
        k->step = step_entry;
        return SL_OK;
    }
    if (last != SL_E_DATA)
        return last;
    last = entry_delta(k);
    return last < 0 ? last : look_again(k, k->entry.version - 1);
}

static sl_status step_entry(task *k, sl_status last)
{
    const token_entry *e = &k->entry;

    if (last < 0)
        return last;
    k->tries = 0;
    if (k->left-- == 0)
        return SL_OK;
    if (!token_next(&k->at, &k->entry))
        return task_fail(k, SL_E_FATAL, "local.token", "the commit token is damaged");
    k->t = catalog_table(k->c, e->url.ptr, e->url.len);
    if (!k->t)
        return no_memory(k);
    last = table_open(k->c, k->t);
    if (last < 0)
        return last;
    k->who.table = k->t->url;
    k->who.checkpoint = e->checkpoint;
    if (k->is_abort) {
        table_forget(k->t);
        k->step = step_entry;
        return k->t->ops->abort(k->t->store, e->upload.ptr, e->upload.len, done_of(k));
    }
    k->step = step_committed;
    return k->t->ops->commit(k->t->store, e->upload.ptr, e->upload.len, done_of(k));
}

/* ---- running a task -------------------------------------------------------------------------- */

static void task_free(task *k)
{
    const sl_host *host = k->c->host;

    if (k->upload)
        k->t->ops->drop(k->upload);
    host->release(k->data);
    jbuf_free(&k->text);
    jbuf_free(&k->kept);
    jbuf_free(&k->seen.schema);
    meta_delta_free(&k->delta);
    host->release(k);
}

static sl_status task_run(task *k, sl_status last)
{
    while (k->step && last != SL_WAIT) {
        task_step step = k->step;

        k->step = NULL;
        last = step(k, last);
    }
    return last;
}

/* Rows are not to blame for what a store refuses here. */
static sl_status task_result(sl_status rc)
{
    return rc == SL_E_DATA ? SL_E_FATAL : rc;
}

static void task_done(void *arg, sl_status status)
{
    task *k = arg;
    sl_status rc = task_run(k, status);

    if (rc == SL_WAIT)
        return;
    k->c->host->finish(k->call, task_result(rc));
    task_free(k);
}

static task *task_new(catalog *c, sl_call *call, task_step step)
{
    task *k = c->host->alloc(c->node, sizeof *k);

    if (!k)
        return NULL;
    memset(k, 0, sizeof *k);
    k->c = c;
    k->call = call;
    k->step = step;
    k->text.host = c->host;
    k->text.node = c->node;
    k->kept = k->text;
    k->seen.schema = k->text;
    meta_delta_init(&k->delta, c->host, c->node);
    k->who.graph = "";
    k->who.node = "";
    k->who.epoch = c->host->identity(c->node, &k->who.graph, &k->who.node);
    return k;
}

static sl_status task_start(task *k)
{
    sl_status rc = task_run(k, SL_OK);

    if (rc != SL_WAIT)
        task_free(k);
    return task_result(rc);
}

sl_status catalog_prepare(sl_instance *self, sl_call *call, uint64_t checkpoint, void **token,
                          uint64_t *len)
{
    task *k = task_new((catalog *)(void *)self, call, step_table);

    if (!k)
        return SL_E_NOMEM;
    k->who.checkpoint = checkpoint;
    k->token = token;
    k->len = len;
    *token = NULL;
    *len = 0;
    return task_start(k);
}

static sl_status walk(sl_instance *self, sl_call *call, const void *token, uint64_t len,
                      uint32_t is_abort)
{
    catalog *c = (catalog *)(void *)self;
    task *k;

    if (!len)
        return SL_OK;
    k = task_new(c, call, step_entry);
    if (!k)
        return SL_E_NOMEM;
    k->is_commit = !is_abort;
    k->is_abort = is_abort;
    k->left = token_open(token, len, &k->at);
    if (k->left < 0) {
        c->host->fail(c->node, "local.token", "this is no commit token of the catalog local");
        task_free(k);
        return SL_E_FATAL;
    }
    return task_start(k);
}

sl_status catalog_commit(sl_instance *self, sl_call *call, const void *token, uint64_t len)
{
    return walk(self, call, token, len, 0);
}

sl_status catalog_abort(sl_instance *self, sl_call *call, const void *token, uint64_t len)
{
    return walk(self, call, token, len, 1);
}
