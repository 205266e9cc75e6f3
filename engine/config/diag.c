/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/config/diag.c - the list of diagnostics: adding to it.
 *
 * Texts come from users' files, so whatever a terminal could take as a command is written as \xNN
 * when it is added. A second mistake with the same code at the same place is dropped, together with
 * the hints and notes that follow it.
 */
#include "engine/config/diag_priv.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIAG_TEXT_MAX 1024u
/* More than this is not kept: nobody reads it, and looking for equal ones must stay cheap. */
#define DIAG_MAX 1000u

sl_diags *sl_diags_new(sl_mem *mem)
{
    sl_diags *diags = sl_mem_zalloc(mem, 1, sizeof(*diags));

    if (!diags)
        return NULL;
    diags->mem = mem;
    diags->arena.mem = mem;
    return diags;
}

void sl_diags_free(sl_diags *diags)
{
    if (!diags)
        return;
    for (sl_diag_item *d = diags->first; d; d = d->next)
        sl_text_file_unref(d->place.file ? (sl_text_file *)(uintptr_t)d->place.file : NULL);
    for (sl_diag_secret *s = diags->secrets; s; s = s->next)
        sl_text_file_unref((sl_text_file *)(uintptr_t)s->place.file);
    sl_arena_fini(&diags->arena);
    sl_mem_free(diags);
}

/* The text with control characters written out; cut when too long. NULL when memory is short. */
static SL_PRINTF(2, 0) const char *clean_text(sl_diags *diags, const char *fmt, va_list ap)
{
    char raw[DIAG_TEXT_MAX];
    char out[DIAG_TEXT_MAX + 8];
    size_t n = 0;
    int len = vsnprintf(raw, sizeof(raw), fmt, ap);
    const char *text;

    for (size_t i = 0; raw[i] && n < sizeof(out) - 16; i++) {
        unsigned char c = (unsigned char)raw[i];
        /* C1 controls are two bytes in UTF-8: 0xc2, then 0x80 to 0x9f */
        int is_c1 =
            c == 0xc2 && (unsigned char)raw[i + 1] >= 0x80 && (unsigned char)raw[i + 1] <= 0x9f;

        if (c < 32 || c == 127 || is_c1)
            n += (size_t)snprintf(out + n, sizeof(out) - n, "\\x%02x", c);
        else
            out[n++] = (char)c;
    }
    out[n] = 0;
    if (len >= (int)sizeof(raw)) {
        while (n && ((unsigned char)out[n - 1] & 0xc0) == 0x80)
            n--;
        if (n && (unsigned char)out[n - 1] >= 0xc0)
            n--;
        memcpy(out + n, "…", sizeof("…"));
        n += sizeof("…") - 1;
    }
    text = sl_arena_dup(&diags->arena, out, n);
    if (!text)
        diags->is_cut = 1;
    return text;
}

static int is_known(const sl_diags *diags, const char *code, const sl_place *place)
{
    if (!place->file || diags->errors + diags->warnings >= DIAG_MAX)
        return 0;
    for (const sl_diag_item *d = diags->first; d; d = d->next) {
        if (d->place.file == place->file && d->place.at == place->at && strcmp(d->code, code) == 0)
            return 1;
    }
    return 0;
}

static void count_one(sl_diags *diags, uint32_t severity)
{
    if (severity == SL_DIAG_ERROR)
        diags->errors++;
    else
        diags->warnings++;
}

void sl_diag(sl_diags *diags, uint32_t severity, const char *code, sl_place place, const char *fmt,
             ...)
{
    sl_diag_item *d;
    va_list ap;

    diags->current = NULL;
    if (is_known(diags, code, &place))
        return;
    count_one(diags, severity);
    if (diags->errors + diags->warnings > DIAG_MAX)
        return;
    d = sl_arena_array(&diags->arena, 1, sizeof(*d));
    if (!d) {
        diags->is_cut = 1;
        return;
    }
    d->severity = severity;
    d->seq = diags->errors + diags->warnings;
    d->code = sl_arena_dup(&diags->arena, code, strlen(code));
    va_start(ap, fmt);
    d->text = clean_text(diags, fmt, ap);
    va_end(ap);
    if (!d->code || !d->text) {
        diags->is_cut = 1;
        return;
    }
    d->place = place;
    if (place.file)
        (void)sl_text_file_ref(place.file);
    if (diags->last)
        diags->last->next = d;
    else
        diags->first = d;
    diags->last = d;
    diags->current = d;
}

void sl_diag_hint(sl_diags *diags, const char *fmt, ...)
{
    va_list ap;

    if (!diags->current)
        return;
    va_start(ap, fmt);
    diags->current->hint = clean_text(diags, fmt, ap);
    va_end(ap);
}

void sl_diag_note(sl_diags *diags, const char *fmt, ...)
{
    va_list ap;

    if (!diags->current)
        return;
    for (uint32_t i = 0; i < SL_DIAG_NOTES; i++) {
        if (diags->current->note[i])
            continue;
        va_start(ap, fmt);
        diags->current->note[i] = clean_text(diags, fmt, ap);
        va_end(ap);
        return;
    }
}

void sl_diags_hide(sl_diags *diags, sl_place place)
{
    sl_diag_secret *s;

    if (!place.file || !place.len)
        return;
    s = sl_arena_array(&diags->arena, 1, sizeof(*s));
    if (!s) {
        diags->is_cut = 1;
        return;
    }
    s->place = place;
    (void)sl_text_file_ref(place.file);
    s->next = diags->secrets;
    diags->secrets = s;
}

int sl_diags_is_secret(const sl_diags *diags, const sl_text_file *file, uint32_t at)
{
    for (const sl_diag_secret *s = diags->secrets; s; s = s->next) {
        if (s->place.file == file && at >= s->place.at && at - s->place.at < s->place.len)
            return 1;
    }
    return 0;
}

uint32_t sl_diags_count(const sl_diags *diags, uint32_t severity)
{
    return severity == SL_DIAG_ERROR ? diags->errors : diags->warnings;
}

int sl_diags_is_cut(const sl_diags *diags)
{
    return diags->is_cut;
}

static int by_place(const void *left, const void *right)
{
    const sl_diag_item *a = *(const sl_diag_item *const *)left;
    const sl_diag_item *b = *(const sl_diag_item *const *)right;
    uint32_t file_a = a->place.file ? a->place.file->order + 1 : 0;
    uint32_t file_b = b->place.file ? b->place.file->order + 1 : 0;

    if (file_a != file_b)
        return file_a < file_b ? -1 : 1;
    if (file_a && a->place.at != b->place.at)
        return a->place.at < b->place.at ? -1 : 1;
    return a->seq < b->seq ? -1 : 1;
}

const sl_diag_item **sl_diags_sorted(const sl_diags *diags, uint32_t *n)
{
    const sl_diag_item **list;
    uint32_t count = 0;

    for (const sl_diag_item *d = diags->first; d; d = d->next)
        count++;
    *n = count;
    if (!count)
        return NULL;
    list = sl_mem_zalloc(diags->mem, count, sizeof(sl_diag_item *));
    if (!list)
        return NULL;
    count = 0;
    for (const sl_diag_item *d = diags->first; d; d = d->next)
        list[count++] = d;
    qsort(list, count, sizeof(*list), by_place);
    return list;
}
