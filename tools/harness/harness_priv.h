/* SPDX-License-Identifier: Apache-2.0
 *
 * tools/harness/harness_priv.h - the parts of a harness; see sluice/check.h.
 *
 * feed     a source for each input of the class under test: gives what the test has pushed
 * collect  a sink for each output, and one for rejected rows: keeps what comes
 * fault    a host table and files whose n-th call fails
 */
#ifndef SL_HARNESS_PRIV_H
#define SL_HARNESS_PRIV_H
#include "engine/run/run_priv.h"

#include "engine/service/env_sim.h"
#include "engine/service/row_text.h"

#include <sluice/check.h>

#define SLC_PORTS 8u
#define SLC_NODES (2 * SLC_PORTS + 2)
#define SLC_LOG   256u

/* Something that was pushed. */
typedef struct slc_item {
    struct slc_item *next;
    uint64_t number; /* of the push, from 1 */
    uint32_t port;
    uint32_t flags;
    int32_t is_raw;
    int32_t is_sent;
    char *split;
    uint8_t *offset;
    uint64_t offset_len;
    uint8_t *bytes; /* the payload, or JSON text */
    uint64_t len;
} slc_item;

/* One that collects; SELF of the built-in sink. */
typedef struct slc_port {
    slc *h;
    uint32_t port;
    sl_batch **batch;
    uint32_t count;
    uint32_t cap;
    uint64_t credit;
    sl_call *waiting[SL_CALLS_MAX]; /* calls that wait for credit */
    uint32_t waits;
} slc_port;

/* What a feed knows. */
typedef struct slc_feed {
    slc *h;
    uint32_t port;
    sl_node *node; /* NULL: no run */
    sl_ptree *tree;
    int32_t is_open;
} slc_feed;

struct slc {
    sl_mem *mem;
    sl_env *env;
    sl_registry *registry;
    sl_diags *diags;
    sl_config *cfg;
    const sl_class *klass;
    sl_graph_node node[SLC_NODES];
    sl_graph_edge edge[SLC_NODES];
    sl_run_graph graph;
    sl_run_options options;
    sl_run_hooks hooks;
    sl_run *run;
    uint32_t tested; /* index of the node under test */
    uint32_t ins;
    uint32_t outs;
    slc_feed feed[SLC_PORTS];
    slc_port out[SLC_PORTS];
    slc_port errors;
    slc_item *first;
    slc_item *last;
    uint64_t pushes;
    uint64_t watermark_set;
    int32_t has_ended; /* no more pushes: feeds end */
    int32_t is_done;   /* the run is over */
    sl_run_result result;
    sl_checkpoint *restore;
    sl_rowtext text; /* what was given back last */
    sl_rowtext log;
    char log_code[SLC_LOG][48];
    uint32_t logs;
    char problem[512];
};

extern const sl_class slc_feed_class;
extern const sl_class slc_collect_class;

/* Append a push to H. [main] */
sl_status slc_item_add(slc *h, const slc_item *like);
/* Free all pushes. [main] */
void slc_items_free(slc *h);
/* All that is due. [main] */
void slc_pump(slc *h);
/* A run of H's graph, not begun. False when it can't be made. [main] */
int slc_run_make(slc *h);
/* Close and free the run, as a CRASH (no abort) or in order. [main] */
void slc_run_drop(slc *h, int crash);
/* Drop the run as a crash does and start another from its newest checkpoint. [main] */
int slc_restore_last(slc *h);
/* Write the records of JSON with W. SL_E_DATA when it is none. [main] */
sl_status slc_json_rows(sl_mem *mem, const char *json, size_t len, sl_writer *w);
/* Change the host table HOST so that allocations can fail. [main] */
void slc_fault_host(sl_host *host);
/* The extension ID, with files that can fail. [any] */
const void *slc_fault_extension(sl_node *node, const char *id);
/* Let go of all that PORT holds. [main] */
void slc_port_fini(slc_port *port);

#endif
