/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/config/yaml_priv.h - what the reader of YAML shares with the closing of its maps.
 *
 * A map is closed when its last pair was read: duplicates, merge keys and the index.
 */
#ifndef SL_CONFIG_YAML_PRIV_H
#define SL_CONFIG_YAML_PRIV_H
#include "engine/config/yaml.h"

/* [main] All pairs of MAP were read: put in what its merge keys name (at most ROOM more nodes,
 * added to its weight), report keys that come twice (the first one stays) and make its index.
 * SL_E_CONFIG when a merge key can't be followed. */
sl_status sl_yaml_close_map(sl_yaml *map, sl_arena *arena, sl_diags *diags, uint32_t room);

#endif
