/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/config/textbuf.h - text that grows: messages and printed graphs.
 *
 * Storage of the caller, init and fini. When memory runs out the buffer remembers it, later calls
 * do nothing, and take gives NULL: callers check once, at the end.
 */
#ifndef SL_CONFIG_TEXTBUF_H
#define SL_CONFIG_TEXTBUF_H
#include "sdk/lib/mem.h"

typedef struct sl_textbuf {
    sl_mem *mem;
    char *text;
    size_t len;
    size_t cap;
    int is_short;
} sl_textbuf;

/* [any] Make BUF empty; it draws on MEM. */
void sl_textbuf_init(sl_textbuf *buf, sl_mem *mem);
/* [any] Free what BUF holds. */
void sl_textbuf_fini(sl_textbuf *buf);
/* [any] Append LEN bytes. */
void sl_textbuf_add(sl_textbuf *buf, const char *text, size_t len);
/* [any] Append a text that ends with NUL. */
void sl_textbuf_puts(sl_textbuf *buf, const char *text);
/* [any] Append N times the character C. */
void sl_textbuf_fill(sl_textbuf *buf, char c, size_t n);
/* [any] Append text as printf makes it. */
void sl_textbuf_printf(sl_textbuf *buf, const char *fmt, ...) SL_PRINTF(2, 3);
/* [any] Give the text (sl_mem_free) and leave BUF empty; NULL when memory was short. */
char *sl_textbuf_take(sl_textbuf *buf);

#endif
