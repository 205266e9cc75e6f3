/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/run/split.c - which splits there are, who reads them, how far they have come.
 *
 * Every copy of a source announces the splits that it finds; the first to name one gives it its
 * number, which is unique over all sources of the run, and an owner: the caller when the service
 * has chosen it (SL_SPLIT_MINE), else the copies in turn. The owner gets assign on its own lane,
 * after open and before it is asked for rows. What is announced while a source's other copies have
 * ended wakes those up again.
 */
#include "engine/run/run_priv.h"

#include <string.h>

#define SPLITS_START   16u
#define ASSIGN_BASE_NS 5000000
#define ASSIGN_MOST_NS 1000000000

/* ---- the index ----------------------------------------------------------------------------- */

static uint64_t hash_of(const sl_unit *unit, const char *name)
{
    uint64_t h = 1469598103934665603u ^ (unit ? unit->index : UINT32_MAX);

    for (; *name; name++)
        h = (h ^ (unsigned char)*name) * 1099511628211u;
    return h ^ h >> 29;
}

/* Under the lock. */
static sl_split *index_find(const sl_run *run, const sl_unit *unit, const char *name)
{
    uint64_t h = hash_of(unit, name);

    for (uint32_t i = 0; i < run->split_slots; i++) {
        uint32_t number = run->split_index[(h + i) & (run->split_slots - 1)];
        sl_split *split;
        if (!number)
            return NULL;
        split = run->split[number - 1];
        if (split->unit == unit && !strcmp(split->name, name))
            return split;
    }
    return NULL;
}

static void index_put(sl_run *run, const sl_split *split)
{
    uint64_t i = hash_of(split->unit, split->name) & (run->split_slots - 1);

    while (run->split_index[i])
        i = (i + 1) & (run->split_slots - 1);
    run->split_index[i] = split->number;
}

/* Room for one more. Under the lock. */
static int table_grow(sl_run *run)
{
    uint32_t cap = run->split_cap ? run->split_cap * 2 : SPLITS_START;
    sl_split **more;
    uint32_t *index;

    if (run->splits < run->split_cap)
        return 1;
    more = sl_mem_resize(run->parent, run->split, cap * sizeof *more);
    if (!more)
        return 0;
    run->split = more;
    index = sl_mem_zalloc(run->parent, (size_t)cap * 2, sizeof *index);
    if (!index)
        return 0;
    sl_mem_free(run->split_index);
    run->split_index = index;
    run->split_slots = cap * 2;
    run->split_cap = cap;
    for (uint32_t i = 0; i < run->splits; i++)
        index_put(run, run->split[i]);
    return 1;
}

/* Under the lock. */
static sl_split *table_add(sl_run *run, const sl_unit *unit, const char *source, const char *name)
{
    sl_split *split;

    if (!table_grow(run))
        return NULL;
    split = sl_mem_zalloc(run->parent, 1, sizeof *split);
    if (!split)
        return NULL;
    split->name = sl_mem_dup(run->parent, name, strlen(name));
    split->source = sl_mem_dup(run->parent, source, strlen(source));
    if (!split->name || !split->source) {
        sl_mem_free(split->name);
        sl_mem_free(split->source);
        sl_mem_free(split);
        return NULL;
    }
    split->unit = unit;
    split->watermark_us = INT64_MIN;
    split->number = run->splits + 1;
    run->split[run->splits++] = split;
    index_put(run, split);
    return split;
}

sl_split *sl_split_at(sl_run *run, uint32_t number)
{
    sl_split *split = NULL;

    (void)pthread_mutex_lock(&run->split_lock);
    if (number && number <= run->splits)
        split = run->split[number - 1];
    (void)pthread_mutex_unlock(&run->split_lock);
    return split;
}

/* ---- announcing and assigning -------------------------------------------------------------- */

/* Give SPLIT, which has no owner, to a copy. Under the lock. */
static void choose_owner(sl_split *split, sl_node *caller, uint32_t flags)
{
    sl_unit *unit = caller->unit;

    split->is_mine = (flags & SL_SPLIT_MINE) != 0;
    split->owner = split->home && split->home <= unit->copies ? unit->copy[split->home - 1]
                   : flags & SL_SPLIT_MINE                    ? caller
                                           : unit->copy[unit->next_owner++ % unit->copies];
    split->is_new = 1;
    (void)__atomic_add_fetch(&caller->run->news, 1, __ATOMIC_ACQ_REL);
}

uint32_t sl_split_add(sl_node *node, const char *name, uint32_t flags)
{
    sl_run *run = node->run;
    sl_node *owner = NULL;
    sl_split *split;
    uint32_t number = 0;

    (void)pthread_mutex_lock(&run->split_lock);
    split = index_find(run, node->unit, name);
    if (!split)
        split = table_add(run, node->unit, node->unit->name, name);
    if (split) {
        number = split->number;
        if (flags & (SL_SPLIT_END | SL_SPLIT_LOST)) {
            sl_flag_set(&split->is_over, 1);
        } else if (!split->owner) {
            choose_owner(split, node, flags);
            owner = split->owner;
        }
    }
    (void)pthread_mutex_unlock(&run->split_lock);
    if (!split)
        sl_node_failed(node, SL_E_NOMEM, "keep a list of its splits");
    if (owner)
        sl_inbox_send(&owner->lane->inbox, &owner->src.assign);
    return number;
}

/* The next split that NODE is still to be told of; from *I on. */
static sl_split *next_new(sl_node *node, uint32_t *i)
{
    sl_run *run = node->run;
    sl_split *found = NULL;

    (void)pthread_mutex_lock(&run->split_lock);
    while (!found && *i < run->splits) {
        sl_split *split = run->split[(*i)++];
        if (split->owner == node && split->is_new)
            found = split;
    }
    if (found)
        found->is_new = 0;
    (void)pthread_mutex_unlock(&run->split_lock);
    return found;
}

void sl_source_assign_end(sl_node *node)
{
    if (node->src.assign_timer)
        node->run->env->event_free(SL_TAKE(node->src.assign_timer));
}

static void on_assign_timer(void *arg)
{
    sl_node *node = arg;

    sl_source_assign_end(node);
    sl_source_assign(node);
}

/* Memory was short: have NODE told of SPLIT, and of those behind, in a while. False when it was
 * short for too long. */
static int assign_later(sl_node *node, sl_split *split)
{
    sl_run *run = node->run;
    sl_source *src = &node->src;
    int64_t after =
        sl_retry_ns(run, src->assign_tries, &src->assign_since_ns, ASSIGN_BASE_NS, ASSIGN_MOST_NS);

    if (after < 0 || src->assign_tries++ >= SL_NOMEM_TRIES)
        return 0;
    src->assign_timer = run->env->timer(node->lane->loop, after, 0, on_assign_timer, node);
    if (!src->assign_timer)
        return 0;
    (void)pthread_mutex_lock(&run->split_lock);
    split->is_new = 1;
    (void)pthread_mutex_unlock(&run->split_lock);
    return 1;
}

void sl_source_assign(sl_node *node)
{
    const sl_source_ops *ops = node->klass->ops;
    sl_source *src = &node->src;
    sl_split *split;
    uint32_t i = 0;

    if (!src->is_started || src->assign_timer || node->is_closed || sl_flag(&node->run->is_halted))
        return;
    while ((split = next_new(node, &i)) != NULL) {
        sl_status status = SL_OK;
        if (ops->assign)
            status = ops->assign(node->self, split->number, split->name,
                                 (sl_bytes){split->last, split->last_len});
        if (status == SL_E_NOMEM && assign_later(node, split))
            break;
        src->assign_tries = 0;
        if (status < 0) {
            sl_error why;
            sl_node_why(node, status, "read the split", &why);
            sl_split_fail(node, split->number, status, why.code, why.text);
        }
        if (src->is_ended) {
            sl_flag_set(&src->is_ended, 0);
            (void)__atomic_add_fetch(&node->run->live, 1, __ATOMIC_ACQ_REL);
        }
        (void)__atomic_sub_fetch(&node->run->news, 1, __ATOMIC_ACQ_REL);
    }
    sl_flag_set(&src->is_waiting, 0);
    sl_lane_ready(node);
}

/* ---- sharing what is left ------------------------------------------------------------------ */

/* Can SPLIT still go to another copy? Under the lock. */
static int is_untouched(const sl_split *split)
{
    return split->owner && !split->is_mine && !sl_flag(&split->has_begun) &&
           !sl_flag(&split->is_over);
}

/* How many splits NODE should hand over: half of those not begun, so that each keeps something to
 * read and none goes back and forth. Under the lock. */
static uint32_t can_spare(const sl_node *node)
{
    const sl_run *run = node->run;
    uint32_t untouched = 0;
    uint32_t begun = 0;

    for (uint32_t i = 0; i < run->splits; i++) {
        const sl_split *split = run->split[i];
        if (split->owner != node || sl_flag(&split->is_over))
            continue;
        if (sl_flag(&split->has_begun))
            begun = 1;
        else
            untouched += !split->is_mine;
    }
    return (untouched + begun) / 2;
}

void sl_source_beg(sl_node *node)
{
    sl_run *run = node->run;
    sl_node *rich = NULL;
    uint32_t most = 0;

    (void)pthread_mutex_lock(&run->split_lock);
    for (uint32_t i = 0; i < run->splits; i++) { /* it has ended: so have those that it was given */
        if (run->split[i]->owner == node && !run->split[i]->is_new)
            sl_flag_set(&run->split[i]->is_over, 1);
    }
    for (uint32_t k = 0; k < node->unit->copies; k++) {
        sl_node *other = node->unit->copy[k];
        uint32_t n = other == node ? 0 : can_spare(other);
        if (n > most && !other->src.thief) {
            most = n;
            rich = other;
        }
    }
    if (rich)
        rich->src.thief = node;
    (void)pthread_mutex_unlock(&run->split_lock);
    if (rich)
        sl_inbox_send(&rich->lane->inbox, &rich->src.yield);
}

/* The last split of NODE that is not begun, for THIEF; NULL: none. */
static sl_split *hand_over(sl_node *node, sl_node *thief)
{
    sl_run *run = node->run;
    sl_split *found = NULL;

    (void)pthread_mutex_lock(&run->split_lock);
    for (uint32_t i = run->splits; i > 0 && !found; i--) {
        if (run->split[i - 1]->owner == node && is_untouched(run->split[i - 1]) &&
            !run->split[i - 1]->is_new)
            found = run->split[i - 1];
    }
    (void)pthread_mutex_unlock(&run->split_lock);
    if (!found)
        return NULL;
    ((const sl_source_ops *)node->klass->ops)->revoke(node->self, found->number);
    (void)__atomic_add_fetch(&run->news, 1, __ATOMIC_ACQ_REL);
    (void)pthread_mutex_lock(&run->split_lock);
    found->owner = thief;
    found->is_new = 1;
    (void)pthread_mutex_unlock(&run->split_lock);
    return found;
}

void sl_source_yield(void *arg)
{
    sl_node *node = arg;
    sl_run *run = node->run;
    sl_node *thief;
    uint32_t n;

    (void)pthread_mutex_lock(&run->split_lock);
    thief = SL_TAKE(node->src.thief);
    n = can_spare(node);
    (void)pthread_mutex_unlock(&run->split_lock);
    if (!thief || node->is_closed || sl_flag(&run->is_halted) || sl_flag(&run->is_draining))
        return;
    for (; n && hand_over(node, thief); n--)
        sl_inbox_send(&thief->lane->inbox, &thief->src.assign);
}

void sl_split_fail(sl_node *node, uint32_t number, sl_status status, const char *code,
                   const char *text)
{
    sl_run *run = node->run;
    sl_split *split = sl_split_at(run, number);

    (void)status;
    sl_log_print(run->log, SL_LOG_ERROR, node->unit->name, code, "%s: %s",
                 split ? split->name : "a split", text);
    if (split && sl_flag(&split->is_over))
        return;
    if (split)
        sl_flag_set(&split->is_over, 1);
    if (!__atomic_fetch_add(&run->failed_splits, 1, __ATOMIC_ACQ_REL)) {
        (void)pthread_mutex_lock(&run->error_lock);
        (void)sl_error_set(&run->split_error, status, code, "%s: %s: %s", node->unit->name,
                           split ? split->name : "a split", text);
        (void)pthread_mutex_unlock(&run->error_lock);
    }
}

/* ---- offsets of a barrier ------------------------------------------------------------------ */

/* Does SPLIT count for NODE's offsets? */
static int is_upstream(const sl_node *node, const sl_split *split)
{
    return split->mark_len && split->unit && node->unit->upstream[split->unit->index];
}

uint32_t sl_split_offsets(sl_node *node, uint32_t i, const char **split, sl_bytes *offset)
{
    sl_run *run = node->run;

    (void)pthread_mutex_lock(&run->split_lock);
    if (node->offsets.barrier != node->barrier || !node->barrier) {
        node->offsets.barrier = node->barrier;
        node->offsets.count = 0;
        for (uint32_t k = 0; k < run->splits; k++)
            node->offsets.count += (uint32_t)is_upstream(node, run->split[k]);
        node->offsets.next = UINT32_MAX;
    }
    if (i < node->offsets.next) {
        node->offsets.next = 0;
        node->offsets.next_split = 0;
    }
    while (i < node->offsets.count && node->offsets.next_split < run->splits) {
        sl_split *s = run->split[node->offsets.next_split++];
        if (!is_upstream(node, s))
            continue;
        if (node->offsets.next++ == i) {
            if (split)
                *split = s->name;
            if (offset)
                *offset = (sl_bytes){s->mark, s->mark_len};
            break;
        }
    }
    (void)pthread_mutex_unlock(&run->split_lock);
    return node->offsets.count;
}

/* ---- watermarks ---------------------------------------------------------------------------- */

void sl_split_watermark(sl_node *node, uint32_t number, int64_t time_us)
{
    sl_run *run = node->run;
    sl_split *split = sl_split_at(run, number);
    int64_t least = INT64_MAX;

    if (!split || split->owner != node || split->watermark_us == time_us)
        return;
    split->watermark_us = time_us;
    (void)pthread_mutex_lock(&run->split_lock);
    for (uint32_t i = 0; i < run->splits; i++) {
        const sl_split *s = run->split[i];
        if (s->owner == node && !sl_flag(&s->is_over) && s->watermark_us < least)
            least = s->watermark_us;
    }
    (void)pthread_mutex_unlock(&run->split_lock);
    if (least <= node->src.mark_us || least == INT64_MAX)
        return;
    node->src.mark_us = least;
    sl_node_forward(node, (sl_item){.kind = SL_ITEM_MARK, .time_us = least});
}

/* ---- restoring ----------------------------------------------------------------------------- */

/* Where SPLIT stands, as OLD says. */
static int split_at_offset(sl_run *run, sl_split *split, const sl_checkpoint_split *old)
{
    split->home = old->copy + 1;
    if (!old->offset_len)
        return 1;
    split->has_begun = 1; /* its decoder's rest is on that lane: it stays there */
    split->last = (uint8_t *)sl_mem_dup(run->parent, old->offset, old->offset_len);
    split->mark = (uint8_t *)sl_mem_dup(run->parent, old->offset, old->offset_len);
    split->last_len = old->offset_len;
    split->last_cap = old->offset_len;
    split->mark_len = old->offset_len; /* until its owner has read on */
    split->mark_cap = old->offset_len;
    return split->last && split->mark;
}

sl_status sl_split_restore(sl_run *run, const sl_checkpoint *from)
{
    for (uint32_t i = 0; i < from->splits; i++) {
        const sl_checkpoint_split *old = &from->split[i];
        const sl_unit *unit = NULL;
        sl_split *split;
        for (uint32_t k = 0; k < run->units; k++) {
            if (!strcmp(run->unit[k].name, old->source))
                unit = &run->unit[k];
        }
        split = table_add(run, unit, old->source, old->name);
        if (!split || !split_at_offset(run, split, old))
            return SL_E_NOMEM;
        SL_ASSERT(split->number == old->number); /* the reader has checked it */
    }
    return SL_OK;
}

void sl_split_free_all(sl_run *run)
{
    for (uint32_t i = 0; i < run->splits; i++) {
        sl_mem_free(run->split[i]->name);
        sl_mem_free(run->split[i]->source);
        sl_mem_free(run->split[i]->last);
        sl_mem_free(run->split[i]->mark);
        sl_mem_free(run->split[i]);
    }
    sl_mem_free(run->split);
    sl_mem_free(run->split_index);
    run->split = NULL;
    run->split_index = NULL;
    run->splits = 0;
    run->split_cap = 0;
}
