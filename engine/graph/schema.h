/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/graph/schema.h - the JSON Schema of graph files, for completion and checks in editors.
 *
 * Made from the same tables as the checks: whatever is installed is in it.
 */
#ifndef SL_GRAPH_SCHEMA_H
#define SL_GRAPH_SCHEMA_H
#include "engine/plugin/registry.h"

/* [main] The schema (draft-07, which editors know best) for graphs of the classes in REG (give;
 * sl_mem_free). NULL when memory is short. */
char *sl_graph_schema(const sl_registry *reg, sl_mem *mem);

#endif
