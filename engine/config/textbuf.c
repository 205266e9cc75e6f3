/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/config/textbuf.c - text that grows.
 *
 * There is always a NUL behind the text, so take needs no allocation unless nothing was written.
 */
#include "engine/config/textbuf.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define TEXTBUF_FIRST 256u

void sl_textbuf_init(sl_textbuf *buf, sl_mem *mem)
{
    memset(buf, 0, sizeof(*buf));
    buf->mem = mem;
}

void sl_textbuf_fini(sl_textbuf *buf)
{
    sl_mem_free(buf->text);
    buf->text = NULL;
    buf->len = 0;
    buf->cap = 0;
}

/* Room for MORE bytes and the NUL. */
static int make_room(sl_textbuf *buf, size_t more)
{
    size_t want;
    size_t cap = buf->cap ? buf->cap : TEXTBUF_FIRST;
    char *text;

    if (buf->is_short)
        return 0;
    if (__builtin_add_overflow(buf->len, more, &want) || want > SIZE_MAX / 4) {
        buf->is_short = 1;
        return 0;
    }
    if (want < buf->cap)
        return 1;
    while (cap <= want)
        cap *= 2;
    text = sl_mem_resize(buf->mem, buf->text, cap);
    if (!text) {
        buf->is_short = 1;
        return 0;
    }
    buf->text = text;
    buf->cap = cap;
    return 1;
}

void sl_textbuf_add(sl_textbuf *buf, const char *text, size_t len)
{
    if (!make_room(buf, len))
        return;
    if (len)
        memcpy(buf->text + buf->len, text, len);
    buf->len += len;
    buf->text[buf->len] = 0;
}

void sl_textbuf_puts(sl_textbuf *buf, const char *text)
{
    sl_textbuf_add(buf, text, strlen(text));
}

void sl_textbuf_fill(sl_textbuf *buf, char c, size_t n)
{
    if (!make_room(buf, n))
        return;
    memset(buf->text + buf->len, c, n);
    buf->len += n;
    buf->text[buf->len] = 0;
}

void sl_textbuf_printf(sl_textbuf *buf, const char *fmt, ...)
{
    va_list ap;
    int len;

    va_start(ap, fmt);
    len = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (len < 0 || !make_room(buf, (size_t)len))
        return;
    va_start(ap, fmt);
    (void)vsnprintf(buf->text + buf->len, (size_t)len + 1, fmt, ap);
    va_end(ap);
    buf->len += (size_t)len;
}

char *sl_textbuf_take(sl_textbuf *buf)
{
    if (!make_room(buf, 0)) {
        sl_textbuf_fini(buf);
        return NULL;
    }
    buf->text[buf->len] = 0;
    buf->len = 0;
    buf->cap = 0;
    return SL_TAKE(buf->text);
}
