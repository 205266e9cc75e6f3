/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/select/priv.h - the parts of the select transform, as they see each other.
 *
 * create turns the settings into a plan: an expression (where), a list of columns (keep) and a tree
 * of rules by path (drop, rename, types, explode). process runs the plan over each batch. All of a
 * plan's memory hangs on one list and goes at destroy.
 */
#ifndef SL_SELECT_PRIV_H
#define SL_SELECT_PRIV_H
#include <sluice/paths.h>
#include <sluice/sdk.h>

#include "plugins/lines/lib/cast.h"

#define SL_SEL_KEYS     32u    /* keys that a path of the settings may have */
#define SL_SEL_PAD      64u    /* bytes that a copy in blocks may read or write too far */
#define SL_SEL_BAD      256u   /* bad rows that are gathered before they are rejected */
#define SL_SEL_ELEMENTS 32768u /* elements that explode takes from one record */

/* Where a setting's text is, for messages: the setting's path and a place in its value. */
typedef struct sl_sel_where {
    const char *setting;
    uint32_t at;
    uint32_t len;
} sl_sel_where;

/* A path of the settings, cut into keys. */
typedef struct sl_sel_path {
    sl_bytes key[SL_SEL_KEYS];
    uint32_t n;
} sl_sel_path;

/* What happens to the value at a path. */
typedef struct sl_sel_rule {
    sl_bytes key;
    struct sl_sel_rule *child;
    struct sl_sel_rule *next;
    const sl_cast *cast; /* NULL: none */
    sl_bytes name;       /* ptr NULL: keeps its key */
    uint32_t drops;
    uint32_t explodes;
    const char *text; /* the path as the user wrote it */
} sl_sel_rule;

/* Kinds of values, as bits. */
#define SL_SEL_K_NIL   0x01u
#define SL_SEL_K_BOOL  0x02u
#define SL_SEL_K_INT   0x04u
#define SL_SEL_K_FLOAT 0x08u
#define SL_SEL_K_STR   0x10u
#define SL_SEL_K_MAP   0x20u
#define SL_SEL_K_OTHER 0x40u

/* A column of keep. */
typedef struct sl_sel_column {
    const uint8_t *text; /* the encoded key, SL_SEL_PAD readable bytes behind it */
    uint32_t text_len;
    uint32_t name_at;    /* where the bare name begins in text */
    uint32_t in_slot;    /* SL_NO_SLOT: ask the path */
    uint32_t out_slot;   /* SL_NO_SLOT: none */
    uint32_t keeps;      /* kinds that are copied as they are */
    uint32_t is_element; /* is, or lies below, the exploded element */
    const sl_path *path;
    const sl_key *key;
    const sl_pathset *set;   /* of the first column only: what the slots of the input mean */
    const sl_sel_rule *rule; /* NULL: as it is */
    const char *from;        /* the path as the user wrote it */
    const sl_bytes *tail;    /* keys below the exploded element */
    uint32_t tail_n;
} sl_sel_column;

typedef struct sl_sel_expr sl_sel_expr;
typedef struct sl_sel_bad sl_sel_bad;

typedef struct sl_sel_block {
    struct sl_sel_block *next;
    uint64_t pad;
} sl_sel_block;

struct sl_instance {
    const sl_host *host;
    sl_node *node;
    const sl_paths *paths;
    sl_sel_block *memory;
    uint32_t failed; /* create has reported something */

    sl_sel_expr *where;
    sl_sel_column *column;
    uint32_t columns;
    uint32_t covers;    /* how often one byte of a record can be written */
    uint32_t key_bytes; /* of all columns */
    uint64_t row_room;  /* that a row of columns needs beside its values */
    sl_sel_rule *root;  /* NULL: no rule */
    sl_sel_rule *explode;
    const sl_path *exploded;
    uint32_t drop_empty;
    uint32_t null_on_error;
    uint32_t flattens;
    uint32_t flatten_depth;
    sl_bytes separator;

    sl_ptree *tree;
    sl_cast_days days;
    uint16_t *rows; /* those that passed where */
    uint8_t *name;  /* the flattened key in the making, 65536 bytes */

    sl_sel_bad *bad; /* rows of the batch in the making, SL_SEL_BAD at most */
    uint32_t bads;
    uint32_t done; /* rows of a batch that was not done in one call */
};

/* Why a row goes to the dead letters. */
struct sl_sel_bad {
    const char *code;
    const char *field;
    const sl_cast *cast; /* NULL: not a cast */
    sl_val val;          /* what the cast was given */
    uint32_t row;
};

/* ---- select.c ---- */

/* [inst] Memory that lives as long as the instance, cleared; NULL when short. */
void *sl_sel_alloc(sl_instance *self, uint64_t bytes);
/* [inst] In create: report a mistake in a setting's text (borrowed), as printf. Gives SL_E_CONFIG.
 */
sl_status sl_sel_fail(sl_instance *self, const sl_sel_where *where, const char *code,
                      const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* ---- path.c ---- */

/* [inst] Cut the path at the start of TEXT (LEN bytes): a.b or a."b c". The keys live as long as
 * the instance. Gives the bytes it took; 0 when malformed, and then *BAD is the place. */
uint32_t sl_sel_path_read(sl_instance *self, const char *text, uint32_t len, sl_sel_path *out,
                          uint32_t *bad);

/* ---- plan.c ---- */

/* [inst] Read all settings into SELF. */
sl_status sl_sel_plan(sl_instance *self, const sl_config *cfg);
/* [any] The rule for KEY below RULE (may be NULL); NULL when there is none. */
static inline const sl_sel_rule *sl_sel_rule_of(const sl_sel_rule *rule, const void *key,
                                                uint64_t len)
{
    const sl_sel_rule *r = rule ? rule->child : NULL;

    while (r && (r->key.len != len || memcmp(r->key.ptr, key, len)))
        r = r->next;
    return r;
}

/* ---- expr.c, eval.c ---- */

/* [inst] Read the condition TEXT into SELF->where; its paths are declared. */
sl_status sl_sel_expr_read(sl_instance *self, const char *text);
/* [inst] Does record ROW fulfil E? Unknown is no. */
int sl_sel_expr_holds(const sl_sel_expr *e, const sl_batch *batch, uint32_t row);

/* ---- row.c, walk.c ---- */

/* What the first byte of a value tells: its kind, and its length as BASE + (second byte & MASK).
 * BASE 0: that takes a closer look. */
typedef struct sl_sel_lead {
    uint8_t base;
    uint8_t mask;
    uint8_t kind;
} sl_sel_lead;

extern const sl_sel_lead sl_sel_leads[256];

/* [any] Bytes of the value at P, of any kind. */
static inline uint64_t sl_sel_span(const uint8_t *p)
{
    const uint8_t *from = p;

    for (uint64_t left = 1; left; left--) {
        const sl_sel_lead *l = &sl_sel_leads[*p];
        uint64_t n = l->base + (uint64_t)(p[1] & l->mask);

        if (n) {
            p += n;
        } else if (*p == 0xde || *p == 0xdc) { /* what writers of open maps and arrays make */
            left += (uint64_t)sl_get16(p + 1) << (*p == 0xde);
            p += 3;
        } else if (*p >= 0x80 && *p <= 0x9f) {
            left += (*p & 15u) << (*p < 0x90);
            p++;
        } else {
            p = sl_val_skip(p);
        }
    }
    return (uint64_t)(p - from);
}

/* [any] Copy N bytes; may read and write up to 31 too far. */
static inline void sl_sel_copy(uint8_t *to, const uint8_t *from, uint64_t n)
{
    memcpy(to, from, 16);
    if (n <= 16)
        return;
    memcpy(to + 16, from + 16, 16);
    for (uint64_t i = 32; i < n; i += 32)
        memcpy(to + i, from + i, 32);
}

/* The row in the making. */
typedef struct sl_sel_row {
    sl_instance *self;
    sl_builder *b;
    const sl_batch *batch;
    uint32_t row;
    uint32_t *slot;        /* of this row; NULL: none */
    uint32_t slots;        /* that it has; 0 with NULL */
    uint32_t all;          /* every key had a slot so far */
    uint32_t count;        /* keys of the record */
    sl_pnode *last;        /* the record's key that was written last */
    const sl_val *element; /* NULL: there is nothing to explode in the record */
    sl_status status;      /* SL_E_DATA: BAD tells why */
    sl_sel_bad bad;
} sl_sel_row;

/* [inst] The builder may have moved: look up the row's slots again. */
static inline void sl_sel_row_point(sl_sel_row *r)
{
    r->slot = r->b->slot ? r->b->slot + (size_t)r->b->nrec * r->b->stride : NULL;
    r->slots = r->slot ? r->b->nslot : 0;
}

/* [inst] Make room for N bytes. False when memory is short. */
static inline int sl_sel_room(sl_sel_row *r, uint64_t n)
{
    if (__builtin_expect((uint64_t)(r->b->end - r->b->cur) >= n, 1))
        return 1;
    r->status = r->self->host->rows->grow(r->b, n);
    sl_sel_row_point(r);
    return r->status == SL_OK;
}

/* [inst] The row can't be: why. */
static inline void sl_sel_row_fail(sl_sel_row *r, const char *code, const char *field,
                                   const sl_cast *cast, const sl_val *v)
{
    if (r->status == SL_OK) {
        r->status = SL_E_DATA;
        r->bad = (sl_sel_bad){code, field, cast, *v, r->row};
    }
}

/* [inst] Before the first row: slots are known now. */
void sl_sel_bind_columns(sl_instance *self);
/* [inst] Write the columns of keep as pairs; counts them in R->count. */
sl_status sl_sel_write_columns(sl_sel_row *r);
/* [inst] Write the whole record with the rules applied, likewise. */
sl_status sl_sel_write_record(sl_sel_row *r);
/* [inst] Write the value V, which RULE does not concern itself, under the record's key NAME: with
 * the rules below RULE and with flatten. */
sl_status sl_sel_write_value(sl_sel_row *r, const uint8_t *name, uint64_t len, const sl_val *v,
                             const sl_sel_rule *rule);

#endif
