/* SPDX-License-Identifier: Apache-2.0
 *
 * tools/sluice/command.h - the commands of `sluice` as tables, and what they share.
 *
 * A command is a const table: name, what it does, operands, options, function. Help, man pages,
 * completion and the parsing of the command line come from it, so that nothing is written twice.
 * Functions give the exit status of the process: SL_EXIT_*.
 */
#ifndef SL_TOOLS_COMMAND_H
#define SL_TOOLS_COMMAND_H
#include "engine/graph/graph.h"
#include "sdk/lib/json.h"

#include <stdio.h>

#define SL_EXIT_OK         0
#define SL_EXIT_TEST       1  /* a test failed */
#define SL_EXIT_USAGE      64 /* wrong usage */
#define SL_EXIT_DEAD       65 /* more dead letters than --max-dead */
#define SL_EXIT_SERVICE    69 /* a service can't be reached */
#define SL_EXIT_BUG        70 /* a bug in sluice */
#define SL_EXIT_FILE       74 /* local input or output */
#define SL_EXIT_STOPPED    75 /* stopped before the drain ended: run again */
#define SL_EXIT_REFUSED    77 /* permission refused */
#define SL_EXIT_GRAPH      78 /* the graph is wrong */
#define SL_MAX_ARGS        64u
#define SL_OPTION_NUMBER   1u /* a whole number, 0 or above */
#define SL_OPTION_WORDS    2u /* one of the words in arg, between bars: "text|json" */
#define SL_OPTION_FOLDER   3u
#define SL_OPTION_TEXT     4u
#define SL_OPTION_DURATION 5u /* such as 30s or 5m */

typedef struct sl_option {
    const char *name;  /* long, without dashes; NULL ends a table */
    const char *arg;   /* "DIR", or the words of SL_OPTION_WORDS; NULL: takes none */
    uint32_t kind;     /* SL_OPTION_*; 0: takes no argument */
    const char *brief; /* one line, no full stop */
} sl_option;

/* A command line that was taken apart; all borrowed from argv. */
typedef struct sl_args {
    const char *operand[SL_MAX_ARGS];
    uint32_t noperand;
    const sl_option *option[SL_MAX_ARGS];
    const char *value[SL_MAX_ARGS];
    uint32_t noption;
} sl_args;

/* What commands share; made by main, the world only when a command asks for it. */
typedef struct sl_tool {
    sl_mem *mem;
    sl_env *env;           /* NULL until sl_tool_world */
    sl_registry *registry; /* NULL until sl_tool_registry */
    int has_color;         /* on standard error */
    int is_quiet;
} sl_tool;

typedef struct sl_command {
    const char *name;         /* "run", or two words: "plugin list" */
    const char *operands;     /* "GRAPH"; "" for none */
    const char *brief;        /* one line, no full stop */
    const char *details;      /* Markdown, some lines, for --help and the man page; may be NULL */
    const sl_option *options; /* ends with name NULL */
    uint32_t min_operands;
    uint32_t max_operands;
    uint32_t is_hidden; /* not in lists */
    /* [main] Do it. Gives the exit status. */
    int (*run)(sl_tool *tool, const sl_args *args);
} sl_command;

/* ---- the tables: one command a file ---------------------------------------------------------- */

extern const sl_command sl_command_run;
extern const sl_command sl_command_check;
extern const sl_command sl_command_graph;
extern const sl_command sl_command_plugin_list;
extern const sl_command sl_command_plugin_show;
extern const sl_command sl_command_plugin_check;
extern const sl_command sl_command_plugin_doctor;
extern const sl_command sl_command_schema;
extern const sl_command sl_command_completion;
extern const sl_command sl_command_doctor;
extern const sl_command sl_command_version;
extern const sl_command sl_command_help;
extern const sl_command sl_command_internal;

/* Options that mean the same everywhere. */
#define SL_OPTION_PLUGIN_PATH                                                                      \
    {                                                                                              \
        "plugin-path", "DIR", SL_OPTION_FOLDER, "look for plugins in DIR first (repeatable)"       \
    }
#define SL_OPTION_SET                                                                              \
    {                                                                                              \
        "set", "VAR=VALUE", SL_OPTION_TEXT, "give the graph's variable VAR a value (repeatable)"   \
    }
#define SL_OPTION_COLOR                                                                            \
    {                                                                                              \
        "color", "auto|always|never", SL_OPTION_WORDS, "colour in messages (auto: on a terminal)"  \
    }
#define SL_OPTION_END                                                                              \
    {                                                                                              \
        NULL, NULL, 0, NULL                                                                        \
    }

/* [any] Command I, in the order of lists; NULL past the last. */
const sl_command *sl_command_at(uint32_t i);
/* [any] The command whose name is the first word or two of the N words WORDS; how many it took in
 * USED. NULL when there is none. */
const sl_command *sl_command_find(const char *const *words, uint32_t n, uint32_t *used);

/* ---- the command line ------------------------------------------------------------------------ */

/* [main] Take apart the N words WORDS behind the name of COMMAND. Mistakes are told on standard
 * error: SL_EXIT_USAGE. */
int sl_args_parse(const sl_command *command, const char *const *words, uint32_t n, sl_args *out);
/* [any] The value of the last option NAME ("" for one that takes none); NULL when not given. */
const char *sl_args_get(const sl_args *args, const char *name);
/* [any] All values of option NAME, in order, into OUT[0..cap], which ends with NULL. */
void sl_args_all(const sl_args *args, const char *name, const char **out, uint32_t cap);
/* [any] The number given by option NAME; FALLBACK when not given. */
uint64_t sl_args_number(const sl_args *args, const char *name, uint64_t fallback);
/* [any] The duration given by option NAME; FALLBACK_NS when not given. */
int64_t sl_args_duration_ns(const sl_args *args, const char *name, int64_t fallback_ns);

/* ---- help ------------------------------------------------------------------------------------ */

/* [main] Print the list of commands. */
void sl_help_all(FILE *to);
/* [main] Print usage, options and details of COMMAND; it fits a screen. */
void sl_help_command(FILE *to, const sl_command *command);
/* [any] "did you mean …" among commands for WORD, printed behind a message; nothing when none. */
void sl_help_suggest(const char *word);

/* ---- the world ------------------------------------------------------------------------------- */

/* [any] Is FD a terminal that wants colour (NO_COLOR, TERM=dumb)? */
int sl_tool_is_terminal(int fd);
/* [main] Make tool->env. False, and a message on standard error, when it can't be. */
int sl_tool_world(sl_tool *tool);
/* [main] Make tool->registry as --plugin-path says. Gives SL_EXIT_OK, or an exit status after a
 * message. */
int sl_tool_registry(sl_tool *tool, const sl_args *args);
/* [main] Free what was made. */
void sl_tool_close(sl_tool *tool);
/* [main] Tell ERR on standard error, as diagnostics look: error[code]: text. */
void sl_tool_error(const sl_tool *tool, const char *code, const char *text);
/* [any] The exit status that goes with failure STATUS of CODE. */
int sl_tool_exit(sl_status status, const char *code);
/* [main] Write TEXT to standard output, all of it. SL_EXIT_OK, or SL_EXIT_FILE after a message; a
 * reader that has gone away is no failure. */
int sl_tool_print(const sl_tool *tool, const char *text);
/* [main] As sl_tool_print: what J holds, with a line end; frees it. */
int sl_tool_print_json(const sl_tool *tool, sl_json *j);

#endif
