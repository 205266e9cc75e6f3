/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/plugin/descriptor.h - the descriptor of a module: what it offers, as JSON.
 *
 * Made once from the loaded module (by sluice-host), read by everybody else, so that nobody needs
 * to load a module to know its classes and settings. The JSON holds every field of sl_class and
 * sl_setting but the functions; flags and types by name. A descriptor from outside is not trusted.
 */
#ifndef SL_PLUGIN_DESCRIPTOR_H
#define SL_PLUGIN_DESCRIPTOR_H
#include "sdk/lib/arena.h"
#include "sdk/lib/json.h"

#define SL_DESCRIPTOR_BYTES (4u << 20) /* the largest that is read */

typedef struct sl_descriptor {
    const char *name; /* texts are never NULL but home and built_with */
    const char *version;
    const char *license;
    const char *home;
    const char *built_with;
    const char *build_id; /* hex; "" when the file has none */
    uint32_t abi_major;
    uint32_t abi_minor;
    const sl_class *const *classes; /* ends with NULL; without functions when it was read */
} sl_descriptor;

/* [any] What the table of a loaded module says; borrows from PLUGIN and BUILD_ID. */
sl_descriptor sl_descriptor_of(const sl_plugin *plugin, const char *build_id);

/* [any] Write D as one object under KEY (NULL: on its own or in an array). */
void sl_descriptor_write(sl_json *j, const char *key, const sl_descriptor *d);

/* [any] Write CLASS as one object in an array: a part of sl_descriptor_write. */
void sl_descriptor_write_class(sl_json *j, const sl_class *klass);

/* [any] Read a descriptor out of NODE into memory of ARENA, texts included. SL_E_DATA with code
 * plugin.descriptor and the reason; SL_E_NOMEM. */
sl_status sl_descriptor_read(sl_arena *arena, const sl_json_node *node, sl_descriptor *out,
                             sl_error *err);

/* [any] The name of setting type SL_T_* ("duration"); NULL when there is no such type. */
const char *sl_setting_type_name(uint32_t type);

/* [any] The setting behind S in its table, whose entries are as long as S says. */
const sl_setting *sl_setting_next(const sl_setting *s);

#endif
