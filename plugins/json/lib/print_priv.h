/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/json/lib/print_priv.h - the two halves of the printer.
 *
 * The place where text goes travels through the functions by value; room is made by print.c. The
 * functions of print_rare.c need SL_JSON_PRINT_ROOM bytes at TO where they do not say otherwise.
 */
#ifndef SL_JSON_LIB_PRINT_PRIV_H
#define SL_JSON_LIB_PRINT_PRIV_H
#include "plugins/json/lib/print.h"

#define SL_JSON_PRINT_ROOM 128u

/* [inst] Make sure of N bytes at TO, which may move. NULL when memory is short. */
uint8_t *sl_json_text_room(sl_json_text *t, uint8_t *to, uint64_t n);
/* [any] Write V as digits: at most 20 bytes. */
uint8_t *sl_json_print_u64(uint8_t *to, uint64_t v);
/* [any] Write V as a number that reads back as a float. */
uint8_t *sl_json_print_f64(uint8_t *to, double v);
/* [inst] Write the LEN bytes at FROM as base64 in quotes; makes room itself. NULL when memory is
 * short. */
uint8_t *sl_json_print_base64(sl_json_text *t, uint8_t *to, const uint8_t *from, uint64_t len);
/* [inst] Write the value V of an ext type; makes room itself. NULL when memory is short. */
uint8_t *sl_json_print_ext(sl_json_text *t, uint8_t *to, const sl_val *v);

#endif
