/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/lines/lib/copy.h - copies of short texts without a call.
 *
 * Most keys and values have less than 32 bytes: copying them in blocks that may run over costs a
 * few instructions, a call of memcpy costs more than the copy. Bodies, keys and blocks of payload
 * have 64 readable bytes behind them; who writes makes room for as many more.
 */
#ifndef SL_LINES_LIB_COPY_H
#define SL_LINES_LIB_COPY_H
#include <stdint.h>
#include <string.h>

#define SL_COPY_OVER 64u /* room that a copy needs behind its end, more than it ever uses */

/* [any] Copy N bytes; may read and write up to 31 too far. */
static inline void sl_copy_over(uint8_t *to, const uint8_t *from, uint64_t n)
{
    memcpy(to, from, 16);
    if (n <= 16)
        return;
    memcpy(to + 16, from + 16, 16);
    for (uint64_t i = 32; i < n; i += 32)
        memcpy(to + i, from + i, 32);
}

#endif
