/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/select/expr.h - the condition of where, parsed.
 *
 * A tree with three outcomes, as in SQL: true, false and unknown (a value is missing, null, or of
 * another type than the literal). Comparisons stand at the leaves; nothing is computed.
 */
#ifndef SL_SELECT_EXPR_H
#define SL_SELECT_EXPR_H
#include "plugins/select/priv.h"

#include <sluice/text.h>

#define SL_SEL_AND  0u
#define SL_SEL_OR   1u
#define SL_SEL_NOT  2u
#define SL_SEL_CMP  3u
#define SL_SEL_IN   4u
#define SL_SEL_LIKE 5u
#define SL_SEL_NULL 6u

/* Outcomes that make a comparison true: bits of less, equal, greater. */
#define SL_SEL_LESS    1u
#define SL_SEL_EQUAL   2u
#define SL_SEL_GREATER 4u

typedef struct sl_sel_literal {
    uint32_t type;     /* SL_V_INT, SL_V_FLOAT, SL_V_STR or SL_V_BOOL */
    uint32_t has_time; /* the text is a time: US */
    int64_t i;
    double f;
    int64_t us;
    sl_bytes text; /* of a string its content, of a number its digits */
    sl_decimal decimal;
    uint32_t has_decimal;
} sl_sel_literal;

struct sl_sel_expr {
    uint32_t op;
    uint32_t wanted; /* SL_SEL_CMP: bits */
    sl_sel_expr *left;
    sl_sel_expr *right;
    const sl_path *path;
    sl_sel_literal *literal;
    uint32_t literals;
};

#endif
