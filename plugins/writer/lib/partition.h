/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/writer/lib/partition.h - partition expressions: from a record to the values of its
 * folder.
 *
 * An expression is a field ("user.country"), or year, month, day or hour of one ("day(ts, ms)"),
 * with "AS name" behind it or not. Its value in a record is a part_value: cheap to make and to
 * compare, so that equal rows are known without printing anything; the text of the folder is made
 * once for each partition. Times are instants, UTC.
 */
#ifndef SL_WRITER_LIB_PARTITION_H
#define SL_WRITER_LIB_PARTITION_H
#include "writer.h"

#define SL_EXPR_MAX 8u /* partition expressions of a writer */

#define SL_EXPR_FIELD 0u
#define SL_EXPR_YEAR  1u
#define SL_EXPR_MONTH 2u
#define SL_EXPR_DAY   3u
#define SL_EXPR_HOUR  4u

typedef struct sl_expr {
    uint32_t kind;     /* SL_EXPR_* */
    uint32_t name_len; /* of NAME */
    int64_t unit_ns;   /* of a number of the epoch; 0: none was given */
    const sl_path *path;
    char *name;
    char *field; /* the path as written */
    char *text;  /* without AS */
} sl_expr;

typedef struct sl_expr_set {
    const sl_host *host;
    sl_node *node;
    uint32_t count;
    uint32_t pad;
    sl_expr expr[SL_EXPR_MAX];
} sl_expr_set;

/* The value of an expression in a record. Two are equal when type, num, len and the bytes are. */
typedef struct part_value {
    uint32_t type; /* SL_V_*, SL_V_NIL also for absent; SL_V_INT for buckets of time */
    int32_t ext;   /* of SL_V_EXT */
    int64_t num;   /* SL_V_INT, SL_V_UINT, SL_V_BOOL; bits of SL_V_FLOAT */
    uint64_t len;  /* SL_V_STR, SL_V_EXT: bytes at PTR */
    const uint8_t *ptr;
} part_value;

#define SL_PART_TEXT 96u /* room for the text of any value that is no string */

/* [inst] In create: read the setting "partition" of CFG; mistakes are shown at their place with
 * fail_at. Gives SET (free it), which may be empty. */
sl_status sl_expr_read(const sl_host *host, sl_node *node, const sl_config *cfg, sl_expr_set **set);
/* [inst] NULL is fine. */
void sl_expr_free(sl_expr_set *set);

/* [inst] One expression in the LEN bytes at TEXT. False, with the place, length and words of what
 * is wrong, when it is malformed. FROM and TO bound the name that AS gives, FIELD_* the field. */
typedef struct sl_expr_parsed {
    uint32_t kind;
    int64_t unit_ns;
    uint32_t field_at;
    uint32_t field_len;
    uint32_t text_len; /* of all before AS */
    uint32_t name_at;
    uint32_t name_len; /* 0: no AS */
    uint32_t bad_at;   /* what is wrong, when it is malformed */
    uint32_t bad_len;
    const char *why;
} sl_expr_parsed;
/* See sl_expr_parsed. [any] */
int sl_expr_parse(const char *text, uint32_t len, sl_expr_parsed *out);

/* [inst] The value of EXPR for what the record holds. NULL when all is well, else why it can't be
 * told: words that follow "FIELD ". */
const char *sl_expr_eval(const sl_expr *expr, const sl_val *val, part_value *out);

/* [any] Are they the same? */
static inline int sl_part_equal(const part_value *a, const part_value *b)
{
    return a->type == b->type && a->num == b->num && a->len == b->len && a->ext == b->ext &&
           (!a->len || !memcmp(a->ptr, b->ptr, a->len));
}

/* [any] The text of V, before it is escaped: PTR and LEN point into V or into ROOM. Null gives
 * length 0. */
void sl_part_text(const sl_expr *expr, const part_value *v, char room[SL_PART_TEXT],
                  const char **ptr, uint64_t *len);

/* [inst] Append V as a member of the file record: integers, booleans and strings as they are, all
 * else as text. */
void sl_part_record(const sl_expr *expr, const part_value *v, sl_files_buf *buf);

#endif
