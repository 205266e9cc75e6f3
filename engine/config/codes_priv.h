/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/config/codes_priv.h - the tables of codes behind codes.h.
 *
 * Each is sorted, and the last code of one lies before the first of the next.
 */
#ifndef SL_CONFIG_CODES_PRIV_H
#define SL_CONFIG_CODES_PRIV_H
#include "engine/config/codes.h"

/* Codes of graph files: up to config.*. */
extern const sl_code sl_codes_config[];
extern const uint32_t sl_codes_config_count;
/* From csv.* to lines.*: data, and the files that it comes from. */
extern const sl_code sl_codes_data[];
extern const uint32_t sl_codes_data_count;
/* From local.* to parquet.*: catalogs, memory, nodes. */
extern const sl_code sl_codes_host[];
extern const uint32_t sl_codes_host_count;
/* plugin.*: modules. */
extern const sl_code sl_codes_plugin[];
extern const uint32_t sl_codes_plugin_count;
/* From record.* on: records, stores, writers. */
extern const sl_code sl_codes_store[];
extern const uint32_t sl_codes_store_count;

#endif
