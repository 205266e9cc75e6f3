/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/config/diag_priv.h - the list of diagnostics, as those who print it see it.
 *
 * One item a mistake, in order of adding; printing sorts pointers to them by file and place.
 */
#ifndef SL_CONFIG_DIAG_PRIV_H
#define SL_CONFIG_DIAG_PRIV_H
#include "engine/config/text_file.h"
#include "sdk/lib/arena.h"

#define SL_DIAG_NOTES 4u
#define SL_DIAG_SHOWN 20u

typedef struct sl_diag_item {
    struct sl_diag_item *next;
    uint32_t severity;
    uint32_t seq;
    const char *code;
    const char *text;
    const char *hint; /* NULL: none */
    const char *note[SL_DIAG_NOTES];
    sl_place place; /* holds its file */
} sl_diag_item;

/* Bytes of a file that must never be shown. */
typedef struct sl_diag_secret {
    struct sl_diag_secret *next;
    sl_place place;
} sl_diag_secret;

struct sl_diags {
    sl_mem *mem;
    sl_arena arena;
    sl_diag_item *first;
    sl_diag_item *last;
    sl_diag_item *current; /* takes hints and notes; NULL: the last one was dropped */
    sl_diag_secret *secrets;
    uint32_t errors;
    uint32_t warnings;
    int is_cut; /* memory ran out: something is missing */
};

/* [main] The items in order of file, place and adding, as N pointers (give; sl_mem_free). NULL when
 * there are none or memory is short. */
const sl_diag_item **sl_diags_sorted(const sl_diags *diags, uint32_t *n);
/* [any] Is byte AT of FILE one that must not be shown? */
int sl_diags_is_secret(const sl_diags *diags, const sl_text_file *file, uint32_t at);

#endif
