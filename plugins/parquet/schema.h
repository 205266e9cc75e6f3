/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/parquet/schema.h - the schema that follows the data: paths, their types, their names.
 *
 * A field is a path: a key inside a struct, or the element of a list. A variant is one type that a
 * field has; it is a column of the table, or a struct or list of them. The first variant of a
 * field has the field's name, the others are its siblings NAME__TYPE, so that no value is lost.
 * Fields know the keys as they are; names are made for variants only.
 *
 * The schema belongs to the instance and only grows: files take from it what they need. All of it
 * runs on [inst].
 */
#ifndef SL_PARQUET_SCHEMA_H
#define SL_PARQUET_SCHEMA_H

#include <sluice/sdk.h>

#define SL_PW_NO_SLOT   0xffffffffu
#define SL_PW_LEAVES    10000u /* columns of a table */
#define SL_PW_DEPTH_MAX 60u    /* structs and lists around a column; deeper values become JSON */

typedef enum sl_pw_type {
    SL_PW_INT,
    SL_PW_DOUBLE,
    SL_PW_DECIMAL,
    SL_PW_STRING,
    SL_PW_BYTES,
    SL_PW_BOOL,
    SL_PW_INSTANT,
    SL_PW_LOCAL,
    SL_PW_DATE,
    SL_PW_TIME,
    SL_PW_UUID,
    SL_PW_JSON, /* text of what has no other type */
    SL_PW_LIST,
    SL_PW_STRUCT,
    SL_PW_MAP, /* a path that was only ever {} */
    SL_PW_TYPES
} sl_pw_type;

typedef struct sl_pw_field sl_pw_field;
typedef struct sl_pw_variant sl_pw_variant;

struct sl_pw_field {
    sl_pw_variant *in; /* the struct or list that it is in */
    sl_pw_field *next; /* in the same struct, in order of age */
    uint8_t *key;
    uint32_t key_len;
    uint32_t hash;
    uint32_t slot;       /* SL_PW_NO_SLOT: only walked to */
    uint32_t is_dropped; /* the value stands in the file's path */
    uint32_t mask;       /* types that it has, as bits */
    sl_pw_variant *first;
    sl_pw_variant *last;
    sl_pw_variant *by_type[SL_PW_TYPES];
    const uint8_t *at; /* scratch of a walk: the value in the struct at hand */
};

struct sl_pw_variant {
    sl_pw_field *of;     /* NULL: the root */
    sl_pw_variant *next; /* of the same field */
    sl_pw_field *child;  /* of a struct: its fields; of a list: its element */
    sl_pw_field *last;
    sl_pw_field **table; /* the fields of a large struct by hash */
    char *name;
    uint32_t name_len;
    uint32_t table_cap;
    uint32_t children;
    uint32_t id; /* place in sl_pw_schema.all */
    uint32_t def;
    uint32_t rep;
    uint32_t depth;
    int32_t scale; /* of a decimal */
    sl_pw_type type;
    uint32_t is_settled; /* it is in a row group: its type stays */
};

/* A slot of the input's path set. */
typedef struct sl_pw_slot {
    uint32_t parent;    /* slot of the map around it; SL_PW_NO_SLOT: the record */
    uint32_t is_orphan; /* the map around it has no slot yet */
    uint32_t key_len;
    uint8_t *key;
} sl_pw_slot;

typedef struct sl_pw_schema {
    const sl_host *host;
    sl_node *node;
    sl_pw_variant root;
    sl_pw_variant **all; /* in order of age; all[0] is the root */
    uint32_t count;
    uint32_t cap;
    uint32_t leaves;
    uint32_t retyped; /* rises when a variant gets another type or scale */
    sl_pw_slot *slot;
    uint32_t slots;
    uint32_t slot_cap;
    uint32_t attached; /* variants whose slots have their fields */
} sl_pw_schema;

/* Start with the root alone. */
sl_status sl_pw_schema_init(sl_pw_schema *s, const sl_host *host, sl_node *node);

/* Free all of it. */
void sl_pw_schema_fini(sl_pw_schema *s);

/* The field KEY of struct IN, NULL when there is none. NEAR is where the last look-up of the
 * struct ended (NULL at first): keys mostly come in the same order. */
sl_pw_field *sl_pw_field_find(const sl_pw_variant *in, sl_pw_field *near, const uint8_t *key,
                              uint32_t len);

/* As find, and makes the field when there is none; NULL when memory is short. */
sl_pw_field *sl_pw_field_need(sl_pw_schema *s, sl_pw_variant *in, sl_pw_field *near,
                              const uint8_t *key, uint32_t len);

/* Give the field F a variant of TYPE, which it has not. SL_E_DATA: the table has SL_PW_LEAVES
 * columns already. */
sl_status sl_pw_variant_add(sl_pw_schema *s, sl_pw_field *f, sl_pw_type type,
                            sl_pw_variant **variant);

/* Make V, which is V->of's only one of its type, one of TYPE. */
void sl_pw_variant_retype(sl_pw_schema *s, sl_pw_variant *v, sl_pw_type type);

/* Is there a column below the struct or list V? */
int sl_pw_variant_has_columns(const sl_pw_variant *v);

/* Note the slots that SET has beyond those known, and give their fields to the structs that are
 * there. */
sl_status sl_pw_schema_sync(sl_pw_schema *s, const sl_paths *paths, const sl_pathset *set);

/* Give the structs that are new the fields of their slots. */
sl_status sl_pw_schema_attach(sl_pw_schema *s);

/* "int", "double", … as in names of siblings. */
const char *sl_pw_type_name(sl_pw_type type);

/* names.c */

#define SL_PW_NAME_MAX  200u
#define SL_PW_NAME_ROOM (SL_PW_NAME_MAX + 32u)

/* Make a column name of KEY in OUT (SL_PW_NAME_ROOM bytes); gives its length. */
uint32_t sl_pw_name_clean(const uint8_t *key, uint32_t len, char *out);

/* Are the two names equal but for the case of their letters? */
int sl_pw_name_same(const char *a, uint32_t a_len, const char *b, uint32_t b_len);

#endif
