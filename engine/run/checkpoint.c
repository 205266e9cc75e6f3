/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/run/checkpoint.c - the object that a checkpoint is.
 *
 * What belongs together is gathered when all nodes have answered: states and tokens of all copies,
 * offsets of all splits. sl_checkpoint_write is the one place where it becomes durable; for now it
 * stays in memory, so it serves a restart inside the process (the harness) but not one after a
 * crash of the process.
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

static int put_node(sl_mem *mem, sl_checkpoint *to, const char *name, uint32_t copy,
                    const sl_checkpoint_node *from)
{
    sl_checkpoint_node *node = &to->node[to->nodes++];

    node->copy = copy;
    return text_dup(mem, &node->name, name) &&
           bytes_dup(mem, &node->state, &node->state_len, from->state, from->state_len) &&
           bytes_dup(mem, &node->token, &node->token_len, from->token, from->token_len);
}

static int put_split(sl_mem *mem, sl_checkpoint *to, const char *source, const char *name,
                     const uint8_t *offset, uint64_t len)
{
    sl_checkpoint_split *split = &to->split[to->splits++];
    void *bytes = NULL;
    int ok = text_dup(mem, &split->source, source) && text_dup(mem, &split->name, name) &&
             bytes_dup(mem, &bytes, &split->offset_len, offset, len);

    split->offset = bytes;
    return ok;
}

static sl_checkpoint *checkpoint_new(sl_mem *mem, uint64_t number, uint32_t nodes, uint32_t splits)
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
            if (!put_node(run->parent, c, unit->name, k, &from))
                return 0;
        }
    }
    return 1;
}

static int put_all_splits(sl_run *run, sl_checkpoint *c, uint32_t most)
{
    for (uint32_t i = 0; i < most; i++) {
        const sl_split *split = run->split[i];
        if (split->mark_len && !put_split(run->parent, c, split->unit->name, split->name,
                                          split->mark, split->mark_len))
            return 0;
    }
    return 1;
}

sl_status sl_checkpoint_write(sl_run *run, uint64_t number, sl_checkpoint **out, sl_error *err)
{
    sl_checkpoint *c;
    int ok;

    (void)pthread_mutex_lock(&run->split_lock);
    c = checkpoint_new(run->parent, number, run->instances, run->splits);
    ok = c && put_all_splits(run, c, run->splits);
    (void)pthread_mutex_unlock(&run->split_lock);
    if (!ok || !put_all_nodes(run, c)) {
        sl_checkpoint_free(c);
        return sl_error_set(err, SL_E_NOMEM, "memory", "no memory for checkpoint %llu",
                            (unsigned long long)number);
    }
    *out = c;
    return SL_OK;
}

sl_checkpoint *sl_checkpoint_copy(sl_mem *mem, const sl_checkpoint *from)
{
    sl_checkpoint *c = from ? checkpoint_new(mem, from->number, from->nodes, from->splits) : NULL;
    int ok = c != NULL;

    for (uint32_t i = 0; ok && i < from->nodes; i++)
        ok = put_node(mem, c, from->node[i].name, from->node[i].copy, &from->node[i]);
    for (uint32_t i = 0; ok && i < from->splits; i++) {
        const sl_checkpoint_split *s = &from->split[i];
        ok = put_split(mem, c, s->source, s->name, s->offset, s->offset_len);
    }
    if (ok)
        return c;
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

const sl_checkpoint_node *sl_checkpoint_find(const sl_checkpoint *checkpoint, const char *name,
                                             uint32_t copy)
{
    for (uint32_t i = 0; checkpoint && i < checkpoint->nodes; i++) {
        if (checkpoint->node[i].copy == copy && !strcmp(checkpoint->node[i].name, name))
            return &checkpoint->node[i];
    }
    return NULL;
}
