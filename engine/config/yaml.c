/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/config/yaml.c - from libyaml's events to our own tree.
 *
 * libyaml counts characters, we count bytes: a sparse table of the places of every 64th character
 * turns its marks into places. Only its events are used; types, duplicate keys, anchors, merge keys
 * and all limits are ours, and no event is asked for once a limit is passed.
 */
#include "engine/config/yaml.h"

#include <string.h>
#include <yaml.h>

#include <sluice/text.h>

#include "engine/config/yaml_priv.h"

#define MARK_STEP 64u

typedef struct anchor {
    struct anchor *next;
    const char *name;
    sl_yaml *node;
    int is_open; /* its own content is being read */
} anchor;

typedef struct frame {
    sl_yaml *node;
    sl_yaml_item *last;
    const sl_yaml *key; /* waits for its value */
    int has_anchor;
} frame;

typedef struct reader {
    yaml_parser_t parser;
    const sl_text_file *file;
    sl_arena *arena;
    sl_diags *diags;
    uint32_t *marks; /* byte of every 64th character; NULL: all are ASCII */
    uint32_t nchars;
    uint32_t has_mark; /* 1: the file begins with a byte order mark, which libyaml does not see */
    sl_yaml *root;
    anchor *anchors;
    uint32_t nanchors;
    uint32_t nodes;
    uint32_t depth;
    int is_done;
    sl_status rc;
    frame stack[SL_YAML_DEPTH_MAX];
} reader;

static sl_place place_at(const reader *r, uint32_t at, uint32_t len)
{
    sl_place place = {r->file, at, len};

    return place;
}

/* ---- places -------------------------------------------------------------------------------- */

static int is_start(char c)
{
    return ((unsigned char)c & 0xc0) != 0x80;
}

/* Fill in the table of marks. */
static sl_status count_chars(reader *r)
{
    const char *s = r->file->bytes;
    uint32_t n = 0;

    for (uint32_t i = 0; i < r->file->len; i++)
        n += (uint32_t)is_start(s[i]);
    r->nchars = n;
    if (n == r->file->len)
        return SL_OK;
    r->marks = sl_arena_array(r->arena, n / MARK_STEP + 1, sizeof(*r->marks));
    if (!r->marks)
        return SL_E_NOMEM;
    n = 0;
    for (uint32_t i = 0; i < r->file->len; i++) {
        if (!is_start(s[i]))
            continue;
        if (n % MARK_STEP == 0)
            r->marks[n / MARK_STEP] = i;
        n++;
    }
    return SL_OK;
}

static uint32_t byte_of(const reader *r, size_t chars)
{
    const char *s = r->file->bytes;
    uint32_t at;

    chars += r->has_mark;
    if (chars >= r->nchars)
        return r->file->len;
    if (!r->marks)
        return (uint32_t)chars;
    at = r->marks[chars / MARK_STEP];
    for (size_t left = chars % MARK_STEP; left; left--) {
        at++;
        while (at < r->file->len && !is_start(s[at]))
            at++;
    }
    return at;
}

/* ---- nodes --------------------------------------------------------------------------------- */

static sl_status fail(reader *r, sl_status rc)
{
    r->rc = rc;
    return rc;
}

static sl_status fail_short(reader *r)
{
    return fail(r, sl_arena_set_short(r->arena));
}

static sl_status count_nodes(reader *r, uint32_t more, sl_place place)
{
    if (more <= SL_YAML_NODES_MAX - r->nodes) {
        r->nodes += more;
        return SL_OK;
    }
    sl_diag(r->diags, SL_DIAG_ERROR, "config.yaml.size", place,
            "this file stands for more than %u values", SL_YAML_NODES_MAX);
    sl_diag_note(r->diags, "each alias counts as all that it stands for");
    return fail(r, SL_E_CONFIG);
}

static sl_yaml *new_node(reader *r, const yaml_event_t *event, uint32_t kind)
{
    sl_yaml *node = sl_arena_array(r->arena, 1, sizeof(*node));

    if (!node) {
        (void)fail_short(r);
        return NULL;
    }
    node->file = r->file;
    node->at = byte_of(r, event->start_mark.index);
    node->len = byte_of(r, event->end_mark.index) - node->at;
    node->kind = kind;
    node->weight = 1;
    if (count_nodes(r, 1, sl_yaml_place(node)) != SL_OK)
        return NULL;
    return node;
}

static sl_status add_anchor(reader *r, const yaml_char_t *name, sl_yaml *node)
{
    anchor *a;

    if (!name)
        return SL_OK;
    if (r->nanchors == SL_YAML_ANCHOR_MAX) {
        sl_diag(r->diags, SL_DIAG_ERROR, "config.yaml.anchor", sl_yaml_place(node),
                "more than %u anchors in one file", SL_YAML_ANCHOR_MAX);
        return fail(r, SL_E_CONFIG);
    }
    a = sl_arena_array(r->arena, 1, sizeof(*a));
    if (!a)
        return fail_short(r);
    a->name = sl_arena_dup(r->arena, (const char *)name, strlen((const char *)name));
    if (!a->name)
        return fail_short(r);
    a->node = node;
    a->is_open = node->kind != SL_YAML_SCALAR;
    a->next = r->anchors;
    r->anchors = a;
    r->nanchors++;
    return SL_OK;
}

static void check_tag(reader *r, const sl_yaml *node, const yaml_char_t *tag)
{
    if (!tag || strcmp((const char *)tag, "!") == 0)
        return;
    sl_diag(r->diags, SL_DIAG_ERROR, "config.yaml.tag", place_at(r, node->at, 1),
            "tags (!!…) have no meaning here");
    sl_diag_hint(r->diags, "leave it out, or put the value in quotes to make it text");
}

static const sl_yaml *check_key(reader *r, const sl_yaml *key)
{
    if (key->kind == SL_YAML_SCALAR && key->text_len)
        return key;
    sl_diag(r->diags, SL_DIAG_ERROR, "config.yaml.key", sl_yaml_place(key),
            "a key must be text, not %s",
            key->kind == SL_YAML_SCALAR ? "nothing" : sl_yaml_describe(key));
    (void)fail(r, SL_E_CONFIG);
    return NULL;
}

/* Put NODE where it belongs: into the open list or map, or as the root. */
static sl_status attach(reader *r, sl_yaml *node)
{
    frame *top;
    sl_yaml_item *item;

    if (!r->depth) {
        r->root = node;
        return SL_OK;
    }
    top = &r->stack[r->depth - 1];
    if (top->node->kind == SL_YAML_MAP && !top->key) {
        top->key = check_key(r, node);
        return top->key ? SL_OK : r->rc;
    }
    item = sl_arena_array(r->arena, 1, sizeof(*item));
    if (!item)
        return fail_short(r);
    item->key = SL_TAKE(top->key);
    item->value = node;
    if (top->last)
        top->last->next = item;
    else
        top->node->items = item;
    top->last = item;
    top->node->count++;
    top->node->weight += node->weight;
    return SL_OK;
}

/* ---- events -------------------------------------------------------------------------------- */

static uint32_t scalar_style(yaml_scalar_style_t style)
{
    switch (style) {
    case YAML_SINGLE_QUOTED_SCALAR_STYLE:
        return SL_YAML_SINGLE;
    case YAML_DOUBLE_QUOTED_SCALAR_STYLE:
        return SL_YAML_DOUBLE;
    case YAML_LITERAL_SCALAR_STYLE:
        return SL_YAML_LITERAL;
    case YAML_FOLDED_SCALAR_STYLE:
        return SL_YAML_FOLDED;
    case YAML_ANY_SCALAR_STYLE:
    case YAML_PLAIN_SCALAR_STYLE:
    default:
        return SL_YAML_PLAIN;
    }
}

static void check_scalar(reader *r, const sl_yaml *node)
{
    if (node->style == SL_YAML_PLAIN && sl_yaml_is_octal_like(node->text, node->text_len)) {
        sl_diag(r->diags, SL_DIAG_ERROR, "config.yaml.octal", sl_yaml_place(node),
                "%.40s could be octal or decimal", node->text);
        sl_diag_hint(r->diags, "write it without the 0, as 0o…, or in quotes when it is text");
    }
    if (memchr(node->text, 0, node->text_len))
        sl_diag(r->diags, SL_DIAG_ERROR, "config.yaml.nul", sl_yaml_place(node),
                "a text can't hold the character NUL");
}

static sl_status on_scalar(reader *r, const yaml_event_t *event)
{
    sl_yaml *node = new_node(r, event, SL_YAML_SCALAR);

    if (!node)
        return r->rc;
    node->text =
        sl_arena_dup(r->arena, (const char *)event->data.scalar.value, event->data.scalar.length);
    if (!node->text)
        return fail_short(r);
    node->text_len = (uint32_t)event->data.scalar.length;
    node->style = scalar_style(event->data.scalar.style);
    node->type = node->style == SL_YAML_PLAIN ? sl_yaml_scalar_type(node->text, node->text_len)
                                              : SL_YAML_TEXT;
    check_tag(r, node, event->data.scalar.tag);
    check_scalar(r, node);
    if (add_anchor(r, event->data.scalar.anchor, node) != SL_OK)
        return r->rc;
    return attach(r, node);
}

static sl_status on_start(reader *r, const yaml_event_t *event, uint32_t kind)
{
    sl_yaml *node = new_node(r, event, kind);
    int is_map = kind == SL_YAML_MAP;
    const yaml_char_t *name =
        is_map ? event->data.mapping_start.anchor : event->data.sequence_start.anchor;
    frame *top;

    if (!node)
        return r->rc;
    check_tag(r, node, is_map ? event->data.mapping_start.tag : event->data.sequence_start.tag);
    if (add_anchor(r, name, node) != SL_OK)
        return r->rc;
    if (r->depth == SL_YAML_DEPTH_MAX) {
        sl_diag(r->diags, SL_DIAG_ERROR, "config.yaml.depth", place_at(r, node->at, 1),
                "nested deeper than %u levels", SL_YAML_DEPTH_MAX);
        return fail(r, SL_E_CONFIG);
    }
    top = &r->stack[r->depth++];
    memset(top, 0, sizeof(*top));
    top->node = node;
    top->has_anchor = name != NULL;
    return SL_OK;
}

/* A block's end mark is the start of what comes next: cut the blanks and comments behind it. */
static void trim_end(sl_yaml *node)
{
    uint32_t start;
    uint32_t len;
    uint32_t end;

    (void)sl_text_file_line(node->file, node->at, &start, &len);
    end = start + len;
    if (node->at + node->len > end)
        node->len = end > node->at ? end - node->at : 0;
    while (node->len && node->file->bytes[node->at + node->len - 1] == ' ')
        node->len--;
}

static sl_status on_end(reader *r, const yaml_event_t *event)
{
    frame *top = &r->stack[--r->depth];
    sl_yaml *node = top->node;

    node->len = byte_of(r, event->end_mark.index) - node->at;
    trim_end(node);
    for (anchor *a = top->has_anchor ? r->anchors : NULL; a; a = a->next) {
        if (a->node == node)
            a->is_open = 0;
    }
    if (node->kind == SL_YAML_MAP) {
        uint32_t before = node->weight;

        if (sl_yaml_close_map(node, r->arena, r->diags, SL_YAML_NODES_MAX - r->nodes) != SL_OK)
            return fail(r, r->arena->is_short ? SL_E_NOMEM : SL_E_CONFIG);
        if (node->weight > before)
            r->nodes += node->weight - before;
    }
    return attach(r, node);
}

static sl_status on_alias(reader *r, const yaml_event_t *event)
{
    const char *name = (const char *)event->data.alias.anchor;
    uint32_t at = byte_of(r, event->start_mark.index);
    sl_place place = place_at(r, at, byte_of(r, event->end_mark.index) - at);
    anchor *a = r->anchors;

    while (a && strcmp(a->name, name) != 0)
        a = a->next;
    if (!a || a->is_open) {
        sl_diag(r->diags, SL_DIAG_ERROR, "config.yaml.alias", place,
                a ? "*%.60s stands inside what it stands for" : "no anchor &%.60s before this",
                name);
        return fail(r, SL_E_CONFIG);
    }
    if (count_nodes(r, a->node->weight, place) != SL_OK)
        return r->rc;
    return attach(r, a->node);
}

static sl_status on_document(reader *r, const yaml_event_t *event)
{
    if (!r->is_done)
        return SL_OK;
    sl_diag(r->diags, SL_DIAG_ERROR, "config.yaml.documents",
            place_at(r, byte_of(r, event->start_mark.index), 3), "a second document begins here");
    sl_diag_hint(r->diags, "a graph is one document; use include: for more files");
    return fail(r, SL_E_CONFIG);
}

static sl_status on_event(reader *r, const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT:
        return on_document(r, event);
    case YAML_DOCUMENT_END_EVENT:
        r->is_done = 1;
        return SL_OK;
    case YAML_ALIAS_EVENT:
        return on_alias(r, event);
    case YAML_SCALAR_EVENT:
        return on_scalar(r, event);
    case YAML_SEQUENCE_START_EVENT:
        return on_start(r, event, SL_YAML_LIST);
    case YAML_MAPPING_START_EVENT:
        return on_start(r, event, SL_YAML_MAP);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        return on_end(r, event);
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_STREAM_END_EVENT:
    default:
        return SL_OK;
    }
}

/* ---- the whole file ------------------------------------------------------------------------ */

/* libyaml's words for what users meet most, in theirs. */
static const char *const problems[][2] = {
    {"mapping values are not allowed in this context",
     "a \": \" can't stand here; put the value in quotes, or check the indentation"},
    {"could not find expected ':'", "a key without \":\" behind it"},
    {"did not find expected key", "not indented as the lines above it"},
    {"did not find expected '-' indicator", "not indented as the list above it"},
    {"did not find expected ',' or ']'", "a list in [ ] that has no \",\" or \"]\" here"},
    {"did not find expected ',' or '}'", "a map in { } that has no \",\" or \"}\" here"},
    {"found unexpected end of stream", "a quoted text is never closed"},
    {"found a tab character that violates indentation", "a tab can't indent; use spaces"},
    {"found unknown escape character", "no such escape; in '…' a \\ is only a \\"},
    {"found character that cannot start any token", "this character needs quotes around the value"},
};

static void diag_syntax(reader *r)
{
    const char *problem = r->parser.problem ? r->parser.problem : "not readable";
    uint32_t at = byte_of(r, r->parser.problem_mark.index);
    const char *text = problem;
    uint32_t start;
    uint32_t len;

    for (size_t i = 0; i < sizeof(problems) / sizeof(*problems); i++) {
        if (strcmp(problem, problems[i][0]) == 0)
            text = problems[i][1];
    }
    if (strcmp(problem, "found unexpected end of stream") == 0)
        at = byte_of(r, r->parser.context_mark.index); /* where the quote stands */
    else if (at < r->file->len && r->file->bytes[at] == '\t')
        text = "a tab can't stand here; use spaces";
    if (at == r->file->len && at)
        at--;
    (void)sl_text_file_line(r->file, at, &start, &len);
    sl_diag(r->diags, SL_DIAG_ERROR, "config.yaml.syntax", place_at(r, at, at < start + len),
            "not valid YAML: %s", text);
    if (r->parser.context && at != byte_of(r, r->parser.context_mark.index) &&
        r->parser.context_mark.line != r->parser.problem_mark.line)
        sl_diag_note(r->diags, "%s that begins at line %zu, column %zu", r->parser.context,
                     r->parser.context_mark.line + 1, r->parser.context_mark.column + 1);
}

static sl_status parse(reader *r)
{
    while (r->rc == SL_OK) {
        yaml_event_t event;
        int is_end;

        if (!yaml_parser_parse(&r->parser, &event)) {
            if (r->parser.error == YAML_MEMORY_ERROR)
                return fail_short(r);
            diag_syntax(r);
            return fail(r, SL_E_CONFIG);
        }
        is_end = event.type == YAML_STREAM_END_EVENT;
        (void)on_event(r, &event); /* kept in r->rc */
        yaml_event_delete(&event);
        if (is_end)
            break;
    }
    return r->rc;
}

/* What no YAML file may hold, found before libyaml sees it. */
static sl_status check_bytes(reader *r)
{
    const char *s = r->file->bytes;
    size_t good = sl_utf8_span((const uint8_t *)s, r->file->len);

    if (good < r->file->len) {
        sl_diag(r->diags, SL_DIAG_ERROR, "config.yaml.utf8", place_at(r, (uint32_t)good, 1),
                "byte 0x%02x is not UTF-8", (unsigned)(unsigned char)s[good]);
        return SL_E_CONFIG;
    }
    for (uint32_t i = 0; i < r->file->len; i++) {
        unsigned char c = (unsigned char)s[i];

        if ((c < 32 && c != '\t' && c != '\n' && c != '\r') || c == 127) {
            sl_diag(r->diags, SL_DIAG_ERROR, "config.yaml.control", place_at(r, i, 1),
                    "the control character 0x%02x can't stand in a file", (unsigned)c);
            return SL_E_CONFIG;
        }
    }
    return SL_OK;
}

sl_status sl_yaml_read(const sl_text_file *file, sl_arena *arena, sl_diags *diags, sl_yaml **out)
{
    reader *r = sl_arena_array(arena, 1, sizeof(*r));
    uint32_t before = sl_diags_count(diags, SL_DIAG_ERROR);
    sl_status rc;

    *out = NULL;
    if (!r)
        return SL_E_NOMEM;
    r->file = file;
    r->arena = arena;
    r->diags = diags;
    rc = check_bytes(r);
    if (rc == SL_OK)
        rc = count_chars(r);
    if (rc != SL_OK)
        return rc;
    if (!yaml_parser_initialize(&r->parser))
        return fail_short(r);
    yaml_parser_set_encoding(&r->parser, YAML_UTF8_ENCODING);
    r->has_mark = strncmp(file->bytes, "\xef\xbb\xbf", 3) == 0;
    yaml_parser_set_input_string(&r->parser, (const unsigned char *)file->bytes + 3 * r->has_mark,
                                 file->len - 3 * r->has_mark);
    rc = parse(r);
    yaml_parser_delete(&r->parser);
    if (rc != SL_OK)
        return rc;
    *out = r->root;
    return sl_diags_count(diags, SL_DIAG_ERROR) > before ? SL_E_CONFIG : SL_OK;
}
