/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/run/checkpoint.c - the object that a checkpoint is.
 *
 * What belongs together is gathered when all nodes have answered: states and tokens of all copies,
 * offsets of all splits, each with its number (decoders keep rests by it) and the copy that read it
 * (so that a restart gives it to the same lane). A graph with checkpoint: store has it written to a
 * file (checkpoint_file.c) before anything is committed; others keep the newest in memory, which
 * serves a restart inside the process only (the harness).
 */
#include "engine/run/run_priv.h"

#include <string.h>

/* A copy of LEN bytes, of which none is fine. */
static int bytes_dup(sl_mem *mem, void **out, uint64_t *out_len, const void *from, uint64_t len)
{
    *out_len = len;
    if (!from)
        return 1;
    *out = sl_mem_dup(mem, from, len);
    return *out != NULL;
}

static int text_dup(sl_mem *mem, char **out, const char *from)
{
    *out = sl_mem_dup(mem, from, strlen(from));
    return *out != NULL;
}

int sl_checkpoint_put_node(sl_mem *mem, sl_checkpoint *to, const char *name, uint32_t copy,
                           const sl_checkpoint_node *from)
{
    sl_checkpoint_node *node = &to->node[to->nodes++];

    node->copy = copy;
    return text_dup(mem, &node->name, name) &&
           bytes_dup(mem, &node->state, &node->state_len, from->state, from->state_len) &&
           bytes_dup(mem, &node->token, &node->token_len, from->token, from->token_len);
}

int sl_checkpoint_put_split(sl_mem *mem, sl_checkpoint *to, const sl_checkpoint_split *from)
{
    sl_checkpoint_split *split = &to->split[to->splits++];
    void *bytes = NULL;
    int ok = text_dup(mem, &split->source, from->source) &&
             text_dup(mem, &split->name, from->name) &&
             bytes_dup(mem, &bytes, &split->offset_len, from->offset, from->offset_len);

    split->number = from->number;
    split->copy = from->copy;
    split->offset = bytes;
    return ok;
}

sl_checkpoint *sl_checkpoint_new(sl_mem *mem, uint64_t number, uint32_t nodes, uint32_t splits)
{
    sl_checkpoint *c = sl_mem_zalloc(mem, 1, sizeof *c);

    if (!c)
        return NULL;
    c->number = number;
    c->epoch = 1;
    c->node = sl_mem_zalloc(mem, nodes + 1u, sizeof *c->node);
    c->split = sl_mem_zalloc(mem, splits + 1u, sizeof *c->split);
    if (c->node && c->split)
        return c;
    sl_checkpoint_free(c);
    return NULL;
}

static int put_all_nodes(sl_run *run, sl_checkpoint *c)
{
    for (uint32_t i = 0; i < run->units; i++) {
        const sl_unit *unit = &run->unit[i];
        for (uint32_t k = 0; k < unit->copies; k++) {
            const sl_node *node = unit->copy[k];
            sl_checkpoint_node from = {.state = node->state,
                                       .state_len = node->state_len,
                                       .token = node->token,
                                       .token_len = node->token_len};
            if (!sl_checkpoint_put_node(run->parent, c, unit->name, k, &from))
                return 0;
        }
    }
    return 1;
}

/* All splits, so that each keeps its number; those not begun have no offset. */
static int put_all_splits(sl_run *run, sl_checkpoint *c)
{
    for (uint32_t i = 0; i < run->splits; i++) {
        const sl_split *split = run->split[i];
        sl_checkpoint_split from = {
            .number = split->number,
            .copy = split->owner  ? split->owner->copy
                    : split->home ? split->home - 1
                                  : 0,
            .source = split->source,
            .name = split->name,
            .offset = split->mark,
            .offset_len = split->mark_len,
        };
        if (!sl_checkpoint_put_split(run->parent, c, &from))
            return 0;
    }
    return 1;
}

sl_status sl_checkpoint_gather(sl_run *run, uint64_t number, sl_checkpoint **out, sl_error *err)
{
    sl_checkpoint *c;
    int ok;

    (void)pthread_mutex_lock(&run->split_lock);
    c = sl_checkpoint_new(run->parent, number, run->instances, run->splits);
    ok = c && put_all_splits(run, c);
    (void)pthread_mutex_unlock(&run->split_lock);
    if (!ok || !put_all_nodes(run, c)) {
        sl_checkpoint_free(c);
        return sl_error_set(err, SL_E_NOMEM, "memory.short", "no memory for checkpoint %llu",
                            (unsigned long long)number);
    }
    c->epoch = run->epoch;
    *out = c;
    return SL_OK;
}

sl_checkpoint *sl_checkpoint_copy(sl_mem *mem, const sl_checkpoint *from)
{
    sl_checkpoint *c =
        from ? sl_checkpoint_new(mem, from->number, from->nodes, from->splits) : NULL;
    int ok = c != NULL;

    for (uint32_t i = 0; ok && i < from->nodes; i++)
        ok = sl_checkpoint_put_node(mem, c, from->node[i].name, from->node[i].copy, &from->node[i]);
    for (uint32_t i = 0; ok && i < from->splits; i++)
        ok = sl_checkpoint_put_split(mem, c, &from->split[i]);
    if (ok) {
        c->epoch = from->epoch;
        return c;
    }
    sl_checkpoint_free(c);
    return NULL;
}

void sl_checkpoint_free(sl_checkpoint *checkpoint)
{
    if (!checkpoint)
        return;
    for (uint32_t i = 0; i < checkpoint->nodes; i++) {
        sl_mem_free(checkpoint->node[i].name);
        sl_mem_free(checkpoint->node[i].state);
        sl_mem_free(checkpoint->node[i].token);
    }
    for (uint32_t i = 0; i < checkpoint->splits; i++) {
        sl_mem_free(checkpoint->split[i].source);
        sl_mem_free(checkpoint->split[i].name);
        sl_mem_free(checkpoint->split[i].offset);
    }
    sl_mem_free(checkpoint->node);
    sl_mem_free(checkpoint->split);
    sl_mem_free(checkpoint);
}

/* ---- going back ---------------------------------------------------------------------------- */

static sl_node *node_of(const sl_run *run, const sl_checkpoint_node *from)
{
    for (uint32_t i = 0; i < run->units; i++) {
        if (!strcmp(run->unit[i].name, from->name))
            return from->copy < run->unit[i].copies ? run->unit[i].copy[from->copy] : NULL;
    }
    return NULL;
}

static sl_status node_restore(sl_node *node, const sl_checkpoint_node *from, sl_error *err)
{
    sl_status status = SL_OK;

    if (from->state_len && node->klass->restore)
        status = node->klass->restore(node->self, from->state, from->state_len);
    if (status != SL_OK) {
        sl_node_why(node, status, "go back to its saved state", err);
        return sl_error_wrap(err, status, "%s", node->unit->name);
    }
    if (!from->token)
        return SL_OK;
    node->token = sl_mem_dup(node->mem, from->token, from->token_len);
    node->token_len = from->token_len;
    return node->token ? SL_OK
                       : sl_error_set(err, SL_E_NOMEM, "memory.short", "no memory to go back");
}

sl_status sl_restore(sl_run *run, sl_error *err)
{
    const sl_checkpoint *from = run->hooks.restore;
    sl_status status = SL_OK;

    run->epoch = 1;
    /* a run with a limit cuts batches, so its offsets say more than it has used: it is a trial */
    if (!from && run->graph.limits.checkpoint_store && !run->options.dry_run &&
        !run->options.limit) {
        status = sl_ckfile_open(run, err);
        if (status == SL_OK)
            status = sl_ckfile_read(run, &run->restored, err);
        from = run->restored;
        run->published = from ? from->number : 0;
    }
    if (status != SL_OK || !from)
        return status;
    run->coord.number = from->number;
    run->coord.done = from->number;
    if (sl_split_restore(run, from) != SL_OK)
        return sl_error_set(err, SL_E_NOMEM, "memory.short", "no memory for the splits");
    for (uint32_t i = 0; i < from->nodes && status == SL_OK; i++) {
        sl_node *node = node_of(run, &from->node[i]);
        if (node)
            status = node_restore(node, &from->node[i], err);
        else if (from->node[i].token || from->node[i].state_len)
            status = sl_error_set(err, SL_E_CONFIG, "checkpoint.graph",
                                  "checkpoint %llu holds what lane %u of node %s has saved, which "
                                  "this graph does not have; give it back, or use another "
                                  "checkpoint: store",
                                  (unsigned long long)from->number, from->node[i].copy,
                                  from->node[i].name);
    }
    return status;
}
