/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/config/yaml.h - a YAML file as a tree of nodes with byte-exact places.
 *
 * Read strictly: YAML 1.2 core scalars, one document, string keys, no key twice, no tags. Anchors,
 * aliases and merge keys work within the file; an alias shares the node it names, so the tree is a
 * graph without cycles whose expanded size is bounded. Everything lives in the caller's arena.
 */
#ifndef SL_CONFIG_YAML_H
#define SL_CONFIG_YAML_H
#include "engine/config/text_file.h"
#include "sdk/lib/arena.h"

#define SL_YAML_SCALAR 1u
#define SL_YAML_LIST   2u
#define SL_YAML_MAP    3u

#define SL_YAML_PLAIN   0u
#define SL_YAML_SINGLE  1u /* 'text' */
#define SL_YAML_DOUBLE  2u /* "text" */
#define SL_YAML_LITERAL 3u /* | */
#define SL_YAML_FOLDED  4u /* > */

#define SL_YAML_NULL  1u
#define SL_YAML_BOOL  2u
#define SL_YAML_INT   3u
#define SL_YAML_FLOAT 4u
#define SL_YAML_TEXT  5u

#define SL_YAML_DEPTH_MAX  64u      /* nesting */
#define SL_YAML_NODES_MAX  1000000u /* nodes, each alias counted as all that it stands for */
#define SL_YAML_ANCHOR_MAX 256u

typedef struct sl_yaml sl_yaml;
typedef struct sl_yaml_item sl_yaml_item;

struct sl_yaml_item {
    const sl_yaml *key; /* NULL in a list */
    const sl_yaml *value;
    sl_yaml_item *next;
    int is_merged; /* came by a merge key */
};

struct sl_yaml {
    const sl_text_file *file;
    uint32_t at; /* bytes in the file, quotes and all */
    uint32_t len;
    uint32_t kind;   /* SL_YAML_SCALAR, LIST, MAP */
    uint32_t style;  /* of a scalar */
    uint32_t type;   /* of a scalar: SL_YAML_NULL ... */
    uint32_t count;  /* items of a list or map */
    uint32_t weight; /* nodes in it, aliases expanded */
    uint32_t text_len;
    const char *text; /* of a scalar, ends with NUL */
    sl_yaml_item *items;
    const sl_yaml_item **index; /* of a map: items in order of their keys' bytes */
};

/* [main] Read FILE (shared: must outlive ARENA). What is wrong goes to DIAGS: SL_E_CONFIG, or
 * SL_E_NOMEM. An empty file gives NULL in OUT and SL_OK. A tree is also given when the file has
 * mistakes that leave its structure whole. */
sl_status sl_yaml_read(const sl_text_file *file, sl_arena *arena, sl_diags *diags, sl_yaml **out);
/* [any] The value under KEY in MAP; NULL when there is none or MAP is no map. */
const sl_yaml *sl_yaml_get(const sl_yaml *map, const char *key);
/* [any] As sl_yaml_get: the pair. */
const sl_yaml_item *sl_yaml_find(const sl_yaml *map, const char *key);
/* [any] The place of all of NODE. */
sl_place sl_yaml_place(const sl_yaml *node);
/* [any] The place in the file of LEN bytes at AT of the text of the scalar NODE (LEN 0: all of it):
 * quotes, escapes, folds and indentation are seen through. */
sl_place sl_yaml_text_place(const sl_yaml *node, uint32_t at, uint32_t len);
/* [any] The type that YAML 1.2's core schema gives the plain scalar of LEN bytes. */
uint32_t sl_yaml_scalar_type(const char *text, size_t len);
/* [any] Is it digits behind a 0 ("0777"), of which nobody knows whether they are octal? */
int sl_yaml_is_octal_like(const char *text, size_t len);
/* [any] "null", "a list", "a map", "text" ...: what NODE is, for messages. */
const char *sl_yaml_describe(const sl_yaml *node);

#endif
