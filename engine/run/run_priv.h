/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/run/run_priv.h - the parts of a run.
 *
 * run    everything; owned by the main thread
 * unit   one node of the graph, with its copies
 * node   one copy on one lane (the sl_node that a plugin knows)
 * lane   one thread with its loop; drives its nodes
 * link   one edge between two copies: a queue, or a ring when they live on two lanes
 * call   one call in flight (the sl_call that a plugin knows)
 * work   a message to the thread of an inbox; part of its sender, so sending never fails
 *
 * Who may touch what: a node, its links' queues and its calls belong to the lane's thread; counters
 * are written there and read anywhere (relaxed atomics); the table of splits has a lock; the
 * coordinator's fields belong to the main thread. Anything else goes by work.
 */
#ifndef SL_RUN_RUN_PRIV_H
#define SL_RUN_RUN_PRIV_H
#include "engine/run/run.h"

#include "engine/service/log.h"
#include "engine/service/metric.h"
#include "sdk/lib/batch.h"

#include <pthread.h>
#include <sluice/paths.h>
#include <sluice/sdk.h>
#include <sluice/store.h>

#define SL_NODE_MAGIC  0x6e6f6465u
#define SL_CALLS_MAX   16u /* calls in flight of one sink; other nodes have one */
#define SL_RING_ITEMS  16u
#define SL_DIRECT_MAX  24u /* nested direct calls before a batch is queued */
#define SL_DRAIN_BATCH 8u  /* items a node takes before others have their turn */
#define SL_OPEN_TRIES  8u
#define SL_NOMEM_TRIES 60u
#define SL_ABORT_TRIES 5u /* less than the patience of a halt */

typedef struct sl_unit sl_unit;
typedef struct sl_lane sl_lane;
typedef struct sl_link sl_link;
typedef struct sl_dead sl_dead;
typedef struct sl_checkpoint sl_checkpoint;

/* ---- messages ------------------------------------------------------------------------------ */

typedef struct sl_work {
    struct sl_work *next;
    void (*fn)(void *arg);
    void *arg;
    int32_t is_queued; /* under the inbox's lock */
} sl_work;

typedef struct sl_inbox {
    sl_env *env;
    sl_loop *loop;
    pthread_mutex_t lock;
    sl_work *head;
    sl_work *tail;
    int32_t is_posted;
} sl_inbox;

/* [main] Make BOX the inbox of LOOP. */
void sl_inbox_init(sl_inbox *box, sl_env *env, sl_loop *loop);
/* [main] The loop does not run any more. */
void sl_inbox_fini(sl_inbox *box);
/* [any] Have WORK's function called on the inbox's thread; nothing when it is on its way already.*/
void sl_inbox_send(sl_inbox *box, sl_work *work);

/* ---- the graph as a run takes it ----------------------------------------------------------- */

/* What a run needs of a graph; sl_run_new fills it from an sl_graph, tests and harness by hand. */
typedef struct sl_run_graph {
    const char *name;
    sl_graph_limits limits;
    const sl_graph_node *node; /* in topological order */
    uint32_t nodes;
    const sl_graph_edge *edge;
    uint32_t edges;
    const sl_graph *graph; /* for places in diagnostics; NULL: none */
} sl_run_graph;

/* What only tests and the harness set. */
typedef struct sl_run_hooks {
    const void *(*extension)(sl_node *node,
                             const char *id); /* asked before the host's own; may be NULL */
    sl_log_sink log;                          /* takes the log; may be NULL */
    void *log_arg;
    const sl_checkpoint *restore; /* resume from here; borrowed until the run is freed */
    void (*host)(sl_host *host);  /* may change slots of the host table; may be NULL */
    int32_t is_stepped;           /* no clock makes checkpoints, no signals */
    int32_t is_crash;             /* what is prepared is left alone when the run halts */
} sl_run_hooks;

/* ---- edges --------------------------------------------------------------------------------- */

#define SL_ITEM_BATCH   1u
#define SL_ITEM_BARRIER 2u
#define SL_ITEM_MARK    3u /* a watermark */

typedef struct sl_item {
    uint32_t kind;
    uint32_t pad;
    union {
        sl_batch *batch;
        uint64_t barrier;
        int64_t time_us;
    };
} sl_item;

/* Single producer, single consumer; head and tail only grow. */
typedef struct sl_ring {
    uint32_t head __attribute__((aligned(64)));   /* written by the consumer */
    uint32_t tail __attribute__((aligned(64)));   /* written by the producer */
    int32_t is_idle __attribute__((aligned(64))); /* the consumer sleeps: wake it */
    int32_t is_blocked;                           /* the producer has more than fits */
    sl_item item[SL_RING_ITEMS];
} sl_ring;

struct sl_link {
    sl_node *from;
    sl_node *to;
    uint32_t from_port;
    uint32_t to_port;
    sl_item *queue; /* of the consumer; with a ring, of the producer: what did not fit */
    uint32_t cap;
    uint32_t head;
    uint32_t count;
    sl_ring *ring;    /* NULL: same lane */
    void *ring_block; /* what ring lies in */
    sl_work wake;     /* to the consumer's lane */
    sl_work refill;   /* to the producer's lane */
    uint64_t held;    /* number of the barrier that it has delivered and waits at; 0: none */
    int64_t mark_us;
};

typedef struct sl_outport {
    sl_pool *pool;
    sl_pathset *set; /* borrowed from the run */
    sl_ptree *tree;
    sl_link **link; /* borrowed from the run */
    uint32_t links;
} sl_outport;

/* ---- calls --------------------------------------------------------------------------------- */

#define SL_CALL_OPEN    0u
#define SL_CALL_PROCESS 1u
#define SL_CALL_FLUSH   2u
#define SL_CALL_PREPARE 3u
#define SL_CALL_COMMIT  4u
#define SL_CALL_ABORT   5u

struct sl_call {
    sl_node *node;
    uint32_t kind;
    uint32_t port;
    sl_batch *batch; /* held until the call ends */
    sl_status status;
    uint32_t tries;
    int64_t since_ns;  /* of the first try */
    uint64_t emitted;  /* batches given on since the call began */
    uint64_t rejected; /* rows and parts rejected since then */
    sl_work work;      /* finish: back to the lane */
    sl_event *timer;   /* of a retry */
    int32_t is_used;
};

/* ---- nodes --------------------------------------------------------------------------------- */

#define SL_UNIT_SOURCE    0u
#define SL_UNIT_TRANSFORM 1u
#define SL_UNIT_SINK      2u

/* Commands of the coordinator to a node, and the answers. */
#define SL_CMD_OPEN    0u
#define SL_CMD_START   1u
#define SL_CMD_BARRIER 2u /* sources: put it behind the batch in hand */
#define SL_CMD_COMMIT  3u
#define SL_CMD_ACK     4u
#define SL_CMD_HALT    5u /* answer when no call is in flight */
#define SL_CMD_ABORT   6u
#define SL_CMD_CLOSE   7u
#define SL_CMDS        8u

/* One command of a node, as a message in both directions. */
typedef struct sl_cmd {
    sl_node *node;
    uint32_t cmd;
    sl_work order; /* to the lane */
    sl_work reply; /* to the main thread */
} sl_cmd;

/* Written by the lane, read anywhere. */
typedef struct sl_count {
    uint64_t rows_in;
    uint64_t bytes_in;
    uint64_t rows_out;
    uint64_t used;
    uint64_t filtered;
    uint64_t dead;
    uint64_t dead_parts;
    uint64_t busy_ns;
    uint64_t has_counted; /* it has called count */
} sl_count;

/* A declared path or key, in lists that live as long as the node. */
typedef struct sl_path_decl {
    sl_path_priv priv;
    struct sl_path_decl *next;
    sl_bytes key[SL_PATH_MAX_DEPTH > 32 ? 32 : SL_PATH_MAX_DEPTH];
    void *block;
    int32_t is_all;
} sl_path_decl;

#define SL_KEY_DEPTH 16u
typedef struct sl_key_decl {
    sl_key pub;
    struct sl_key_decl *next;
    sl_bytes path[SL_KEY_DEPTH]; /* of its value; the last part is the key */
    uint32_t n;
    void *block; /* that path lies in; NULL: in this one */
} sl_key_decl;

/* Output OUT may pass on batches of input IN. */
typedef struct sl_through {
    uint32_t in;
    uint32_t out;
} sl_through;

typedef struct sl_host_event sl_host_event; /* host_loop.c */

/* A split: known to all lanes, read by one. */
typedef struct sl_split {
    uint32_t number;     /* from 1, over all sources */
    const sl_unit *unit; /* NULL: of a source that the graph has no more */
    char *source;
    char *name;
    sl_node *owner;
    int32_t is_over;   /* atomic: ended, lost or failed */
    int32_t is_new;    /* assign is still to be called */
    uint32_t home;     /* 1 + the copy that read it before a restart; 0: none did */
    int32_t is_mine;   /* the service gave it to its owner: it stays there */
    int32_t has_begun; /* atomic: rows of it were given */
    uint8_t *last;     /* owner's lane: offset of the last rows given */
    uint64_t last_len;
    uint64_t last_cap;
    uint8_t *mark; /* under the lock: last at the barrier under way */
    uint64_t mark_len;
    uint64_t mark_cap;
    int64_t watermark_us; /* owner's lane; INT64_MIN unknown, INT64_MAX idle */
} sl_split;

/* The part of a node that only sources have. */
typedef struct sl_source {
    int32_t is_started;
    int32_t is_ended;   /* atomic: written by the lane */
    int32_t is_waiting; /* atomic: next answered SL_WAIT */
    int32_t is_woken;   /* atomic: wake was called */
    uint32_t tries;
    int64_t since_ns;      /* of the first try */
    uint32_t memory_waits; /* looks at the memory in a row that found too little */
    sl_event *timer;       /* of a retry */
    uint32_t assign_tries; /* in a row that found no memory */
    int64_t assign_since_ns;
    sl_event *assign_timer; /* assigns once more */
    sl_work wake;
    sl_work assign; /* some split of it is_new */
    sl_work yield;  /* another copy has nothing left to read */
    sl_node *thief; /* under the lock of splits: which one; NULL: none asks */
    sl_split *hit;  /* the split of the last batch */
    int64_t mark_us;
} sl_source;

struct sl_node {
    uint32_t magic;
    uint32_t copy;
    sl_run *run;
    sl_unit *unit;
    sl_lane *lane;
    const sl_class *klass;
    sl_instance *self;
    sl_mem *mem;
    sl_link **in; /* borrowed from the run */
    uint32_t ins;
    uint32_t turn; /* the input to look at first */
    sl_outport *out;
    uint32_t outs; /* with the errors port, which is the last */

    sl_node *ready_next;
    int32_t is_ready;   /* in the lane's list */
    int32_t is_open;    /* open has succeeded */
    int32_t is_closed;  /* no calls any more */
    int32_t is_halted;  /* HALT was answered */
    int32_t wants_halt; /* HALT is still to be answered */
    int32_t is_stuck;   /* main thread: a call never came back */
    int32_t is_told;    /* main thread: the answer to HALT has come */

    sl_event *stall;  /* looks again whether there is room */
    uint32_t stalls;  /* looks in a row that found nothing moving */
    int32_t may_pass; /* one call is allowed beyond the credit */

    sl_call *now;      /* the call that runs on this stack */
    sl_call *held;     /* a call to be made again: credit (SL_AGAIN) or a timer (retry) */
    uint32_t inflight; /* calls that answered SL_WAIT */
    uint32_t calls;
    sl_call data[SL_CALLS_MAX];
    sl_call op; /* open, flush, prepare, commit, abort: one at a time */
    int32_t is_op_busy;

    uint64_t barrier; /* the one under way; 0: none */
    void *token;
    uint64_t token_len;
    void *state;
    uint64_t state_len;
    int32_t wants_commit;

    sl_cmd cmd[SL_CMDS];
    sl_work credit; /* an output has room again */

    pthread_mutex_t fail_lock;
    sl_error fail;
    int32_t has_fail; /* atomic: fail was called in this call */

    sl_path_decl *paths;
    sl_key_decl *keys;
    sl_through *through;
    uint32_t throughs;
    sl_host_event *events;
    uint64_t *rejected; /* bits of the rows that the call has rejected; NULL: none yet */
    int64_t mark_us;    /* the watermark that was passed on */
    sl_count count;
    sl_source src;
    struct {
        uint64_t barrier; /* for which the rest holds */
        uint32_t count;
        uint32_t next; /* item that NEXT_SPLIT would be */
        uint32_t next_split;
    } offsets; /* where sl_host.offsets stands */
};

struct sl_unit {
    sl_run *run;
    uint32_t index;
    uint32_t kind; /* SL_UNIT_* */
    const sl_graph_node *def;
    const char *name;
    const sl_class *klass;
    uint32_t ins;
    uint32_t outs;    /* without errors */
    uint32_t in_base; /* numbers of its ports in the plan of path sets */
    uint32_t out_base;
    uint32_t copies;
    sl_node **copy;
    uint32_t next_owner; /* under the lock of splits */
    uint8_t *upstream;   /* for each unit: is it a source that leads here? */
    int32_t is_decoder;
    int32_t is_gate; /* its rows count towards the limit */
    int32_t is_dry;  /* only counts */
    int32_t has_errors_edge;
};

struct sl_lane {
    sl_run *run;
    uint32_t index;
    sl_loop *loop;
    void *thread;
    sl_inbox inbox;
    pthread_t id;
    int32_t has_id; /* atomic: its thread runs */
    sl_node *ready_head;
    sl_node *ready_tail;
    int32_t is_pumping;
    int32_t is_posted;
    uint32_t depth; /* of direct calls */
    sl_node *busy;  /* whose time runs */
    int64_t busy_since_ns;
    sl_dead *dead;
};

/* ---- the run ------------------------------------------------------------------------------- */

#define SL_PHASE_NEW     0u
#define SL_PHASE_OPENING 1u
#define SL_PHASE_COMMIT  2u /* what a restored checkpoint holds */
#define SL_PHASE_RUNNING 3u
#define SL_PHASE_HALTING 4u
#define SL_PHASE_ABORT   5u
#define SL_PHASE_CLOSING 6u
#define SL_PHASE_DONE    7u

#define SL_STEP_NONE    0u
#define SL_STEP_BARRIER 1u /* until it is durable */
#define SL_STEP_HELD    2u /* durable, and the harness holds the commit back */
#define SL_STEP_COMMIT  3u
#define SL_STEP_ACK     4u

#define SL_FINAL_NO    0u
#define SL_FINAL_END   1u /* flush everything */
#define SL_FINAL_DRAIN 2u /* flush all but decoders */

/* The coordinator; main thread. */
typedef struct sl_coord {
    uint32_t phase;
    uint32_t step;
    uint32_t pending;     /* answers that are still to come */
    uint32_t commit_unit; /* whose tokens are being committed */
    uint64_t number;      /* of the newest checkpoint */
    uint64_t done;        /* the newest that is committed */
    uint32_t final;       /* SL_FINAL_* of the one under way; read by lanes */
    uint32_t wants_final;
    int32_t wants_checkpoint;
    int32_t holds_commit; /* the harness: stop before commit */
    sl_event *retry;      /* writes the checkpoint once more */
    uint32_t tries;
    int64_t since_ns;    /* of the first try */
    sl_checkpoint *made; /* not durable yet */
    sl_event *every;
    sl_event *progress;
    sl_event *patience; /* ends the wait for calls in flight */
    sl_event *idle;     /* looks whether all sources wait, when the run shall end then */
    uint32_t idle_looks;
    uint64_t idle_bytes;
    sl_event *signal[2];
    sl_checkpoint *checkpoint; /* the newest durable one */
} sl_coord;

struct sl_run {
    sl_env *env;
    sl_mem *parent;
    sl_mem *mem; /* the account of the graph: has the limit */
    sl_run_options options;
    sl_run_hooks hooks;
    sl_run_graph graph;
    sl_graph_node *nodes; /* copies of the graph's, when it came from an sl_graph */
    sl_graph_edge *edges;
    char id[17]; /* random, for names of files */
    sl_host host;
    sl_log *log;
    sl_metrics *metrics;
    sl_diags *diags; /* during create */

    sl_unit *unit;
    uint32_t units;
    sl_lane *lane;
    uint32_t lanes;
    uint32_t shared_lanes; /* the first ones; those behind are of nodes that block */
    sl_link **link;
    uint32_t links;
    sl_pathset **set; /* one for each group of joined ports */
    uint32_t sets;
    uint32_t instances;
    uint64_t epoch;
    char *store;             /* folder of the checkpoints; NULL: they are kept in memory */
    sl_checkpoint *restored; /* what was found there */
    uint64_t published;      /* number of the newest that has its name there */

    sl_loop *loop;
    sl_inbox inbox;
    sl_coord coord;
    sl_work fail_work;
    sl_work stop_work;
    sl_work checkpoint_work; /* somebody asks for one */
    sl_work ended_work;

    pthread_mutex_t split_lock;
    sl_split **split; /* under the lock; number - 1 */
    uint32_t splits;
    uint32_t split_cap;
    uint32_t *split_index; /* under the lock: numbers by hash of unit and name; 0 free */
    uint32_t split_slots;  /* a power of two */

    pthread_mutex_t load_lock; /* of modules that are loaded late */
    pthread_mutex_t error_lock;
    sl_error error;       /* the first failure */
    sl_error split_error; /* the first split that failed */
    int32_t has_failed;

    int32_t is_halted;      /* atomic: lanes stand still */
    int32_t is_canceled;    /* atomic */
    int32_t is_draining;    /* atomic: sources are not asked */
    int32_t stops;          /* atomic: calls of sl_run_stop */
    int32_t live;           /* atomic: source copies that have not ended */
    int32_t news;           /* atomic: splits that are not assigned yet */
    int32_t is_limited;     /* atomic: the limit of rows was reached */
    uint64_t rows;          /* atomic: rows of gates */
    uint64_t dead;          /* atomic */
    uint64_t failed_splits; /* atomic */
    uint64_t bytes_all;     /* atomic: bytes that sources gave */
    uint64_t bytes_since;   /* atomic: bytes that sources gave since the last barrier */
    int32_t wants_memory;   /* atomic: a source waits for memory */
    uint32_t outcome;
    int32_t has_threads;
};

/* ---- plan.c, node life --------------------------------------------------------------------- */

/* [main] As sl_run_new, from a graph made by hand; GRAPH and what it points at is borrowed until
 * free. HOOKS may be NULL. */
sl_status sl_run_new_from(const sl_run_graph *graph, sl_mem *mem, const sl_run_options *options,
                          const sl_run_hooks *hooks, sl_diags *diags, sl_run **out, sl_error *err);
/* [main] Units, copies, lanes, links. */
sl_status sl_plan_units(sl_run *run, sl_error *err);
/* [main] After all creates: path sets, slots of paths and keys. */
sl_status sl_plan_sets(sl_run *run, sl_error *err);
/* [main] Free what the plan made. */
void sl_plan_free(sl_run *run);
/* [any] The numbers of ports in UNIT's class. */
uint32_t sl_class_outs(const sl_class *klass);

/* [main] Begin: threads, loops, and open of all nodes. What follows is done on the loops. */
sl_status sl_run_begin(sl_run *run, sl_error *err);
/* [main] The main loop has been stopped: end the threads and give the result. */
void sl_run_finish(sl_run *run, sl_run_result *result);

/* ---- lane.c -------------------------------------------------------------------------------- */

/* [inst] Have NODE looked at soon. */
void sl_lane_ready(sl_node *node);
/* [inst] The time that passes from now on is NODE's; gives whose it was. */
sl_node *sl_lane_enter(sl_node *node);
/* [inst] The reverse. */
void sl_lane_leave(sl_node *node, sl_node *before);
/* [main] Loop and inbox of LANE. False when memory or descriptors are short. */
int sl_lane_init(sl_lane *lane, sl_run *run, uint32_t index);
/* [main] Its thread has ended, or was never started. */
void sl_lane_fini(sl_lane *lane);

/* ---- link.c -------------------------------------------------------------------------------- */

/* [inst] Put ITEM at the end of LINK (producer's lane). Takes the batch. */
void sl_link_push(sl_link *link, sl_item item);
/* [inst] The first item (consumer's lane); false when there is none. */
int sl_link_peek(sl_link *link, sl_item *out);
/* [inst] Take the first item away; there is one. */
void sl_link_pop(sl_link *link);
/* [inst] Is there something, or a backlog, in it (producer's side)? */
int sl_link_has_room(const sl_link *link);
/* [main] Set up; LANES differ: a ring. */
sl_status sl_link_init(sl_link *link, sl_run *run);
/* [main] Lets go of what is still in it. */
void sl_link_free(sl_link *link);
/* [inst] Have all outputs of NODE room? */
int sl_node_has_room(const sl_node *node);
/* [inst] As sl_node_has_room, for one who is about to run NODE: sees to it that it is looked at
 * again when not (stall.c). */
int sl_node_may_run(sl_node *node);
/* [inst] As sl_host.emit. */
sl_status sl_node_emit(sl_node *node, uint32_t port, sl_batch *batch);
/* [inst] Send ITEM, a barrier or a mark, to all outputs. */
void sl_node_forward(sl_node *node, sl_item item);

/* ---- call.c -------------------------------------------------------------------------------- */

/* [inst] Can NODE take a batch now? */
int sl_node_is_free(const sl_node *node);
/* [inst] Call process or write. Takes BATCH; NODE is free. */
void sl_node_process(sl_node *node, uint32_t port, sl_batch *batch);
/* [inst] Make the call KIND of the life of NODE; its end comes by sl_node_op_done. */
void sl_node_op(sl_node *node, uint32_t kind);
/* [inst] Make the held call again. */
void sl_node_again(sl_node *node);
/* [inst] Drop the held call: the run halts. */
void sl_node_drop_held(sl_node *node);
/* [any] As sl_host.finish. */
void sl_call_finish(sl_call *call, sl_status status);
/* [any] What NODE said with fail since its call began, or a sentence made of STATUS and WHAT. */
void sl_node_why(sl_node *node, sl_status status, const char *what, sl_error *why);
/* [any] The run fails for what NODE said with fail, or else for STATUS. */
void sl_node_failed(sl_node *node, sl_status status, const char *what);
/* [inst] A jittered back-off for try N. */
int64_t sl_backoff_ns(sl_run *run, uint32_t tries, int64_t base_ns, int64_t most_ns);
/* [inst] As sl_backoff_ns, but not beyond the run's patience: the last try is made at its end. < 0:
 * that has passed. *SINCE_NS is set at the first try (TRIES is 0). */
int64_t sl_retry_ns(sl_run *run, uint32_t tries, int64_t *since_ns, int64_t base_ns,
                    int64_t most_ns);

/* ---- node.c -------------------------------------------------------------------------------- */

/* [inst] Do what there is to do, up to a bound; sources ask next. Non-zero: there is more. */
int sl_node_step(sl_node *node);
/* [inst] A call of the life of NODE has ended well, or with STATUS. */
void sl_node_op_done(sl_node *node, uint32_t kind, sl_status status);
/* [inst] Nothing is in flight any more: go on with what waited for it. */
void sl_node_quiet(sl_node *node);
/* [main] Free NODE; it is closed. */
void sl_node_free(sl_node *node);
/* [main] Make the copy COPY of UNIT on LANE and create its instance. */
sl_status sl_node_new(sl_unit *unit, uint32_t copy, sl_lane *lane, sl_node **out, sl_error *err);
/* [inst] Answer a command. */
void sl_node_reply(sl_node *node, uint32_t cmd);
/* [main] Send one. */
void sl_node_order(sl_node *node, uint32_t cmd);
/* [inst] LINK's watermark is TIME_US now. */
void sl_node_mark(sl_node *node, sl_link *link, int64_t time_us);

/* ---- barrier.c ----------------------------------------------------------------------------- */

/* [inst] Barrier N is here, on all inputs: begin with it. */
void sl_barrier_begin(sl_node *node, uint64_t number);
/* [inst] After the call KIND: the next step. */
void sl_barrier_next(sl_node *node, uint32_t kind);

/* ---- source.c, split.c --------------------------------------------------------------------- */

/* [inst] Ask the source once. Non-zero: ask again. */
int sl_source_step(sl_node *node);
/* [inst] Barrier: note the offsets and begin. */
void sl_source_barrier(sl_node *node, uint64_t number);
/* [inst] Tell it what is committed. */
void sl_source_ack(sl_node *node);
/* [inst] Assign what is new. */
void sl_source_assign(sl_node *node);
/* [inst] Give up assigning once more: the run halts, or NODE is closed. */
void sl_source_assign_end(sl_node *node);
/* [inst] NODE has nothing left to read: ask the copy that has most not begun for some of it. */
void sl_source_beg(sl_node *node);
/* [inst] The work of that copy: hand some over. */
void sl_source_yield(void *arg);
/* [any] As sl_host.split. */
uint32_t sl_split_add(sl_node *node, const char *name, uint32_t flags);
/* [inst] As sl_host.split_failed. */
void sl_split_fail(sl_node *node, uint32_t number, sl_status status, const char *code,
                   const char *text);
/* [any] The split with NUMBER; NULL when there is none. */
sl_split *sl_split_at(sl_run *run, uint32_t number);
/* [inst] As sl_host.offsets. */
uint32_t sl_split_offsets(sl_node *node, uint32_t i, const char **split, sl_bytes *offset);
/* [inst] As sl_host.watermark. */
void sl_split_watermark(sl_node *node, uint32_t number, int64_t time_us);
/* [main] Put in the splits of a checkpoint. */
sl_status sl_split_restore(sl_run *run, const sl_checkpoint *from);
/* [main] Free all. */
void sl_split_free_all(sl_run *run);

/* ---- dead.c -------------------------------------------------------------------------------- */

/* [inst] As sl_host.reject. */
void sl_dead_rows(sl_node *node, sl_batch *batch, const uint16_t *row, uint32_t n, const char *code,
                  const char *why);
/* [inst] As sl_host.reject_part. */
void sl_dead_part(sl_node *node, sl_batch *batch, uint32_t row, uint32_t at, const void *data,
                  uint64_t len, const char *code, const char *why);
/* [inst] Make the dead letters of LANE durable. False, and the run fails, when that can't be. */
int sl_dead_sync(sl_lane *lane);
/* [any] NAME for a file's: all but letters, digits, minus, underscore and dots inside become _. */
void sl_plain_name(char *out, size_t cap, const char *name);
/* [main] Close. NULL is fine. */
void sl_dead_free(sl_dead *dead);

/* ---- coord.c ------------------------------------------------------------------------------- */

/* [main] An answer has come. */
void sl_coord_reply(sl_run *run, sl_node *node, uint32_t cmd);
/* [main] Open all nodes. */
void sl_coord_open(sl_run *run);
/* [main] Start a checkpoint, or remember that one is wanted. */
void sl_coord_checkpoint(sl_run *run, uint32_t final);
/* [main] Let a held commit go on. */
void sl_coord_release(sl_run *run);
/* [any] The run fails: the first one counts. */
void sl_run_fail(sl_run *run, sl_status status, const char *code, const char *text);
/* [main] The works that others send here. */
void sl_coord_on_fail(void *arg);
/* [main] See sl_coord_on_fail. */
void sl_coord_on_stop(void *arg);
/* [main] See sl_coord_on_fail. */
void sl_coord_on_wanted(void *arg);
/* [main] See sl_coord_on_fail. */
void sl_coord_on_ended(void *arg);

/* ---- checkpoint.c -------------------------------------------------------------------------- */

typedef struct sl_checkpoint_node {
    char *name;
    uint32_t copy;
    void *state;
    uint64_t state_len;
    void *token;
    uint64_t token_len;
} sl_checkpoint_node;

typedef struct sl_checkpoint_split {
    uint32_t number; /* decoders keep their rests by it */
    uint32_t copy;   /* of the source that read it: so did the decoder behind */
    char *source;
    char *name;
    uint8_t *offset;
    uint64_t offset_len;
} sl_checkpoint_split;

struct sl_checkpoint {
    uint64_t number;
    uint64_t epoch;
    sl_checkpoint_node *node;
    uint32_t nodes;
    sl_checkpoint_split *split;
    uint32_t splits;
};

/* [main] Gather checkpoint NUMBER: the states and tokens of all nodes and the offsets of all
 * splits. Gives the object; the run's memory holds it. */
sl_status sl_checkpoint_gather(sl_run *run, uint64_t number, sl_checkpoint **out, sl_error *err);
/* [main] An empty one with room for NODES and SPLITS. NULL when memory is short. */
sl_checkpoint *sl_checkpoint_new(sl_mem *mem, uint64_t number, uint32_t nodes, uint32_t splits);
/* [main] Append a copy of FROM, NAME and COPY being those of the node. False when memory is short.
 */
int sl_checkpoint_put_node(sl_mem *mem, sl_checkpoint *to, const char *name, uint32_t copy,
                           const sl_checkpoint_node *from);
/* [main] Append a copy of FROM. False when memory is short. */
int sl_checkpoint_put_split(sl_mem *mem, sl_checkpoint *to, const sl_checkpoint_split *from);
/* [main] A copy that belongs to MEM: for a restart within the process. */
sl_checkpoint *sl_checkpoint_copy(sl_mem *mem, const sl_checkpoint *from);
/* [main] NULL is fine. */
void sl_checkpoint_free(sl_checkpoint *checkpoint);
/* [main] Go back to the newest checkpoint: of the hooks, or of the graph's checkpoint store, where
 * the epoch is raised. Between create and open. */
sl_status sl_restore(sl_run *run, sl_error *err);

/* ---- checkpoint_file.c, checkpoint_code.c --------------------------------------------------- */

/* [main] Find or make the folder of RUN's checkpoints and take the next epoch. */
sl_status sl_ckfile_open(sl_run *run, sl_error *err);
/* [main] The newest whole checkpoint of the folder; *OUT stays NULL when there is none. Damaged
 * ones are set aside and logged. */
sl_status sl_ckfile_read(sl_run *run, sl_checkpoint **out, sl_error *err);
/* [main] Make CHECKPOINT durable, unless another process has taken a higher epoch. */
sl_status sl_ckfile_write(sl_run *run, const sl_checkpoint *checkpoint, sl_error *err);
/* [main] CHECKPOINT as the bytes of a file; NULL when memory is short. Free it with sl_mem_free. */
uint8_t *sl_ckcode_write(sl_mem *mem, const char *graph, const sl_checkpoint *checkpoint,
                         size_t *len);
/* [main] The reverse. SL_E_DATA, code checkpoint.damaged; SL_E_CONFIG, code checkpoint.version. */
sl_status sl_ckcode_read(sl_mem *mem, const uint8_t *bytes, size_t len, sl_checkpoint **out,
                         sl_error *err);

/* ---- host.c, host_rows.c, host_loop.c, stores.c -------------------------------------------- */

/* [main] Fill RUN's host table. */
void sl_host_init(sl_run *run);
/* [any] The host's own extensions, for hooks that put something before them. */
const void *sl_host_extension(sl_node *node, const char *id);
/* [any] The table of sl_host.rows. */
const sl_rows *sl_host_rows(void);
/* [any] The table of extension sluice.paths/1. */
const sl_paths *sl_host_paths(void);
/* [any] The table of extension sluice.store/1. */
const sl_stores *sl_host_stores(void);
/* [main] Free the paths and keys that NODE has declared. */
void sl_host_decls_free(sl_node *node);
/* [inst] As the slots of sl_host with these names. */
sl_event *sl_host_timer(sl_node *node, int64_t after_ns, int64_t period_ns,
                        void (*fn)(sl_instance *, void *), void *arg);
/* [inst] See sl_host_timer. */
sl_event *sl_host_watch(sl_node *node, int32_t fd, uint32_t what,
                        void (*fn)(sl_instance *, void *, uint32_t), void *arg);
/* [inst] See sl_host_timer. */
void sl_host_unwatch(sl_event *event);
/* [main] End all that NODE has left. */
void sl_host_events_free(sl_node *node);

/* A counter of a node's: one writer. */
static inline void sl_count_add(uint64_t *at, uint64_t n)
{
    __atomic_store_n(at, __atomic_load_n(at, __ATOMIC_RELAXED) + n, __ATOMIC_RELAXED);
}

static inline uint64_t sl_count_get(const uint64_t *at)
{
    return __atomic_load_n(at, __ATOMIC_RELAXED);
}

/* [inst] A call of NODE's life is, or is not, under way; other lanes look at it. */
static inline void sl_node_set_busy(sl_node *node, int32_t busy)
{
    __atomic_store_n(&node->is_op_busy, busy, __ATOMIC_RELAXED);
}

static inline int32_t sl_flag(const int32_t *flag)
{
    return __atomic_load_n(flag, __ATOMIC_ACQUIRE);
}

static inline void sl_flag_set(int32_t *flag, int32_t v)
{
    __atomic_store_n(flag, v, __ATOMIC_RELEASE);
}

#endif
