/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/plugin/scan.c - have a module described by the helper process sluice-host.
 *
 * posix_spawn, one pipe for its standard output, a deadline on the clock of the env table. The
 * child's standard error goes to /dev/null: libraries print there what they like. The child is
 * always waited for, and killed first when it is late or prints without end.
 */
#include "engine/plugin/scan.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define DEADLINE_NS 10000000000ll
#define MAX_BYTES   (4u << 20)
#define CHUNK_BYTES 16384u
#define POLL_MS     20
#define PATH_ROOM   1024u

extern char **environ;

int sl_scan_host(char *out, size_t room)
{
    static const char *const beside[] = {"../sluice-host", /* in a build, past libtool's folder */
                                         "sluice-host", "../libexec/sluice/sluice-host"};
    const char *given = getenv("SLUICE_HOST");
    char exe[PATH_ROOM];
    ssize_t n;
    char *slash;

    if (given && *given)
        return snprintf(out, room, "%s", given) < (int)room && !access(out, X_OK);
    n = readlink("/proc/self/exe", exe, sizeof exe - 1);
    exe[n > 0 ? n : 0] = '\0';
    slash = strrchr(exe, '/');
    for (size_t i = 0; slash && i < sizeof beside / sizeof *beside; i++) {
        if (snprintf(out, room, "%.*s/%s", (int)(slash - exe), exe, beside[i]) < (int)room &&
            !access(out, X_OK))
            return 1;
    }
    return snprintf(out, room, "%s/sluice-host", SL_HOSTDIR) < (int)room && !access(out, X_OK);
}

typedef struct scan {
    sl_env *env;
    sl_mem *mem;
    int64_t deadline_ns;
    char *text;
    size_t len;
    size_t room;
    pid_t pid;
    int fd;
    const char *code; /* of what went wrong, and why */
    const char *why;
} scan;

static void wrong(scan *s, const char *code, const char *why)
{
    if (s->code)
        return;
    s->code = code;
    s->why = why;
    (void)kill(s->pid, SIGKILL); /* it is waited for below */
}

static int start(scan *s, const char *what, const char *path)
{
    char host[PATH_ROOM];
    char arg[32];
    SL_CLEANUP(sl_mem_freep) char *file = sl_mem_dup(s->mem, path, strlen(path));
    char *argv[] = {host, arg, file, NULL};
    posix_spawn_file_actions_t actions;
    int ends[2];
    int rc;

    (void)snprintf(arg, sizeof arg, "%s", what);
    if (!file || !sl_scan_host(host, sizeof host) || pipe2(ends, O_CLOEXEC) < 0)
        return 0;
    rc = posix_spawn_file_actions_init(&actions);
    if (!rc) {
        rc = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0) ||
             posix_spawn_file_actions_adddup2(&actions, ends[1], 1) ||
             posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0) ||
             posix_spawn(&s->pid, host, &actions, NULL, argv, environ);
        (void)posix_spawn_file_actions_destroy(&actions);
    }
    (void)close(ends[1]);
    s->fd = ends[0];
    if (rc)
        (void)close(ends[0]);
    return !rc;
}

/* Read what is there. False at the end, or when it can't go on. */
static int take(scan *s)
{
    char *text;
    ssize_t n;

    if (s->room - s->len < CHUNK_BYTES) {
        if (s->room >= MAX_BYTES) {
            wrong(s, "plugin.scan.size", "printed more than 4 MiB");
            return 0;
        }
        text = sl_mem_resize(s->mem, s->text, s->room * 2 + 2 * CHUNK_BYTES);
        if (!text) {
            wrong(s, "memory.short", "could not be described: memory is short");
            return 0;
        }
        s->text = text;
        s->room = s->room * 2 + 2 * CHUNK_BYTES;
    }
    n = read(s->fd, s->text + s->len, s->room - s->len - 1);
    if (n < 0)
        return errno == EINTR;
    s->len += (size_t)n;
    return n > 0;
}

static int is_late(scan *s)
{
    if (s->env->now_ns(s->env) < s->deadline_ns)
        return 0;
    wrong(s, "plugin.scan.time", "did not end within 10 s of being loaded");
    return 1;
}

/* Read to the end and wait for the child; gives its status. */
static int finish(scan *s)
{
    struct pollfd p = {.fd = s->fd, .events = POLLIN};
    int status = 0;
    pid_t got;

    while (!is_late(s)) {
        int n = poll(&p, 1, POLL_MS);

        if (n > 0 && !take(s))
            break;
    }
    (void)close(s->fd);
    for (;;) {
        got = waitpid(s->pid, &status, s->code ? 0 : WNOHANG);
        if (got == s->pid || (got < 0 && errno != EINTR))
            return status;
        if (!is_late(s))
            (void)poll(NULL, 0, 1);
    }
}

sl_status sl_scan_run(sl_env *env, sl_mem *mem, const char *what, const char *path, char **out,
                      size_t *len, int *exit_code, sl_error *err)
{
    scan s = {.env = env, .mem = mem};
    int status;

    s.deadline_ns = env->now_ns(env) + DEADLINE_NS;
    if (!start(&s, what, path))
        return sl_error_set(err, SL_E_CONFIG, "plugin.scan.host",
                            "%s has no fresh descriptor, and the helper sluice-host that would "
                            "look at it can't be run; install sluice again",
                            path);
    status = finish(&s);
    if (!s.code && !WIFSIGNALED(status) && s.len) {
        s.text[s.len] = '\0';
        *out = s.text;
        *len = s.len;
        *exit_code = WEXITSTATUS(status);
        return SL_OK;
    }
    sl_mem_free(s.text);
    if (s.code)
        return sl_error_set(err, SL_E_CONFIG, s.code, "%s %s", path, s.why);
    if (WIFSIGNALED(status))
        return sl_error_set(err, SL_E_CONFIG, "plugin.scan.crash",
                            "%s crashed when it was loaded (%s); rebuild it, or remove it", path,
                            strsignal(WTERMSIG(status)));
    return sl_error_set(err, SL_E_CONFIG, "plugin.scan.crash",
                        "%s ended the process that loaded it (status %d); rebuild it, or remove it",
                        path, WEXITSTATUS(status));
}
