/* SPDX-License-Identifier: Apache-2.0
 *
 * tools/sluice/table.c - what a table of the `local` catalog holds, for people.
 *
 * The catalog keeps a version of the table in each _sluice/vNUMBER.json; the number has leading
 * zeros, so the greatest name is the newest (plugins/local/README.md). Every version tells rows,
 * files and schema of the whole table.
 */
#include "tools/sluice/table.h"

#include "sdk/lib/json.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define VERSION_BYTES (16u << 20) /* a bigger version is not told */

typedef struct newest {
    char name[64];
} newest;

static int32_t keep_newest(void *arg, const char *name)
{
    newest *n = arg;
    size_t len = strlen(name);

    if (name[0] == 'v' && len < sizeof n->name && len > 5 && !strcmp(name + len - 5, ".json") &&
        strcmp(name, n->name) > 0)
        memcpy(n->name, name, len + 1);
    return 0;
}

/* The content of PATH (give); NULL when it can't be had. */
static char *read_whole(const sl_tool *tool, const char *path, size_t *len)
{
    const sl_os *os = tool->env->os;
    int32_t fd = os->open(path, O_RDONLY, 0);
    sl_file_info info;
    char *text = NULL;
    int64_t got = -1;

    if (fd < 0)
        return NULL;
    if (!os->fstat(fd, &info) && info.bytes <= VERSION_BYTES)
        text = sl_mem_alloc(tool->mem, info.bytes + 1);
    for (*len = 0; text && *len < info.bytes; *len += (size_t)got) {
        got = os->read(fd, text + *len, info.bytes - *len);
        if (got <= 0)
            break;
    }
    (void)os->close(fd); /* it was only read */
    return text;
}

static void tell(const sl_json_node *root)
{
    const sl_json_node *schema = sl_json_get(root, "schema");
    const sl_json_node *parts = sl_json_get(root, "partition_fields");

    (void)fprintf(stderr, "\n%" PRIu64 " rows in %" PRIu64 " files. Columns:\n",
                  sl_json_get_uint(root, "rows", INT64_MAX, 0),
                  sl_json_get_uint(root, "files", INT64_MAX, 0));
    for (const sl_json_node *c = schema ? schema->child : NULL; c; c = c->next)
        (void)fprintf(stderr, "  %-20s %s\n", sl_json_get_text(c, "name", "?"),
                      sl_json_get_text(c, "type", "?"));
    for (const sl_json_node *c = parts ? parts->child : NULL; c; c = c->next)
        (void)fprintf(stderr, "  %-20s folder: %s\n", sl_json_get_text(c, "name", "?"),
                      sl_json_get_text(c, "expr", ""));
}

void sl_table_tell(const sl_tool *tool, const char *folder)
{
    newest found = {""};
    sl_json_doc *doc = NULL;
    char *place = sl_mem_printf(tool->mem, "%s/_sluice", folder);
    char *path = NULL;
    char *text = NULL;
    size_t len = 0;

    if (place && !tool->env->os->list(place, keep_newest, &found) && *found.name)
        path = sl_mem_printf(tool->mem, "%s/%s", place, found.name);
    if (path)
        text = read_whole(tool, path, &len);
    if (text && sl_json_read(tool->mem, text, len, &doc, NULL) == SL_OK)
        tell(sl_json_root(doc));
    sl_json_free(doc);
    sl_mem_free(text);
    sl_mem_free(path);
    sl_mem_free(place);
}
