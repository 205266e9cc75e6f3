/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/parquet/schema.c - the tree of fields and variants.
 *
 * Fields of a struct stand in a list by age; above TABLE_LEAST of them a hash table finds one. A
 * variant is made when the first value of its type comes. Slots of the input are noted with the
 * slot of the map around them: their fields hang below a struct only once there is one.
 */
#include "schema.h"

#define TABLE_LEAST 16u
#define KEYS_MAX    128u /* above SL_PW_DEPTH_MAX: what is deeper is never a column */

static const char *const TYPE_NAMES[SL_PW_TYPES] = {
    "int",  "double", "decimal", "string", "bytes", "bool",   "timestamptz", "timestamp",
    "date", "time",   "uuid",    "json",   "list",  "struct", "map"};

const char *sl_pw_type_name(sl_pw_type type)
{
    return TYPE_NAMES[type];
}

static int is_container(sl_pw_type type)
{
    return type == SL_PW_LIST || type == SL_PW_STRUCT;
}

static uint32_t hash_of(const uint8_t *key, uint32_t len)
{
    uint32_t h = 2166136261u, i;

    for (i = 0; i < len; i++)
        h = (h ^ key[i]) * 16777619u;
    return h;
}

static void *zalloc(sl_pw_schema *s, uint64_t bytes)
{
    void *p = s->host->alloc(s->node, bytes);

    if (p)
        memset(p, 0, bytes);
    return p;
}

/* Room for one more in an array of pointers or structs; gives the array, NULL when short. */
static void *grow(sl_pw_schema *s, void *array, uint32_t count, uint32_t *cap, uint64_t size)
{
    uint32_t more = *cap ? *cap * 2 : 64;
    void *p;

    if (count < *cap)
        return array;
    p = s->host->resize(s->node, array, more * size);
    if (p)
        *cap = more;
    return p;
}

sl_status sl_pw_schema_init(sl_pw_schema *s, const sl_host *host, sl_node *node)
{
    memset(s, 0, sizeof(*s));
    s->host = host;
    s->node = node;
    s->root.type = SL_PW_STRUCT;
    s->all = grow(s, NULL, 0, &s->cap, sizeof(sl_pw_variant *));
    if (!s->all)
        return SL_E_NOMEM;
    s->all[s->count++] = &s->root;
    return SL_OK;
}

static void free_fields(sl_pw_schema *s, sl_pw_variant *v)
{
    sl_pw_field *f, *next;

    for (f = v->child; f; f = next) {
        next = f->next;
        s->host->release(f->key);
        s->host->release(f);
    }
    s->host->release(v->table);
}

void sl_pw_schema_fini(sl_pw_schema *s)
{
    uint32_t i;

    for (i = 0; i < s->count; i++) {
        free_fields(s, s->all[i]);
        s->host->release(s->all[i]->name);
        if (s->all[i] != &s->root)
            s->host->release(s->all[i]);
    }
    for (i = 0; i < s->slots; i++)
        s->host->release(s->slot[i].key);
    s->host->release(s->slot);
    s->host->release(s->all);
}

/* ---- fields ---------------------------------------------------------------------------------- */

static int is_key(const sl_pw_field *f, const uint8_t *key, uint32_t len)
{
    return f->key_len == len && (len == 0 || memcmp(f->key, key, len) == 0);
}

sl_pw_field *sl_pw_field_find(const sl_pw_variant *in, sl_pw_field *near, const uint8_t *key,
                              uint32_t len)
{
    sl_pw_field *f = near ? near->next : in->child;
    uint32_t hash, i;

    if (f && is_key(f, key, len))
        return f;
    if (!in->table) {
        for (f = in->child; f; f = f->next)
            if (is_key(f, key, len))
                return f;
        return NULL;
    }
    hash = hash_of(key, len);
    for (i = hash & (in->table_cap - 1); in->table[i]; i = (i + 1) & (in->table_cap - 1))
        if (in->table[i]->hash == hash && is_key(in->table[i], key, len))
            return in->table[i];
    return NULL;
}

static void table_put(sl_pw_variant *in, sl_pw_field *f)
{
    uint32_t i = f->hash & (in->table_cap - 1);

    while (in->table[i])
        i = (i + 1) & (in->table_cap - 1);
    in->table[i] = f;
}

static sl_status table_grow(sl_pw_schema *s, sl_pw_variant *in)
{
    uint32_t cap = in->table_cap ? in->table_cap * 2 : TABLE_LEAST * 4;
    sl_pw_field **table, *f;

    if (in->children < TABLE_LEAST || in->children * 2 < in->table_cap)
        return SL_OK;
    table = zalloc(s, cap * sizeof(sl_pw_field *));
    if (!table)
        return SL_E_NOMEM;
    s->host->release(in->table);
    in->table = table;
    in->table_cap = cap;
    for (f = in->child; f; f = f->next)
        table_put(in, f);
    return SL_OK;
}

static sl_pw_field *field_new(sl_pw_schema *s, sl_pw_variant *in, const uint8_t *key, uint32_t len)
{
    sl_pw_field *f = zalloc(s, sizeof(*f));

    if (!f)
        return NULL;
    f->key = s->host->alloc(s->node, (uint64_t)len + 1);
    if (!f->key || table_grow(s, in)) {
        s->host->release(f->key);
        s->host->release(f);
        return NULL;
    }
    if (len)
        memcpy(f->key, key, len);
    f->in = in;
    f->key_len = len;
    f->hash = hash_of(key, len);
    f->slot = SL_PW_NO_SLOT;
    if (in->last)
        in->last->next = f;
    else
        in->child = f;
    in->last = f;
    in->children++;
    if (in->table)
        table_put(in, f);
    return f;
}

sl_pw_field *sl_pw_field_need(sl_pw_schema *s, sl_pw_variant *in, sl_pw_field *near,
                              const uint8_t *key, uint32_t len)
{
    sl_pw_field *f = sl_pw_field_find(in, near, key, len);

    return f ? f : field_new(s, in, key, len);
}

/* ---- slots ----------------------------------------------------------------------------------- */

static sl_status attach(sl_pw_schema *s, sl_pw_variant *v, uint32_t slot)
{
    sl_pw_field *f = sl_pw_field_need(s, v, v->last, s->slot[slot].key, s->slot[slot].key_len);

    if (!f)
        return SL_E_NOMEM;
    f->slot = slot;
    return SL_OK;
}

/* Give the struct V the fields of the slots from FIRST on that are inside of it. */
static sl_status attach_all(sl_pw_schema *s, sl_pw_variant *v, uint32_t first)
{
    uint32_t own = v->of ? v->of->slot : SL_PW_NO_SLOT, i;
    sl_status rc = SL_OK;

    if (v->of && own == SL_PW_NO_SLOT)
        return SL_OK;
    for (i = first; i < s->slots && rc == SL_OK; i++)
        if (s->slot[i].parent == own && !s->slot[i].is_orphan)
            rc = attach(s, v, i);
    return rc;
}

static sl_status note_slot(sl_pw_schema *s, const sl_paths *paths, const sl_pathset *set)
{
    sl_bytes keys[KEYS_MAX];
    uint32_t n = paths->keys(set, s->slots, keys, KEYS_MAX);
    sl_pw_slot *slot = grow(s, s->slot, s->slots, &s->slot_cap, sizeof(*slot));

    if (!slot)
        return SL_E_NOMEM;
    s->slot = slot;
    slot = &s->slot[s->slots];
    memset(slot, 0, sizeof(*slot));
    slot->parent = SL_PW_NO_SLOT;
    slot->is_orphan = 1;
    if (n > 0 && n <= KEYS_MAX && keys[n - 1].len <= UINT16_MAX) {
        slot->key_len = (uint32_t)keys[n - 1].len;
        slot->key = s->host->alloc(s->node, keys[n - 1].len + 1);
        if (!slot->key)
            return SL_E_NOMEM;
        memcpy(slot->key, keys[n - 1].ptr, keys[n - 1].len);
        if (n > 1)
            slot->parent = paths->find(set, keys, n - 1);
        slot->is_orphan = n > 1 && slot->parent == SL_PW_NO_SLOT;
    }
    s->slots++;
    return SL_OK;
}

/* Maps that got their slot after what is inside of them. */
static void adopt(sl_pw_schema *s, const sl_paths *paths, const sl_pathset *set, uint32_t *first)
{
    sl_bytes keys[KEYS_MAX];
    uint32_t i, n;

    for (i = 0; i < s->slots; i++) {
        if (!s->slot[i].is_orphan || !s->slot[i].key)
            continue;
        n = paths->keys(set, i, keys, KEYS_MAX);
        if (n < 2 || n > KEYS_MAX)
            continue;
        s->slot[i].parent = paths->find(set, keys, n - 1);
        s->slot[i].is_orphan = s->slot[i].parent == SL_PW_NO_SLOT;
        if (!s->slot[i].is_orphan && i < *first)
            *first = i;
    }
}

sl_status sl_pw_schema_sync(sl_pw_schema *s, const sl_paths *paths, const sl_pathset *set)
{
    uint32_t count = paths->count(set), first = s->slots, i;
    sl_status rc = SL_OK;

    if (count == s->slots)
        return SL_OK;
    while (rc == SL_OK && s->slots < count)
        rc = note_slot(s, paths, set);
    adopt(s, paths, set, &first);
    for (i = 0; i < s->attached && rc == SL_OK; i++)
        if (s->all[i]->type == SL_PW_STRUCT)
            rc = attach_all(s, s->all[i], first);
    return rc == SL_OK ? sl_pw_schema_attach(s) : rc;
}

sl_status sl_pw_schema_attach(sl_pw_schema *s)
{
    sl_status rc = SL_OK;

    for (; s->attached < s->count && rc == SL_OK; s->attached++)
        if (s->all[s->attached]->type == SL_PW_STRUCT)
            rc = attach_all(s, s->all[s->attached], 0);
    return rc;
}

/* ---- variants -------------------------------------------------------------------------------- */

static int is_name_used(const sl_pw_variant *in, const char *name, uint32_t len)
{
    const sl_pw_field *f;
    const sl_pw_variant *v;

    for (f = in->child; f; f = f->next)
        for (v = f->first; v; v = v->next)
            if (sl_pw_name_same(v->name, v->name_len, name, len))
                return 1;
    return 0;
}

static uint32_t put_number(char *out, uint32_t n)
{
    char digits[10];
    uint32_t k = 0, i;

    do {
        digits[k++] = (char)('0' + n % 10);
        n /= 10;
    } while (n);
    for (i = 0; i < k; i++)
        out[i] = digits[k - 1 - i];
    return k;
}

/* The name of a variant of TYPE: the field's, or NAME__TYPE; with __2, __3 … when it is taken. */
static uint32_t make_name(const sl_pw_field *f, sl_pw_type type, char *out)
{
    uint32_t len = sl_pw_name_clean(f->key, f->key_len, out), base, n;
    const char *suffix = TYPE_NAMES[type];

    if (f->first) {
        out[len++] = '_';
        out[len++] = '_';
        memcpy(out + len, suffix, strlen(suffix));
        len += (uint32_t)strlen(suffix);
    }
    base = len;
    for (n = 2; is_name_used(f->in, out, len); n++) {
        len = base;
        out[len++] = '_';
        out[len++] = '_';
        len += put_number(out + len, n);
    }
    return len;
}

static void link_variant(sl_pw_schema *s, sl_pw_field *f, sl_pw_variant *v)
{
    const int is_in_list = f->in->type == SL_PW_LIST;

    v->of = f;
    v->id = s->count;
    v->def = f->in->def + 1 + (uint32_t)is_in_list;
    v->rep = f->in->rep + (uint32_t)is_in_list;
    v->depth = f->in->depth + 1;
    s->all[s->count++] = v;
    if (f->last)
        f->last->next = v;
    else
        f->first = v;
    f->last = v;
    f->by_type[v->type] = v;
    f->mask |= 1u << v->type;
}

sl_status sl_pw_variant_add(sl_pw_schema *s, sl_pw_field *f, sl_pw_type type,
                            sl_pw_variant **variant)
{
    char name[SL_PW_NAME_ROOM];
    sl_pw_variant *v, **all;

    if (!is_container(type) && s->leaves >= SL_PW_LEAVES)
        return SL_E_DATA;
    all = grow(s, s->all, s->count, &s->cap, sizeof(sl_pw_variant *));
    if (!all)
        return SL_E_NOMEM;
    s->all = all;
    v = zalloc(s, sizeof(*v));
    if (!v)
        return SL_E_NOMEM;
    v->name_len = make_name(f, type, name);
    v->name = s->host->alloc(s->node, (uint64_t)v->name_len + 1);
    if (!v->name) {
        s->host->release(v);
        return SL_E_NOMEM;
    }
    memcpy(v->name, name, v->name_len);
    v->name[v->name_len] = 0;
    v->type = type;
    link_variant(s, f, v);
    s->leaves += (uint32_t)!is_container(type);
    *variant = v;
    return SL_OK;
}

void sl_pw_variant_retype(sl_pw_schema *s, sl_pw_variant *v, sl_pw_type type)
{
    v->of->by_type[v->type] = NULL;
    v->of->mask &= ~(1u << v->type);
    v->type = type;
    v->of->by_type[type] = v;
    v->of->mask |= 1u << type;
    s->retyped++;
}

int sl_pw_variant_has_columns(const sl_pw_variant *v)
{
    const sl_pw_field *f;
    const sl_pw_variant *c;

    if (!is_container(v->type))
        return 1;
    for (f = v->child; f; f = f->next)
        for (c = f->first; c; c = c->next)
            if (sl_pw_variant_has_columns(c))
                return 1;
    return 0;
}
