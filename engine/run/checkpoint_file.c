/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/run/checkpoint_file.c - the folder of a graph's checkpoints.
 *
 *   STORE/GRAPH/epoch-N        made, exclusively, by each start; the highest is the owner
 *   STORE/GRAPH/checkpoint-N   whole checkpoints; the newest two are kept
 *
 * A checkpoint is written under a temporary name, synced, renamed without replacing, and the folder
 * synced. Before that the writer looks for a higher epoch: who finds one has been taken over and
 * stops. What can't be read is set aside as checkpoint-N.damaged and logged, and the one before it
 * is used; a newer version is refused and nothing is changed.
 */
#include "engine/run/run_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEEP      2u
#define FILE_MOST ((uint64_t)1 << 32)

/* What a folder holds. */
typedef struct found {
    uint64_t epoch;    /* the highest; 0: none */
    uint64_t newest;   /* checkpoint; 0: none below BELOW */
    uint64_t below;    /* only checkpoints below this count; 0: all do */
    uint64_t remove;   /* some checkpoint, or epoch, that is not needed any more; 0: none */
    uint64_t keep;     /* checkpoints below this are not needed */
    uint64_t my_epoch; /* epochs below this are not */
    int32_t is_epoch;  /* what remove names */
} found;

static char *path_of(const sl_run *run, const char *kind, uint64_t n, const char *suffix)
{
    return sl_mem_printf(run->parent, "%s/%s-%020llu%s", run->store, kind, (unsigned long long)n,
                         suffix);
}

/* The number in NAME when it is KIND-NUMBER and nothing more; 0: it is not. */
static uint64_t number_in(const char *name, const char *kind)
{
    size_t len = strlen(kind);

    if (strncmp(name, kind, len) != 0 || name[len] != '-' ||
        strspn(name + len + 1, "0123456789") != strlen(name + len + 1))
        return 0;
    return strtoull(name + len + 1, NULL, 10);
}

static int32_t on_name(void *arg, const char *name)
{
    found *f = arg;
    uint64_t epoch = number_in(name, "epoch");
    uint64_t number = number_in(name, "checkpoint");

    if (epoch > f->epoch)
        f->epoch = epoch;
    if (epoch && epoch < f->my_epoch) {
        f->remove = epoch;
        f->is_epoch = 1;
    }
    if (number > f->newest && (!f->below || number < f->below))
        f->newest = number;
    if (number && number < f->keep) {
        f->remove = number;
        f->is_epoch = 0;
    }
    return 0;
}

static sl_status look(sl_run *run, found *f, sl_error *err)
{
    if (run->env->os->list(run->store, on_name, f) < 0)
        return sl_error_errno(err, "checkpoint.folder", "checkpoint folder %s", run->store);
    return SL_OK;
}

/* Make PATH and all folders above it. */
static sl_status make_folders(sl_run *run, char *path, sl_error *err)
{
    for (char *p = path + 1;; p++) {
        char c = *p;
        int32_t rc;
        if (c && c != '/')
            continue;
        *p = 0;
        rc = run->env->os->mkdir(path, 0777);
        if (rc < 0 && errno != EEXIST) {
            (void)sl_error_errno(err, "checkpoint.folder", "checkpoint folder %s", path);
            *p = c;
            return err->status;
        }
        *p = c;
        if (!c)
            return SL_OK;
    }
}

static sl_status take_epoch(sl_run *run, sl_error *err)
{
    const sl_os *os = run->env->os;

    for (uint32_t tries = 0; tries < 16; tries++) {
        found f = {0};
        sl_status status = look(run, &f, err);
        char *path;
        int32_t fd;
        if (status != SL_OK)
            return status;
        path = path_of(run, "epoch", f.epoch + 1, "");
        if (!path)
            return sl_error_set(err, SL_E_NOMEM, "memory.short", "no memory for the epoch");
        fd = os->open(path, O_WRONLY | O_CREAT | O_EXCL, 0666);
        if (fd < 0 && errno != EEXIST)
            status = sl_error_errno(err, "checkpoint.epoch", "%s", path);
        if (fd >= 0 && (os->sync(fd) < 0 || os->sync_folder(run->store) < 0))
            status = sl_error_errno(err, "checkpoint.epoch", "%s", path);
        if (fd >= 0)
            (void)os->close(fd); /* it is empty, and synced */
        sl_mem_free(path);
        if (fd >= 0 || status != SL_OK) {
            run->epoch = f.epoch + 1;
            return status;
        }
    }
    return sl_error_set(err, SL_E_RETRY, "checkpoint.epoch",
                        "others start this graph all the time: no epoch to be had in %s",
                        run->store);
}

sl_status sl_ckfile_open(sl_run *run, sl_error *err)
{
    const char *root = run->graph.limits.checkpoint_store;
    char name[160];
    sl_status status;

    if (!strncmp(root, "file://", 7))
        root += 7;
    if (strstr(root, "://"))
        return sl_error_set(err, SL_E_CONFIG, "checkpoint.store",
                            "checkpoints can be kept in a folder only, not in %s", root);
    sl_plain_name(name, sizeof name, run->graph.name);
    run->store = sl_mem_printf(run->parent, "%s/%s", root, name);
    if (!run->store)
        return sl_error_set(err, SL_E_NOMEM, "memory.short", "no memory for the checkpoint folder");
    status = make_folders(run, run->store, err);
    return status == SL_OK ? take_epoch(run, err) : status;
}

/* ---- reading ------------------------------------------------------------------------------- */

/* All bytes of the file PATH, in memory of the run's. */
static sl_status read_all(sl_run *run, const char *path, uint8_t **out, uint64_t *len,
                          sl_error *err)
{
    const sl_os *os = run->env->os;
    int32_t fd = os->open(path, O_RDONLY, 0);
    sl_file_info info;
    uint8_t *bytes = NULL;
    uint64_t at = 0;
    int64_t n = 1;

    if (fd < 0 || os->fstat(fd, &info) < 0) {
        (void)sl_error_errno(err, "checkpoint.read", "%s", path);
        if (fd >= 0)
            (void)os->close(fd); /* only read from */
        return err->status;
    }
    if (info.bytes < FILE_MOST)
        bytes = sl_mem_alloc(run->parent, info.bytes + 1);
    while (bytes && at < info.bytes && n > 0) {
        n = os->read(fd, bytes + at, info.bytes - at);
        at += n > 0 ? (uint64_t)n : 0;
    }
    if (!bytes)
        (void)sl_error_set(err, SL_E_NOMEM, "memory.short", "no memory to read %s", path);
    else if (n < 0)
        (void)sl_error_errno(err, "checkpoint.read", "%s", path);
    (void)os->close(fd); /* only read from */
    if (!bytes || n < 0) {
        sl_mem_free(bytes);
        return err->status;
    }
    *out = bytes;
    *len = at;
    return SL_OK;
}

/* Put the damaged file PATH aside, so that nobody trips over it again. */
static sl_status set_aside(sl_run *run, const char *path, uint64_t n, sl_error *err)
{
    char *aside = path_of(run, "checkpoint", n, ".damaged");
    sl_status status = SL_OK;

    sl_log_print(run->log, SL_LOG_ERROR, NULL, err->code,
                 "%s can't be used: %s; the checkpoint before it is used instead", path, err->text);
    if (!aside)
        return sl_error_set(err, SL_E_NOMEM, "memory.short", "no memory for a name");
    if (run->env->os->rename(path, aside, 1) < 0 || run->env->os->sync_folder(run->store) < 0)
        status = sl_error_errno(err, "checkpoint.damaged", "%s can't be set aside", path);
    sl_mem_free(aside);
    return status;
}

static sl_status read_one(sl_run *run, uint64_t n, sl_checkpoint **out, sl_error *err)
{
    char *path = path_of(run, "checkpoint", n, "");
    uint8_t *bytes = NULL;
    uint64_t len = 0;
    sl_status status;

    if (!path)
        return sl_error_set(err, SL_E_NOMEM, "memory.short", "no memory for a name");
    status = read_all(run, path, &bytes, &len, err);
    if (status == SL_OK) {
        status = sl_ckcode_read(run->parent, bytes, len, out, err);
        if (status == SL_E_DATA)
            status = set_aside(run, path, n, err);
        else if (status != SL_OK)
            (void)sl_error_wrap(err, status, "%s", path);
    }
    sl_mem_free(bytes);
    sl_mem_free(path);
    return status;
}

sl_status sl_ckfile_read(sl_run *run, sl_checkpoint **out, sl_error *err)
{
    uint64_t below = 0;

    for (;;) {
        found f = {.below = below};
        sl_status status = look(run, &f, err);
        if (status != SL_OK || !f.newest)
            return status;
        status = read_one(run, f.newest, out, err);
        if (status != SL_OK || *out)
            return status;
        below = f.newest;
    }
}

/* ---- writing ------------------------------------------------------------------------------- */

static sl_status write_file(sl_run *run, const char *temp, const uint8_t *bytes, size_t len,
                            sl_error *err)
{
    const sl_os *os = run->env->os;
    int32_t fd = os->open(temp, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    size_t at = 0;
    int64_t n = 1;
    int32_t rc;

    if (fd < 0)
        return sl_error_errno(err, "checkpoint.write", "%s", temp);
    while (at < len && n > 0) {
        n = os->write(fd, bytes + at, len - at);
        at += n > 0 ? (size_t)n : 0;
    }
    rc = n > 0 ? os->sync(fd) : -1;
    if (rc < 0)
        (void)sl_error_errno(err, "checkpoint.write", "%s", temp);
    if (os->close(fd) < 0 && rc == 0)
        rc = (int32_t)sl_error_errno(err, "checkpoint.write", "%s", temp);
    return rc == 0 ? SL_OK : err->status;
}

static sl_status sync_store(sl_run *run, sl_error *err)
{
    if (run->env->os->sync_folder(run->store) < 0)
        return sl_error_errno(err, "checkpoint.write", "%s", run->store);
    return SL_OK;
}

/* Put TEMP in its place, whole and for good. */
static sl_status publish(sl_run *run, const char *temp, uint64_t n, sl_error *err)
{
    char *path = path_of(run, "checkpoint", n, "");
    sl_status status = SL_OK;

    if (!path)
        return sl_error_set(err, SL_E_NOMEM, "memory.short", "no memory for a name");
    if (run->env->os->rename(temp, path, 0) < 0) {
        if (errno == EEXIST)
            status = sl_error_set(err, SL_E_FATAL, "checkpoint.fenced",
                                  "%s is there already: another sluice runs this graph", path);
        else
            status = sl_error_errno(err, "checkpoint.write", "%s", path);
    } else {
        run->published = n;
        status = sync_store(run, err);
    }
    sl_mem_free(path);
    return status;
}

/* Old checkpoints and epochs are not needed any more; what can't be removed stays. */
static void tidy(sl_run *run, uint64_t newest)
{
    sl_error err;

    for (uint32_t most = 0; most < 8; most++) {
        found f = {.keep = newest >= KEEP ? newest - KEEP + 1 : 0, .my_epoch = run->epoch};
        char *path;
        if (look(run, &f, &err) != SL_OK || !f.remove)
            return;
        path = path_of(run, f.is_epoch ? "epoch" : "checkpoint", f.remove, "");
        if (path)
            (void)run->env->os->unlink(path);
        sl_mem_free(path);
    }
}

sl_status sl_ckfile_write(sl_run *run, const sl_checkpoint *checkpoint, sl_error *err)
{
    found f = {0};
    size_t len = 0;
    sl_status status = look(run, &f, err);
    uint8_t *bytes;
    char *temp;

    if (status != SL_OK)
        return status;
    if (f.epoch > run->epoch)
        return sl_error_set(err, SL_E_FATAL, "checkpoint.fenced",
                            "another sluice has taken over this graph (epoch %llu after ours, "
                            "%llu)",
                            (unsigned long long)f.epoch, (unsigned long long)run->epoch);
    if (run->published == checkpoint->number) /* only the last step is to be done again */
        return sync_store(run, err);
    bytes = sl_ckcode_write(run->parent, run->graph.name, checkpoint, &len);
    temp = sl_mem_printf(run->parent, "%s/.checkpoint-%s.part", run->store, run->id);
    if (!bytes || !temp)
        status = sl_error_set(err, SL_E_NOMEM, "memory.short", "no memory to write a checkpoint");
    if (status == SL_OK)
        status = write_file(run, temp, bytes, len, err);
    if (status == SL_OK)
        status = publish(run, temp, checkpoint->number, err);
    if (status != SL_OK && temp)
        (void)run->env->os->unlink(temp);
    sl_mem_free(bytes);
    sl_mem_free(temp);
    if (status == SL_OK)
        tidy(run, checkpoint->number);
    return status;
}
