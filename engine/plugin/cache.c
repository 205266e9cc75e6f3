/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/plugin/cache.c - descriptors of modules that have none of their own, kept per user.
 *
 * An entry is written to a name of its own and renamed into place, so that two commands at the same
 * time never see half of one.
 */
#include "engine/plugin/cache.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/config/text_file.h"
#include "engine/plugin/descriptor.h"

#define PATH_ROOM 1024u

/* FNV-1a; the entry holds the path itself, so a collision costs a scan and no more. */
static uint64_t hash(const char *text)
{
    uint64_t h = 0xcbf29ce484222325u;

    for (; *text; text++)
        h = (h ^ (unsigned char)*text) * 0x100000001b3u;
    return h;
}

/* The cache's folder; made when MAKE. */
static int folder(const sl_os *os, int make, char *out, size_t room)
{
    const char *base = getenv("XDG_CACHE_HOME");
    const char *home = getenv("HOME");
    int n;

    if (base && base[0] == '/')
        n = snprintf(out, room, "%s", base);
    else if (home && home[0] == '/')
        n = snprintf(out, room, "%s/.cache", home);
    else
        return 0;
    if (n < 0 || (size_t)n + sizeof "/sluice" > room)
        return 0;
    if (make)
        (void)os->mkdir(out, 0700); /* mostly there already */
    (void)snprintf(out + n, room - (size_t)n, "/sluice");
    if (make)
        (void)os->mkdir(out, 0700);
    return 1;
}

static int entry(const sl_os *os, const sl_cache_key *key, int make, char *out, size_t room)
{
    char dir[PATH_ROOM];
    int n;

    if (!folder(os, make, dir, sizeof dir))
        return 0;
    n = snprintf(out, room, "%s/plugin-%016" PRIx64 ".json", dir, hash(key->path));
    return n > 0 && (size_t)n < room;
}

static int agrees(const sl_json_node *root, const sl_cache_key *key)
{
    return !strcmp(sl_json_get_text(root, "path", ""), key->path) &&
           !strcmp(sl_json_get_text(root, "build_id", "-"), key->build_id) &&
           sl_json_get_uint(root, "bytes", UINT64_MAX, UINT64_MAX) == key->bytes &&
           sl_json_get_uint(root, "changed_ns", INT64_MAX, 0) == (uint64_t)key->changed_ns &&
           !strcmp(sl_json_get_text(root, "sluice", ""), SL_ENGINE_VERSION);
}

sl_json_doc *sl_cache_get(sl_env *env, sl_mem *mem, const sl_cache_key *key,
                          const sl_json_node **descriptor)
{
    char path[PATH_ROOM];
    SL_CLEANUP(sl_mem_freep) char *text = NULL;
    sl_json_doc *doc = NULL;
    sl_error err;
    size_t len;

    if (!entry(env->os, key, 0, path, sizeof path))
        return NULL;
    if (sl_file_slurp(env, mem, path, 2 * SL_DESCRIPTOR_BYTES, &text, &len, &err) != SL_OK ||
        sl_json_read(mem, text, len, &doc, &err) != SL_OK)
        return NULL;
    *descriptor = sl_json_get(sl_json_root(doc), "descriptor");
    if (*descriptor && agrees(sl_json_root(doc), key))
        return doc;
    sl_json_free(doc);
    return NULL;
}

static int write_all(const sl_os *os, const char *path, const char *text, size_t len)
{
    int32_t fd = os->open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
    size_t done = 0;
    int64_t n = 1;

    if (fd < 0)
        return 0;
    while (done < len && n > 0) {
        n = os->write(fd, text + done, len - done);
        done += n > 0 ? (size_t)n : 0;
    }
    return os->close(fd) == 0 && done == len;
}

void sl_cache_put(sl_env *env, sl_mem *mem, const sl_cache_key *key, const char *descriptor,
                  size_t len)
{
    char path[PATH_ROOM];
    char temporary[PATH_ROOM + 32];
    SL_CLEANUP(sl_mem_freep) char *text = NULL;
    uint64_t mark = 0;
    sl_json j;
    size_t n;

    if (!entry(env->os, key, 1, path, sizeof path))
        return;
    sl_json_init(&j, mem, 0);
    sl_json_object(&j, NULL);
    sl_json_text(&j, "sluice", SL_ENGINE_VERSION);
    sl_json_text(&j, "path", key->path);
    sl_json_text(&j, "build_id", key->build_id);
    sl_json_uint(&j, "bytes", key->bytes);
    sl_json_int(&j, "changed_ns", key->changed_ns);
    sl_json_raw(&j, "descriptor", descriptor, len);
    sl_json_end(&j);
    text = sl_json_take(&j, &n);
    if (!text)
        return;
    env->random(env, &mark, sizeof mark);
    (void)snprintf(temporary, sizeof temporary, "%s.%016" PRIx64, path, mark);
    if (!write_all(env->os, temporary, text, n) || env->os->rename(temporary, path, 1) < 0)
        (void)env->os->unlink(temporary);
}
