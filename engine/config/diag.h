/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/config/diag.h - diagnostics: what is wrong with a graph, where, and the way out.
 *
 * All mistakes are collected, sorted by place and printed at once (experience.md section 3): code,
 * sentence, file:line:column, the line with a caret under the exact text, a suggestion and a note.
 * One mistake gives one diagnostic: a second one with the same code at the same place is dropped.
 */
#ifndef SL_CONFIG_DIAG_H
#define SL_CONFIG_DIAG_H
#include "sdk/lib/env.h"

#define SL_DIAG_ERROR   1u
#define SL_DIAG_WARNING 2u

/* A file that was read: name and bytes; counted, so that places outlive the graph. */
typedef struct sl_text_file sl_text_file;
typedef struct sl_diags sl_diags;

/* LEN bytes at byte AT of FILE; FILE NULL: no place to show. */
typedef struct sl_place {
    const sl_text_file *file;
    uint32_t at;
    uint32_t len;
} sl_place;

/* [main] An empty list; NULL when memory is short. */
sl_diags *sl_diags_new(sl_mem *mem);
/* [main] NULL is fine. */
void sl_diags_free(sl_diags *diags);
/* [main] Add one: SEVERITY, the dotted CODE (borrowed, a literal, or copied when it is not), where,
 * and the sentence. When memory runs out the list remembers that it is cut. Secrets never go in. */
void sl_diag(sl_diags *diags, uint32_t severity, const char *code, sl_place place, const char *fmt,
             ...) SL_PRINTF(5, 6);
/* [main] Put a text behind the carets of the last one ("did you mean "stream"?"). */
void sl_diag_hint(sl_diags *diags, const char *fmt, ...) SL_PRINTF(2, 3);
/* [main] Add a line "= note" to the last one. */
void sl_diag_note(sl_diags *diags, const char *fmt, ...) SL_PRINTF(2, 3);
/* [main] Never show the bytes of PLACE, in whatever line they stand: they are printed as stars. */
void sl_diags_hide(sl_diags *diags, sl_place place);
/* [any] True when memory ran out while adding: the list misses something. */
int sl_diags_is_cut(const sl_diags *diags);
/* [any] How many errors, or warnings, there are. */
uint32_t sl_diags_count(const sl_diags *diags, uint32_t severity);
/* [main] The text for a terminal (COLOR: with escapes), at most 20 shown, then a count. Gives it
 * alloc'd from the list's account (give; sl_mem_free); NULL when memory is short. */
char *sl_diags_text(sl_diags *diags, int color);
/* [main] As sl_diags_text: one JSON array for editors, all of them. */
char *sl_diags_json(sl_diags *diags);
/* [any] Of N candidates the one that WORD was most likely meant to be: edit distance (with
 * transposition) at most 2 and at most a third of the length; NULL when none. */
const char *sl_suggest(const char *word, const char *const *candidates, uint32_t n);

#endif
