/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/config/text_file.h - a text file in memory, with the places of its lines.
 *
 * Counted: the graph holds its files and each diagnostic holds the one it points into, so messages
 * can be printed after the graph is gone.
 */
#ifndef SL_CONFIG_TEXT_FILE_H
#define SL_CONFIG_TEXT_FILE_H
#include "engine/config/diag.h"

#define SL_TEXT_FILE_MAX (4u << 20) /* bytes; more is refused */

struct sl_text_file {
    sl_mem *mem;
    uint32_t refs;
    uint32_t order; /* files are shown in this order */
    char *name;     /* as the user knows it */
    char *bytes;    /* with a NUL behind them */
    uint32_t len;
    uint32_t nlines;
    uint32_t *lines; /* place of each line's first byte */
};

/* [main] A file NAME with LEN bytes of TEXT (copied). Gives one hold; NULL when memory is short or
 * it is longer than SL_TEXT_FILE_MAX. */
sl_text_file *sl_text_file_new(sl_mem *mem, const char *name, const char *text, size_t len);
/* [main] Read the file PATH by ENV. Fails with code config.file.open, config.file.read or
 * config.file.size. */
sl_status sl_text_file_read(sl_env *env, sl_mem *mem, const char *path, sl_text_file **out,
                            sl_error *err);
/* [main] Share. Gives FILE back. */
sl_text_file *sl_text_file_ref(const sl_text_file *file);
/* [main] Let go. NULL is fine. */
void sl_text_file_unref(sl_text_file *file);
/* [any] The number, from 0, of the line in which byte AT lies; where it starts, and its length
 * without the line end. */
uint32_t sl_text_file_line(const sl_text_file *file, uint32_t at, uint32_t *start, uint32_t *len);
/* [main] Read all of PATH, at most MAX bytes, with a NUL behind it (give; sl_mem_free). Codes as
 * sl_text_file_read. */
sl_status sl_file_slurp(sl_env *env, sl_mem *mem, const char *path, uint64_t max, char **out,
                        size_t *len, sl_error *err);

#endif
