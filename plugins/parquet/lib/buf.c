/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/parquet/lib/buf.c - a growing run of bytes on the caller's memory.
 */
#include "plugins/parquet/lib/buf.h"

void *sl_pq_zalloc(const sl_pq_memory *mem, size_t bytes)
{
    void *p = mem->alloc(mem->ctx, bytes);

    if (p)
        memset(p, 0, bytes);
    return p;
}

void *sl_pq_array(const sl_pq_memory *mem, void *old, size_t count, size_t size)
{
    size_t bytes;

    if (__builtin_mul_overflow(count, size, &bytes) || bytes == 0)
        return NULL;
    return old ? mem->resize(mem->ctx, old, bytes) : mem->alloc(mem->ctx, bytes);
}

void sl_pq_release(const sl_pq_memory *mem, void *ptr)
{
    if (ptr)
        mem->release(mem->ctx, ptr);
}

int sl_pq_buf_room(sl_pq_buf *buf, size_t more)
{
    size_t need;
    size_t cap = buf->cap ? buf->cap : 256;
    uint8_t *p;

    if (__builtin_add_overflow(buf->len, more, &need))
        return SL_PQ_E_NOMEM;
    if (need <= buf->cap)
        return SL_PQ_OK;
    while (cap < need)
        if (__builtin_mul_overflow(cap, (size_t)2, &cap))
            return SL_PQ_E_NOMEM;
    p = sl_pq_array(buf->mem, buf->ptr, cap, 1);
    if (!p)
        return SL_PQ_E_NOMEM;
    buf->ptr = p;
    buf->cap = cap;
    return SL_PQ_OK;
}

int sl_pq_buf_add(sl_pq_buf *buf, const void *bytes, size_t len)
{
    int rc = sl_pq_buf_room(buf, len);

    if (rc)
        return rc;
    if (len)
        memcpy(buf->ptr + buf->len, bytes, len);
    buf->len += len;
    return SL_PQ_OK;
}

void sl_pq_buf_fini(sl_pq_buf *buf)
{
    sl_pq_release(buf->mem, buf->ptr);
    buf->ptr = NULL;
    buf->len = buf->cap = 0;
}
