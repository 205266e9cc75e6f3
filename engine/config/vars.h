/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/config/vars.h - ${…} in values: variables, environment, files, credentials.
 *
 * References are put in after parsing, as one value: they can't change the structure of a file. A
 * value that came from a file, a credential or a secret store is secret for good, also when it is
 * a part of a variable that is used elsewhere. $${ stands for ${ itself.
 */
#ifndef SL_CONFIG_VARS_H
#define SL_CONFIG_VARS_H
#include "engine/config/yaml.h"

typedef struct sl_vars sl_vars;

#define SL_VALUE_SECRET    1u /* never to be shown */
#define SL_VALUE_REFERENCE 2u /* a part of it comes from env, file, cred or secret */

#define SL_VALUE_MAX (1u << 20) /* bytes of one value with all put in */

/* A part of a value: LEN bytes at AT of the value come from FROM_LEN bytes at FROM of the scalar's
 * text; they are the same bytes unless IS_REF. */
typedef struct sl_value_part {
    uint32_t at;
    uint32_t len;
    uint32_t from;
    uint32_t from_len;
    int is_ref;
} sl_value_part;

/* A scalar with its references put in. */
typedef struct sl_value {
    const sl_yaml *node; /* NULL: not from a file (--set, a default) */
    const char *text;    /* ends with NUL */
    uint32_t len;
    uint32_t flags; /* SL_VALUE_* */
    uint32_t nparts;
    const sl_value_part *parts; /* NULL: the text is the scalar's own */
} sl_value;

/* [main] No variables yet. All three are shared and outlive it; it lives in ARENA. NULL when memory
 * is short. */
sl_vars *sl_vars_new(sl_env *env, sl_arena *arena, sl_diags *diags);
/* [main] Define those of a map under vars:. */
void sl_vars_define(sl_vars *vars, const sl_yaml *map);
/* [main] Define one by "NAME=VALUE", over what the file says (borrowed until the end). */
void sl_vars_set(sl_vars *vars, const char *assignment);
/* [main] The text of the scalar NODE with all references put in. SL_E_CONFIG when that can't be
 * done (a diagnostic says why), SL_E_NOMEM. */
sl_status sl_vars_resolve(sl_vars *vars, const sl_yaml *node, sl_value *out);
/* [main] Complain about what was set from outside and used nowhere. */
void sl_vars_check_used(sl_vars *vars);
/* [any] The place in the file of LEN bytes at AT of VALUE (LEN 0: all of it); what came by a
 * reference is the whole ${…}. */
sl_place sl_value_place(const sl_value *value, uint32_t at, uint32_t len);
/* [main] The path NAME as seen from the folder in which FILE lies. NULL when memory is short. */
char *sl_path_beside(sl_arena *arena, const sl_text_file *file, const char *name);

#endif
