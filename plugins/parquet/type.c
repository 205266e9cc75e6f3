/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/parquet/type.c - the type of a value, of decimals and of the items of lists.
 *
 * Items of a list share one column, so they have one type: integers and floats unite to double
 * when that is exact; all else that is mixed makes the whole list JSON text, which the caller does.
 */
#include <sluice/text.h>

#include "table.h"
#include "value.h"

#define K2(k)  k, k
#define K4(k)  K2(k), K2(k)
#define K8(k)  K4(k), K4(k)
#define K16(k) K8(k), K8(k)
#define K32(k) K16(k), K16(k)

const uint16_t sl_pw_kinds[256] = {
    K32(KIND_INT), K32(KIND_INT),  K32(KIND_INT),  K32(KIND_INT), /* 00-7f */
    K16(KIND_MAP), K16(KIND_LIST), K32(KIND_STR),                 /* 80-bf */
    K2(KIND_NIL),  K2(KIND_BOOL),  K2(KIND_BIN),   KIND_BIN,      /* c0-c6 */
    K2(KIND_EXT),  KIND_EXT,       K2(KIND_FLOAT),                /* c7-cb */
    K2(KIND_INT),  KIND_INT,       KIND_BIG,       K4(KIND_INT),  /* cc-d3 */
    K4(KIND_EXT),  KIND_EXT,       K2(KIND_STR),   KIND_STR,      /* d4-db */
    K2(KIND_LIST), K2(KIND_MAP),   K32(KIND_INT),                 /* dc-ff */
};

#undef K2
#undef K4
#undef K8
#undef K16
#undef K32

static sl_pw_type ext_type(const sl_val *v)
{
    int64_t us;
    sl_decimal d;

    switch (v->ext) {
    case SL_EXT_TIME:
        return sl_val_time_us(v, &us) ? SL_PW_INSTANT : SL_PW_BYTES;
    case SL_EXT_DECIMAL:
        return sl_decimal_unpack(v->ptr, v->n, &d) ? SL_PW_DECIMAL : SL_PW_BYTES;
    case SL_EXT_NUMBER:
        return SL_PW_JSON;
    case SL_EXT_DATE:
        return v->n == 4 ? SL_PW_DATE : SL_PW_BYTES;
    case SL_EXT_TIMEDAY:
        return v->n == 8 ? SL_PW_TIME : SL_PW_BYTES;
    case SL_EXT_LOCAL:
        return v->n == 8 ? SL_PW_LOCAL : SL_PW_BYTES;
    case SL_EXT_UUID:
        return v->n == 16 ? SL_PW_UUID : SL_PW_BYTES;
    default:
        return SL_PW_BYTES;
    }
}

sl_pw_type sl_pw_type_of(const uint8_t *p)
{
    sl_val v;

    (void)sl_val_read(p, &v);
    switch (v.type) {
    case SL_V_BOOL:
        return SL_PW_BOOL;
    case SL_V_INT:
        return SL_PW_INT;
    case SL_V_UINT:
        return SL_PW_DECIMAL;
    case SL_V_FLOAT:
        return SL_PW_DOUBLE;
    case SL_V_STR:
        return SL_PW_STRING;
    case SL_V_ARRAY:
        return SL_PW_LIST;
    case SL_V_MAP:
        return SL_PW_STRUCT;
    case SL_V_EXT:
        return ext_type(&v);
    default:
        return SL_PW_BYTES;
    }
}

int sl_pw_is_hollow(const uint8_t *p)
{
    sl_val v, key, val;
    sl_cur cur;

    (void)sl_val_read(p, &v);
    sl_cur_enter(&cur, &v);
    while (sl_cur_next(&cur, &key, &val))
        if (sl_val_some(&val))
            return 0;
    return 1;
}

/* ---- decimals -------------------------------------------------------------------------------- */

static int has_38_digits(__int128 v)
{
    __int128 most = 1;
    int i;

    for (i = 0; i < 38; i++)
        most *= 10;
    return v < most && v > -most;
}

int sl_pw_decimal_scale(__int128 *number, int32_t from, int32_t to)
{
    __int128 v = *number;

    for (; from < to; from++)
        if (!has_38_digits(v) || __builtin_mul_overflow(v, (__int128)10, &v))
            return 0;
    for (; from > to; from--) {
        if (v % 10 != 0)
            return 0;
        v /= 10;
    }
    if (!has_38_digits(v))
        return 0;
    *number = v;
    return 1;
}

int sl_pw_decimal(const uint8_t *p, __int128 *number, int32_t *scale)
{
    sl_decimal d = {0, 0};
    sl_val v;

    (void)sl_val_read(p, &v);
    if (v.type == SL_V_INT)
        d.unscaled = v.i;
    else if (v.type == SL_V_UINT)
        d.unscaled = v.u;
    else if (v.type != SL_V_EXT || v.ext != SL_EXT_DECIMAL || !sl_decimal_unpack(v.ptr, v.n, &d))
        return 0;
    *number = d.unscaled;
    *scale = d.scale;
    while (*scale > 0 && *number % 10 == 0) { /* the fewest digits that say the same */
        *number /= 10;
        (*scale)--;
    }
    if (*number == 0)
        *scale = 0;
    if (*scale > 38 || *scale < -38)
        return 0;
    if (*scale < 0) {
        if (!sl_pw_decimal_scale(number, *scale, 0))
            return 0;
        *scale = 0;
    }
    return has_38_digits(*number);
}

/* ---- items of lists -------------------------------------------------------------------------- */

static void look_at_items(const sl_val *list, sl_pw_items *items, uint32_t level)
{
    sl_val key, item;
    sl_cur cur;

    if (level >= SL_PW_NESTING) {
        items->is_deep = 1;
        return;
    }
    sl_cur_enter(&cur, list);
    while (sl_cur_next(&cur, &key, &item)) {
        if (!sl_val_some(&item))
            continue;
        items->mask[level] |= 1u << sl_pw_type_of(item.raw);
        if (item.type == SL_V_INT && level < 32 && !is_exact_double(item.i))
            items->inexact |= 1u << level;
        if (item.type == SL_V_ARRAY)
            look_at_items(&item, items, level + 1);
    }
}

void sl_pw_items_of(const uint8_t *p, sl_pw_items *items)
{
    sl_val list;

    memset(items, 0, sizeof(*items));
    (void)sl_val_read(p, &list);
    look_at_items(&list, items, 0);
}

sl_pw_type sl_pw_items_type(const sl_pw_items *items, uint32_t level)
{
    const uint32_t numbers = 1u << SL_PW_INT | 1u << SL_PW_DOUBLE;
    uint32_t mask = items->mask[level];

    if (mask == numbers)
        return level < 32 && !(items->inexact >> level & 1) ? SL_PW_DOUBLE : SL_PW_TYPES;
    if (mask & (mask - 1) || mask == 1u << SL_PW_DECIMAL)
        return SL_PW_TYPES;
    return (sl_pw_type)__builtin_ctz(mask);
}
