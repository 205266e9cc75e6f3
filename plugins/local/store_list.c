/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/local/store_list.c - objects of the store "file" in the order of their keys.
 *
 * A folder is read whole and sorted, a sub-folder as if its name ended in "/": so a walk meets the
 * keys in byte order, and a page can begin after any key. What lies wholly before that key is
 * skipped unseen. Temporary files and locks are no objects. A file that goes away during the walk
 * is left out.
 */
#include "store_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 64u /* folders within folders; a loop of links ends here */

typedef struct list_entry {
    char *name;
    sl_file_info info;
} list_entry;

/* The names of one folder. */
typedef struct name_set {
    struct walk *walk;
    list_entry *entry;
    uint32_t count;
    uint32_t room;
    const char *starts; /* only names that begin so */
} name_set;

typedef struct walk {
    sl_store *s;
    const char *after;
    uint32_t max;
    uint32_t given;
    int32_t more;
    sl_status rc;
    void (*each)(void *arg, const sl_object *object);
    void *arg;
} walk;

static int32_t note_name(void *arg, const char *name)
{
    name_set *set = arg;
    const sl_host *host = set->walk->s->host;
    size_t len = strlen(name);

    if (sl_store_is_temp(name) || strncmp(name, set->starts, strlen(set->starts)) != 0)
        return 0;
    if (set->count == set->room) {
        uint32_t room = set->room ? set->room * 2 : 64;
        list_entry *grown =
            host->resize(set->walk->s->node, set->entry, (uint64_t)room * sizeof *grown);

        if (!grown)
            return 1;
        set->entry = grown;
        set->room = room;
    }
    set->entry[set->count].name = host->alloc(set->walk->s->node, len + 1);
    if (!set->entry[set->count].name)
        return 1;
    memcpy(set->entry[set->count++].name, name, len + 1);
    return 0;
}

/* Order of names, a folder's with a slash behind it. */
static int by_key(const void *left, const void *right)
{
    const list_entry *a = left;
    const list_entry *b = right;
    size_t an = strlen(a->name);
    size_t bn = strlen(b->name);
    size_t n = an < bn ? an : bn;
    int order = memcmp(a->name, b->name, n);
    int ac;
    int bc;

    if (order)
        return order;
    ac = an > n ? (uint8_t)a->name[n] : a->info.kind == SL_FILE_FOLDER ? '/' : 0;
    bc = bn > n ? (uint8_t)b->name[n] : b->info.kind == SL_FILE_FOLDER ? '/' : 0;
    return ac - bc;
}

static void names_free(name_set *set)
{
    const sl_host *host = set->walk->s->host;

    for (uint32_t i = 0; i < set->count; i++)
        host->release(set->entry[i].name);
    host->release(set->entry);
}

/* Put NAME behind the first LEN bytes of s->path; gives the new length, 0 when it is too long. */
static size_t path_add(sl_store *s, size_t len, const char *name)
{
    size_t n = strlen(name);

    if (len + 1 + n >= STORE_PATH_MAX)
        return 0;
    s->path[len] = '/';
    memcpy(s->path + len + 1, name, n + 1);
    return len + 1 + n;
}

/* Could a key that begins with the folder s->path (LEN bytes, no slash behind) come after the key
 * after which the page begins? */
static int folder_matters(const walk *w, size_t len)
{
    const char *key = w->s->path + w->s->root_len + 1;
    size_t n = len - w->s->root_len - 1;
    int order;

    if (!w->after)
        return 1;
    order = strncmp(key, w->after, n);
    return order ? order > 0 : (uint8_t)w->after[n] <= '/';
}

/* Is s->path (LEN bytes) an object, or a folder that matters? Fills INFO. */
static int name_matters(walk *w, size_t len, sl_file_info *info)
{
    sl_store *s = w->s;

    if (!len || (!folder_matters(w, len) && strcmp(s->path + s->root_len + 1, w->after) <= 0))
        return 0;
    if (s->os->stat(s->path, info)) {
        if (errno != ENOENT)
            w->rc = sl_store_errno(s, errno, "look at", s->path);
        return 0;
    }
    return info->kind != SL_FILE_OTHER;
}

/* Look at each name of SET in the folder that s->path (LEN bytes) is; drop what does not matter. */
static void names_look(name_set *set, size_t len)
{
    sl_store *s = set->walk->s;
    uint32_t kept = 0;

    for (uint32_t i = 0; i < set->count; i++) {
        list_entry e = set->entry[i];

        if (name_matters(set->walk, path_add(s, len, e.name), &e.info))
            set->entry[kept++] = e;
        else
            s->host->release(e.name);
    }
    set->count = kept;
    s->path[len] = 0;
}

static void give(walk *w, const char *key, const sl_file_info *info)
{
    char tag[STORE_TAG_MAX];
    sl_object object;

    if (w->after && strcmp(key, w->after) <= 0)
        return;
    if (w->given == w->max) {
        w->more = 1;
        return;
    }
    sl_store_tag(info, tag);
    object.key = key;
    object.bytes = info->bytes;
    object.changed_us = info->changed_ns / 1000;
    object.tag = tag;
    w->given++;
    w->each(w->arg, &object);
}

/* Walk the folder s->path (LEN bytes): the names that begin with STARTS. */
static void walk_folder(walk *w, size_t len, const char *starts, uint32_t depth)
{
    sl_store *s = w->s;
    name_set set = {.walk = w, .starts = starts};
    int32_t rc;

    if (depth > DEPTH_MAX)
        return;
    s->path[len] = 0;
    rc = s->os->list(len ? s->path : "/", note_name, &set);
    if (rc < 0 && errno != ENOENT && errno != ENOTDIR)
        w->rc = sl_store_errno(s, errno, "list", s->path);
    else if (rc > 0)
        w->rc = sl_store_fail(s, SL_E_NOMEM, "store.memory", "no memory is left to list", s->path);
    if (w->rc == SL_OK)
        names_look(&set, len);
    if (w->rc == SL_OK && set.count)
        qsort(set.entry, set.count, sizeof *set.entry, by_key);
    for (uint32_t i = 0; i < set.count && w->rc == SL_OK && !w->more; i++) {
        size_t n = path_add(s, len, set.entry[i].name);

        if (set.entry[i].info.kind == SL_FILE_REGULAR)
            give(w, s->path + s->root_len + 1, &set.entry[i].info);
        else if (folder_matters(w, n))
            walk_folder(w, n, "", depth + 1);
    }
    names_free(&set);
}

sl_status sl_store_list(sl_store *s, const char *prefix, const char *after, uint32_t max,
                        void (*each)(void *arg, const sl_object *object), void *arg, int32_t *more,
                        sl_done done)
{
    walk w = {.s = s, .after = after, .max = max, .each = each, .arg = arg};
    const char *slash = strrchr(prefix, '/');
    size_t len = s->root_len;

    (void)done;
    memcpy(s->path, s->root, s->root_len + 1);
    if (slash) {
        char folder[STORE_PATH_MAX / 2];
        size_t n = (size_t)(slash - prefix);

        if (n >= sizeof folder)
            return sl_store_fail(s, SL_E_DATA, "store.key", "a prefix is too long", prefix);
        memcpy(folder, prefix, n);
        folder[n] = 0;
        w.rc = sl_store_key(s, folder);
        if (w.rc != SL_OK)
            return w.rc;
        len += 1 + n;
    }
    walk_folder(&w, len, slash ? slash + 1 : prefix, 0);
    if (w.rc == SL_OK)
        *more = w.more;
    return w.rc;
}
