/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/writer/lib/commit.c - prepare, commit and abort: files that become visible at a
 * checkpoint.
 *
 * prepare finishes all files, waits until their uploads are, emits a record for each and gives one
 * token that holds the tokens of all uploads. commit and abort walk through such a token, one store
 * operation after the other; both may come again for the same token, in another process too.
 *
 * A token: "SLFW", u16 version, u16 0, u32 count, then for each upload u32 length and its token,
 * all big-endian. The checkpoint that holds it has the checksum.
 */
#include "files_priv.h"

#define TOKEN_MAGIC   0x534c4657u /* SLFW */
#define TOKEN_VERSION 1u
#define TOKEN_HEAD    12u
#define STATE_MAGIC   0x534c4653u /* SLFS: u32 magic, u64 checkpoint */
#define STATE_BYTES   12u

sl_status sl_files_store(sl_files *w)
{
    const sl_stores *stores;

    if (w->store)
        return SL_OK;
    stores = w->host->extension(w->node, "sluice.store/1");
    if (!stores) {
        w->host->fail(w->node, "writer.host", "this host has no stores (sluice.store/1)");
        return SL_E_CONFIG;
    }
    return stores->open(w->node, w->url, &w->ops, &w->store);
}

/* ---- prepare --------------------------------------------------------------------------------- */

/* One token of all uploads; NULL when memory is short. */
static uint8_t *token_make(sl_files *w, uint64_t *len)
{
    uint64_t need = TOKEN_HEAD;
    uint32_t count = 0;
    uint8_t *token;
    uint8_t *p;

    for (const one_file *f = w->made_first; f; f = f->next) {
        need += 4 + f->out->token_len;
        count++;
    }
    token = w->host->alloc(w->node, need);
    if (!token)
        return NULL;
    sl_set32(token, TOKEN_MAGIC);
    sl_set16(token + 4, TOKEN_VERSION);
    sl_set16(token + 6, 0);
    sl_set32(token + 8, count);
    p = token + TOKEN_HEAD;
    for (const one_file *f = w->made_first; f; f = f->next) {
        sl_set32(p, (uint32_t)f->out->token_len);
        memcpy(p + 4, f->out->token, f->out->token_len);
        p += 4 + f->out->token_len;
    }
    *len = need;
    return token;
}

/* All uploads are done: emit the records, give the token. */
static sl_status prepare_end(sl_files *w, uint64_t checkpoint, void **token, uint64_t *len)
{
    uint64_t made_len = 0;
    uint8_t *made = NULL;
    sl_status rc;

    if (w->made_first) {
        made = token_make(w, &made_len);
        if (!made)
            return SL_E_NOMEM;
    }
    rc = sl_record_emit(w, checkpoint);
    if (rc < 0) {
        w->host->release(made);
        return rc;
    }
    sl_files_free_made(w);
    w->checkpoint = checkpoint + 1;
    *token = made;
    *len = made_len;
    return SL_OK;
}

sl_status sl_files_prepare(sl_instance *self, sl_call *call, uint64_t checkpoint, void **token,
                           uint64_t *len)
{
    sl_files *w = (sl_files *)(void *)self;
    sl_status rc = w->late;

    w->late = SL_OK;
    while (rc == SL_OK && w->open_first)
        rc = sl_files_finish(w, w->open_first);
    if (rc == SL_OK)
        rc = sl_files_retry(w);
    if (rc < 0)
        return rc;
    if (!w->busy_count)
        return prepare_end(w, checkpoint, token, len);
    w->preparing = call;
    w->prepare_checkpoint = checkpoint;
    w->prepare_token = token;
    w->prepare_len = len;
    return SL_WAIT;
}

/* A failure among the files; the call that comes next tries again. */
static sl_status first_failure(const sl_files *w)
{
    for (const one_file *f = w->failed_count ? w->made_first : NULL; f; f = f->next) {
        if (f->out->failed < 0)
            return f->out->state == OUT_BROKEN ? SL_E_FATAL : f->out->failed;
    }
    return SL_OK;
}

void sl_files_prepare_go_on(sl_files *w)
{
    sl_call *call = w->preparing;
    sl_status rc;

    if (!call || w->busy_count)
        return;
    w->preparing = NULL;
    rc = first_failure(w);
    if (rc == SL_OK)
        rc = prepare_end(w, w->prepare_checkpoint, w->prepare_token, w->prepare_len);
    w->host->finish(call, rc);
}

/* ---- snapshot, restore ----------------------------------------------------------------------- */

sl_status sl_files_snapshot(sl_instance *self, uint64_t checkpoint, void **state, uint64_t *len)
{
    sl_files *w = (sl_files *)(void *)self;
    uint8_t *bytes = w->host->alloc(w->node, STATE_BYTES);

    if (!bytes)
        return SL_E_NOMEM;
    sl_set32(bytes, STATE_MAGIC);
    sl_set64(bytes + 4, checkpoint);
    *state = bytes;
    *len = STATE_BYTES;
    return SL_OK;
}

sl_status sl_files_restore(sl_instance *self, const void *state, uint64_t len)
{
    sl_files *w = (sl_files *)(void *)self;
    const uint8_t *bytes = state;

    if (len == STATE_BYTES && sl_get32(bytes) == STATE_MAGIC) {
        w->checkpoint = sl_get64(bytes + 4) + 1;
        return SL_OK;
    }
    w->host->fail(w->node, "writer.state", "the saved state is not that of a writer of files");
    return SL_E_DATA;
}

/* ---- commit, abort --------------------------------------------------------------------------- */

/* A walk through a token, while it waits for the store. */
typedef struct token_walk {
    sl_files *w;
    sl_call *call;
    const uint8_t *at;
    uint32_t left;
    uint32_t is_abort;
} token_walk;

static sl_status token_check(sl_files *w, const uint8_t *token, uint64_t len, token_walk *walk)
{
    const char *wrong = "the token is not that of a writer of files";
    uint64_t at = TOKEN_HEAD;
    uint32_t count;

    if (len >= TOKEN_HEAD && sl_get32(token) == TOKEN_MAGIC) {
        wrong = "a newer version of sluice made this token";
        if (sl_get16(token + 4) == TOKEN_VERSION) {
            wrong = "the token is damaged";
            count = sl_get32(token + 8);
            for (uint32_t i = 0; i < count && at <= len; i++)
                at += len - at >= 4 ? 4 + (uint64_t)sl_get32(token + at) : len;
            if (at == len) {
                walk->at = token + TOKEN_HEAD;
                walk->left = count;
                return SL_OK;
            }
        }
    }
    w->host->fail(w->node, "writer.token", wrong);
    return SL_E_FATAL;
}

static sl_status walk_go_on(token_walk *walk);

/* What the host is told of the status RC of the store: there are no rows to blame here. */
static sl_status walk_failed(sl_status rc)
{
    return rc == SL_E_DATA ? SL_E_FATAL : rc;
}

static void walk_done(void *arg, sl_status status)
{
    token_walk *walk = arg;
    sl_status rc = status < 0 ? walk_failed(status) : walk_go_on(walk);

    if (rc == SL_WAIT)
        return;
    walk->w->host->finish(walk->call, rc);
    walk->w->host->release(walk);
}

/* Hand on the tokens that are left, until one has to be waited for. */
static sl_status walk_go_on(token_walk *walk)
{
    const sl_store_ops *ops = walk->w->ops;
    sl_done done = {.fn = walk_done, .arg = walk};
    sl_status rc = SL_OK;

    while (walk->left && rc == SL_OK) {
        uint64_t len = sl_get32(walk->at);
        const uint8_t *token = walk->at + 4;

        walk->at = token + len;
        walk->left--;
        rc = walk->is_abort ? ops->abort(walk->w->store, token, len, done)
                            : ops->commit(walk->w->store, token, len, done);
    }
    return walk_failed(rc);
}

static sl_status walk_token(sl_files *w, sl_call *call, const void *token, uint64_t len,
                            uint32_t is_abort)
{
    token_walk *walk;
    sl_status rc;

    if (!len)
        return SL_OK;
    rc = sl_files_store(w);
    if (rc < 0)
        return rc;
    walk = w->host->alloc(w->node, sizeof *walk);
    if (!walk)
        return SL_E_NOMEM;
    *walk = (token_walk){.w = w, .call = call, .is_abort = is_abort};
    rc = token_check(w, token, len, walk);
    if (rc == SL_OK)
        rc = walk_go_on(walk);
    if (rc != SL_WAIT)
        w->host->release(walk);
    return rc;
}

sl_status sl_files_commit(sl_instance *self, sl_call *call, const void *token, uint64_t len)
{
    return walk_token((sl_files *)(void *)self, call, token, len, 0);
}

sl_status sl_files_abort(sl_instance *self, sl_call *call, const void *token, uint64_t len)
{
    return walk_token((sl_files *)(void *)self, call, token, len, 1);
}

static void nothing_done(void *arg, sl_status status)
{
    (void)arg;
    (void)status;
}

void sl_files_forget(sl_files *w)
{
    sl_done done = {.fn = nothing_done};

    for (one_file *f = w->made_first; f; f = f->next) {
        if (f->out->token) /* nobody will ever commit it; what stays behind is only litter */
            (void)w->ops->abort(w->store, f->out->token, f->out->token_len, done);
    }
    sl_files_free_all(w);
}
