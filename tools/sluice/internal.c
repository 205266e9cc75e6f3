/* SPDX-License-Identifier: Apache-2.0
 *
 * tools/sluice/internal.c - `sluice internal WHAT`: what the build makes documents from.
 *
 * man prints sluice(1); man NAME sluice-NAME(7); reference NAME the Markdown of a plugin; commands
 * that of all commands; errors that of all codes. Hidden: for `make docs` and the tests, which
 * compare docs/ with what comes out here.
 */
#include <string.h>

#include "engine/config/codes.h"
#include "tools/sluice/page.h"

static const sl_module *find(const sl_registry *reg, const char *name)
{
    const sl_module *m;

    for (uint32_t i = 0; (m = sl_registry_module(reg, i)) != NULL; i++) {
        if (!strcmp(m->name, name) && !m->broken)
            return m;
    }
    return NULL;
}

static void print_commands(const sl_page *page)
{
    const sl_command *c;

    for (uint32_t i = 0; (c = sl_command_at(i)) != NULL; i++) {
        if (!c->is_hidden)
            sl_page_command(page, c);
    }
}

static void print_exit_codes(const sl_page *page)
{
    static const struct {
        const char *code, *text;
    } codes[] = {
        {"0", "done, or drained"},
        {"1", "a test or a check failed"},
        {"64", "wrong usage"},
        {"65", "more dead letters than --max-dead"},
        {"69", "a service can't be reached"},
        {"70", "a bug in sluice"},
        {"74", "local input or output"},
        {"75", "stopped before the drain ended: run again"},
        {"77", "permission refused"},
        {"78", "the graph is wrong"},
    };

    sl_page_heading(page, 1, "Exit status");
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        sl_page_item(page, codes[i].code, NULL, codes[i].text);
}

static int man(sl_tool *tool, const sl_args *args, uint32_t form)
{
    sl_page page = {stdout, form};
    const sl_module *m;
    int rc;

    if (args->noperand == 1) {
        sl_page_title(&page, "sluice", "1", "plugin-based real-time data processing");
        if (form == SL_PAGE_MAN)
            sl_page_heading(&page, 1, "Commands");
        print_commands(&page);
        print_exit_codes(&page);
        return SL_EXIT_OK;
    }
    rc = sl_tool_registry(tool, args);
    if (rc != SL_EXIT_OK)
        return rc;
    m = find(tool->registry, args->operand[1]);
    if (!m) {
        (void)fprintf(stderr, "sluice internal: no plugin \"%s\"\n", args->operand[1]);
        return SL_EXIT_USAGE;
    }
    sl_page_module(&page, m);
    return SL_EXIT_OK;
}

static void print_errors(void)
{
    sl_page page = {stdout, SL_PAGE_MARKDOWN};
    const sl_code *code;

    sl_page_title(&page, "Messages", "7",
                  "Every code, what it means and what to do. `sluice help CODE` shows the same.");
    for (uint32_t i = 0; (code = sl_code_at(i)) != NULL; i++) {
        sl_page_item(&page, code->code, NULL, code->cause);
        sl_page_item_more(&page, code->remedy);
    }
}

static int internal(sl_tool *tool, const sl_args *args)
{
    const char *what = args->operand[0];

    if (!strcmp(what, "man"))
        return man(tool, args, SL_PAGE_MAN);
    if (!strcmp(what, "reference"))
        return man(tool, args, SL_PAGE_MARKDOWN);
    if (!strcmp(what, "errors")) {
        print_errors();
        return SL_EXIT_OK;
    }
    (void)fprintf(stderr, "sluice internal: man, reference or errors, not \"%s\"\n", what);
    return SL_EXIT_USAGE;
}

static const sl_option options[] = {SL_OPTION_PLUGIN_PATH, SL_OPTION_END};

const sl_command sl_command_internal = {
    .name = "internal",
    .operands = "man|reference|errors [NAME]",
    .brief = "print what documents are made from",
    .options = options,
    .min_operands = 1,
    .max_operands = 2,
    .is_hidden = 1,
    .run = internal,
};
