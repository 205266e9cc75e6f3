/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/graph/graph.h - a graph file, read, resolved and checked: nodes, ports and edges.
 *
 * Short forms are written out here: a source's decode: is a node of its own named NODE.decode
 * (others that name NODE get its output; NODE.raw is the source itself), a sink's encode: one named
 * NODE.encode. Everything is immutable once it is checked.
 */
#ifndef SL_GRAPH_GRAPH_H
#define SL_GRAPH_GRAPH_H
#include "engine/config/getters.h"
#include "engine/plugin/registry.h"

typedef struct sl_graph sl_graph;

#define SL_ERRORS_DEAD 0u /* rejected records go to the dead letters (or a wired errors port) */
#define SL_ERRORS_STOP 1u /* the first one stops the graph */

/* One input of a node: which output feeds it. Several edges may feed one input. */
typedef struct sl_graph_edge {
    uint32_t from;      /* index of the node */
    uint32_t from_port; /* index into the class's out, or SL_PORT_ERRORS */
    uint32_t to;
    uint32_t to_port;
    sl_place place; /* of the name in from: */
} sl_graph_edge;

typedef struct sl_graph_node {
    const char *name;
    const char *about;     /* NULL: none */
    const sl_class *klass; /* from a descriptor: without functions; NULL only in a wrong graph */
    const sl_config *with; /* checked settings, defaults put in; never NULL */
    uint32_t errors;       /* SL_ERRORS_* */
    uint32_t lanes;        /* 0: as the graph */
    sl_place place;        /* of the name */
    int is_hidden;         /* written out from decode: or encode: */
} sl_graph_node;

/* What stands under limits: and checkpoint:, defaults put in. */
typedef struct sl_graph_limits {
    uint64_t memory_bytes;        /* limits.memory; default 1 GiB */
    uint64_t edge_bytes;          /* limits.edge_bytes; default 4 MiB */
    uint64_t record_bytes;        /* limits.record; 16 MiB, at most 64 MiB */
    uint32_t depth;               /* limits.depth; 128, at most 255 */
    uint32_t batch_records;       /* limits.batch_records; 8192, at most 65535 */
    uint64_t batch_bytes;         /* limits.batch_bytes; 128 KiB, at most 1 MiB */
    uint32_t paths;               /* limits.paths; 4096, at most 65535 */
    uint32_t slots;               /* limits.slots; 256, at most 1024 */
    uint32_t lanes;               /* limits.lanes; 1 */
    int64_t checkpoint_ns;        /* checkpoint.every; default 10 s */
    uint64_t checkpoint_bytes;    /* checkpoint.bytes; 4 GiB */
    const char *checkpoint_store; /* checkpoint.store; NULL: not given */
} sl_graph_limits;

typedef struct sl_graph_options {
    const char *const *set; /* NAME=VALUE of --set; ends with NULL; may be NULL */
    const char *text;       /* the graph itself instead of a file (name then only names it) */
} sl_graph_options;

/* [main] Read the graph file PATH with all that it includes, and check everything that descriptors
 * can tell. Mistakes go to DIAGS; gives SL_E_CONFIG when there is an error among them. GRAPH is
 * given whenever there is enough of it to show, also with errors. */
sl_status sl_graph_load(sl_env *env, sl_mem *mem, const char *path, const sl_registry *reg,
                        const sl_graph_options *options, sl_diags *diags, sl_graph **graph);
/* [main] NULL is fine. */
void sl_graph_free(sl_graph *graph);
/* [any] The graph's name: from the file, else the file's base name. */
const char *sl_graph_name(const sl_graph *graph);
/* [any] Its limits. */
const sl_graph_limits *sl_graph_get_limits(const sl_graph *graph);
/* [any] Node I in topological order (sources first); NULL past the last. */
const sl_graph_node *sl_graph_node_at(const sl_graph *graph, uint32_t i);
/* [any] Edge I; NULL past the last. */
const sl_graph_edge *sl_graph_edge_at(const sl_graph *graph, uint32_t i);
/* [any] The place of the value of setting PATH ("group.name") of node I, LEN bytes at AT inside its
 * text (LEN 0: all of it); where the setting is not written, the node's. */
sl_place sl_graph_setting_place(const sl_graph *graph, uint32_t node, const char *path, uint32_t at,
                                uint32_t len);
/* [main] The resolved graph: "text", "dot" or "json" (alloc'd from MEM, give), secrets hidden. NULL
 * when memory is short or FORMAT is none of these. */
char *sl_graph_print(const sl_graph *graph, sl_mem *mem, const char *format);

#endif
