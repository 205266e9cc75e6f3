/* SPDX-License-Identifier: Apache-2.0
 *
 * sluice/abi.h - the binary contract between the engine and its plugins.
 *
 * Each table starts with its size in bytes, filled in by its maker; fields are only appended, and
 * a reader touches a field only if it lies within that size. What is not for everybody is an
 * extension, asked for by id with version. Only fixed-width integers, double and pointers cross.
 *
 * Threads.   [any]   any thread, at any time between create and destroy
 *            [inst]  the one thread that drives this instance at that moment (the lane's, or the
 *                    own thread of an SL_P_BLOCKING class); never two at once for one instance
 *            [main]  the main thread, before the graph runs or after it stopped
 * Pointers.  borrow: valid until the named event. take: the callee becomes owner. give: the
 *            receiver must release it. share: counted.
 */
#ifndef SLUICE_ABI_H
#define SLUICE_ABI_H
#include <stddef.h>
#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif

#define SL_ABI_MAJOR 1u
#define SL_ABI_MINOR 0u
#define SL_ABI_MAGIC 0x534c5549u
#define SL_HAS(t, f) ((t)->size >= offsetof(__typeof__(*(t)), f) + sizeof((t)->f))

typedef int32_t sl_status;
#define SL_OK         0  /* done */
#define SL_WAIT       1  /* not done: finish() will follow (calls), or wake() will follow (next) */
#define SL_END        2  /* a bounded source has given its last row */
#define SL_AGAIN      3  /* more output for this input: call again when there is credit */
#define SL_E_CONFIG   -1 /* the user must change something; not retried */
#define SL_E_DATA     -2 /* the data is wrong; the rows go to dead letters, the stream goes on */
#define SL_E_RETRY    -3 /* the outside world failed; the host retries with back-off */
#define SL_E_FATAL    -4 /* this instance is broken; restarted from the last checkpoint */
#define SL_E_NOMEM    -5 /* as SL_E_RETRY, after memory has been given back */
#define SL_E_CANCELED -6

typedef struct sl_node sl_node;         /* the host's side of an instance */
typedef struct sl_instance sl_instance; /* the plugin's side */
typedef struct sl_call sl_call;         /* one call in flight; see finish */
typedef struct sl_pathset sl_pathset;   /* what the slots of an edge mean */
typedef struct sl_pool sl_pool;
typedef struct sl_config sl_config;
typedef struct sl_metric sl_metric;
typedef struct sl_event sl_event; /* a timer or a watched descriptor */
typedef struct sl_host sl_host;

typedef struct sl_bytes {
    const uint8_t *ptr;
    uint64_t len;
} sl_bytes;

/* ---- settings ------------------------------------------------------------------------------ */

#define SL_T_BOOL     1u
#define SL_T_INT      2u
#define SL_T_FLOAT    3u
#define SL_T_STRING   4u
#define SL_T_SIZE     5u /* "64MiB" -> bytes */
#define SL_T_DURATION 6u /* "250ms" -> nanoseconds */
#define SL_T_CHOICE   7u
#define SL_T_LIST     8u
#define SL_T_MAP      9u
#define SL_T_GROUP    10u
#define SL_T_PATH     11u
#define SL_T_URL      12u
#define SL_T_EXPR     13u /* checked by the engine's SQL front end */
#define SL_T_FIELD    14u /* the path of a field in a record: a.b or a."b.c" */
#define SL_S_REQUIRED 1u
#define SL_S_SECRET   2u /* given by reference (env, file, cred, secret); never shown */
#define SL_S_RELOAD   4u /* can change while running, through reconfigure */
#define SL_S_ADVANCED 8u /* folded away in forms and short help */

typedef struct sl_setting {
    uint32_t size;
    uint32_t type;
    uint32_t flags;
    uint32_t item; /* element type of a list or map */
    const char *name;
    const char *unit;
    const char *fallback; /* default, as a user would write it; NULL: none */
    const char *min;
    const char *max;
    const char *const *choice; /* ends with NULL */
    const char *brief;         /* one line, no full stop */
    const char *details;       /* Markdown */
    const char *example;
    const char *since;
    const char *replaced_by;        /* set on a deprecated setting */
    const struct sl_setting *child; /* of a group, or of the items; ends with name == NULL */
} sl_setting;

/* ---- rows: the layout of batch-format.md sections 2 to 4 ------------------------------------- */

#define SL_BATCH_ALL   1u /* a map whose path has slots below it holds no key without a slot */
#define SL_BATCH_LAST  2u /* these are the last rows of their split */
#define SL_BATCH_WHOLE 4u /* each payload is a whole message: nothing carries over to the next */

/* Immutable once emitted, counted. Places are offsets into the body, so a batch can be mapped
 * elsewhere. All pointers are borrowed while the batch is held. */
typedef struct sl_batch {
    uint32_t size;
    uint32_t refs;           /* atomic; only through ref and unref */
    uint32_t flags;          /* SL_BATCH_* */
    uint32_t nrec;           /* records in the body */
    uint32_t nslot;          /* slots in use */
    uint32_t stride;         /* slots per row, rounded up to 8 */
    const uint32_t *rec;     /* nrec + 1 places */
    const uint32_t *slot;    /* nrec * stride places, row by row, 0 absent; NULL: not built */
    const uint16_t *sel;     /* NULL: all records count; else nsel ascending record numbers */
    uint32_t nsel;           /* records that count */
    uint32_t split;          /* number of the split, 0: none or several */
    const uint8_t *body;     /* array32 of maps, then 64 readable zero bytes */
    uint64_t body_len;       /* without the zero bytes */
    const sl_pathset *paths; /* shared by all batches of an edge */
    sl_bytes first;          /* least offset and */
    sl_bytes last;           /* greatest offset; opaque, memcmp gives the order within a split */
    int64_t arrived_us;
    int64_t time_min_us;    /* event time; INT64_MAX when unknown */
    int64_t time_max_us;    /* INT64_MIN when unknown */
    int64_t watermark_us;   /* no later record will be older than this; INT64_MIN unknown */
    const int64_t *time_us; /* sidecars, nrec values each, or NULL: event time */
    const uint8_t *op;      /* 0 insert, 1 update, 2 delete; NULL: all inserts */
    const sl_bytes *origin; /* offset of the raw record that each record comes from */
    const uint32_t *within; /* byte place in that raw record's payload */
    sl_pool *home;
} sl_batch;

/* A declared path. Made by the host; slot and set are filled in between create and open. */
typedef struct sl_path {
    const sl_pathset *set;
    uint32_t slot; /* UINT32_MAX: none, the walker serves */
    uint32_t port;
    /* [any] The place of the value without slots, by walking the record; 0 when absent. */
    uint32_t (*walk)(const sl_batch *batch, uint32_t row, const struct sl_path *path);
} sl_path;

/* An output key: encoded msgpack str, and the slot of its value in the output's path set. */
typedef struct sl_key {
    sl_bytes text;
    uint32_t slot; /* UINT32_MAX: none */
    uint32_t port;
} sl_key;

/* Place of PATH's value in the body, 0 when absent. The accessors of batch-format.md section 6
 * (SL_EACH, sl_batch_get, sl_batch_gather, sl_cur_*) are inlines of sluice/sdk.h on top of it. */
static inline uint32_t sl_batch_at(const sl_batch *batch, uint32_t row, const sl_path *path)
{
    if (batch->slot && batch->paths == path->set && path->slot < batch->nslot)
        return batch->slot[(size_t)row * batch->stride + path->slot];
    return path->walk(batch, row, path);
}

/* A batch in the making. The SDK's inline writers (sl_row_*) fill it and call grow() only when cur
 * would pass end or nrec reaches cap: neither a field nor a row costs a call. */
typedef struct sl_builder {
    uint32_t size;
    uint32_t nrec; /* rows ended */
    uint32_t cap;  /* rows that the arrays hold */
    uint32_t stride;
    uint8_t *body;
    uint8_t *cur;
    uint8_t *end;
    uint32_t *rec;    /* cap + 1 */
    uint32_t *slot;   /* cap * stride, zeroed; NULL: nobody downstream asks */
    uint16_t *from;   /* the row of LIKE that each row descends from; NULL without LIKE */
    int64_t *time_us; /* NULL or as lent by LIKE; overwrite to change */
    uint8_t *op;
    uint32_t *within; /* place of each row in the payload it comes from; NULL without LIKE */
    uint32_t flags;   /* SL_BATCH_* of the batch to be; starts as 0 */
    uint32_t nslot; /* slots that all rows know; a row's slots past it stay 0. Where a tree has just
                     * learned one past it: grow(b, 0), then set it */
} sl_builder;

typedef struct sl_rows {
    uint64_t size;
    /* [any] Share. Gives BATCH back. */
    sl_batch *(*ref)(sl_batch *batch);
    /* [any] Let go. NULL is fine. */
    void (*unref)(sl_batch *batch);
    /* [inst] In create only: declare interest in "a.b" on input PORT; borrowed until destroy.
     * "*" asks for all paths: the host gives slots as they are learned, up to the edge's limit
     * (sluice/paths.h tells what each means); its own slot is UINT32_MAX. NULL when malformed. */
    const sl_path *(*path)(sl_node *node, uint32_t port, const char *text);
    /* [inst] In create only: an output key of output PORT; borrowed until destroy. */
    const sl_key *(*key)(sl_node *node, uint32_t port, const char *name);
    /* [inst] In create only: batches of input IN may be emitted on output OUT as they are, or
     * selected from, or copied from: both edges then share one path set. */
    sl_status (*through)(sl_node *node, uint32_t in, uint32_t out);
    /* [any] The N records ROW of BATCH, ascending, without copying them. Gives a batch, NULL when
     * out of memory. */
    sl_batch *(*select)(sl_batch *batch, const uint16_t *row, uint32_t n);
    /* [inst] Start a batch for output PORT. LIKE, which may be NULL, lends split, offsets, times,
     * ops. Gives a builder, NULL when the edge's pool is used up. */
    sl_builder *(*build)(sl_node *node, uint32_t port, sl_batch *like);
    /* [inst] Make room for at least MORE bytes and one row; may move everything in B. MORE 0: raise
     * nslot to what the path set has by now; no row so far may hold a value at one of the new slots
     * (true for a decoder that calls this when sl_paths.child gives a slot past nslot). */
    sl_status (*grow)(sl_builder *b, uint64_t more);
    /* [inst] Append the N records ROW of LIKE (NULL: all that count): bytes, slots, sidecars. */
    sl_status (*copy)(sl_builder *b, const uint16_t *row, uint32_t n);
    /* [inst] For sources: split and offsets of the whole batch, and of each row when EACH is not
     * NULL. Copies. */
    sl_status (*origin)(sl_builder *b, uint32_t split, sl_bytes first, sl_bytes last,
                        const sl_bytes *each);
    /* [inst] End the builder and give the batch; NULL when out of memory. */
    sl_batch *(*finish)(sl_builder *b);
    /* [inst] End the builder without a result. */
    void (*discard)(sl_builder *b);
    /* [any] Another sidecar by id ("sluice.columns/1"), borrowed; losing one changes no output. */
    const void *(*sidecar)(const sl_batch *batch, const char *id);
    /* [inst] As key, for a key inside of maps: PATH leads from the record to its value, which its
     * last part names ("user.id"). NULL when malformed or deeper than 16. */
    const sl_key *(*key_in)(sl_node *node, uint32_t port, const char *path);
} sl_rows;

/* ---- what the host offers -------------------------------------------------------------------- */

#define SL_LIMIT_RECORD      1u /* bytes of a record */
#define SL_LIMIT_DEPTH       2u /* levels of nesting */
#define SL_LIMIT_BATCH_BYTES 3u /* bytes of body that a batch aims at */
#define SL_LIMIT_BATCH_ROWS  4u /* records that it aims at */

#define SL_PORT_ERRORS 0xffffffffu /* the output "errors" that every node has */

#define SL_METRIC_COUNTER   1u
#define SL_METRIC_GAUGE     2u
#define SL_METRIC_HISTOGRAM 3u

#define SL_SPLIT_MINE 1u /* the service gave it to this instance: to no other lane */
#define SL_SPLIT_END  2u /* complete; its children may start */
#define SL_SPLIT_LOST 4u /* the service took it back */

struct sl_host {
    uint32_t size;
    uint32_t abi_major;
    uint32_t abi_minor;
    uint32_t pad;
    const char *version;
    const sl_rows *rows;
    /* [any] A table for ID such as "sluice.state/1", for NODE (NULL: for the plugin as a whole);
     * NULL when this host has none. */
    const void *(*extension)(sl_node *node, const char *id);
    /* [any] Explain the failure that the current call will return. CODE is dotted and stable. */
    void (*fail)(sl_node *node, const char *code, const char *text);
    /* [inst] In create: as fail, and shows the user LEN bytes at place AT of the value of setting
     * PATH (LEN 0: the whole value). Every call adds one diagnostic. */
    void (*fail_at)(sl_node *node, const char *path, uint32_t at, uint32_t len, const char *code,
                    const char *text);
    /* [any] One line of log; level 0 debug, 1 info, 2 warn, 3 error. */
    void (*log)(sl_node *node, uint32_t level, const char *code, const char *text);
    /* [any] Would a line of this level be kept? */
    int32_t (*log_wanted)(sl_node *node, uint32_t level);
    /* [inst] Values of declared settings; PATH is "group.name". Borrowed until destroy. */
    int64_t (*get_int)(const sl_config *cfg, const char *path);
    /* [inst] As get_int, for SL_T_FLOAT. */
    double (*get_float)(const sl_config *cfg, const char *path);
    /* [inst] As get_int, for text; ends with NUL, never NULL. */
    const char *(*get_text)(const sl_config *cfg, const char *path);
    /* [inst] Number of items of a list, map or group; 0 when not set. */
    uint32_t (*get_count)(const sl_config *cfg, const char *path);
    /* [inst] One item of those. */
    const sl_config *(*get_item)(const sl_config *cfg, const char *path, uint32_t i,
                                 const char **key);
    /* [any] Memory that changes owner, counted for NODE (NULL: for the plugin). */
    void *(*alloc)(sl_node *node, uint64_t bytes);
    /* [any] Change the size of what alloc gave (NULL: as alloc); the old block stays valid when
     * this gives NULL. */
    void *(*resize)(sl_node *node, void *mem, uint64_t bytes);
    /* [any] Release what alloc gave. NULL is fine. */
    void (*release)(void *mem);
    /* [inst] Pass on rows. Takes BATCH. Allowed in process, advance, flush, prepare and loop
     * callbacks. */
    sl_status (*emit)(sl_node *node, uint32_t port, sl_batch *batch);
    /* [inst] Send the N records ROW of BATCH to dead letters with a reason; counts them. Borrows
     * all. */
    void (*reject)(sl_node *node, sl_batch *batch, const uint16_t *row, uint32_t n,
                   const char *code, const char *why);
    /* [inst] For decoders: as reject, for a part of the payload of record ROW: the LEN bytes at
     * DATA (borrowed), which begin at place AT of the payload (0 when they began in one before). */
    void (*reject_part)(sl_node *node, sl_batch *batch, uint32_t row, uint32_t at, const void *data,
                        uint64_t len, const char *code, const char *why);
    /* [inst] Of the rows taken in, USED went on, into state or into files, FILTERED were left out
     * on purpose. With the rejected ones they make up all rows taken in: the host checks it. */
    void (*count)(sl_node *node, uint64_t used, uint64_t filtered);
    /* [any] End a call that answered SL_WAIT. Exactly once. */
    void (*finish)(sl_call *call, sl_status status);
    /* [any] Ask the host to call next again. */
    void (*wake)(sl_node *node);
    /* [any] Non-zero once the instance is being stopped: give up soon. */
    int32_t (*canceled)(sl_node *node);
    /* [any] For sources: the split NAME exists, or changed as FLAGS say. Gives its number, equal
     * in all lanes; the host answers with assign on the lane that shall own it. */
    uint32_t (*split)(sl_node *node, const char *name, uint32_t flags);
    /* [inst] In prepare: split I upstream and its offset at the barrier. Gives their number. */
    uint32_t (*offsets)(sl_node *node, uint32_t i, const char **split, sl_bytes *offset);
    /* [any] Names of graph and node; gives the epoch. */
    uint64_t (*identity)(sl_node *node, const char **graph, const char **name);
    /* [inst] Say how far event time has come, or that the split is idle (INT64_MAX). */
    void (*watermark)(sl_node *node, uint32_t split, int64_t time_us);
    /* [any] Clock that tests can move; nanoseconds. */
    int64_t (*now)(sl_node *node);
    /* [any] Random bytes; repeatable in tests. */
    void (*random)(sl_node *node, void *out, uint64_t len);
    /* [inst] Call FN on [inst] after a delay, again each PERIOD when it is > 0. */
    sl_event *(*timer)(sl_node *node, int64_t after_ns, int64_t period_ns,
                       void (*fn)(sl_instance *, void *), void *arg);
    /* [inst] Call FN on [inst] when FD is readable (1) or writable (2). Not for SL_P_BLOCKING. */
    sl_event *(*watch)(sl_node *node, int32_t fd, uint32_t what,
                       void (*fn)(sl_instance *, void *, uint32_t), void *arg);
    /* [inst] End a timer or a watch. NULL is fine. */
    void (*unwatch)(sl_event *event);
    /* [inst] A number exported with labels graph, node, plugin. */
    sl_metric *(*metric)(sl_node *node, uint32_t kind, const char *name, const char *unit,
                         const char *help);
    /* [any] Add to a counter, set a gauge, observe a histogram. Lock-free. */
    void (*observe)(sl_metric *metric, double value);
    /* [inst] For sources: SPLIT can't be read any further, for the reason given; the other splits
     * go on. The host logs it, and a bounded run that had one does not end with success. */
    void (*split_failed)(sl_node *node, uint32_t split, sl_status status, const char *code,
                         const char *text);
    /* [any] What the graph allows (its limits:), SL_LIMIT_*; 0 for one that this host does not
     * know. */
    uint64_t (*limit)(sl_node *node, uint32_t which);
};

/* ---- what a plugin offers -------------------------------------------------------------------- */

#define SL_P_BLOCKING 0x01u /* may block: gets an own thread */
#define SL_P_PARALLEL 0x02u /* rows may be spread over instances in any way */
#define SL_P_BY_KEY   0x04u /* ... as long as equal keys stay together */
#define SL_P_ORDERED  0x08u /* needs the order within a split */
#define SL_P_PURE     0x10u /* same rows in, same rows out: may be replayed and cached */
#define SL_P_RAW      0x20u /* sources give, sinks take raw records: a de- or encoder is wanted */

/* Life: create, restore, open, {calls of its kind}, close, destroy. create and destroy do no I/O.
 * At barrier n, with no call in flight: prepare, snapshot; then the host forwards the barrier. */
typedef struct sl_class {
    uint32_t size;
    uint32_t flags;
    const char *kind; /* "sluice.source/1", "sluice.transform/1", "sluice.sink/1", ... */
    const char *id;   /* plain: "kafka"; kind and id together are unique */
    const char *brief;
    const char *details;
    const sl_setting *settings;
    const char *const *in; /* port names; NULL: one port */
    const char *const *out;
    const void *ops; /* the table of the kind */
    /* [inst] Make an instance; CFG is valid already. Gives SELF. */
    sl_status (*create)(const sl_host *host, sl_node *node, const sl_config *cfg,
                        sl_instance **self);
    /* [inst] Connect. May answer SL_WAIT and finish CALL later. */
    sl_status (*open)(sl_instance *self, sl_call *call);
    /* [any] Break off a blocking call at once; must be short and safe beside it. */
    void (*interrupt)(sl_instance *self);
    /* [inst] Disconnect; no calls in flight any more. */
    void (*close)(sl_instance *self);
    /* [inst] Free everything. */
    void (*destroy)(sl_instance *self);
    /* [inst] New values for SL_S_RELOAD settings. SL_E_CONFIG keeps the old ones. */
    sl_status (*reconfigure)(sl_instance *self, const sl_config *cfg);
    /* [inst] Writers and sinks, NULL for others: make all so far ready and give a token (alloc'd
     * with the host) that commit needs, even in another process. May emit. May answer SL_WAIT. */
    sl_status (*prepare)(sl_instance *self, sl_call *call, uint64_t checkpoint, void **token,
                         uint64_t *len);
    /* [inst] Give the state (alloc'd with the host), small; big state lives in sluice.state/1. */
    sl_status (*snapshot)(sl_instance *self, uint64_t checkpoint, void **state, uint64_t *len);
    /* [inst] Between create and open: go back to that state. */
    sl_status (*restore)(sl_instance *self, const void *state, uint64_t len);
    /* [inst] The checkpoint is durable: make TOKEN visible. May come twice for one token, also
     * after restore: must be idempotent. Borrows TOKEN until the call ends. */
    sl_status (*commit)(sl_instance *self, sl_call *call, const void *token, uint64_t len);
    /* [inst] Drop TOKEN; it will never be committed. */
    sl_status (*abort)(sl_instance *self, sl_call *call, const void *token, uint64_t len);
    /* [any] More tables, by id; NULL when unknown. */
    const void *(*extension)(const char *id);
} sl_class;

/* ops of "sluice.source/1". Only called while the graph has credit. */
typedef struct sl_source_ops {
    uint64_t size;
    /* [inst] Read SPLIT after OFFSET (len 0: from where the settings say). */
    sl_status (*assign)(sl_instance *self, uint32_t split, const char *name, sl_bytes offset);
    /* [inst] Stop reading SPLIT; what was given stays valid. */
    void (*revoke)(sl_instance *self, uint32_t split);
    /* [inst] Give at most ROWS rows or about BYTES bytes of one split; SL_WAIT: wake() will follow;
     * SL_END: no more of the splits assigned so far (an assign that comes later starts it anew). */
    sl_status (*next)(sl_instance *self, uint32_t rows, uint64_t bytes, sl_batch **out);
    /* [inst] CHECKPOINT is committed: SPLIT up to and with OFFSET may be acknowledged upstream. */
    void (*acknowledge)(sl_instance *self, uint64_t checkpoint, uint32_t split, sl_bytes offset);
} sl_source_ops;

/* ops of "sluice.transform/1", and of "sluice.decoder/1" and "sluice.encoder/1". */
typedef struct sl_transform_ops {
    uint64_t size;
    /* [inst] Use BATCH (borrowed; ref it to keep it) and emit. SL_WAIT: finish(CALL) follows. */
    sl_status (*process)(sl_instance *self, sl_call *call, uint32_t port, sl_batch *batch);
    /* [inst] Event time has passed TIME_US on all inputs; emit what is complete. */
    sl_status (*advance)(sl_instance *self, int64_t time_us);
    /* [inst] The input has ended; emit the rest. */
    sl_status (*flush)(sl_instance *self, sl_call *call);
} sl_transform_ops;

/* ops of "sluice.sink/1". Exactly once = prepare and commit of the class. */
typedef struct sl_sink_ops {
    uint64_t size;
    /* [inst] Take in BATCH (borrowed; ref it to keep it). SL_WAIT: finish(CALL) will follow; credit
     * bounds the calls in flight. */
    sl_status (*write)(sl_instance *self, sl_call *call, uint32_t port, sl_batch *batch);
    /* [inst] The input has ended; send the rest. */
    sl_status (*flush)(sl_instance *self, sl_call *call);
} sl_sink_ops;

typedef struct sl_plugin {
    uint32_t magic;
    uint32_t size;
    uint32_t abi_major; /* equal to the host's */
    uint32_t abi_minor; /* the least that will do; at most the host's */
    const char *name;
    const char *version;
    const char *license; /* SPDX */
    const char *home;
    const char *built_with;
    const sl_class *const *classes; /* ends with NULL */
    /* [main] Once per process; no I/O, no threads. May be NULL. */
    sl_status (*load)(const sl_host *host);
    /* [main] Undo load. Modules stay mapped: dlclose is never called. */
    void (*unload)(void);
} sl_plugin;

#define SL_EXPORT __attribute__((visibility("default")))
extern SL_EXPORT const sl_plugin sluice_plugin_v1; /* the one symbol of a module */

#ifdef __cplusplus
}
#endif
#endif
