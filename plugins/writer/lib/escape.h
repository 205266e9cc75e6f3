/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/writer/lib/escape.h - values as names of folders.
 *
 * What a record holds never chooses a path: bytes that mean something in one are written %XX, so a
 * value is always within its folder NAME=value. The reverse gives the value back, but for empty
 * values (which read as null) and for long ones, which are cut.
 */
#ifndef SL_WRITER_LIB_ESCAPE_H
#define SL_WRITER_LIB_ESCAPE_H
#include <stddef.h>
#include <stdint.h>

#define SL_ESCAPE_NULL "__HIVE_DEFAULT_PARTITION__"
#define SL_ESCAPE_MAX  200u                  /* bytes of NAME=value before it is cut */
#define SL_ESCAPE_ROOM (SL_ESCAPE_MAX + 24u) /* room for one, with a NUL */

/* [any] Write VALUE (LEN bytes; NULL: null) into OUT, escaped, so that with the USED bytes that
 * stand before it in the folder's name it stays within SL_ESCAPE_MAX, or is cut with a hash behind
 * it; USED at most 128. Gives the length; a NUL follows. */
uint32_t sl_escape(const void *value, uint64_t len, uint32_t used, char out[SL_ESCAPE_ROOM]);

/* [any] The reverse: LEN bytes of TEXT into OUT, which has room for as many. Gives the length; -1
 * for null, -2 when TEXT is malformed. */
int64_t sl_unescape(const char *text, uint64_t len, uint8_t *out);

#endif
