/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/config/codes_data.c - what can be wrong with data and files.
 *
 * Code, cause, remedy; sorted. Those of records are the reasons of dead letters.
 */
#include "engine/config/codes_priv.h"

const sl_code sl_codes_data[] = {
    {"engine.count",
     "Records went into a node that it did not account for: rows in are not rows "
     "used, filtered and rejected.",
     "This is a bug in the plugin; report it with the numbers in the message."},
};

const uint32_t sl_codes_data_count = sizeof(sl_codes_data) / sizeof(*sl_codes_data);
