/* SPDX-License-Identifier: Apache-2.0
 *
 * sdk/lib/json_read.c - reading a small JSON document into a tree, strictly.
 *
 * No recursion: a stack of open levels holds the chain that new nodes are hung on. Nodes and texts
 * come from the document's arena, so a whole tree is freed at once. A document is refused
 * with the byte at which it goes wrong; the reader never looks behind LEN.
 */
#include "sdk/lib/json.h"

#include <string.h>

#include <sluice/text.h>

#include "sdk/lib/arena.h"

struct sl_json_doc {
    sl_arena arena;
    sl_json_node *root;
};

/* One open array or object. */
typedef struct level {
    sl_json_node *node;
    sl_json_node *last; /* its newest child */
} level;

typedef struct reader {
    sl_json_doc *doc;
    const unsigned char *text;
    size_t len;
    size_t at;
    uint32_t depth;
    level open[SL_JSON_DEPTH];
    const char *why; /* what was wrong, NULL: memory was short */
} reader;

static int fail(reader *r, const char *why)
{
    if (!r->why)
        r->why = why;
    return 0;
}

static int peek(const reader *r)
{
    return r->at < r->len ? r->text[r->at] : -1;
}

static void skip_space(reader *r)
{
    while (r->at < r->len && strchr(" \t\n\r", r->text[r->at]) && r->text[r->at])
        r->at++;
}

static int hex4(reader *r, uint32_t *out)
{
    uint32_t v = 0;

    for (int i = 0; i < 4; i++) {
        int c = peek(r);
        uint32_t digit;

        if (c >= '0' && c <= '9')
            digit = (uint32_t)(c - '0');
        else if ((c | 32) >= 'a' && (c | 32) <= 'f')
            digit = (uint32_t)((c | 32) - 'a') + 10;
        else
            return fail(r, "four hexadecimal digits must follow \\u");
        v = v * 16 + digit;
        r->at++;
    }
    *out = v;
    return 1;
}

static size_t utf8_put(unsigned char *out, uint32_t c)
{
    if (c < 0x80) {
        out[0] = (unsigned char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (unsigned char)(0xc0 | c >> 6);
        out[1] = (unsigned char)(0x80 | (c & 63));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (unsigned char)(0xe0 | c >> 12);
        out[1] = (unsigned char)(0x80 | (c >> 6 & 63));
        out[2] = (unsigned char)(0x80 | (c & 63));
        return 3;
    }
    out[0] = (unsigned char)(0xf0 | c >> 18);
    out[1] = (unsigned char)(0x80 | (c >> 12 & 63));
    out[2] = (unsigned char)(0x80 | (c >> 6 & 63));
    out[3] = (unsigned char)(0x80 | (c & 63));
    return 4;
}

/* The escape behind a backslash, at r->at, as UTF-8 in OUT. */
static int read_escape(reader *r, unsigned char *out, size_t *n)
{
    static const char names[] = "\"\"\\\\//b\bf\fn\nr\rt\t";
    int c = peek(r);
    uint32_t high;
    uint32_t low;

    r->at++;
    for (size_t i = 0; c > 0 && i + 1 < sizeof names; i += 2) {
        if (names[i] == c) {
            *n = 1;
            *out = (unsigned char)names[i + 1];
            return 1;
        }
    }
    if (c != 'u')
        return fail(r, "no such escape");
    if (!hex4(r, &high))
        return 0;
    if (high >= 0xdc00 && high < 0xe000)
        return fail(r, "half of a surrogate pair");
    if (high >= 0xd800 && high < 0xdc00) {
        if (r->len - r->at < 6 || r->text[r->at] != '\\' || r->text[r->at + 1] != 'u')
            return fail(r, "half of a surrogate pair");
        r->at += 2;
        if (!hex4(r, &low))
            return 0;
        if (low < 0xdc00 || low >= 0xe000)
            return fail(r, "half of a surrogate pair");
        high = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
    }
    *n = utf8_put(out, high);
    return 1;
}

/* The string whose opening quote stands at r->at. */
static const char *read_string(reader *r, size_t *len)
{
    size_t end = r->at + 1;
    size_t n = 0;
    size_t more;
    unsigned char *out;

    while (end < r->len && r->text[end] != '"')
        end += r->text[end] == '\\' ? 2 : 1;
    if (end >= r->len) {
        (void)fail(r, "the string does not end");
        return NULL;
    }
    out = sl_arena_take(&r->doc->arena,
                        end - r->at); /* an escape is longer than what it stands for */
    if (!out)
        return NULL;
    for (r->at++; r->at < end; n += more) {
        unsigned char c = r->text[r->at];

        if (c < 0x20) {
            (void)fail(r, "a control character in a string");
            return NULL;
        }
        if (c == '\\') {
            r->at++;
            if (!read_escape(r, out + n, &more))
                return NULL;
            continue;
        }
        out[n] = c;
        more = 1;
        r->at++;
    }
    r->at = end + 1;
    if (sl_utf8_span(out, n) != n) {
        (void)fail(r, "a string that is not UTF-8");
        return NULL;
    }
    out[n] = '\0';
    *len = n;
    return (const char *)out;
}

static size_t digits(reader *r)
{
    size_t from = r->at;

    while (r->at < r->len && r->text[r->at] >= '0' && r->text[r->at] <= '9')
        r->at++;
    return r->at - from;
}

static int read_number(reader *r, sl_json_node *node)
{
    size_t from = r->at;
    char *out;

    if (peek(r) == '-')
        r->at++;
    if (peek(r) == '0')
        r->at++;
    else if (!digits(r))
        return fail(r, "a value is missing");
    if (peek(r) == '.') {
        r->at++;
        if (!digits(r))
            return fail(r, "digits must follow the point");
    }
    if (peek(r) == 'e' || peek(r) == 'E') {
        r->at++;
        if (peek(r) == '+' || peek(r) == '-')
            r->at++;
        if (!digits(r))
            return fail(r, "digits must follow the exponent");
    }
    node->type = SL_JSON_NUMBER;
    node->len = r->at - from;
    out = sl_arena_take(&r->doc->arena, node->len + 1);
    if (!out)
        return 0;
    memcpy(out, r->text + from, node->len);
    out[node->len] = '\0';
    node->text = out;
    return 1;
}

static int read_word(reader *r, sl_json_node *node)
{
    static const struct {
        const char *text;
        uint32_t len, type, count;
    } words[] = {
        {"true", 4, SL_JSON_BOOL, 1}, {"false", 5, SL_JSON_BOOL, 0}, {"null", 4, SL_JSON_NULL, 0}};

    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (r->len - r->at >= words[i].len &&
            !memcmp(r->text + r->at, words[i].text, words[i].len)) {
            r->at += words[i].len;
            node->type = words[i].type;
            node->count = words[i].count;
            return 1;
        }
    }
    return read_number(r, node);
}

/* Hang NODE behind what its level holds already. */
static void hang(reader *r, sl_json_node *node)
{
    level *l;

    if (!r->depth) {
        r->doc->root = node;
        return;
    }
    l = &r->open[r->depth - 1];
    if (l->last)
        l->last->next = node;
    else
        l->node->child = node;
    l->last = node;
    l->node->count++;
}

static int read_key(reader *r, sl_json_node *node)
{
    size_t len;

    if (peek(r) != '"')
        return fail(r, "a key in quotes must stand here");
    if (r->open[r->depth - 1].node->count == SL_JSON_MEMBERS)
        return fail(r, "too many members in one object");
    node->key = read_string(r, &len);
    if (!node->key)
        return 0;
    if (strlen(node->key) != len)
        return fail(r, "U+0000 in a key");
    if (sl_json_get(r->open[r->depth - 1].node, node->key))
        return fail(r, "a key that was there already");
    skip_space(r);
    if (peek(r) != ':')
        return fail(r, "a colon must stand here");
    r->at++;
    skip_space(r);
    return 1;
}

/* One value, with its key within an object; what it holds is read by the caller's loop. */
static int read_value(reader *r)
{
    sl_json_node *node = sl_arena_take(&r->doc->arena, sizeof *node);
    int c;

    if (!node)
        return 0;
    if (r->depth && r->open[r->depth - 1].node->type == SL_JSON_OBJECT && !read_key(r, node))
        return 0;
    hang(r, node);
    c = peek(r);
    if (c == '"') {
        node->type = SL_JSON_STRING;
        node->text = read_string(r, &node->len);
        return node->text != NULL;
    }
    if (c != '{' && c != '[')
        return read_word(r, node);
    if (r->depth == SL_JSON_DEPTH)
        return fail(r, "nesting is too deep");
    node->type = c == '{' ? SL_JSON_OBJECT : SL_JSON_ARRAY;
    r->open[r->depth++] = (level){node, NULL};
    r->at++;
    return 1;
}

/* Behind a value or an opening bracket: close levels that end. Gives 1 when a value must follow, 0
 * when not; see r->why. */
static int next_place(reader *r, int is_opened)
{
    for (;;) {
        int is_object;

        skip_space(r);
        if (!r->depth)
            return 0;
        is_object = r->open[r->depth - 1].node->type == SL_JSON_OBJECT;
        if (peek(r) == (is_object ? '}' : ']')) {
            r->at++;
            r->depth--;
            is_opened = 0;
            continue;
        }
        if (is_opened)
            return 1;
        if (peek(r) != ',')
            return fail(r, is_object ? "a comma or } must stand here"
                                     : "a comma or ] must stand here");
        r->at++;
        skip_space(r);
        return 1;
    }
}

static int read_all(reader *r)
{
    uint32_t before;

    skip_space(r);
    do {
        before = r->depth;
        if (!read_value(r))
            return 0;
    } while (next_place(r, r->depth > before));
    if (r->why)
        return 0;
    return r->at == r->len ? 1 : fail(r, "something follows the end");
}

sl_status sl_json_read(sl_mem *mem, const char *text, size_t len, sl_json_doc **out, sl_error *err)
{
    reader r = {.text = (const unsigned char *)text, .len = len};

    r.doc = sl_mem_zalloc(mem, 1, sizeof *r.doc);
    if (!r.doc)
        return sl_error_set(err, SL_E_NOMEM, "memory.short", "no memory for a JSON document");
    r.doc->arena.mem = mem;
    if (read_all(&r)) {
        *out = r.doc;
        return SL_OK;
    }
    sl_json_free(r.doc);
    if (!r.why)
        return sl_error_set(err, SL_E_NOMEM, "memory.short", "no memory for a JSON document");
    return sl_error_set(err, SL_E_DATA, "json.syntax", "not JSON at byte %zu: %s", r.at, r.why);
}

void sl_json_free(sl_json_doc *doc)
{
    if (!doc)
        return;
    sl_arena_fini(&doc->arena);
    sl_mem_free(doc);
}

const sl_json_node *sl_json_root(const sl_json_doc *doc)
{
    return doc->root;
}

const sl_json_node *sl_json_get(const sl_json_node *node, const char *key)
{
    if (!node || node->type != SL_JSON_OBJECT)
        return NULL;
    for (const sl_json_node *n = node->child; n; n = n->next) {
        if (!strcmp(n->key, key))
            return n;
    }
    return NULL;
}

const char *sl_json_get_text(const sl_json_node *node, const char *key, const char *fallback)
{
    const sl_json_node *n = sl_json_get(node, key);

    return n && n->type == SL_JSON_STRING && strlen(n->text) == n->len ? n->text : fallback;
}

uint64_t sl_json_get_uint(const sl_json_node *node, const char *key, uint64_t max,
                          uint64_t fallback)
{
    const sl_json_node *n = sl_json_get(node, key);
    uint64_t value = 0;

    if (!n || n->type != SL_JSON_NUMBER)
        return fallback;
    for (const char *p = n->text; *p; p++) {
        if (*p < '0' || *p > '9' || __builtin_mul_overflow(value, 10u, &value) ||
            __builtin_add_overflow(value, (uint64_t)(*p - '0'), &value))
            return fallback;
    }
    return value <= max ? value : fallback;
}
