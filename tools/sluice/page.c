/* SPDX-License-Identifier: Apache-2.0
 *
 * tools/sluice/page.c - the forms of a page: text, Markdown, man.
 *
 * Text is wrapped at 78 columns. In a man page backticks become bold, and what would be a request
 * or an escape of roff is written so that it is neither.
 */
#include "tools/sluice/page.h"

#include <string.h>

#define COLUMNS 78u

/* TEXT wrapped, each line behind INDENT spaces; line ends in TEXT stay. */
static void wrap(FILE *to, uint32_t indent, const char *text)
{
    while (*text) {
        size_t n = strcspn(text, "\n");
        uint32_t column = 0;

        while (n) {
            size_t word = 0;

            while (word < n && text[word] != ' ')
                word++;
            if (column && column + 1 + word > COLUMNS) {
                (void)fputc('\n', to);
                column = 0;
            }
            (void)fprintf(to, "%*s%.*s", column ? 1 : (int)indent, "", (int)word, text);
            column += (uint32_t)word + (column ? 1 : indent);
            while (word < n && text[word] == ' ')
                word++;
            text += word;
            n -= word;
        }
        (void)fputc('\n', to);
        if (*text)
            text++;
    }
}

/* TEXT for roff. */
static void roff(FILE *to, const char *text)
{
    int is_start = 1;
    int is_bold = 0;

    for (; *text; text++) {
        if (is_start && (*text == '.' || *text == '\''))
            (void)fputs("\\&", to);
        is_start = *text == '\n';
        if (*text == '\\')
            (void)fputs("\\e", to);
        else if (*text == '-')
            (void)fputs("\\-", to);
        else if (*text == '`') {
            is_bold = !is_bold;
            (void)fputs(is_bold ? "\\fB" : "\\fR", to);
        } else
            (void)fputc(*text, to);
    }
    (void)fputc('\n', to);
}

void sl_page_title(const sl_page *page, const char *name, const char *section, const char *brief)
{
    if (page->form == SL_PAGE_MARKDOWN) {
        (void)fprintf(page->to, "# %s\n\n%s\n", name, brief);
    } else if (page->form == SL_PAGE_MAN) {
        (void)fprintf(page->to, ".TH \"%s\" \"%s\" \"\" \"sluice %s\" \"sluice\"\n.SH NAME\n", name,
                      section, SL_ENGINE_VERSION);
        (void)fprintf(page->to, "%s \\- ", name);
        roff(page->to, brief);
    } else {
        (void)fprintf(page->to, "%s - %s\n", name, brief);
    }
}

void sl_page_heading(const sl_page *page, uint32_t level, const char *text)
{
    if (page->form == SL_PAGE_MARKDOWN) {
        (void)fprintf(page->to, "\n%s %s\n", level == 1 ? "##" : "###", text);
    } else if (page->form == SL_PAGE_MAN) {
        (void)fputs(level == 1 ? ".SH " : ".SS ", page->to);
        roff(page->to, text);
    } else {
        (void)fprintf(page->to, "\n%*s%s\n", level == 1 ? 0 : 2, "", text);
    }
}

void sl_page_text(const sl_page *page, const char *text)
{
    if (!text || !*text)
        return;
    if (page->form == SL_PAGE_MARKDOWN) {
        (void)fprintf(page->to, "\n%s\n", text);
    } else if (page->form == SL_PAGE_MAN) {
        (void)fputs(".PP\n", page->to);
        roff(page->to, text);
    } else {
        wrap(page->to, 2, text);
    }
}

void sl_page_item(const sl_page *page, const char *term, const char *note, const char *text)
{
    if (page->form == SL_PAGE_MARKDOWN) {
        (void)fprintf(page->to, "\n- `%s`%s%s%s: %s\n", term, note ? " (" : "", note ? note : "",
                      note ? ")" : "", text);
    } else if (page->form == SL_PAGE_MAN) {
        (void)fputs(".TP\n\\fB", page->to);
        for (; *term; term++)
            (void)fprintf(page->to, *term == '-' ? "\\-" : *term == '\\' ? "\\e" : "%c", *term);
        (void)fputs("\\fR", page->to);
        if (note)
            (void)fprintf(page->to, " (%s)", note);
        (void)fputc('\n', page->to);
        roff(page->to, text);
    } else {
        (void)fprintf(page->to, "  %s%s%s%s\n", term, note ? "  (" : "", note ? note : "",
                      note ? ")" : "");
        wrap(page->to, 6, text);
    }
}

void sl_page_item_more(const sl_page *page, const char *text)
{
    if (!text || !*text)
        return;
    if (page->form == SL_PAGE_MARKDOWN) {
        (void)fprintf(page->to, "\n  ");
        for (; *text; text++) {
            (void)fputc(*text, page->to);
            if (*text == '\n' && text[1] && text[1] != '\n')
                (void)fputs("  ", page->to);
        }
        (void)fputc('\n', page->to);
    } else if (page->form == SL_PAGE_MAN) {
        (void)fputs(".br\n", page->to);
        roff(page->to, text);
    } else {
        wrap(page->to, 6, text);
    }
}

void sl_page_code(const sl_page *page, const char *lines)
{
    if (page->form == SL_PAGE_MARKDOWN) {
        (void)fprintf(page->to, "\n```\n%s```\n", lines);
    } else if (page->form == SL_PAGE_MAN) {
        (void)fputs(".PP\n.nf\n", page->to);
        roff(page->to, lines);
        (void)fputs(".fi\n", page->to);
    } else {
        wrap(page->to, 2, lines);
    }
}
