/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/file/glob.c - files that match a pattern.
 *
 * The pattern is walked part by part. Names of a folder are read whole and sorted before the walk
 * goes on, so the order is the same on every file system. ** is tried for no folder first, then
 * below each folder; links to folders are not followed by it, so it ends. A folder that can't be
 * read is passed over with a line in the log.
 */
#include "glob.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#define GLOB_DEPTH_MAX 64u

typedef struct names {
    char **name;
    uint32_t n;
    uint32_t cap;
    const sl_host *host;
    sl_node *node;
} names;

typedef struct walk {
    const sl_host *host;
    sl_node *node;
    const sl_os *os;
    int tells;
    sl_status (*fn)(void *arg, const char *path);
    void *arg;
} walk;

/* The character class at *P (behind its bracket) holds C; *P moves behind the class. A class that
 * is never closed stands for a plain bracket: then *P stays and the answer is C == '['. */
static int class_holds(const char **p, char c)
{
    const char *at = *p;
    int negated = *at == '!' || *at == '^';
    int found = 0;

    at += negated;
    do {
        if (!*at)
            return c == '[';
        if (at[1] == '-' && at[2] && at[2] != ']') {
            found |= at[0] <= c && c <= at[2];
            at += 3;
        } else {
            found |= *at++ == c;
        }
    } while (*at != ']');
    *p = at + 1;
    return found != negated;
}

int sl_glob_match(const char *pattern, const char *name)
{
    const char *star = NULL;
    const char *retry = NULL;

    if (*name == '.' && *pattern != '.')
        return 0;
    while (*name) {
        const char *next = pattern + 1;
        int fits;

        if (*pattern == '*') {
            star = ++pattern;
            retry = name;
            continue;
        }
        fits = *pattern == '[' ? class_holds(&next, *name) : *pattern == '?' || *pattern == *name;
        if (*pattern && fits) {
            int any = *pattern == '?';

            pattern = next;
            name++;
            while (any && ((unsigned char)*name & 0xc0) == 0x80)
                name++; /* the rest of a character of UTF-8 */
        } else if (star) {
            pattern = star;
            name = ++retry;
        } else {
            return 0;
        }
    }
    while (*pattern == '*')
        pattern++;
    return !*pattern;
}

static int32_t keep_name(void *arg, const char *name)
{
    names *list = arg;
    size_t len = strlen(name) + 1;
    char *copy;

    if (list->n == list->cap) {
        uint32_t cap = list->cap ? list->cap * 2 : 64;
        char **more = list->host->resize(list->node, list->name, cap * sizeof *more);

        if (!more)
            return SL_E_NOMEM;
        list->name = more;
        list->cap = cap;
    }
    copy = list->host->alloc(list->node, len);
    if (!copy)
        return SL_E_NOMEM;
    memcpy(copy, name, len);
    list->name[list->n++] = copy;
    return 0;
}

static void free_names(names *list)
{
    for (uint32_t i = 0; i < list->n; i++)
        list->host->release(list->name[i]);
    list->host->release(list->name);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static char *join(const walk *w, const char *folder, const char *name)
{
    size_t a = strlen(folder);
    size_t b = strlen(name);
    int slash = a && folder[a - 1] != '/';
    char *path = w->host->alloc(w->node, a + b + 2);

    if (path) {
        memcpy(path, folder, a);
        path[a] = '/';
        memcpy(path + a + (slash ? 1 : 0), name, b + 1);
    }
    return path;
}

static void cannot_read(const walk *w, const char *path)
{
    char text[256];

    if (!w->tells || errno == ENOENT || errno == ENOTDIR)
        return; /* removed in this moment, or no folder */
    (void)snprintf(text, sizeof text, "%.200s: %s; what is in it is left out", path,
                   strerror(errno));
    w->host->log(w->node, 2, "file.folder", text);
}

/* Is PATH a folder itself, not a link to one? */
static int is_real_folder(const walk *w, const char *path)
{
    int32_t fd = w->os->open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);

    if (fd < 0 && errno == ELOOP)
        return 0;
    if (fd < 0) {
        cannot_read(w, path);
        return 0;
    }
    (void)w->os->close(fd); /* nothing was written */
    return 1;
}

static sl_status each_part(const walk *w, const char *folder, const char *pattern, uint32_t depth);

/* PATH matched so far; REST of the pattern (NULL: this was its last part) goes on below it. DEEP:
 * below it anything goes that ** stands for. */
static sl_status one_match(const walk *w, const char *path, const char *rest, int deep,
                           uint32_t depth)
{
    sl_file_info info;

    if (w->os->stat(path, &info)) {
        if (rest || errno == ENOENT || errno == ELOOP)
            return SL_OK;
        return w->fn(w->arg, path); /* opening it will say why */
    }
    if (!rest)
        return info.kind == SL_FILE_REGULAR ? w->fn(w->arg, path) : SL_OK;
    if (info.kind != SL_FILE_FOLDER || (deep && !is_real_folder(w, path)))
        return SL_OK;
    return each_part(w, path, rest, depth + 1);
}

/* Match the names of FOLDER against PART. */
static sl_status each_name(const walk *w, const char *folder, const char *part, const char *rest,
                           int deep, uint32_t depth)
{
    names list = {.host = w->host, .node = w->node};
    const char *path = *folder ? folder : ".";
    sl_status rc = SL_OK;
    int32_t got = w->os->list(path, keep_name, &list);

    if (got == SL_E_NOMEM)
        rc = SL_E_NOMEM;
    else if (got < 0)
        cannot_read(w, path);
    if (list.n)
        qsort(list.name, list.n, sizeof *list.name, by_name);
    for (uint32_t i = 0; i < list.n && rc == SL_OK; i++) {
        char *found;

        if (!sl_glob_match(part, list.name[i]))
            continue;
        found = join(w, folder, list.name[i]);
        rc = found ? one_match(w, found, rest, deep, depth) : SL_E_NOMEM;
        w->host->release(found);
    }
    free_names(&list);
    return rc;
}

/* ** and then the parts of REST: in FOLDER, and in each folder below it. */
static sl_status each_depth(const walk *w, const char *folder, const char *pattern,
                            const char *rest, uint32_t depth)
{
    sl_status rc = each_part(w, folder, rest, depth);

    return rc == SL_OK ? each_name(w, folder, "*", pattern, 1, depth) : rc;
}

/* Everything in FOLDER that matches PATTERN, whose first part comes next. */
static sl_status each_part(const walk *w, const char *folder, const char *pattern, uint32_t depth)
{
    const char *slash = strchr(pattern, '/');
    size_t len = slash ? (size_t)(slash - pattern) : strlen(pattern);
    const char *rest = slash ? slash + 1 : NULL;
    char *part;
    sl_status rc;

    if (depth > GLOB_DEPTH_MAX)
        return SL_OK;
    if (len == 2 && !memcmp(pattern, "**", 2))
        return each_depth(w, folder, pattern, rest ? rest : "*", depth);
    part = w->host->alloc(w->node, len + 1);
    if (!part)
        return SL_E_NOMEM;
    memcpy(part, pattern, len);
    part[len] = 0;
    if (strpbrk(part, "*?[")) {
        rc = each_name(w, folder, part, rest, 0, depth);
    } else {
        char *path = join(w, folder, part);

        rc = path ? one_match(w, path, rest, 0, depth) : SL_E_NOMEM;
        w->host->release(path);
    }
    w->host->release(part);
    return rc;
}

sl_status sl_glob_each(const sl_host *host, sl_node *node, const sl_os *os, const char *pattern,
                       int tells, sl_status (*fn)(void *arg, const char *path), void *arg)
{
    const walk w = {.host = host, .node = node, .os = os, .tells = tells, .fn = fn, .arg = arg};

    if (!strpbrk(pattern, "*?["))
        return fn(arg, pattern);
    if (*pattern == '/')
        return each_part(&w, "/", pattern + 1, 0);
    return each_part(&w, "", pattern, 0);
}
