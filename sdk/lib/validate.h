/* SPDX-License-Identifier: Apache-2.0
 *
 * sdk/lib/validate.h - the gate for msgpack bytes from outside.
 *
 * One pass, no allocation, no recursion deeper than its own fixed stack: lengths and counts that
 * are claimed must fit in the bytes that are left, nesting stays within the limit, str is UTF-8,
 * map keys are str. Only what has passed here is shown to the readers of sluice/sdk.h, which trust
 * their input.
 */
#ifndef SL_LIB_VALIDATE_H
#define SL_LIB_VALIDATE_H
#include "sdk/lib/error.h"

/* [any] Is there one whole msgpack value at the start of LEN bytes, at most DEPTH levels deep (hard
 * limit 255)? Gives SL_OK and its length in USED; SL_E_DATA and why, with the place, in ERR. */
SL_API sl_status sl_msgpack_check(const uint8_t *ptr, uint64_t len, uint32_t depth, uint64_t *used,
                                  sl_error *err);

/* [any] Are the LEN bytes the body of a batch: an array of maps, and nothing behind it? Gives the
 * number of records in ROWS. */
SL_API sl_status sl_body_check(const uint8_t *ptr, uint64_t len, uint32_t depth, uint32_t *rows,
                               sl_error *err);

#endif
