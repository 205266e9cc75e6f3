/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/engine/run_fake.h - classes and graphs for tests of running.
 *
 * A fake node takes its settings as a struct (cast to sl_config), so a test says in C what each
 * node does: how many rows a source gives, whether a transform waits, repeats itself, rejects or
 * fails, whether a sink is slow. All write what happens to them into one journal.
 */
#ifndef SL_TESTS_RUN_FAKE_H
#define SL_TESTS_RUN_FAKE_H
#include "engine/run/run_priv.h"

#define FAKE_LINES  4096u
#define FAKE_VALUES 200000u

/* What happened, in order, and which rows arrived. */
typedef struct fake_journal {
    pthread_mutex_t lock;
    char line[FAKE_LINES][64];
    uint32_t lines;
    int64_t value[FAKE_VALUES]; /* field n of the rows that sinks got */
    uint32_t values;
    uint64_t most_out; /* most batches that a slow sink held at once */
} fake_journal;

/* How a fake node behaves; what is 0 is left out. */
typedef struct fake_set {
    fake_journal *journal;
    /* sources */
    uint32_t splits;
    uint32_t batches;    /* of each split */
    uint32_t rows;       /* of each batch */
    uint32_t fail_split; /* number of the split that can't be read; 0: none */
    int32_t only_even;   /* splits with odd numbers have no rows */
    int32_t is_endless;  /* waits after its last row instead of ending */
    uint32_t text;       /* bytes of padding in each row */
    /* transforms and sinks */
    int32_t copies;      /* builds anew instead of passing on */
    int32_t waits;       /* answers SL_WAIT, ends by a timer */
    int64_t wait_ns;     /* after so long */
    uint32_t again;      /* emits its batch in so many pieces, by SL_AGAIN */
    uint32_t retries;    /* the first so many calls answer SL_E_RETRY */
    int64_t reject_each; /* rejects rows whose n is a multiple */
    int64_t data_at;     /* answers SL_E_DATA for the batch that holds row n */
    int64_t fatal_at;    /* answers SL_E_FATAL there */
    int32_t miscounts;   /* says that it has used one row more */
    int32_t never_ends;  /* answers SL_WAIT and never finishes */
    int32_t holds;       /* keeps one batch back, emits it at flush */
    int32_t emits_at_prepare;
    uint64_t hogs;            /* a sink: bytes that it keeps of each batch until it prepares */
    sl_status open_status;    /* answered by open */
    sl_status prepare_status; /* answered by the first prepare */
    sl_status commit_status;  /* answered by the first commit */
    sl_status abort_status;   /* answered by each abort */
    uint32_t commit_fails;    /* so many further commits answer it too */
} fake_set;

extern const sl_class fake_source;
extern const sl_class fake_decoder; /* a transform of kind decoder, parallel */
extern const sl_class fake_pass;    /* a transform, parallel */
extern const sl_class fake_single;  /* the same, once only */
extern const sl_class fake_block;   /* the same, with a thread of its own */
extern const sl_class fake_merge;   /* two inputs, once only */
extern const sl_class fake_sink;    /* once only */
extern const sl_class fake_spread;  /* a sink, parallel */

#define FAKE_NODES 8u

/* A graph under construction, and what runs it. */
typedef struct fake_graph {
    sl_mem *mem;
    sl_env *env;
    int32_t is_real;
    sl_graph_node node[FAKE_NODES];
    sl_graph_edge edge[2 * FAKE_NODES];
    fake_set set[FAKE_NODES];
    sl_run_graph graph;
    sl_run_options options;
    sl_run_hooks hooks;
    fake_journal journal;
    char folder[64]; /* temporary; holds the dead letters */
    uint32_t log_lines;
    char log_code[64][48];
} fake_graph;

/* [main] An empty graph over the simulated (REAL 0) or the real world. */
fake_graph *fake_new(int real);
/* [main] Frees everything; checks that nothing is left of the memory. */
void fake_free(fake_graph *g);
/* [main] Add a node of CLASS; gives its settings, to be changed before the run. */
fake_set *fake_node(fake_graph *g, const char *name, const sl_class *klass);
/* [main] Add an edge between nodes by name; port texts are indices. */
void fake_edge(fake_graph *g, const char *from, uint32_t from_port, const char *to,
               uint32_t to_port);
/* [main] Make the run; it must succeed. */
sl_run *fake_run(fake_graph *g);
/* [main] Make the run, run it to its end, free it; gives the result. */
sl_run_result fake_go(fake_graph *g);
/* [any] The number of the first journal line that is TEXT, from FROM on; -1: none. */
int32_t fake_line(const fake_graph *g, const char *text, uint32_t from);
/* [any] How many journal lines begin with TEXT. */
uint32_t fake_count(const fake_graph *g, const char *text);
/* [any] Did the log have CODE? */
int fake_logged(const fake_graph *g, const char *code);
/* [any] How often value N has arrived. */
uint32_t fake_arrived(const fake_graph *g, int64_t n);
/* [any] Did each of 0 … N-1 arrive exactly TIMES times, and nothing else? */
int fake_complete(const fake_graph *g, uint32_t n, uint32_t times);
/* [any] All dead letters, as text (static; one call at a time). */
const char *fake_dead(const fake_graph *g);

#endif
