/* SPDX-License-Identifier: Apache-2.0
 *
 * tools/sluice/run.c - `sluice run`: check a graph, run it, tell how it went.
 *
 * The state folder (dead letters, later checkpoints) is --state, else systemd's STATE_DIRECTORY,
 * else $XDG_STATE_HOME/sluice/NAME, else ~/.local/state/sluice/NAME.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/service/log.h"
#include "tools/sluice/load.h"
#include "tools/sluice/summary.h"
#include "tools/sluice/table.h"

/* A run that shall end does not wait longer for a disk to get room, or a service to come back. */
#define UNTIL_END_RETRY_NS 30000000000

/* The state folder of graph NAME (give; sl_mem_free). */
static char *state_dir(const sl_tool *tool, const sl_args *args, const char *name)
{
    const char *given = sl_args_get(args, "state");
    const char *systemd = getenv("STATE_DIRECTORY");
    const char *xdg = getenv("XDG_STATE_HOME");
    const char *home = getenv("HOME");

    if (given)
        return sl_mem_dup(tool->mem, given, strlen(given));
    if (systemd && *systemd)
        return sl_mem_dup(tool->mem, systemd, strcspn(systemd, ":"));
    if (xdg && xdg[0] == '/')
        return sl_mem_printf(tool->mem, "%s/sluice/%s", xdg, name);
    if (home && home[0] == '/')
        return sl_mem_printf(tool->mem, "%s/.local/state/sluice/%s", home, name);
    return sl_mem_printf(tool->mem, ".sluice/%s", name);
}

/* Make the folder PATH with those above it. */
static int make_folder(const sl_tool *tool, char *path)
{
    const sl_os *os = tool->env->os;
    sl_error err;

    for (char *p = path + 1;; p++) {
        char c = *p;

        if (c != '/' && c)
            continue;
        *p = '\0';
        if (os->mkdir(path, 0777) < 0 && errno != EEXIST) {
            (void)sl_error_errno(&err, "state.folder", "the state folder %s can't be made", path);
            sl_tool_error(tool, err.code, err.text);
            *p = c;
            return 0;
        }
        *p = c;
        if (!c)
            return 1;
    }
}

static int exit_of(const sl_run_result *r, uint64_t max_dead)
{
    if (r->outcome == SL_RUN_FAILED)
        return sl_tool_exit(r->error.status, r->error.code);
    if (r->outcome == SL_RUN_STOPPED)
        return SL_EXIT_STOPPED;
    if (r->failed_splits)
        return sl_tool_exit(r->error.status, r->error.code);
    return r->dead > max_dead ? SL_EXIT_DEAD : SL_EXIT_OK;
}

static int start(sl_tool *tool, const sl_args *args, const sl_loaded *loaded, sl_run *run,
                 sl_progress *progress, const sl_run_options *options)
{
    sl_run_result result = {0};
    sl_summary summary = {.graph = loaded->graph,
                          .run = run,
                          .result = &result,
                          .state_dir = options->state_dir,
                          .is_dry = options->dry_run};
    int64_t begin = tool->env->now_ns(tool->env);
    int rc;

    progress->started_ns = progress->last_ns = begin;
    (void)sl_run_start(run, &result); /* what went wrong is in the result */
    summary.took_ns = tool->env->now_ns(tool->env) - begin;
    summary.exit_code = exit_of(&result, options->max_dead);
    sl_progress_clear(progress);
    sl_summary_text(tool, &summary);
    rc = sl_args_get(args, "json") ? sl_summary_json(tool, &summary) : SL_EXIT_OK;
    return summary.exit_code ? summary.exit_code : rc;
}

/* Run what was loaded. */
static int run_loaded(sl_tool *tool, const sl_args *args, sl_loaded *loaded)
{
    SL_CLEANUP(sl_mem_freep) char *state = state_dir(tool, args, sl_graph_name(loaded->graph));
    sl_progress progress = {.graph = loaded->graph, .env = tool->env, .to = stderr};
    sl_run_options options = {.env = tool->env, .registry = tool->registry, .state_dir = state};
    sl_run *run = NULL;
    sl_error err = {0};
    sl_status rc;
    int code;

    if (!state || !make_folder(tool, state))
        return SL_EXIT_FILE;
    options.limit = sl_args_number(args, "limit", 0);
    options.max_dead = sl_args_number(args, "max-dead", UINT64_MAX);
    options.lanes = (uint32_t)sl_args_number(args, "lanes", 0);
    options.until_end = sl_args_get(args, "until-end") != NULL;
    options.retry_ns =
        sl_args_duration_ns(args, "retry-for", options.until_end ? UNTIL_END_RETRY_NS : 0);
    options.dry_run = sl_args_get(args, "dry-run") != NULL;
    options.log_level = tool->is_quiet ? SL_LOG_WARN : SL_LOG_INFO;
    if (!tool->is_quiet && sl_tool_is_terminal(STDERR_FILENO)) {
        options.progress = sl_progress_draw;
        options.progress_arg = &progress;
    }
    rc = sl_run_new(loaded->graph, tool->mem, &options, loaded->diags, &run, &err);
    if (rc != SL_OK) {
        sl_load_tell(tool, loaded);
        if (!sl_diags_count(loaded->diags, SL_DIAG_ERROR))
            sl_tool_error(tool, err.code, err.text);
        sl_run_free(run);
        return sl_tool_exit(rc, err.code);
    }
    sl_load_tell(tool, loaded);
    code = start(tool, args, loaded, run, &progress, &options);
    sl_run_free(run);
    return code;
}

static void tell_quickstart(const sl_tool *tool, const sl_args *args)
{
    const char *sets[SL_MAX_ARGS + 1];
    const char *to = "sluice-quickstart";

    sl_args_all(args, "set", sets, SL_MAX_ARGS);
    for (uint32_t i = 0; sets[i]; i++)
        to = !strncmp(sets[i], "to=", 3) ? sets[i] + 3 : to;
    if (tool->is_quiet || sl_args_get(args, "dry-run"))
        return;
    sl_table_tell(tool, to);
    (void)fprintf(stderr,
                  "\nA table is in %s: Parquet files in a folder for each day. Look at it:\n"
                  "  duckdb -c \"SELECT day, count(*) FROM '%s/**/*.parquet' GROUP BY day\"\n"
                  "  python3 -c \"import pyarrow.dataset as d; print(d.dataset('%s', "
                  "partitioning='hive', exclude_invalid_files=True).head(5))\"\n"
                  "The graph that made it: sluice graph quickstart\n",
                  to, to, to);
}

static int run(sl_tool *tool, const sl_args *args)
{
    const char *name = args->operand[0];
    sl_loaded loaded;
    int rc = sl_load_graph(tool, args, name, &loaded);

    if (rc == SL_EXIT_OK)
        rc = run_loaded(tool, args, &loaded);
    else
        sl_load_tell(tool, &loaded);
    if (rc == SL_EXIT_OK && loaded.text && !strcmp(name, "quickstart"))
        tell_quickstart(tool, args);
    sl_load_close(&loaded);
    return rc;
}

static const sl_option options[] = {
    {"until-end", NULL, 0, "end when the bounded sources have ended"},
    {"limit", "N", SL_OPTION_NUMBER, "end after N records of the sources"},
    {"dry-run", NULL, 0, "sinks and writers only count; nothing is written"},
    SL_OPTION_SET,
    {"lanes", "N", SL_OPTION_NUMBER, "work on N lanes (default: the graph's limits.lanes)"},
    {"max-dead", "N", SL_OPTION_NUMBER, "exit with 65 when there are more than N dead letters"},
    {"retry-for", "DURATION", SL_OPTION_DURATION,
     "give up retrying after so long; 0s: never (30s with --until-end)"},
    {"state", "DIR", SL_OPTION_FOLDER, "keep dead letters and state in DIR"},
    SL_OPTION_PLUGIN_PATH,
    {"json", NULL, 0, "print the summary as one JSON object"},
    SL_OPTION_COLOR,
    {"quiet", NULL, 0, "no progress and no summary, only what went wrong"},
    SL_OPTION_END,
};

const sl_command sl_command_run = {
    .name = "run",
    .operands = "GRAPH",
    .brief = "run a graph: a file, `quickstart`, or a pipeline on the line",
    .details =
        "A pipeline on the line: `sluice run 'file:clicks.json | select:{where: a > 1} | "
        "stdout'`. SIGTERM and SIGINT drain, a second one stops at once. What fails for the "
        "moment (a full disk, a service) is tried again: for 30 s with --until-end, else for "
        "ever, or as --retry-for says. Exit status: 0 "
        "done, 65 too many dead letters, 69 a service, 74 a file, 75 stopped early, 78 the "
        "graph is wrong.",
    .options = options,
    .min_operands = 1,
    .max_operands = 1,
    .run = run,
};
