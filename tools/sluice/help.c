/* SPDX-License-Identifier: Apache-2.0
 *
 * tools/sluice/help.c - `sluice help`: commands, one command, what a code means.
 *
 * One word is looked up among the commands, then among the codes of messages, and if it is neither
 * among the codes that begin with it.
 */
#include <string.h>

#include "engine/config/codes.h"
#include "tools/sluice/page.h"

void sl_help_all(FILE *to)
{
    const sl_command *c;

    (void)fprintf(to, "sluice runs data pipelines: sources, transforms and sinks, as plugins.\n\n"
                      "  sluice COMMAND [OPTIONS] [GRAPH]\n\n");
    for (uint32_t i = 0; (c = sl_command_at(i)) != NULL; i++) {
        if (!c->is_hidden)
            (void)fprintf(to, "  %-14s %s\n", c->name, c->brief);
    }
    (void)fprintf(to, "\n  sluice run quickstart         a first table, in a minute\n"
                      "  sluice COMMAND --help         options of a command\n"
                      "  sluice help CODE              what a message means\n");
}

void sl_help_command(FILE *to, const sl_command *command)
{
    sl_page page = {to, SL_PAGE_TEXT};

    sl_page_command(&page, command);
}

void sl_help_suggest(const char *word)
{
    const char *names[SL_MAX_ARGS];
    const sl_command *c;
    const char *meant;
    uint32_t n = 0;

    for (uint32_t i = 0; (c = sl_command_at(i)) != NULL && n < SL_MAX_ARGS; i++) {
        if (!c->is_hidden)
            names[n++] = c->name;
    }
    if (n < SL_MAX_ARGS)
        names[n++] = "plugin";
    meant = sl_suggest(word, names, n);
    if (meant)
        (void)fprintf(stderr, "; did you mean %s?", meant);
}

static int explain(const char *word)
{
    const sl_code *code = sl_code_find(word);
    size_t n = strlen(word);
    uint32_t found = 0;

    if (code) {
        (void)printf("%s\n\n  cause:   %s\n  remedy:  %s\n", code->code, code->cause, code->remedy);
        return SL_EXIT_OK;
    }
    for (uint32_t i = 0; (code = sl_code_at(i)) != NULL; i++) {
        if (!strncmp(code->code, word, n)) {
            (void)printf("%s\n    %s\n", code->code, code->cause);
            found++;
        }
    }
    return found ? SL_EXIT_OK : -1;
}

static int suggest_code(const char *word)
{
    const char *names[400];
    const sl_code *code;
    const char *meant;
    uint32_t n = 0;

    for (uint32_t i = 0; (code = sl_code_at(i)) != NULL && n < sizeof names / sizeof *names; i++)
        names[n++] = code->code;
    meant = sl_suggest(word, names, n);
    (void)fprintf(stderr, "sluice help: no command and no code \"%s\"", word);
    if (meant)
        (void)fprintf(stderr, "; did you mean %s?", meant);
    else
        sl_help_suggest(word);
    (void)fputc('\n', stderr);
    return SL_EXIT_USAGE;
}

static int help(sl_tool *tool, const sl_args *args)
{
    const sl_command *c;
    uint32_t used;
    int rc;

    (void)tool;
    if (!args->noperand) {
        sl_help_all(stdout);
        return SL_EXIT_OK;
    }
    c = sl_command_find(args->operand, args->noperand, &used);
    if (c) {
        sl_help_command(stdout, c);
        return SL_EXIT_OK;
    }
    rc = explain(args->operand[0]);
    return rc < 0 ? suggest_code(args->operand[0]) : rc;
}

static const sl_option options[] = {SL_OPTION_END};

const sl_command sl_command_help = {
    .name = "help",
    .operands = "[COMMAND | CODE]",
    .brief = "explain a command, or the code of a message",
    .details = "A code stands in brackets at the start of a message: `config.setting.unknown`. The "
               "first part of a code lists all that begin with it.",
    .options = options,
    .max_operands = 2,
    .run = help,
};
