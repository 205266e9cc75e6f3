/* SPDX-License-Identifier: Apache-2.0
 *
 * tools/sluice/main.c - `sluice COMMAND [OPTIONS] …`: find the command, take its words apart, do
 * it.
 *
 * Nothing is set up that a command has not asked for: `sluice version` reads no plugin and makes no
 * loop. The table below is the order of all lists.
 */
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "engine/service/env_real.h"
#include "tools/sluice/command.h"

static const sl_command *const commands[] = {
    &sl_command_run,           &sl_command_check,       &sl_command_graph,
    &sl_command_plugin_list,   &sl_command_plugin_show, &sl_command_plugin_check,
    &sl_command_plugin_doctor, &sl_command_schema,      &sl_command_completion,
    &sl_command_doctor,        &sl_command_version,     &sl_command_help,
    &sl_command_internal,
};

const sl_command *sl_command_at(uint32_t i)
{
    return i < sizeof commands / sizeof *commands ? commands[i] : NULL;
}

/* Is NAME the words WORDS[0..N)? */
static uint32_t matches(const char *name, const char *const *words, uint32_t n)
{
    size_t first = strcspn(name, " ");

    if (!n || strlen(words[0]) != first || memcmp(words[0], name, first) != 0)
        return 0;
    if (!name[first])
        return 1;
    return n > 1 && !strcmp(words[1], name + first + 1) ? 2 : 0;
}

const sl_command *sl_command_find(const char *const *words, uint32_t n, uint32_t *used)
{
    const sl_command *c;

    for (uint32_t i = 0; (c = sl_command_at(i)) != NULL; i++) {
        *used = matches(c->name, words, n);
        if (*used)
            return c;
    }
    return NULL;
}

/* Are there commands of two words that begin with WORD? */
static int is_group(const char *word)
{
    const sl_command *c;
    size_t n = strlen(word);

    for (uint32_t i = 0; (c = sl_command_at(i)) != NULL; i++) {
        if (!strncmp(c->name, word, n) && c->name[n] == ' ')
            return 1;
    }
    return 0;
}

static void list_group(FILE *to, const char *word)
{
    const sl_command *c;
    size_t n = strlen(word);

    for (uint32_t i = 0; (c = sl_command_at(i)) != NULL; i++) {
        if (!strncmp(c->name, word, n) && c->name[n] == ' ')
            (void)fprintf(to, "  sluice %s%s%s\n      %s\n", c->name, c->operands[0] ? " " : "",
                          c->operands, c->brief);
    }
}

static int is_help(const char *word)
{
    return !strcmp(word, "--help") || !strcmp(word, "-h");
}

/* No command was found for WORDS[0..N). */
static int no_command(const char *const *words, uint32_t n)
{
    if (n == 1 && !strcmp(words[0], "--version"))
        return -1;
    if (is_group(words[0])) {
        int asked = n > 1 && is_help(words[1]);

        if (n > 1 && !asked)
            (void)fprintf(stderr, "sluice %s: no command \"%s\"; there are:\n", words[0], words[1]);
        list_group(asked ? stdout : stderr, words[0]);
        return asked ? SL_EXIT_OK : SL_EXIT_USAGE;
    }
    (void)fprintf(stderr, "sluice: no command \"%s\"", words[0]);
    sl_help_suggest(words[0]);
    (void)fprintf(stderr, "\n  sluice help lists them all\n");
    return SL_EXIT_USAGE;
}

static int is_help_wanted(const char *const *words, uint32_t n)
{
    for (uint32_t i = 0; i < n && strcmp(words[i], "--") != 0; i++) {
        if (is_help(words[i]))
            return 1;
    }
    return 0;
}

static int want_color(const sl_args *args)
{
    const char *color = sl_args_get(args, "color");

    if (color && strcmp(color, "auto") != 0)
        return !strcmp(color, "always");
    return sl_tool_is_terminal(STDERR_FILENO);
}

static int run(const sl_command *command, const char *const *words, uint32_t n)
{
    sl_tool tool = {0};
    sl_args args;
    int rc = sl_args_parse(command, words, n, &args);

    if (rc != SL_EXIT_OK)
        return rc;
    tool.mem = sl_mem_new(NULL, NULL, "sluice", 0);
    if (!tool.mem) {
        (void)fprintf(stderr, "sluice: memory is short\n");
        return SL_EXIT_FILE;
    }
    tool.has_color = want_color(&args);
    tool.is_quiet = sl_args_get(&args, "quiet") != NULL;
    rc = command->run(&tool, &args);
    sl_tool_close(&tool);
    sl_mem_drop(tool.mem);
    if (rc == SL_EXIT_OK && fflush(stdout) != 0)
        rc = SL_EXIT_FILE;
    return rc;
}

/* What the caller has closed of standard input, output and error must not become the number of a
 * file that is opened later. The stand-in refuses what the descriptor is for, so using it is still
 * an error. */
static void hold_standard_fds(void)
{
    const sl_os *os = sl_os_real();
    sl_file_info info;

    for (int32_t fd = 0; fd <= 2; fd++) {
        if (os->fstat(fd, &info) < 0 && os->open("/dev/null", fd ? O_RDONLY : O_WRONLY, 0) != fd)
            _exit(SL_EXIT_FILE); /* nothing to tell it with */
    }
}

int main(int argc, char **argv)
{
    const char *const *words = (const char *const *)argv + 1;
    uint32_t n = argc > 0 ? (uint32_t)argc - 1 : 0;
    const sl_command *command;
    uint32_t used = 0;
    int rc;

    hold_standard_fds();
    (void)signal(SIGPIPE, SIG_IGN); /* writes tell it by EPIPE */
    if (!n || is_help(words[0])) {
        sl_help_all(n ? stdout : stderr);
        return n ? SL_EXIT_OK : SL_EXIT_USAGE;
    }
    command = sl_command_find(words, n, &used);
    if (!command) {
        rc = no_command(words, n);
        return rc < 0 ? run(&sl_command_version, words, 0) : rc;
    }
    if (is_help_wanted(words + used, n - used)) {
        sl_help_command(stdout, command);
        return SL_EXIT_OK;
    }
    return run(command, words + used, n - used);
}
