/* SPDX-License-Identifier: Apache-2.0
 *
 * tools/sluice/args.c - taking a command line apart by the command's table.
 *
 * --name VALUE and --name=VALUE; options and operands in any order; -- ends the options; what
 * begins with a dash and is no option is refused with a suggestion. A lone - is an operand.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <sluice/text.h>

#include "tools/sluice/command.h"

static int usage(const sl_command *command)
{
    (void)fprintf(stderr, "  usage: sluice %s%s%s %s   (sluice %s --help)\n", command->name,
                  command->options->name ? " [OPTIONS]" : "", "", command->operands, command->name);
    return SL_EXIT_USAGE;
}

static const sl_option *find(const sl_command *command, const char *name, size_t len)
{
    for (const sl_option *o = command->options; o->name; o++) {
        if (strlen(o->name) == len && !memcmp(o->name, name, len))
            return o;
    }
    return NULL;
}

static int unknown(const sl_command *command, const char *word, size_t len)
{
    const char *names[SL_MAX_ARGS];
    char name[64];
    const char *meant;
    uint32_t n = 0;

    for (const sl_option *o = command->options; o->name && n < SL_MAX_ARGS; o++)
        names[n++] = o->name;
    (void)snprintf(name, sizeof name, "%.*s", (int)len, word);
    meant = sl_suggest(name, names, n);
    (void)fprintf(stderr, "sluice %s: no option --%s%s%s%s\n", command->name, name,
                  meant ? "; did you mean --" : "", meant ? meant : "", meant ? "?" : "");
    return usage(command);
}

static int is_word_of(const char *words, const char *value)
{
    size_t len = strlen(value);

    for (size_t n; *words; words += n + (words[n] == '|')) {
        n = strcspn(words, "|");
        if (n == len && !memcmp(words, value, n))
            return 1;
    }
    return 0;
}

static int check_value(const sl_command *command, const sl_option *o, const char *value)
{
    const char *end = value;
    int64_t ns;

    if (o->kind == SL_OPTION_WORDS && !is_word_of(o->arg, value)) {
        (void)fprintf(stderr, "sluice %s: --%s is one of %s, not \"%s\"\n", command->name, o->name,
                      o->arg, value);
        return usage(command);
    }
    if (o->kind == SL_OPTION_DURATION && !sl_duration_parse(value, strlen(value), &ns)) {
        (void)fprintf(stderr, "sluice %s: --%s takes a duration such as 30s or 5m, not \"%s\"\n",
                      command->name, o->name, value);
        return usage(command);
    }
    if (o->kind != SL_OPTION_NUMBER)
        return SL_EXIT_OK;
    while (isdigit((unsigned char)*end))
        end++;
    errno = 0;
    if (end == value || *end || strtoull(value, NULL, 10) > INT64_MAX || errno) {
        (void)fprintf(stderr, "sluice %s: --%s takes a whole number, not \"%s\"\n", command->name,
                      o->name, value);
        return usage(command);
    }
    return SL_EXIT_OK;
}

/* The option at WORDS[0], without its dashes; USED: 1 or 2 words. */
static int take_option(const sl_command *command, const char *const *words, uint32_t n,
                       sl_args *out, uint32_t *used)
{
    const char *name = words[0] + 2;
    size_t len = strcspn(name, "=");
    const char *value = name[len] ? name + len + 1 : NULL;
    const sl_option *o = find(command, name, len);

    *used = 1;
    if (!o)
        return unknown(command, name, len);
    if (!o->kind && value) {
        (void)fprintf(stderr, "sluice %s: --%s takes no value\n", command->name, o->name);
        return usage(command);
    }
    if (o->kind && !value && n < 2) {
        (void)fprintf(stderr, "sluice %s: --%s needs a value: %s\n", command->name, o->name,
                      o->arg);
        return usage(command);
    }
    if (o->kind && !value) {
        value = words[1];
        *used = 2;
    }
    if (out->noption == SL_MAX_ARGS) {
        (void)fprintf(stderr, "sluice %s: more than %u options\n", command->name, SL_MAX_ARGS);
        return usage(command);
    }
    out->option[out->noption] = o;
    out->value[out->noption++] = value ? value : "";
    return o->kind ? check_value(command, o, value) : SL_EXIT_OK;
}

static int take_operand(const sl_command *command, const char *word, sl_args *out)
{
    if (out->noperand == command->max_operands || out->noperand == SL_MAX_ARGS) {
        (void)fprintf(stderr, "sluice %s: \"%s\" is too much\n", command->name, word);
        return usage(command);
    }
    out->operand[out->noperand++] = word;
    return SL_EXIT_OK;
}

int sl_args_parse(const sl_command *command, const char *const *words, uint32_t n, sl_args *out)
{
    int rc = SL_EXIT_OK;
    uint32_t used = 1;
    int no_more = 0;

    memset(out, 0, sizeof *out);
    for (uint32_t i = 0; i < n && rc == SL_EXIT_OK; i += used) {
        const char *word = words[i];

        used = 1;
        if (!no_more && !strcmp(word, "--"))
            no_more = 1;
        else if (!no_more && word[0] == '-' && word[1] == '-')
            rc = take_option(command, words + i, n - i, out, &used);
        else if (!no_more && word[0] == '-' && word[1])
            rc = unknown(command, word + 1, strlen(word + 1));
        else
            rc = take_operand(command, word, out);
    }
    if (rc == SL_EXIT_OK && out->noperand < command->min_operands) {
        (void)fprintf(stderr, "sluice %s: say which: %s\n", command->name, command->operands);
        return usage(command);
    }
    return rc;
}

const char *sl_args_get(const sl_args *args, const char *name)
{
    for (uint32_t i = args->noption; i; i--) {
        if (!strcmp(args->option[i - 1]->name, name))
            return args->value[i - 1];
    }
    return NULL;
}

void sl_args_all(const sl_args *args, const char *name, const char **out, uint32_t cap)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < args->noption && n < cap; i++) {
        if (!strcmp(args->option[i]->name, name))
            out[n++] = args->value[i];
    }
    out[n] = NULL;
}

uint64_t sl_args_number(const sl_args *args, const char *name, uint64_t fallback)
{
    const char *value = sl_args_get(args, name);

    return value ? strtoull(value, NULL, 10) : fallback;
}

int64_t sl_args_duration_ns(const sl_args *args, const char *name, int64_t fallback_ns)
{
    const char *value = sl_args_get(args, name);
    int64_t ns = 0;

    return value && sl_duration_parse(value, strlen(value), &ns) ? ns : fallback_ns;
}
