/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/config/codes_host.c - what can be wrong with catalogs, memory, nodes and Parquet files.
 *
 * Code, cause, remedy; sorted.
 */
#include "engine/config/codes_priv.h"

const sl_code sl_codes_host[] = {
    {"local.conflict", "Others keep committing to the same table.",
     "It is tried again by itself; let one graph write a table."},
    {"local.damaged", "A version of a table's metadata is damaged or missing.",
     "Bring it back from a copy, or move the newer versions below _sluice away to go "
     "back to the one before."},
    {"local.fenced", "A later start of the same graph writes the table already.",
     "Make sure that only one process runs the graph."},
    {"local.host", "The host lacks a service that the catalog local needs.",
     "Plugin and engine do not fit; install the same version of both."},
    {"local.memory", "No memory is left for the catalog local.", "Raise limits.memory."},
    {"local.newer", "A newer version of sluice wrote the table.", "Use that version."},
    {"local.record", "A record that came to the catalog does not describe a file.",
     "Feed the catalog by a writer (parquet, csv, json)."},
    {"local.token", "What a checkpoint keeps for the catalog is damaged.",
     "Go back to an earlier checkpoint."},
    {"memory.short", "Memory ran out, or the graph's limit was reached.",
     "Raise limits.memory, or lower what holds memory: open files of writers, "
     "edge_bytes, batch_bytes."},
    {"node.failed", "A node failed without saying why.",
     "This is a bug in the plugin; report it with the log around it."},
    {"node.stuck", "A node did not end a call in time.",
     "It is left as it is. Report it with the log around it."},
    {"parquet.columns", "A table has 10,000 columns already and a record brings a new one.",
     "Keep fewer fields before the writer; mostly keys hold data."},
    {"parquet.level", "The compression does not have that level.",
     "Use a level within the bounds in the message, or leave it out."},
    {"parquet.write", "A Parquet file could not be made.", "The message says why."},
};

const uint32_t sl_codes_host_count = sizeof(sl_codes_host) / sizeof(*sl_codes_host);
