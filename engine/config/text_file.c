/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/config/text_file.c - a text file in memory, with the places of its lines.
 *
 * A file is read until its end rather than by the size that stat gives, so pipes and files in /proc
 * work as well; the limit is checked while reading. Only LF ends a line; a CR before it is not
 * shown.
 */
#include "engine/config/text_file.h"

#include <fcntl.h>
#include <string.h>

#define SLURP_CHUNK 65536u

/* A count of holds is all that changes in a file, so a const one may be shared. */
static sl_text_file *writable(const sl_text_file *file)
{
    return (sl_text_file *)(uintptr_t)file;
}

static int find_lines(sl_text_file *file)
{
    const char *at = file->bytes;
    const char *end = file->bytes + file->len;
    uint32_t n = 1;

    while ((at = memchr(at, '\n', (size_t)(end - at))) != NULL) {
        n++;
        at++;
    }
    file->lines = sl_mem_zalloc(file->mem, n, sizeof(*file->lines));
    if (!file->lines)
        return 0;
    file->nlines = n;
    n = 1;
    at = file->bytes;
    while ((at = memchr(at, '\n', (size_t)(end - at))) != NULL) {
        at++;
        file->lines[n++] = (uint32_t)(at - file->bytes);
    }
    return 1;
}

/* Takes BYTES also when it fails. */
static sl_text_file *wrap(sl_mem *mem, const char *name, char *bytes, size_t len)
{
    sl_text_file *file = sl_mem_zalloc(mem, 1, sizeof(*file));

    if (!file) {
        sl_mem_free(bytes);
        return NULL;
    }
    file->mem = mem;
    file->refs = 1;
    file->bytes = bytes;
    file->len = (uint32_t)len;
    file->name = sl_mem_dup(mem, name, strlen(name));
    if (!file->name || !find_lines(file)) {
        sl_text_file_unref(file);
        return NULL;
    }
    return file;
}

sl_text_file *sl_text_file_new(sl_mem *mem, const char *name, const char *text, size_t len)
{
    char *bytes;

    if (len > SL_TEXT_FILE_MAX)
        return NULL;
    bytes = sl_mem_dup(mem, text, len);
    return bytes ? wrap(mem, name, bytes, len) : NULL;
}

sl_text_file *sl_text_file_ref(const sl_text_file *file)
{
    sl_text_file *mine = writable(file);

    mine->refs++;
    return mine;
}

void sl_text_file_unref(sl_text_file *file)
{
    if (!file || --file->refs)
        return;
    sl_mem_free(file->lines);
    sl_mem_free(file->bytes);
    sl_mem_free(file->name);
    sl_mem_free(file);
}

uint32_t sl_text_file_line(const sl_text_file *file, uint32_t at, uint32_t *start, uint32_t *len)
{
    uint32_t low = 0;
    uint32_t high = file->nlines;
    uint32_t end;

    while (high - low > 1) {
        uint32_t mid = low + (high - low) / 2;

        if (file->lines[mid] <= at)
            low = mid;
        else
            high = mid;
    }
    end = low + 1 < file->nlines ? file->lines[low + 1] - 1 : file->len;
    if (end > file->lines[low] && file->bytes[end - 1] == '\r')
        end--;
    *start = file->lines[low];
    *len = end - file->lines[low];
    return low;
}

/* Read FD to its end into BUF, which grows. */
static sl_status read_all(sl_env *env, sl_mem *mem, int32_t fd, uint64_t max, char **buf,
                          size_t *len, const char *path, sl_error *err)
{
    size_t cap = 0;

    for (;;) {
        int64_t got;

        if (cap - *len < 2) {
            char *more = sl_mem_resize(mem, *buf, cap + SLURP_CHUNK);

            if (!more)
                return sl_error_set(err, SL_E_NOMEM, "memory.short", "reading %s", path);
            *buf = more;
            cap += SLURP_CHUNK;
        }
        got = env->os->read(fd, *buf + *len, cap - *len - 1);
        if (got < 0)
            return sl_error_errno(err, "config.file.read", "can't read %s", path);
        if (got == 0)
            break;
        *len += (size_t)got;
        if (*len > max)
            return sl_error_set(err, SL_E_CONFIG, "config.file.size",
                                "%s is longer than %llu bytes", path, (unsigned long long)max);
    }
    (*buf)[*len] = 0;
    return SL_OK;
}

sl_status sl_file_slurp(sl_env *env, sl_mem *mem, const char *path, uint64_t max, char **out,
                        size_t *len, sl_error *err)
{
    SL_CLEANUP(sl_mem_freep) char *buf = NULL;
    int32_t fd = env->os->open(path, O_RDONLY, 0);
    sl_status rc;

    *len = 0;
    if (fd < 0)
        return sl_error_errno(err, "config.file.open", "can't open %s", path);
    rc = read_all(env, mem, fd, max, &buf, len, path, err);
    (void)env->os->close(fd); /* only read from */
    if (rc == SL_OK)
        *out = SL_TAKE(buf);
    return rc;
}

sl_status sl_text_file_read(sl_env *env, sl_mem *mem, const char *path, sl_text_file **out,
                            sl_error *err)
{
    char *bytes = NULL;
    size_t len;
    sl_status rc = sl_file_slurp(env, mem, path, SL_TEXT_FILE_MAX, &bytes, &len, err);

    if (rc != SL_OK)
        return rc;
    *out = wrap(mem, path, bytes, len);
    if (!*out)
        return sl_error_set(err, SL_E_NOMEM, "memory.short", "reading %s", path);
    return SL_OK;
}
