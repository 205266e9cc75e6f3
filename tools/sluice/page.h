/* SPDX-License-Identifier: Apache-2.0
 *
 * tools/sluice/page.h - one description, printed as text, as Markdown or as a man page.
 *
 * What is described (a command, a class with its settings) calls these functions in order; the form
 * decides what they print. So `plugin show`, the man pages and the reference never differ.
 */
#ifndef SL_TOOLS_PAGE_H
#define SL_TOOLS_PAGE_H
#include "tools/sluice/command.h"

#define SL_PAGE_TEXT     0u
#define SL_PAGE_MARKDOWN 1u
#define SL_PAGE_MAN      2u

typedef struct sl_page {
    FILE *to;
    uint32_t form; /* SL_PAGE_* */
} sl_page;

/* [main] The page's head: NAME, and what it is in a line. SECTION is the man page's ("7"). */
void sl_page_title(const sl_page *page, const char *name, const char *section, const char *brief);
/* [main] A heading; LEVEL 1 or 2. */
void sl_page_heading(const sl_page *page, uint32_t level, const char *text);
/* [main] A paragraph of Markdown. NULL or "": nothing. */
void sl_page_text(const sl_page *page, const char *text);
/* [main] An entry: TERM (`stream`), NOTE behind it ("text, required"; NULL: none), and what it is.
 */
void sl_page_item(const sl_page *page, const char *term, const char *note, const char *text);
/* [main] More about the last entry. NULL or "": nothing. */
void sl_page_item_more(const sl_page *page, const char *text);
/* [main] LINES as they are, each with a newline at its end. */
void sl_page_code(const sl_page *page, const char *lines);

/* [main] All of CLASS: what it does, ports, settings with groups written as group.name. */
void sl_page_class(const sl_page *page, const sl_class *klass);
/* [main] A plugin with all its classes. */
void sl_page_module(const sl_page *page, const sl_module *module);
/* [main] A command with its options. */
void sl_page_command(const sl_page *page, const sl_command *command);

/* [any] How a graph names a class of KIND: "source" for "sluice.source/1", "decode" for a decoder;
 * KIND itself when it is unknown. */
const char *sl_kind_role(const char *kind);
/* [any] Kind I of those that there are; NULL past the last. */
const char *sl_kind_at(uint32_t i);

#endif
