/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/parquet/lib/schema.c - the tree of groups and leaves, and its form in the footer.
 *
 * A list or map is one node here and two groups in the file (the annotated one and the repeated
 * one below it). Groups without a leaf below them are left out of the file, which can't hold
 * them. The table KINDS says how each kind is stored and annotated.
 */
#include "plugins/parquet/lib/pq_priv.h"

#define NO_CONVERTED (-1)

/* LogicalType of the format. */
#define L_NONE      0u
#define L_STRING    1u
#define L_MAP       2u
#define L_LIST      3u
#define L_ENUM      4u
#define L_DECIMAL   5u
#define L_DATE      6u
#define L_TIME      7u
#define L_TIMESTAMP 8u
#define L_INTEGER   10u
#define L_UNKNOWN   11u
#define L_JSON      12u
#define L_UUID      14u

typedef struct kind_info {
    int32_t physical;
    uint32_t width;
    sl_pq_order order;
    int32_t converted; /* ConvertedType */
    uint32_t logical;
    uint32_t arg;  /* bits of an integer, unit of a time: 1 ms, 2 us, 3 ns */
    uint32_t flag; /* integer is signed, time is adjusted to UTC */
} kind_info;

static const kind_info KINDS[SL_PQ_KINDS] = {
    [SL_PQ_STRUCT] = {-1, 0, SL_PQ_O_NONE, NO_CONVERTED, L_NONE, 0, 0},
    [SL_PQ_LIST] = {-1, 0, SL_PQ_O_NONE, 3, L_LIST, 0, 0},
    [SL_PQ_MAP] = {-1, 0, SL_PQ_O_NONE, 1, L_MAP, 0, 0},
    [SL_PQ_BOOL] = {SL_PQ_P_BOOL, 1, SL_PQ_O_BOOL, NO_CONVERTED, L_NONE, 0, 0},
    [SL_PQ_INT8] = {SL_PQ_P_INT32, 4, SL_PQ_O_I32, 15, L_INTEGER, 8, 1},
    [SL_PQ_INT16] = {SL_PQ_P_INT32, 4, SL_PQ_O_I32, 16, L_INTEGER, 16, 1},
    [SL_PQ_INT32] = {SL_PQ_P_INT32, 4, SL_PQ_O_I32, NO_CONVERTED, L_NONE, 0, 0},
    [SL_PQ_INT64] = {SL_PQ_P_INT64, 8, SL_PQ_O_I64, NO_CONVERTED, L_NONE, 0, 0},
    [SL_PQ_UINT8] = {SL_PQ_P_INT32, 4, SL_PQ_O_U32, 11, L_INTEGER, 8, 0},
    [SL_PQ_UINT16] = {SL_PQ_P_INT32, 4, SL_PQ_O_U32, 12, L_INTEGER, 16, 0},
    [SL_PQ_UINT32] = {SL_PQ_P_INT32, 4, SL_PQ_O_U32, 13, L_INTEGER, 32, 0},
    [SL_PQ_UINT64] = {SL_PQ_P_INT64, 8, SL_PQ_O_U64, 14, L_INTEGER, 64, 0},
    [SL_PQ_FLOAT] = {SL_PQ_P_FLOAT, 4, SL_PQ_O_F32, NO_CONVERTED, L_NONE, 0, 0},
    [SL_PQ_DOUBLE] = {SL_PQ_P_DOUBLE, 8, SL_PQ_O_F64, NO_CONVERTED, L_NONE, 0, 0},
    [SL_PQ_DECIMAL] = {SL_PQ_P_FIXED, 0, SL_PQ_O_SIGNED, 5, L_DECIMAL, 0, 0},
    [SL_PQ_STRING] = {SL_PQ_P_BYTES, 0, SL_PQ_O_TEXT, 0, L_STRING, 0, 0},
    [SL_PQ_ENUM] = {SL_PQ_P_BYTES, 0, SL_PQ_O_TEXT, 4, L_ENUM, 0, 0},
    [SL_PQ_JSON] = {SL_PQ_P_BYTES, 0, SL_PQ_O_TEXT, 19, L_JSON, 0, 0},
    [SL_PQ_BYTES] = {SL_PQ_P_BYTES, 0, SL_PQ_O_BYTES, NO_CONVERTED, L_NONE, 0, 0},
    [SL_PQ_FIXED] = {SL_PQ_P_FIXED, 0, SL_PQ_O_FIXED, NO_CONVERTED, L_NONE, 0, 0},
    [SL_PQ_UUID] = {SL_PQ_P_FIXED, 16, SL_PQ_O_FIXED, NO_CONVERTED, L_UUID, 0, 0},
    [SL_PQ_DATE] = {SL_PQ_P_INT32, 4, SL_PQ_O_I32, 6, L_DATE, 0, 0},
    [SL_PQ_TIME_MS] = {SL_PQ_P_INT32, 4, SL_PQ_O_I32, 7, L_TIME, 1, 0},
    [SL_PQ_TIME_US] = {SL_PQ_P_INT64, 8, SL_PQ_O_I64, 8, L_TIME, 2, 0},
    [SL_PQ_TIME_NS] = {SL_PQ_P_INT64, 8, SL_PQ_O_I64, NO_CONVERTED, L_TIME, 3, 0},
    [SL_PQ_TIMESTAMP_MS] = {SL_PQ_P_INT64, 8, SL_PQ_O_I64, 9, L_TIMESTAMP, 1, 0},
    [SL_PQ_TIMESTAMP_US] = {SL_PQ_P_INT64, 8, SL_PQ_O_I64, 10, L_TIMESTAMP, 2, 0},
    [SL_PQ_TIMESTAMP_NS] = {SL_PQ_P_INT64, 8, SL_PQ_O_I64, NO_CONVERTED, L_TIMESTAMP, 3, 0},
    [SL_PQ_TIMESTAMPTZ_MS] = {SL_PQ_P_INT64, 8, SL_PQ_O_I64, 9, L_TIMESTAMP, 1, 1},
    [SL_PQ_TIMESTAMPTZ_US] = {SL_PQ_P_INT64, 8, SL_PQ_O_I64, 10, L_TIMESTAMP, 2, 1},
    [SL_PQ_TIMESTAMPTZ_NS] = {SL_PQ_P_INT64, 8, SL_PQ_O_I64, NO_CONVERTED, L_TIMESTAMP, 3, 1},
    [SL_PQ_NULL] = {SL_PQ_P_INT32, 4, SL_PQ_O_I32, NO_CONVERTED, L_UNKNOWN, 0, 0},
};

static int is_group(sl_pq_kind kind)
{
    return kind <= SL_PQ_MAP;
}

static int is_repeated(sl_pq_kind kind)
{
    return kind == SL_PQ_LIST || kind == SL_PQ_MAP;
}

/* The fewest bytes whose signed range holds PRECISION digits: ceil((p * log2(10) + 1) / 8). */
static uint32_t decimal_width(int32_t precision)
{
    return ((uint32_t)precision * 3321929u / 1000000u + 9u) / 8u;
}

void sl_pq_node_set_type(sl_pq_node *node)
{
    const kind_info *info = &KINDS[node->field.kind];

    node->physical = info->physical;
    node->width = info->width;
    node->order = info->order;
    if (node->field.kind == SL_PQ_FIXED)
        node->width = (uint32_t)node->field.length;
    if (node->field.kind != SL_PQ_DECIMAL)
        return;
    if (node->field.precision <= 9) {
        node->physical = SL_PQ_P_INT32;
        node->width = 4;
        node->order = SL_PQ_O_I32;
    } else if (node->field.precision <= 18) {
        node->physical = SL_PQ_P_INT64;
        node->width = 8;
        node->order = SL_PQ_O_I64;
    } else {
        node->width = decimal_width(node->field.precision);
    }
}

sl_pq_schema *sl_pq_schema_new(const sl_pq_memory *memory)
{
    sl_pq_schema *schema = sl_pq_zalloc(memory, sizeof(*schema));

    if (!schema)
        return NULL;
    schema->mem = *memory;
    schema->cap = 16;
    schema->node = sl_pq_zalloc(memory, schema->cap * sizeof(schema->node[0]));
    if (!schema->node) {
        memory->release(memory->ctx, schema);
        return NULL;
    }
    schema->count = 1;
    schema->node[0].field.kind = SL_PQ_STRUCT;
    schema->node[0].field.required = 1;
    schema->node[0].field.id = SL_PQ_NO_ID;
    schema->node[0].physical = -1;
    schema->node[0].child = schema->node[0].last = schema->node[0].next = SL_PQ_EMPTY;
    return schema;
}

void sl_pq_schema_free(sl_pq_schema *schema)
{
    uint32_t i;

    if (!schema)
        return;
    for (i = 0; i < schema->count; i++)
        sl_pq_release(&schema->mem, schema->node[i].name);
    sl_pq_release(&schema->mem, schema->node);
    schema->mem.release(schema->mem.ctx, schema);
}

static int has_child(const sl_pq_schema *schema, const sl_pq_node *parent, const char *name,
                     uint32_t len)
{
    uint32_t i;

    for (i = parent->child; i != SL_PQ_EMPTY; i = schema->node[i].next)
        if (schema->node[i].field.name_len == len && memcmp(schema->node[i].name, name, len) == 0)
            return 1;
    return 0;
}

static uint32_t depth_of(const sl_pq_schema *schema, uint32_t node)
{
    uint32_t depth = 0;

    for (; node != SL_PQ_ROOT; node = schema->node[node].parent)
        depth++;
    return depth;
}

static int is_shape_right(const sl_pq_field *f)
{
    if ((uint32_t)f->kind >= SL_PQ_KINDS)
        return 0;
    if (f->kind == SL_PQ_FIXED && (f->length < 1 || f->length > 1 << 20))
        return 0;
    if (f->kind == SL_PQ_NULL && f->required)
        return 0;
    return f->kind != SL_PQ_DECIMAL ||
           (f->precision >= 1 && f->precision <= 38 && f->scale >= 0 && f->scale <= f->precision);
}

/* The name that FIELD will have below PARENT: the format's own below lists and maps. NULL when
 * there is no place for it. */
static const char *name_of(const sl_pq_node *parent, const sl_pq_field *field, uint32_t *len)
{
    static const char *const MAP_NAMES[2] = {"key", "value"};

    if (parent->field.kind == SL_PQ_LIST) {
        *len = 7;
        return parent->children == 0 ? "element" : NULL;
    }
    if (parent->field.kind == SL_PQ_MAP) {
        if (parent->children >= 2)
            return NULL;
        *len = parent->children == 0 ? 3 : 5;
        return MAP_NAMES[parent->children];
    }
    *len = field->name_len;
    return field->name;
}

static int grow_nodes(sl_pq_schema *schema)
{
    sl_pq_node *grown;

    if (schema->count < schema->cap)
        return SL_PQ_OK;
    grown = sl_pq_array(&schema->mem, schema->node, (size_t)schema->cap * 2, sizeof(grown[0]));
    if (!grown)
        return SL_PQ_E_NOMEM;
    schema->node = grown;
    schema->cap *= 2;
    return SL_PQ_OK;
}

static void link_child(sl_pq_schema *schema, uint32_t parent, uint32_t node)
{
    sl_pq_node *up = &schema->node[parent];

    if (up->child == SL_PQ_EMPTY)
        up->child = node;
    else
        schema->node[up->last].next = node;
    up->last = node;
    up->children++;
}

int sl_pq_schema_add(sl_pq_schema *schema, uint32_t parent, const sl_pq_field *field,
                     uint32_t *node)
{
    sl_pq_node *up, *added;
    const char *name;
    char *copy;
    uint32_t len = 0;
    uint32_t is_key;

    if (parent >= schema->count || !is_shape_right(field) ||
        !is_group(schema->node[parent].field.kind) ||
        depth_of(schema, parent) + 1 > SL_PQ_DEPTH_MAX / 2)
        return SL_PQ_E_SCHEMA;
    up = &schema->node[parent];
    name = name_of(up, field, &len);
    is_key = up->field.kind == SL_PQ_MAP && up->children == 0;
    if (!name || has_child(schema, up, name, len) || (is_key && is_group(field->kind)))
        return SL_PQ_E_SCHEMA;
    copy = schema->mem.alloc(schema->mem.ctx, (size_t)len + 1);
    if (!copy)
        return SL_PQ_E_NOMEM;
    if (grow_nodes(schema)) {
        schema->mem.release(schema->mem.ctx, copy);
        return SL_PQ_E_NOMEM;
    }
    memcpy(copy, name, len);
    copy[len] = 0;
    up = &schema->node[parent];
    added = &schema->node[schema->count];
    memset(added, 0, sizeof(*added));
    added->name = copy;
    added->field = *field;
    added->field.name = NULL;
    added->field.name_len = len;
    added->field.required = field->required || is_key;
    added->parent = parent;
    added->child = added->last = added->next = SL_PQ_EMPTY;
    added->def = up->def + (uint32_t)is_repeated(up->field.kind) + !added->field.required;
    added->rep = up->rep + (uint32_t)is_repeated(up->field.kind);
    sl_pq_node_set_type(added);
    link_child(schema, parent, schema->count);
    if (node)
        *node = schema->count;
    schema->count++;
    return SL_PQ_OK;
}

uint32_t sl_pq_schema_def(const sl_pq_schema *schema, uint32_t node)
{
    return node < schema->count ? schema->node[node].def : 0;
}

uint32_t sl_pq_schema_rep(const sl_pq_schema *schema, uint32_t node)
{
    if (node >= schema->count)
        return 0;
    return schema->node[node].rep + (uint32_t)is_repeated(schema->node[node].field.kind);
}

/* The next node after NODE in depth-first order, SL_PQ_EMPTY at the end. */
static uint32_t step(const sl_pq_schema *schema, uint32_t node)
{
    if (schema->node[node].child != SL_PQ_EMPTY)
        return schema->node[node].child;
    while (node != SL_PQ_ROOT && schema->node[node].next == SL_PQ_EMPTY)
        node = schema->node[node].parent;
    return node == SL_PQ_ROOT ? SL_PQ_EMPTY : schema->node[node].next;
}

uint32_t sl_pq_schema_leaves(const sl_pq_schema *schema, uint32_t *leaf)
{
    uint32_t node, n = 0;

    for (node = step(schema, SL_PQ_ROOT); node != SL_PQ_EMPTY; node = step(schema, node))
        if (!is_group(schema->node[node].field.kind)) {
            if (leaf)
                leaf[n] = node;
            n++;
        }
    return n;
}

/* ---- the form in the footer ------------------------------------------------------------------ */

static int has_leaf(const sl_pq_schema *schema, uint32_t node)
{
    uint32_t i;

    if (!is_group(schema->node[node].field.kind))
        return 1;
    for (i = schema->node[node].child; i != SL_PQ_EMPTY; i = schema->node[i].next)
        if (has_leaf(schema, i))
            return 1;
    return 0;
}

static uint32_t count_children(const sl_pq_schema *schema, uint32_t node)
{
    uint32_t i, n = 0;

    for (i = schema->node[node].child; i != SL_PQ_EMPTY; i = schema->node[i].next)
        n += (uint32_t)has_leaf(schema, i);
    return n;
}

static uint32_t count_elements(const sl_pq_schema *schema)
{
    uint32_t node, n = 1;

    for (node = step(schema, SL_PQ_ROOT); node != SL_PQ_EMPTY; node = step(schema, node))
        if (has_leaf(schema, node))
            n += 1 + (uint32_t)is_repeated(schema->node[node].field.kind);
    return n;
}

static void put_logical(sl_pq_thrift *t, const kind_info *info, const sl_pq_field *f)
{
    if (info->logical == L_NONE)
        return;
    sl_pq_t_begin(t, 10);
    sl_pq_t_begin(t, info->logical);
    if (info->logical == L_DECIMAL) {
        sl_pq_t_int(t, 1, SL_PQ_T_I32, f->scale);
        sl_pq_t_int(t, 2, SL_PQ_T_I32, f->precision);
    } else if (info->logical == L_INTEGER) {
        sl_pq_t_byte(t, 1, (int8_t)info->arg);
        sl_pq_t_bool(t, 2, (int)info->flag);
    } else if (info->logical == L_TIME || info->logical == L_TIMESTAMP) {
        sl_pq_t_bool(t, 1, (int)info->flag);
        sl_pq_t_begin(t, 2);
        sl_pq_t_begin(t, info->arg);
        sl_pq_t_end(t);
        sl_pq_t_end(t);
    }
    sl_pq_t_end(t);
    sl_pq_t_end(t);
}

static void put_element(const sl_pq_schema *schema, uint32_t index, sl_pq_thrift *t)
{
    const sl_pq_node *node = &schema->node[index];
    const kind_info *info = &KINDS[node->field.kind];
    uint32_t children = is_repeated(node->field.kind) ? 1 : count_children(schema, index);

    sl_pq_t_item_begin(t);
    if (!is_group(node->field.kind)) {
        sl_pq_t_int(t, 1, SL_PQ_T_I32, node->physical);
        if (node->physical == SL_PQ_P_FIXED)
            sl_pq_t_int(t, 2, SL_PQ_T_I32, node->width);
    }
    sl_pq_t_int(t, 3, SL_PQ_T_I32, !node->field.required);
    sl_pq_t_bin(t, 4, node->name, node->field.name_len);
    if (is_group(node->field.kind))
        sl_pq_t_int(t, 5, SL_PQ_T_I32, children);
    if (info->converted != NO_CONVERTED)
        sl_pq_t_int(t, 6, SL_PQ_T_I32, info->converted);
    if (node->field.kind == SL_PQ_DECIMAL) {
        sl_pq_t_int(t, 7, SL_PQ_T_I32, node->field.scale);
        sl_pq_t_int(t, 8, SL_PQ_T_I32, node->field.precision);
    }
    if (node->field.id != SL_PQ_NO_ID)
        sl_pq_t_int(t, 9, SL_PQ_T_I32, node->field.id);
    put_logical(t, info, &node->field);
    sl_pq_t_end(t);
}

static void put_group(sl_pq_thrift *t, int repetition, const char *name, uint32_t children)
{
    sl_pq_t_item_begin(t);
    if (repetition >= 0)
        sl_pq_t_int(t, 3, SL_PQ_T_I32, repetition);
    sl_pq_t_text(t, 4, name);
    sl_pq_t_int(t, 5, SL_PQ_T_I32, children);
    sl_pq_t_end(t);
}

void sl_pq_schema_put(const sl_pq_schema *schema, sl_pq_thrift *t)
{
    uint32_t node;

    sl_pq_t_list(t, 2, SL_PQ_T_STRUCT, count_elements(schema));
    put_group(t, -1, "schema", count_children(schema, SL_PQ_ROOT));
    for (node = step(schema, SL_PQ_ROOT); node != SL_PQ_EMPTY; node = step(schema, node)) {
        if (!has_leaf(schema, node))
            continue;
        put_element(schema, node, t);
        if (schema->node[node].field.kind == SL_PQ_LIST)
            put_group(t, 2, "list", count_children(schema, node));
        if (schema->node[node].field.kind == SL_PQ_MAP)
            put_group(t, 2, "key_value", count_children(schema, node));
    }
}

void sl_pq_schema_put_path(const sl_pq_schema *schema, uint32_t leaf, uint32_t id, sl_pq_thrift *t)
{
    uint32_t path[SL_PQ_DEPTH_MAX];
    uint32_t node, n = 0, parts = 0;

    for (node = leaf; node != SL_PQ_ROOT; node = schema->node[node].parent) {
        path[n++] = node;
        parts += 1 + (uint32_t)is_repeated(schema->node[node].field.kind);
    }
    sl_pq_t_list(t, id, SL_PQ_T_BINARY, parts);
    while (n > 0) {
        const sl_pq_node *at = &schema->node[path[--n]];

        sl_pq_t_item_bin(t, at->name, at->field.name_len);
        if (at->field.kind == SL_PQ_LIST)
            sl_pq_t_item_bin(t, "list", 4);
        if (at->field.kind == SL_PQ_MAP)
            sl_pq_t_item_bin(t, "key_value", 9);
    }
}
