/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/config/values.h - settings checked against a class's table: the tree behind sl_config.
 *
 * Every setting of a table has its place in the tree, written or not, so defaults and getters need
 * no special cases. Scalars keep the value they were made of, so that a place inside them leads
 * back to the file. Immutable once checked; read on any thread.
 */
#ifndef SL_CONFIG_VALUES_H
#define SL_CONFIG_VALUES_H
#include "engine/config/vars.h"

#define SL_CONFIG_WRITTEN 1u /* by the user */
#define SL_CONFIG_DEFAULT 2u /* from the table's fallback */
#define SL_CONFIG_SECRET  4u /* never to be shown */
#define SL_CONFIG_MEANT   8u /* another name was written that was probably meant to be this one */

struct sl_config {
    const sl_setting *setting; /* what describes it; NULL: the root */
    const sl_config *parent;   /* NULL: the root */
    const char *key;           /* the setting's name, or the key in a map; NULL: in a list */
    uint32_t type;             /* SL_T_* */
    uint32_t flags;            /* SL_CONFIG_* */
    sl_value value;            /* of a scalar */
    int64_t number;            /* bool, int, size, duration; index of a choice */
    double real;               /* int, float */
    const sl_yaml *node;       /* as written; NULL: not written */
    sl_config *items;          /* of a group (all settings of its table), list or map */
    uint32_t count;
    sl_arena *arena;    /* of sl_config_from_text: holds the whole tree */
    sl_text_file *file; /* of sl_config_from_text: what it was read from */
};

/* Who is being set up, for messages. */
typedef struct sl_subject {
    const char *name;  /* "kinesis", "limits" */
    const char *more;  /* where to look next ("sluice plugin show kinesis"); NULL: nowhere */
    const char *place; /* the key that the settings stand under: "with" */
    sl_place owner;    /* what to point at when a required setting is missing */
} sl_subject;

typedef struct sl_checker {
    sl_vars *vars;
    sl_arena *arena;
    sl_diags *diags;
} sl_checker;

/* [main] Check MAP (NULL: nothing is written) against TABLE (NULL: no settings) and fill in ROOT.
 * Mistakes go to the checker's diagnostics: SL_E_CONFIG; SL_E_NOMEM. ROOT is valid in any case. */
sl_status sl_values_check(const sl_checker *checker, const sl_subject *subject,
                          const sl_setting *table, const sl_yaml *map, sl_config *root);
/* [main] Check NODE as the value of the one setting S and fill in CFG, which begins cleared. Status
 * as sl_values_check. */
sl_status sl_values_check_one(const sl_checker *checker, const sl_subject *subject,
                              const sl_setting *s, const sl_yaml *node, sl_config *cfg);
/* [any] The place of LEN bytes at AT (LEN 0: all) of the value of setting PATH; FILE NULL when it
 * is not written. "keep.2" is the third item of a list. */
sl_place sl_config_place(const sl_config *cfg, const char *path, uint32_t at, uint32_t len);
/* [any] The part of CFG that PATH ("group.name"; "" is CFG itself) names; NULL when there is none.
 */
const sl_config *sl_config_find(const sl_config *cfg, const char *path);
/* [any] Was it written, or has it a default? */
int sl_config_is_set(const sl_config *cfg);

/* Parse the LEN bytes of TEXT as a value of CFG's type into its number or real. False when it is
 * none. */
typedef int (*sl_value_parse)(sl_config *cfg, const char *text, size_t len);

/* What messages and checks need to know of a type of settings. */
typedef struct sl_value_type {
    const char *what;     /* "a whole number" */
    sl_value_parse parse; /* NULL: not a scalar */
} sl_value_type;

/* [any] The entry of TYPE (SL_T_*); what it does not know is text. */
const sl_value_type *sl_value_type_of(uint32_t type);

/* [any] The setting behind S in its table (a newer SDK may have made bigger ones). */
static inline const sl_setting *sl_setting_next(const sl_setting *s)
{
    size_t size = s->size >= sizeof(*s) ? s->size : sizeof(*s);

    return (const sl_setting *)(const void *)((const char *)s + size);
}

#endif
