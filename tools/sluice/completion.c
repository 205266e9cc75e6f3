/* SPDX-License-Identifier: Apache-2.0
 *
 * tools/sluice/completion.c - `sluice completion bash|zsh|fish`, from the tables of commands.
 *
 * Commands, their second words, options, the words that an option takes; everything else is a file.
 */
#include <string.h>

#include "tools/sluice/command.h"

/* A text within single quotes of a shell. */
static void quoted(const char *text)
{
    for (; *text; text++) {
        if (*text == '\'')
            (void)fputs("'\\''", stdout);
        else
            (void)fputc(*text, stdout);
    }
}

static void words_of(const char *list)
{
    for (; *list; list++)
        (void)fputc(*list == '|' ? ' ' : *list, stdout);
}

/* First words of commands, each once; or second words behind GROUP. */
static void names(const char *group)
{
    const sl_command *c;
    const char *last = "";
    size_t last_len = 0;

    for (uint32_t i = 0; (c = sl_command_at(i)) != NULL; i++) {
        size_t n = strcspn(c->name, " ");

        if (c->is_hidden)
            continue;
        if (group && c->name[n] && !strncmp(c->name, group, n) && !group[n])
            (void)printf("%s ", c->name + n + 1);
        if (!group && (n != last_len || strncmp(c->name, last, n) != 0))
            (void)printf("%.*s ", (int)n, c->name);
        last = c->name;
        last_len = n;
    }
}

static void bash_values(void)
{
    const sl_command *c;

    for (uint32_t i = 0; (c = sl_command_at(i)) != NULL; i++) {
        for (const sl_option *o = c->options; o->name && !c->is_hidden; o++) {
            if (o->kind == SL_OPTION_WORDS) {
                (void)printf("    '%s --%s') COMPREPLY=($(compgen -W '", c->name, o->name);
                words_of(o->arg);
                (void)printf("' -- \"$cur\")); return ;;\n");
            } else if (o->kind == SL_OPTION_FOLDER) {
                (void)printf("    '%s --%s') COMPREPLY=($(compgen -d -- \"$cur\")); return ;;\n",
                             c->name, o->name);
            }
        }
    }
}

static void bash(void)
{
    const sl_command *c;

    (void)printf("# bash completion of sluice; made by: sluice completion bash\n"
                 "_sluice() {\n"
                 "  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
                 "  local command=${COMP_WORDS[1]} options=\n"
                 "  COMPREPLY=()\n"
                 "  if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
                 "    COMPREPLY=($(compgen -W '");
    names(NULL);
    (void)printf("' -- \"$cur\"))\n    return\n  fi\n  case $command in\n");
    {
        const char *group = "plugin";

        (void)printf("    %s)\n      if [ \"$COMP_CWORD\" -eq 2 ]; then\n"
                     "        COMPREPLY=($(compgen -W '",
                     group);
        names(group);
        (void)printf("' -- \"$cur\"))\n        return\n      fi\n"
                     "      command=\"$command ${COMP_WORDS[2]}\" ;;\n");
    }
    (void)printf("  esac\n  case \"$command $prev\" in\n");
    bash_values();
    (void)printf("  esac\n  case $command in\n");
    for (uint32_t i = 0; (c = sl_command_at(i)) != NULL; i++) {
        if (c->is_hidden)
            continue;
        (void)printf("    '%s') options='", c->name);
        for (const sl_option *o = c->options; o->name; o++)
            (void)printf("--%s ", o->name);
        (void)printf("--help' ;;\n");
    }
    (void)printf("  esac\n"
                 "  case $cur in\n"
                 "    -*) COMPREPLY=($(compgen -W \"$options\" -- \"$cur\")) ;;\n"
                 "    *) COMPREPLY=($(compgen -f -- \"$cur\")) ;;\n"
                 "  esac\n}\ncomplete -o filenames -F _sluice sluice\n");
}

static void zsh_options(const sl_command *c)
{
    for (const sl_option *o = c->options; o->name; o++) {
        (void)printf(" '*--%s[", o->name);
        quoted(o->brief);
        (void)printf("]");
        if (o->kind == SL_OPTION_WORDS) {
            (void)printf(":%s:(", o->name);
            words_of(o->arg);
            (void)printf(")");
        } else if (o->kind == SL_OPTION_FOLDER) {
            (void)printf(":folder:_files -/");
        } else if (o->kind) {
            (void)printf(":%s:", o->name);
        }
        (void)printf("'");
    }
}

static void zsh(void)
{
    const sl_command *c;

    (void)printf("#compdef sluice\n# made by: sluice completion zsh\n"
                 "_sluice() {\n  local -a commands\n"
                 "  commands=(");
    names(NULL);
    (void)printf(")\n  if (( CURRENT == 2 )); then\n    compadd -a commands\n    return\n  fi\n"
                 "  case $words[2] in\n");
    {
        const char *group = "plugin";

        (void)printf("    %s) if (( CURRENT == 3 )); then compadd ", group);
        names(group);
        (void)printf("; return; fi ;;\n");
    }
    (void)printf("  esac\n  case \"$words[2] $words[3]\" in\n");
    for (uint32_t i = 0; (c = sl_command_at(i)) != NULL; i++) {
        if (c->is_hidden)
            continue;
        (void)printf("    '%s'*) _arguments", c->name);
        zsh_options(c);
        (void)printf(" '*:file:_files' ;;\n");
    }
    (void)printf("  esac\n}\n_sluice \"$@\"\n");
}

static void fish(void)
{
    const sl_command *c;

    (void)printf("# fish completion of sluice; made by: sluice completion fish\n");
    for (uint32_t i = 0; (c = sl_command_at(i)) != NULL; i++) {
        size_t n = strcspn(c->name, " ");

        if (c->is_hidden)
            continue;
        if (c->name[n])
            (void)printf("complete -c sluice -n '__fish_seen_subcommand_from %.*s' -a %s -d '",
                         (int)n, c->name, c->name + n + 1);
        else
            (void)printf("complete -c sluice -n __fish_use_subcommand -a %s -d '", c->name);
        quoted(c->brief);
        (void)printf("'\n");
        for (const sl_option *o = c->options; o->name; o++) {
            (void)printf("complete -c sluice -n '__fish_seen_subcommand_from %s' -l %s%s",
                         c->name[n] ? c->name + n + 1 : c->name, o->name, o->kind ? " -r" : "");
            if (o->kind == SL_OPTION_WORDS) {
                (void)printf(" -f -a '");
                words_of(o->arg);
                (void)printf("'");
            }
            (void)printf(" -d '");
            quoted(o->brief);
            (void)printf("'\n");
        }
    }
    (void)printf("complete -c sluice -n __fish_use_subcommand -f -a plugin\n");
}

static int completion(sl_tool *tool, const sl_args *args)
{
    static const struct {
        const char *name;
        void (*print)(void);
    } shells[] = {{"bash", bash}, {"zsh", zsh}, {"fish", fish}};

    (void)tool;
    for (size_t i = 0; i < sizeof shells / sizeof *shells; i++) {
        if (!strcmp(shells[i].name, args->operand[0])) {
            shells[i].print();
            return SL_EXIT_OK;
        }
    }
    (void)fprintf(stderr, "sluice completion: bash, zsh or fish, not \"%s\"\n", args->operand[0]);
    return SL_EXIT_USAGE;
}

static const sl_option options[] = {SL_OPTION_END};

const sl_command sl_command_completion = {
    .name = "completion",
    .operands = "bash|zsh|fish",
    .brief = "print the completion script for a shell",
    .details = "For bash: `sluice completion bash > "
               "~/.local/share/bash-completion/completions/sluice`.",
    .options = options,
    .min_operands = 1,
    .max_operands = 1,
    .run = completion,
};
