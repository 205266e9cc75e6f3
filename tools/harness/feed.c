/* SPDX-License-Identifier: Apache-2.0
 *
 * tools/harness/feed.c - the source that gives a class under test what the test has pushed.
 *
 * Pushes are kept until the harness is freed: after a restore those behind the offset of their
 * split come again. Batches are made with the library alone, so that they do not count as
 * allocations of the class; their slots are built as a real upstream would have done.
 */
#include "tools/harness/harness_priv.h"

#include <string.h>

struct sl_instance {
    slc_feed *feed;
};

/* ---- pushes -------------------------------------------------------------------------------- */

static void item_free(slc_item *item)
{
    sl_mem_free(item->split);
    sl_mem_free(item->offset);
    sl_mem_free(item->bytes);
    sl_mem_free(item);
}

void slc_items_free(slc *h)
{
    while (h->first) {
        slc_item *item = h->first;
        h->first = item->next;
        item_free(item);
    }
    h->last = NULL;
}

sl_status slc_item_add(slc *h, const slc_item *like)
{
    slc_item *item = sl_mem_zalloc(h->mem, 1, sizeof *item);
    uint8_t number[8];
    sl_bytes offset = {like->offset, like->offset_len};

    if (!item)
        return SL_E_NOMEM;
    item->number = ++h->pushes;
    item->port = like->port;
    item->flags = like->flags;
    item->is_raw = like->is_raw;
    sl_set64(number, item->number);
    if (!offset.len)
        offset = (sl_bytes){number, sizeof number};
    item->split = sl_mem_dup(h->mem, like->split, strlen(like->split));
    item->offset = (uint8_t *)sl_mem_dup(h->mem, offset.ptr, offset.len);
    item->offset_len = offset.len;
    item->bytes = (uint8_t *)sl_mem_dup(h->mem, like->bytes, like->len);
    item->len = like->len;
    if (!item->split || !item->offset || !item->bytes) {
        item_free(item);
        return SL_E_NOMEM;
    }
    if (h->last)
        h->last->next = item;
    else
        h->first = item;
    h->last = item;
    return SL_OK;
}

/* ---- the class ----------------------------------------------------------------------------- */

static sl_status feed_create(const sl_host *host, sl_node *node, const sl_config *cfg,
                             sl_instance **out)
{
    sl_instance *self = sl_mem_zalloc(node->run->parent, 1, sizeof *self);

    (void)host;
    if (!self)
        return SL_E_NOMEM;
    self->feed = (slc_feed *)(uintptr_t)cfg;
    self->feed->node = node;
    *out = self;
    return SL_OK;
}

static sl_status feed_open(sl_instance *self, sl_call *call)
{
    slc_feed *feed = self->feed;

    (void)call;
    feed->is_open = 1;
    for (slc_item *item = feed->h->first; item; item = item->next) {
        if (item->port != feed->port)
            continue;
        item->is_sent = 0;
        if (!sl_split_add(feed->node, item->split, 0))
            return SL_E_NOMEM;
    }
    return SL_OK;
}

static void feed_close(sl_instance *self)
{
    self->feed->is_open = 0;
    sl_ptree_free(SL_TAKE(self->feed->tree));
}

static void feed_destroy(sl_instance *self)
{
    sl_ptree_free(SL_TAKE(self->feed->tree));
    self->feed->node = NULL;
    sl_mem_free(self);
}

/* What lies up to OFFSET was used before the restart. */
static sl_status feed_assign(sl_instance *self, uint32_t split, const char *name, sl_bytes offset)
{
    (void)split;
    for (slc_item *item = self->feed->h->first; offset.len && item; item = item->next) {
        size_t n = offset.len < item->offset_len ? offset.len : item->offset_len;
        int order = memcmp(item->offset, offset.ptr, n);
        if (item->port == self->feed->port && !strcmp(item->split, name) &&
            (order < 0 || (order == 0 && item->offset_len <= offset.len)))
            item->is_sent = 1;
    }
    return SL_OK;
}

static void feed_revoke(sl_instance *self, uint32_t split)
{
    (void)self;
    (void)split;
}

static sl_status item_rows(slc_feed *feed, const slc_item *item, sl_builder *b)
{
    sl_writer w;

    sl_writer_init(&w, sl_host_rows(), b);
    if (!item->is_raw)
        return slc_json_rows(feed->h->mem, (const char *)item->bytes, item->len, &w);
    if (sl_row_begin(&w)) {
        sl_row_text_key(&w, "payload", 7);
        sl_row_put_bin(&w, NULL, item->bytes, item->len);
    }
    return sl_row_end(&w, 0);
}

/* BATCH (take) with slots, where the class has asked for any. */
static sl_batch *with_slots(slc_feed *feed, sl_batch *batch)
{
    sl_pathset *set = feed->node->out[0].set;
    sl_batch *slotted;

    if (!batch || (!sl_pathset_count(set) && !sl_pathset_is_open(set)))
        return batch;
    if (!feed->tree)
        feed->tree = sl_ptree_new(feed->h->mem, set, 4096);
    slotted = feed->tree ? sl_batch_reslot(batch, feed->tree) : NULL;
    sl_batch_unref(batch);
    return slotted;
}

static sl_status feed_next(sl_instance *self, uint32_t rows, uint64_t bytes, sl_batch **out)
{
    slc_feed *feed = self->feed;
    slc_item *item = feed->h->first;
    sl_status status;
    sl_builder *b;

    (void)rows;
    (void)bytes;
    while (item && (item->is_sent || item->port != feed->port))
        item = item->next;
    if (!item)
        return feed->h->has_ended ? SL_END : SL_WAIT;
    b = sl_builder_new(feed->node->out[0].pool, NULL, NULL);
    if (!b)
        return SL_E_NOMEM;
    status = item_rows(feed, item, b);
    if (status == SL_OK) {
        sl_bytes offset = {item->offset, item->offset_len};
        status =
            sl_builder_origin(b, sl_split_add(feed->node, item->split, 0), offset, offset, NULL);
    }
    if (status != SL_OK) {
        sl_builder_discard(b);
        return status;
    }
    b->flags = item->flags;
    *out = with_slots(feed, sl_builder_finish(b));
    item->is_sent = 1;
    return *out ? SL_OK : SL_E_NOMEM;
}

static void feed_acknowledge(sl_instance *self, uint64_t checkpoint, uint32_t split,
                             sl_bytes offset)
{
    (void)self;
    (void)checkpoint;
    (void)split;
    (void)offset;
}

static const sl_source_ops feed_ops = {
    .size = sizeof(sl_source_ops),
    .assign = feed_assign,
    .revoke = feed_revoke,
    .next = feed_next,
    .acknowledge = feed_acknowledge,
};

const sl_class slc_feed_class = {
    .size = sizeof(sl_class),
    .kind = SL_CLASS_SOURCE,
    .id = "feed",
    .brief = "Gives what a test has pushed",
    .ops = &feed_ops,
    .create = feed_create,
    .open = feed_open,
    .close = feed_close,
    .destroy = feed_destroy,
};
