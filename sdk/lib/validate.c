/* SPDX-License-Identifier: Apache-2.0
 *
 * sdk/lib/validate.c - is this msgpack that readers may trust?
 *
 * One pass with a fixed stack of open containers. Every value still owed, claimed by any container
 * that is open, takes at least one byte, so a claim that cannot fit in the bytes left is refused at
 * its header: nothing is ever reserved for it. The 256 first bytes of values are described by a
 * table: what kind, and how many bytes of length or content follow.
 */
#include "sdk/lib/validate.h"

#include <sluice/sdk.h>
#include <sluice/text.h>

#include <string.h>

#define DEPTH_MAX 255u
#define KEY_MAX   65535u
#define ROWS_MAX  65535u
#define BODY_MAX  (UINT64_C(1) << 30)

/* What a first byte begins. */
typedef enum form {
    FORM_BAD,
    FORM_PLAIN, /* EXTRA bytes of content */
    FORM_STR,   /* a length of EXTRA bytes, then the text; 0: the length is in the first byte */
    FORM_BIN,
    FORM_EXT, /* a length of EXTRA bytes, the kind, the content; 0: as FIXEXT tells */
    FORM_ARRAY,
    FORM_MAP,
} form;

typedef struct shape {
    uint8_t form;
    uint8_t extra;
} shape;

/* 0xc0 to 0xdf; the other first bytes have their value inside. */
static const shape shapes[32] = {
    {FORM_PLAIN, 0}, {FORM_BAD, 0},   {FORM_PLAIN, 0}, {FORM_PLAIN, 0}, /* nil, -, false, true */
    {FORM_BIN, 1},   {FORM_BIN, 2},   {FORM_BIN, 4},                    /* bin 8, 16, 32 */
    {FORM_EXT, 1},   {FORM_EXT, 2},   {FORM_EXT, 4},                    /* ext 8, 16, 32 */
    {FORM_PLAIN, 4}, {FORM_PLAIN, 8},                                   /* float 32, 64 */
    {FORM_PLAIN, 1}, {FORM_PLAIN, 2}, {FORM_PLAIN, 4}, {FORM_PLAIN, 8}, /* uint */
    {FORM_PLAIN, 1}, {FORM_PLAIN, 2}, {FORM_PLAIN, 4}, {FORM_PLAIN, 8}, /* int */
    {FORM_EXT, 0},   {FORM_EXT, 0},   {FORM_EXT, 0},   {FORM_EXT, 0},   /* fixext 1, 2, 4, 8 */
    {FORM_EXT, 0},                                                      /* fixext 16 */
    {FORM_STR, 1},   {FORM_STR, 2},   {FORM_STR, 4},                    /* str 8, 16, 32 */
    {FORM_ARRAY, 2}, {FORM_ARRAY, 4},                                   /* array 16, 32 */
    {FORM_MAP, 2},   {FORM_MAP, 4},                                     /* map 16, 32 */
};

typedef struct check {
    const uint8_t *begin;
    const uint8_t *at;
    const uint8_t *end;
    uint64_t owed; /* values to come in all open containers */
    uint32_t depth;
    uint32_t limit;
    sl_error *err;
    uint64_t left[DEPTH_MAX];  /* values to come in each open container; a pair is two */
    uint8_t is_map[DEPTH_MAX]; /* beside it */
} check;

static sl_status refuse(const check *c, const char *code, const char *what)
{
    return sl_error_set(c->err, SL_E_DATA, code, "%s at byte %llu", what,
                        (unsigned long long)(c->at - c->begin));
}

static shape shape_of(uint8_t first)
{
    static const shape fix_int = {FORM_PLAIN, 0};
    static const shape fix_map = {FORM_MAP, 0};
    static const shape fix_array = {FORM_ARRAY, 0};
    static const shape fix_str = {FORM_STR, 0};

    if (first < 0x80 || first >= 0xe0)
        return fix_int;
    if (first >= 0xc0)
        return shapes[first - 0xc0];
    return first < 0x90 ? fix_map : first < 0xa0 ? fix_array : fix_str;
}

/* The length or count that the header of SHAPE claims; the caller knows that its bytes are there.
 */
static uint64_t claim_of(const uint8_t *p, shape s)
{
    switch (s.extra) {
    case 0:
        if (s.form == FORM_EXT)
            return UINT64_C(1) << (*p - 0xd4);
        return s.form == FORM_STR ? *p & 31u : *p & 15u;
    case 1:
        return p[1];
    case 2:
        return sl_get16(p + 1);
    default:
        return sl_get32(p + 1);
    }
}

/* Open the container at c->at, whose header has HEAD bytes and claims N entries. */
static sl_status open_level(check *c, uint8_t is_map, uint64_t head, uint64_t n)
{
    uint64_t values = is_map ? 2 * n : n;

    if (c->depth == c->limit)
        return refuse(c, "msgpack.depth", "nested too deeply");
    c->owed += values;
    if (c->owed > (uint64_t)(c->end - c->at) - head)
        return refuse(c, "msgpack.count", "more entries claimed than bytes are left");
    c->left[c->depth] = values;
    c->is_map[c->depth] = is_map;
    c->depth++;
    c->at += head;
    return SL_OK;
}

/* Pass over the N bytes of content of the value at c->at, whose header has HEAD bytes. */
static sl_status pass_content(check *c, shape s, uint64_t head, uint64_t n, int is_key)
{
    if (n > (uint64_t)(c->end - c->at) - head)
        return refuse(c, "msgpack.truncated", "value goes past the end");
    if (is_key && n > KEY_MAX)
        return refuse(c, "msgpack.key", "key longer than 65535 bytes");
    if (s.form == FORM_STR && sl_utf8_span(c->at + head, n) != n)
        return refuse(c, "msgpack.utf8", "text is not valid UTF-8");
    c->at += head + n;
    return SL_OK;
}

/* Check one value, of a container only its header. */
static sl_status check_value(check *c, int is_key)
{
    uint64_t left = (uint64_t)(c->end - c->at);
    shape s;
    uint64_t head;

    if (!left)
        return refuse(c, "msgpack.truncated", "value missing");
    s = shape_of(*c->at);
    if (s.form == FORM_BAD)
        return refuse(c, "msgpack.type", "byte 0xc1, which begins no value,");
    if (is_key && s.form != FORM_STR)
        return refuse(c, "msgpack.key", "key that is no text");
    head = 1u + s.extra + (s.form == FORM_EXT);
    if (left < head)
        return refuse(c, "msgpack.truncated", "value goes past the end");
    if (s.form == FORM_PLAIN) {
        c->at += head;
        return SL_OK;
    }
    if (s.form == FORM_ARRAY || s.form == FORM_MAP)
        return open_level(c, s.form == FORM_MAP, head, claim_of(c->at, s));
    return pass_content(c, s, head, claim_of(c->at, s), is_key);
}

/* Are the N bytes at P, at most 31 with as many readable behind P + 1, all ASCII? */
static int is_ascii(const uint8_t *p, uint32_t n)
{
    uint64_t high = 0;
    uint64_t eight;
    uint32_t i = 0;

    for (; i + 8 <= n; i += 8) {
        memcpy(&eight, p + i, sizeof eight);
        high |= eight;
    }
    memcpy(&eight, p + i, sizeof eight);
    /* Of the last eight bytes those before the end count. */
    high |= eight << (8 * (7 - n % 8)) << 8;
    return !(high & UINT64_C(0x8080808080808080));
}

/* Pass over what most values are: a number of one byte (no key) or a short ASCII text. False: look
 * closer, nothing was done. */
static int pass_usual(check *c, int is_key)
{
    uint8_t first = c->at < c->end ? *c->at : 0xc1;
    uint32_t n = first & 31u;

    if (first >> 5 == 5 && c->end - c->at > 40 && is_ascii(c->at + 1, n)) {
        c->at += 1 + n;
        return 1;
    }
    if (is_key || (first >= 0x80 && first < 0xe0))
        return 0;
    c->at++;
    return 1;
}

/* Check a whole value at c->at. */
static sl_status check_whole(check *c)
{
    sl_status rc = check_value(c, 0);

    while (rc == SL_OK && c->depth) {
        uint32_t top = c->depth - 1;
        int is_key = c->is_map[top] && c->left[top] % 2 == 0;
        if (!c->left[top]) {
            c->depth = top;
            continue;
        }
        c->left[top]--;
        c->owed--;
        if (!pass_usual(c, is_key))
            rc = check_value(c, is_key);
    }
    return rc;
}

static void begin_check(check *c, const uint8_t *ptr, uint64_t len, uint32_t depth, sl_error *err)
{
    c->begin = c->at = ptr;
    c->end = ptr + len;
    c->owed = 0;
    c->depth = 0;
    c->limit = depth < DEPTH_MAX ? depth : DEPTH_MAX;
    c->err = err;
}

sl_status sl_msgpack_check(const uint8_t *ptr, uint64_t len, uint32_t depth, uint64_t *used,
                           sl_error *err)
{
    sl_status rc;
    check c;

    begin_check(&c, ptr, len, depth, err);
    rc = check_whole(&c);
    if (rc == SL_OK)
        *used = (uint64_t)(c.at - c.begin);
    return rc;
}

/* The header of a body at c->at: its number of records. */
static sl_status check_body_head(check *c, uint64_t *rows)
{
    uint64_t left = (uint64_t)(c->end - c->at);
    shape s;

    if (left > BODY_MAX)
        return refuse(c, "msgpack.size", "body larger than 1 GiB");
    if (!left)
        return refuse(c, "msgpack.truncated", "value missing");
    s = shape_of(*c->at);
    if (s.form != FORM_ARRAY)
        return refuse(c, "msgpack.body", "body that is no array");
    if (left < 1u + s.extra)
        return refuse(c, "msgpack.truncated", "value goes past the end");
    *rows = claim_of(c->at, s);
    if (*rows > ROWS_MAX)
        return refuse(c, "msgpack.rows", "body of more than 65535 records");
    if (*rows > left - 1 - s.extra)
        return refuse(c, "msgpack.count", "more entries claimed than bytes are left");
    c->at += 1 + s.extra;
    return SL_OK;
}

sl_status sl_body_check(const uint8_t *ptr, uint64_t len, uint32_t depth, uint32_t *rows,
                        sl_error *err)
{
    uint64_t n = 0;
    sl_status rc;
    check c;

    begin_check(&c, ptr, len, depth, err);
    rc = check_body_head(&c, &n);
    for (uint64_t i = 0; rc == SL_OK && i < n; i++) {
        if (c.at < c.end && shape_of(*c.at).form != FORM_MAP)
            return refuse(&c, "msgpack.record", "record that is no map");
        rc = check_whole(&c);
    }
    if (rc == SL_OK && c.at != c.end)
        return refuse(&c, "msgpack.body", "bytes behind the last record");
    if (rc == SL_OK)
        *rows = (uint32_t)n;
    return rc;
}
