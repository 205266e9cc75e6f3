/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/config/codes_host.c - what can be wrong with memory, modules, stores and writers.
 *
 * Code, cause, remedy; sorted.
 */
#include "engine/config/codes_priv.h"

const sl_code sl_codes_host[] = {
    {"memory.short", "Memory ran out, or the graph's limit was reached.",
     "Raise limits.memory, or lower what holds memory: open files of writers, "
     "edge_bytes, batch_bytes."},
};

const uint32_t sl_codes_host_count = sizeof(sl_codes_host) / sizeof(*sl_codes_host);
