/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/graph/graph_priv.h - a graph while it is read: nodes as they were written, and edges.
 *
 * The steps of loading (load.c) each take a loader and fill in more of the graph: documents, top
 * keys, nodes with their classes and settings, edges, order. A step says all it finds wrong and
 * leaves something that the next one can go on with; a node that is marked bad is never complained
 * about again.
 */
#ifndef SL_GRAPH_GRAPH_PRIV_H
#define SL_GRAPH_GRAPH_PRIV_H
#include "engine/config/textbuf.h"
#include "engine/config/values.h"
#include "engine/graph/graph.h"

#define SL_GRAPH_NODES_MAX 10000u
#define SL_GRAPH_NONE      UINT32_MAX

#define SL_ROLE_SOURCE    0u
#define SL_ROLE_TRANSFORM 1u
#define SL_ROLE_SINK      2u
#define SL_ROLE_DECODER   3u
#define SL_ROLE_ENCODER   4u
#define SL_ROLES          5u

/* One kind of node: its key in a graph file, and the kind of its classes. */
typedef struct sl_role {
    const char *key;  /* "source" */
    const char *kind; /* SL_CLASS_SOURCE */
    const char *word; /* "source", "decoder" */
} sl_role;

extern const sl_role sl_roles[SL_ROLES];

typedef struct sl_gnode {
    sl_graph_node pub;
    uint32_t role;
    uint32_t index;     /* in order of the files */
    uint32_t hidden;    /* index of the node written out of decode: or encode:; SL_GRAPH_NONE */
    uint32_t owner;     /* of a hidden node: who it was written out for; SL_GRAPH_NONE */
    const sl_yaml *map; /* NULL: hidden */
    sl_place role_place;
    int is_bad;      /* something about it was complained of: its ports are unknown */
    int is_encoded;  /* its only input gives raw records already */
    uint32_t degree; /* order.c: inputs not yet placed */
} sl_gnode;

/* One file of the graph. */
typedef struct sl_doc {
    struct sl_doc *next;
    sl_text_file *file;
    const sl_yaml *root; /* NULL: empty or not readable */
    uint32_t depth;      /* 0: the main file */
    uint64_t device;
    uint64_t inode;
    int is_open; /* what it includes is being read */
} sl_doc;

struct sl_graph {
    sl_mem *mem;
    sl_arena arena;
    sl_doc *docs;
    const char *name;
    const char *about; /* NULL: none */
    sl_graph_limits limits;
    int has_secret_store; /* limits.checkpoint_store is never to be shown */
    sl_gnode **nodes;     /* in order of the files */
    uint32_t nnodes;
    uint32_t cap_nodes;
    sl_gnode **by_name; /* the nodes of the files, sorted by name */
    uint32_t nnamed;
    sl_gnode **order; /* topological; NULL: not that far */
    uint32_t *rank;   /* place in order, by index */
    sl_graph_edge *edges;
    uint32_t nedges;
    uint32_t cap_edges;
    const sl_yaml *tests;  /* NULL: none */
    const sl_yaml *policy; /* NULL: none */
};

typedef struct sl_loader {
    sl_env *env;
    const sl_registry *reg;
    const sl_graph_options *options; /* NULL: none */
    sl_graph *g;
    sl_checker check; /* vars, arena, diags */
    sl_diags *diags;
    uint32_t ndocs;
    int has_unknown_keys; /* some key at the top is unknown: it may have been meant as nodes: */
    int has_lost_edges;   /* some name of a from: led nowhere: who is read by nobody is not known */
} sl_loader;

/* [main] Read the main file PATH and all that it includes into the graph's documents. SL_E_NOMEM;
 * mistakes only go to the diagnostics. */
sl_status sl_graph_read_docs(sl_loader *ld, const char *path);
/* [main] Check the top keys of all documents: name, vars, limits ... SL_E_NOMEM. */
sl_status sl_graph_read_top(sl_loader *ld);
/* [main] Make the nodes of all documents, with classes and settings. SL_E_NOMEM. */
sl_status sl_graph_read_nodes(sl_loader *ld);
/* [main] Make the edges. SL_E_NOMEM. */
sl_status sl_graph_read_edges(sl_loader *ld);
/* [main] Put the nodes in order; complain about circles and outputs that go nowhere. SL_E_NOMEM. */
sl_status sl_graph_sort(sl_loader *ld);

/* [main] A new node at the end of the list; NULL when memory is short. */
sl_gnode *sl_graph_add_node(sl_loader *ld, uint32_t role, const char *name, sl_place place);
/* [main] The node hidden behind OWNER: CLASS_ID with the settings WITH (NULL: none), which stand at
 * PLACE. NULL when memory is short. */
sl_gnode *sl_graph_add_hidden(sl_loader *ld, sl_gnode *owner, uint32_t role, const char *class_id,
                              const sl_yaml *with, sl_place place);
/* [main] The class ID of ROLE for NODE; what is wrong is said at PLACE, and NULL given. */
const sl_class *sl_graph_find_class(sl_loader *ld, uint32_t role, const char *id, sl_place place);
/* [any] The node NAME (LEN bytes) of the files; NULL when there is none. */
sl_gnode *sl_graph_find_node(const sl_graph *g, const char *name, size_t len);
/* [main] The text of scalar NODE with references put in; NULL when that was complained about or
 * memory is short. WHAT names it in the message when it is no scalar. */
const char *sl_graph_text(sl_loader *ld, const sl_yaml *node, const char *what);
/* [main] Complain about a KEY that a map of this kind does not have. OWNER: "a node"; KEYS ends
 * with NULL. Gives the suggestion, NULL when there is none. */
const char *sl_graph_diag_key(sl_loader *ld, const sl_yaml *key, const char *owner,
                              const char *const *keys);
/* [any] May a suggestion still be looked for? Not after many mistakes: it would take long. */
int sl_graph_may_suggest(const sl_loader *ld);
/* [any] The name of output PORT of NODE as a user would write it behind the node's; "": the first
 * one. */
const char *sl_graph_port_name(const sl_class *klass, uint32_t port);

/* The tables of settings behind limits: and checkpoint:, and of keys that every node has. */
extern const sl_setting sl_graph_limit_settings[];
extern const sl_setting sl_graph_checkpoint_settings[];
extern const sl_setting sl_graph_node_settings[];

#endif
