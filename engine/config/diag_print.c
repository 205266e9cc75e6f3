/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/config/diag_print.c - diagnostics as text for a terminal and as JSON for editors.
 *
 * Each shows its line with carets under the exact text. Columns on the screen are not bytes: tabs
 * become four blanks, wide characters take two places, what a terminal could obey becomes U+FFFD,
 * and of a long line only a window around the caret is shown. Places that hold secrets are stars.
 */
#include "engine/config/diag_priv.h"
#include "engine/config/textbuf.h"
#include "sdk/lib/json.h"

#include <string.h>

#include <sluice/text.h>

#define LINE_COLUMNS 110u /* of the source line; more is cut */
#define TAB_COLUMNS  4u

#define COLOR_BOLD   "\033[1m"
#define COLOR_ERROR  "\033[1;31m"
#define COLOR_WARN   "\033[1;33m"
#define COLOR_FRAME  "\033[34m"
#define COLOR_NORMAL "\033[0m"

typedef struct printer {
    const sl_diags *diags;
    sl_textbuf buf;
    int color;
} printer;

/* One character of a source line. */
typedef struct glyph {
    uint32_t bytes;
    uint32_t columns;
    uint32_t point;
} glyph;

typedef struct range {
    uint32_t first;
    uint32_t last;
} range;

static int in_ranges(uint32_t point, const range *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (point >= list[i].first && point <= list[i].last)
            return 1;
    }
    return 0;
}

/* Blocks that East Asian terminals draw two columns wide, and those that take none. */
static const range wide_points[] = {
    {0x1100, 0x115f},   {0x2e80, 0x303e},   {0x3041, 0xa4cf},  {0xa960, 0xa97f}, {0xac00, 0xd7a3},
    {0xf900, 0xfaff},   {0xfe30, 0xfe6f},   {0xff00, 0xff60},  {0xffe0, 0xffe6}, {0x1f300, 0x1f64f},
    {0x1f680, 0x1f6ff}, {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd}};
static const range zero_points[] = {{0x300, 0x36f},   {0x483, 0x489},   {0x591, 0x5bd},
                                    {0x610, 0x61a},   {0x64b, 0x65f},   {0x1ab0, 0x1aff},
                                    {0x1dc0, 0x1dff}, {0x200b, 0x200d}, {0x20d0, 0x20ff},
                                    {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f}};
/* Controls, and marks that turn the direction of writing. */
static const range bad_points[] = {{0, 8},           {10, 31},         {127, 159},
                                   {0x200e, 0x200f}, {0x2028, 0x202e}, {0x2066, 0x2069},
                                   {0xfeff, 0xfeff}};

static uint32_t code_point(const unsigned char *s, uint32_t bytes)
{
    static const unsigned char mask[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    uint32_t point = s[0] & mask[bytes];

    for (uint32_t i = 1; i < bytes; i++)
        point = point << 6 | (s[i] & 0x3f);
    return point;
}

/* The character at S, of which LEN > 0 bytes are left; a wrong byte stands alone. */
static glyph next_glyph(const char *s, uint32_t len)
{
    const unsigned char *u = (const unsigned char *)s;
    glyph g = {1, 1, 0xfffd};
    uint32_t want = u[0] < 0x80 ? 1 : u[0] < 0xe0 ? 2 : u[0] < 0xf0 ? 3 : 4;

    if (u[0] >= 32 && u[0] < 127) {
        g.point = u[0];
        return g;
    }
    if (want > len || sl_utf8_span(u, want) != want)
        return g;
    g.bytes = want;
    g.point = code_point(u, want);
    if (g.point == '\t')
        g.columns = TAB_COLUMNS;
    else if (in_ranges(g.point, bad_points, sizeof(bad_points) / sizeof(*bad_points)))
        g.point = 0xfffd;
    else if (in_ranges(g.point, zero_points, sizeof(zero_points) / sizeof(*zero_points)))
        g.columns = 0;
    else if (in_ranges(g.point, wide_points, sizeof(wide_points) / sizeof(*wide_points)))
        g.columns = 2;
    return g;
}

/* Characters of the LEN bytes at S; their width on the screen in COLUMNS. */
static uint32_t measure(const char *s, uint32_t len, uint32_t *columns)
{
    uint32_t n = 0;

    *columns = 0;
    while (len) {
        glyph g = next_glyph(s, len);

        s += g.bytes;
        len -= g.bytes;
        *columns += g.columns;
        n++;
    }
    return n;
}

static void paint(printer *p, const char *color)
{
    if (p->color)
        sl_textbuf_puts(&p->buf, color);
}

/* A line's frame: WIDTH blanks (or the number LINE, when it is not 0), then a bar. */
static void frame(printer *p, uint32_t width, uint32_t line)
{
    paint(p, COLOR_FRAME);
    if (line)
        sl_textbuf_printf(&p->buf, "%*u |", (int)width, line);
    else
        sl_textbuf_printf(&p->buf, "%*s |", (int)width, "");
    paint(p, COLOR_NORMAL);
}

/* Where to begin showing a line, so that byte AT of it lies in the window. */
static uint32_t window_start(const char *line, uint32_t len, uint32_t at)
{
    uint32_t columns;
    uint32_t start = 0;

    (void)measure(line, len, &columns);
    if (columns <= LINE_COLUMNS)
        return 0;
    (void)measure(line, at, &columns);
    while (columns > LINE_COLUMNS / 2 && start < at) {
        glyph g = next_glyph(line + start, len - start);

        columns -= g.columns;
        start += g.bytes;
    }
    return start;
}

/* Write the line from byte START on until the window is full. Gives the end of what is shown. */
static uint32_t write_line(printer *p, const sl_text_file *file, uint32_t at, uint32_t start,
                           uint32_t len)
{
    const char *line = file->bytes + at;
    uint32_t columns = 0;

    if (start)
        sl_textbuf_puts(&p->buf, "…");
    while (start < len) {
        glyph g = next_glyph(line + start, len - start);

        columns += g.columns;
        if (columns > LINE_COLUMNS) {
            sl_textbuf_puts(&p->buf, "…");
            break;
        }
        if (sl_diags_is_secret(p->diags, file, at + start))
            sl_textbuf_puts(&p->buf, "*");
        else if (g.point == '\t')
            sl_textbuf_fill(&p->buf, ' ', TAB_COLUMNS);
        else if (g.point == 0xfffd)
            sl_textbuf_puts(&p->buf, "\xef\xbf\xbd");
        else
            sl_textbuf_add(&p->buf, line + start, g.bytes);
        start += g.bytes;
    }
    sl_textbuf_puts(&p->buf, "\n");
    return start;
}

static uint32_t digits(uint32_t n)
{
    uint32_t d = 1;

    while (n >= 10) {
        n /= 10;
        d++;
    }
    return d;
}

static uint32_t at_most(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* The source line with the carets and the hint below it. Gives the width of the frame. */
static uint32_t show_place(printer *p, const sl_diag_item *d)
{
    const sl_text_file *file = d->place.file;
    uint32_t start;
    uint32_t len;
    uint32_t line = sl_text_file_line(file, at_most(d->place.at, file->len), &start, &len) + 1;
    uint32_t at = at_most(d->place.at - start, len);
    uint32_t end = at + at_most(d->place.len, len - at);
    uint32_t width = digits(line);
    uint32_t from = window_start(file->bytes + start, len, at);
    uint32_t shown;
    uint32_t left;
    uint32_t carets;
    uint32_t column = measure(file->bytes + start, at, &left) + 1;

    paint(p, COLOR_FRAME);
    sl_textbuf_printf(&p->buf, "%*s-->", (int)width, "");
    paint(p, COLOR_NORMAL);
    sl_textbuf_printf(&p->buf, " %s:%u:%u\n", file->name, line, column);
    frame(p, width, 0);
    sl_textbuf_puts(&p->buf, "\n");
    frame(p, width, line);
    if (len)
        sl_textbuf_puts(&p->buf, " ");
    shown = write_line(p, file, start, from, len);
    (void)measure(file->bytes + start + from, at - from, &left);
    (void)measure(file->bytes + start + at, at_most(end, shown > at ? shown : at) - at, &carets);
    frame(p, width, 0);
    sl_textbuf_fill(&p->buf, ' ', 1 + left + (from ? 1 : 0));
    paint(p, d->severity == SL_DIAG_ERROR ? COLOR_ERROR : COLOR_WARN);
    sl_textbuf_fill(&p->buf, '^', carets ? carets : 1);
    if (d->hint)
        sl_textbuf_printf(&p->buf, " %s", d->hint);
    paint(p, COLOR_NORMAL);
    sl_textbuf_puts(&p->buf, "\n");
    return width;
}

static void show_item(printer *p, const sl_diag_item *d)
{
    int is_error = d->severity == SL_DIAG_ERROR;
    uint32_t width = 1;

    paint(p, is_error ? COLOR_ERROR : COLOR_WARN);
    sl_textbuf_printf(&p->buf, "%s[%s]", is_error ? "error" : "warning", d->code);
    paint(p, COLOR_NORMAL);
    paint(p, COLOR_BOLD);
    sl_textbuf_printf(&p->buf, ": %s\n", d->text);
    paint(p, COLOR_NORMAL);
    if (d->place.file)
        width = show_place(p, d);
    else if (d->hint)
        sl_textbuf_printf(&p->buf, "%*s = %s\n", (int)width, "", d->hint);
    for (uint32_t i = 0; i < SL_DIAG_NOTES && d->note[i]; i++)
        sl_textbuf_printf(&p->buf, "%*s = %s\n", (int)width, "", d->note[i]);
}

/* Errors come before warnings when not all can be shown: how many of each. */
static void share_out(const sl_diag_item *const *list, uint32_t n, uint32_t *errors,
                      uint32_t *warnings)
{
    *errors = 0;
    for (uint32_t i = 0; i < n; i++)
        *errors += list[i]->severity == SL_DIAG_ERROR;
    *warnings = at_most(n - *errors, SL_DIAG_SHOWN - at_most(*errors, SL_DIAG_SHOWN));
    *errors = at_most(*errors, SL_DIAG_SHOWN);
}

char *sl_diags_text(sl_diags *diags, int color)
{
    printer p = {.diags = diags, .color = color};
    uint32_t n = 0;
    uint32_t errors;
    uint32_t warnings;
    uint32_t total = diags->errors + diags->warnings;
    SL_CLEANUP(sl_mem_freep) const sl_diag_item **list = sl_diags_sorted(diags, &n);

    if (n && !list)
        return NULL;
    sl_textbuf_init(&p.buf, diags->mem);
    share_out(list, n, &errors, &warnings);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t *left = list[i]->severity == SL_DIAG_ERROR ? &errors : &warnings;

        if (!*left)
            continue;
        (*left)--;
        if (p.buf.len)
            sl_textbuf_puts(&p.buf, "\n");
        show_item(&p, list[i]);
    }
    if (total > SL_DIAG_SHOWN)
        sl_textbuf_printf(&p.buf, "\n… and %u more; --format json shows them all\n",
                          total - SL_DIAG_SHOWN);
    if (diags->is_cut)
        sl_textbuf_puts(&p.buf, "\nmemory ran out while checking: there may be more mistakes\n");
    return sl_textbuf_take(&p.buf);
}

/* ---- JSON ---------------------------------------------------------------------------------- */

static void json_place(sl_json *j, const sl_place *place)
{
    const sl_text_file *file = place->file;
    uint32_t at = at_most(place->at, file->len);
    uint32_t end = at + at_most(place->len, file->len - at);
    uint32_t start;
    uint32_t len;
    uint32_t columns;

    sl_json_text(j, "file", file->name);
    sl_json_uint(j, "line", sl_text_file_line(file, at, &start, &len) + 1);
    sl_json_uint(j, "column", measure(file->bytes + start, at - start, &columns) + 1);
    sl_json_uint(j, "end_line", sl_text_file_line(file, end, &start, &len) + 1);
    sl_json_uint(j, "end_column", measure(file->bytes + start, end - start, &columns) + 1);
    sl_json_uint(j, "at", at);
    sl_json_uint(j, "bytes", end - at);
}

static void json_item(sl_json *j, const sl_diag_item *d)
{
    sl_json_object(j, NULL);
    sl_json_text(j, "severity", d->severity == SL_DIAG_ERROR ? "error" : "warning");
    sl_json_text(j, "code", d->code);
    sl_json_text(j, "text", d->text);
    if (d->place.file)
        json_place(j, &d->place);
    if (d->hint)
        sl_json_text(j, "hint", d->hint);
    if (d->note[0])
        sl_json_array(j, "notes");
    for (uint32_t i = 0; i < SL_DIAG_NOTES && d->note[i]; i++)
        sl_json_text(j, NULL, d->note[i]);
    if (d->note[0])
        sl_json_end(j);
    sl_json_end(j);
}

char *sl_diags_json(sl_diags *diags)
{
    sl_json j;
    uint32_t n = 0;
    SL_CLEANUP(sl_mem_freep) const sl_diag_item **list = sl_diags_sorted(diags, &n);
    char *text;

    if (n && !list)
        return NULL;
    sl_json_init(&j, diags->mem, 2);
    sl_json_array(&j, NULL);
    for (uint32_t i = 0; i < n; i++)
        json_item(&j, list[i]);
    sl_json_end(&j);
    text = sl_json_take(&j, NULL);
    sl_json_fini(&j);
    return text;
}
