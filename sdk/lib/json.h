/* SPDX-License-Identifier: Apache-2.0
 *
 * sdk/lib/json.h - small JSON documents: writing them, and reading them strictly.
 *
 * For what the commands print, descriptors and diagnostics, not for records (those are the json
 * plugin's). The writer grows one text and remembers a failure, so that callers check once, at the
 * end. The reader takes RFC 8259 to the letter, refuses a key twice and deep nesting, and gives a
 * tree of nodes that lives in one account until it is freed.
 */
#ifndef SL_LIB_JSON_H
#define SL_LIB_JSON_H
#include "sdk/lib/mem.h"

#include <stdint.h>

#define SL_JSON_DEPTH   64u   /* nesting that writer and reader take */
#define SL_JSON_MEMBERS 4096u /* members that the reader takes in one object */

/* A text in the making; lives on the caller's stack. */
typedef struct sl_json {
    sl_mem *mem;
    char *text;
    size_t len;
    size_t room;
    uint32_t indent; /* spaces a level; 0: all on one line */
    uint32_t depth;
    uint64_t is_array; /* bit i: level i is an array */
    uint64_t has_item; /* bit i: level i has an item already */
    int is_broken;     /* memory was short, or nesting too deep: nothing is written any more */
} sl_json;

/* [any] Begin a text in memory of MEM; INDENT spaces a level, 0 for one line. */
SL_API void sl_json_init(sl_json *j, sl_mem *mem, uint32_t indent);
/* [any] Drop what was written. */
SL_API void sl_json_fini(sl_json *j);
/* [any] End and give the text with a NUL behind it (give; sl_mem_free), its length in LEN, which
 * may be NULL. NULL when memory was short or something is left open. */
SL_API char *sl_json_take(sl_json *j, size_t *len);

/* [any] Open an object or an array; KEY (NUL ends it) within an object, NULL elsewhere. */
SL_API void sl_json_object(sl_json *j, const char *key);
/* [any] See sl_json_object. */
SL_API void sl_json_array(sl_json *j, const char *key);
/* [any] Close what was opened last. */
SL_API void sl_json_end(sl_json *j);
/* [any] A text that ends with NUL; NULL writes null. What is not UTF-8 becomes U+FFFD. */
SL_API void sl_json_text(sl_json *j, const char *key, const char *text);
/* [any] As sl_json_text: the LEN bytes of TEXT. */
SL_API void sl_json_textn(sl_json *j, const char *key, const void *text, size_t len);
/* [any] A whole number. */
SL_API void sl_json_int(sl_json *j, const char *key, int64_t value);
/* [any] A whole number without sign. */
SL_API void sl_json_uint(sl_json *j, const char *key, uint64_t value);
/* [any] true or false. */
SL_API void sl_json_bool(sl_json *j, const char *key, int value);
/* [any] null. */
SL_API void sl_json_null(sl_json *j, const char *key);
/* [any] LEN bytes that are one JSON value already, or a number as text. */
SL_API void sl_json_raw(sl_json *j, const char *key, const char *text, size_t len);

#define SL_JSON_NULL   0u
#define SL_JSON_BOOL   1u
#define SL_JSON_NUMBER 2u
#define SL_JSON_STRING 3u
#define SL_JSON_ARRAY  4u
#define SL_JSON_OBJECT 5u

/* One value of a document that was read. */
typedef struct sl_json_node {
    uint32_t type;             /* SL_JSON_* */
    uint32_t count;            /* items of an array, members of an object; 1 for true */
    const char *key;           /* within an object; ends with NUL */
    const char *text;          /* a string's content, or a number as it is written; ends with NUL */
    size_t len;                /* of text; a string may hold U+0000 */
    struct sl_json_node *next; /* the one behind it on the same level */
    struct sl_json_node *child; /* the first one inside */
} sl_json_node;

typedef struct sl_json_doc sl_json_doc;

/* [any] Read the LEN bytes of TEXT as one JSON document into memory of MEM. SL_E_DATA with
 * code json.syntax and the place in ERR; SL_E_NOMEM. Nothing of TEXT is kept. */
SL_API sl_status sl_json_read(sl_mem *mem, const char *text, size_t len, sl_json_doc **out,
                              sl_error *err);
/* [any] NULL is fine. */
SL_API void sl_json_free(sl_json_doc *doc);
/* [any] The outermost value; borrowed from DOC. */
SL_API const sl_json_node *sl_json_root(const sl_json_doc *doc);
/* [any] The member KEY of NODE; NULL when NODE is NULL, no object, or has none. */
SL_API const sl_json_node *sl_json_get(const sl_json_node *node, const char *key);
/* [any] The text of member KEY; FALLBACK when it is missing, no string, or holds U+0000. */
SL_API const char *sl_json_get_text(const sl_json_node *node, const char *key,
                                    const char *fallback);
/* [any] Member KEY as a whole number 0 ... MAX; FALLBACK when it is missing or anything else. */
SL_API uint64_t sl_json_get_uint(const sl_json_node *node, const char *key, uint64_t max,
                                 uint64_t fallback);

#endif
