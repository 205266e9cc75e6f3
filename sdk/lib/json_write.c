/* SPDX-License-Identifier: Apache-2.0
 *
 * sdk/lib/json_write.c - JSON text in the making.
 *
 * One growing block. Every function first calls lead(), which puts the comma, the line break and
 * the key; after a failure nothing more is written and sl_json_take gives NULL. Bytes that are not
 * UTF-8 become U+FFFD, one for each byte, so that what comes out is always valid.
 */
#include "sdk/lib/json.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <sluice/text.h>

#define FIRST_ROOM 256u

void sl_json_init(sl_json *j, sl_mem *mem, uint32_t indent)
{
    memset(j, 0, sizeof *j);
    j->mem = mem;
    j->indent = indent;
}

void sl_json_fini(sl_json *j)
{
    sl_mem_free(j->text);
    j->text = NULL;
    j->is_broken = 1;
}

static int room(sl_json *j, size_t more)
{
    size_t want;
    size_t next = j->room ? j->room : FIRST_ROOM;
    char *text;

    if (j->is_broken)
        return 0;
    if (__builtin_add_overflow(j->len, more, &want) || want >= SIZE_MAX / 4) {
        j->is_broken = 1;
        return 0;
    }
    if (want + 1 <= j->room)
        return 1;
    while (next < want + 1)
        next *= 2;
    text = sl_mem_resize(j->mem, j->text, next);
    if (!text) {
        j->is_broken = 1;
        return 0;
    }
    j->text = text;
    j->room = next;
    return 1;
}

static void put(sl_json *j, const void *text, size_t len)
{
    if (!room(j, len))
        return;
    memcpy(j->text + j->len, text, len);
    j->len += len;
}

static void put_line(sl_json *j)
{
    size_t n = (size_t)j->indent * j->depth;

    if (!j->indent || !room(j, n + 1))
        return;
    j->text[j->len++] = '\n';
    memset(j->text + j->len, ' ', n);
    j->len += n;
}

static void put_escape(sl_json *j, unsigned char c)
{
    static const char names[] = "\"\"\\\\\bb\ff\nn\rr\tt";
    char out[8];

    for (size_t i = 0; i + 1 < sizeof names; i += 2) {
        if ((unsigned char)names[i] == c) {
            out[0] = '\\';
            out[1] = names[i + 1];
            put(j, out, 2);
            return;
        }
    }
    (void)snprintf(out, sizeof out, "\\u%04x", c);
    put(j, out, 6);
}

/* How many bytes at the start of the LEN well-formed ones need no escape. */
static size_t plain(const unsigned char *p, size_t len)
{
    size_t i = 0;

    while (i < len && p[i] >= 0x20 && p[i] != '"' && p[i] != '\\' && p[i] != 0x7f)
        i++;
    return i;
}

static void put_string(sl_json *j, const void *text, size_t len)
{
    const unsigned char *p = text;
    size_t good;
    size_t n;

    put(j, "\"", 1);
    while (len && !j->is_broken) {
        good = sl_utf8_span(p, len);
        if (!good) {
            put(j, "\xef\xbf\xbd", 3);
            p++;
            len--;
            continue;
        }
        while (good) {
            n = plain(p, good);
            put(j, p, n);
            if (n < good)
                put_escape(j, p[n++]);
            p += n;
            len -= n;
            good -= n;
        }
    }
    put(j, "\"", 1);
}

/* What stands before a value: comma, line break, key. */
static void lead(sl_json *j, const char *key)
{
    uint64_t bit = j->depth ? (uint64_t)1 << (j->depth - 1) : 0;

    if (j->is_broken)
        return; /* levels are not kept up any more */
    if (!j->depth) {
        if (j->len)
            j->is_broken = 1; /* a second value on the outermost level */
        return;
    }
    SL_ASSERT(!key == !!(j->is_array & bit));
    if (j->has_item & bit)
        put(j, ",", 1);
    j->has_item |= bit;
    put_line(j);
    if (!key)
        return;
    put_string(j, key, strlen(key));
    put(j, ": ", j->indent ? 2 : 1);
}

static void open_level(sl_json *j, const char *key, int is_array)
{
    uint64_t bit;

    lead(j, key);
    if (j->depth == SL_JSON_DEPTH)
        j->is_broken = 1;
    if (j->is_broken)
        return;
    put(j, is_array ? "[" : "{", 1);
    bit = (uint64_t)1 << j->depth++;
    j->has_item &= ~bit;
    j->is_array = is_array ? j->is_array | bit : j->is_array & ~bit;
}

void sl_json_object(sl_json *j, const char *key)
{
    open_level(j, key, 0);
}

void sl_json_array(sl_json *j, const char *key)
{
    open_level(j, key, 1);
}

void sl_json_end(sl_json *j)
{
    uint64_t bit;

    if (j->is_broken)
        return;
    SL_ASSERT(j->depth > 0);
    bit = (uint64_t)1 << --j->depth;
    if (j->has_item & bit)
        put_line(j);
    put(j, j->is_array & bit ? "]" : "}", 1);
}

void sl_json_textn(sl_json *j, const char *key, const void *text, size_t len)
{
    lead(j, key);
    put_string(j, text, len);
}

void sl_json_text(sl_json *j, const char *key, const char *text)
{
    if (text)
        sl_json_textn(j, key, text, strlen(text));
    else
        sl_json_null(j, key);
}

void sl_json_raw(sl_json *j, const char *key, const char *text, size_t len)
{
    lead(j, key);
    put(j, text, len);
}

void sl_json_int(sl_json *j, const char *key, int64_t value)
{
    char out[24];
    int n = snprintf(out, sizeof out, "%" PRId64, value);

    sl_json_raw(j, key, out, (size_t)n);
}

void sl_json_uint(sl_json *j, const char *key, uint64_t value)
{
    char out[24];
    int n = snprintf(out, sizeof out, "%" PRIu64, value);

    sl_json_raw(j, key, out, (size_t)n);
}

void sl_json_bool(sl_json *j, const char *key, int value)
{
    sl_json_raw(j, key, value ? "true" : "false", value ? 4 : 5);
}

void sl_json_null(sl_json *j, const char *key)
{
    sl_json_raw(j, key, "null", 4);
}

char *sl_json_take(sl_json *j, size_t *len)
{
    if (!room(j, 0) || j->depth || !j->len) {
        sl_json_fini(j);
        return NULL;
    }
    j->text[j->len] = '\0';
    if (len)
        *len = j->len;
    j->is_broken = 1;
    return SL_TAKE(j->text);
}
