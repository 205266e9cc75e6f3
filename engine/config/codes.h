/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/config/codes.h - every dotted code that a user may meet: its cause and the way out.
 *
 * One table for messages, logs and dead letters; `sluice help CODE` and the list of messages in the
 * documents are made from it.
 */
#ifndef SL_CONFIG_CODES_H
#define SL_CONFIG_CODES_H
#include <stdint.h>

typedef struct sl_code {
    const char *code;   /* "config.setting.unknown"; never changes its meaning */
    const char *cause;  /* a sentence */
    const char *remedy; /* what to do: one or more sentences */
} sl_code;

/* [any] The entry of CODE; NULL when there is none. */
const sl_code *sl_code_find(const char *code);
/* [any] Entry I, in order of codes; NULL past the last. */
const sl_code *sl_code_at(uint32_t i);

#endif
