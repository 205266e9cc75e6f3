/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/json/writer.c - the writer `transform: json`: files of JSON lines, plain or zstd.
 *
 * A format of plugins/writer/lib. Rows are printed into a text of the file; whenever it is long
 * enough it goes to the file, through zstd when that is asked for. Each file is one zstd frame. A
 * file that stays short is compressed at once when it ends, with a context that all share, so that
 * many small partitions need no memory for contexts of their own.
 */
#include "plugins/writer/lib/writer.h"
#include "plugins/json/json.h"
#include "plugins/json/lib/print.h"

#include <zstd.h>
#include <zstd_errors.h>

#define TEXT_MOST    131072u /* bytes of text that wait in a file */
#define SHORT_MOST   2097152u
#define CONTEXTS     8u /* files with a context of their own that get the level's full window */
#define SMALL_WINDOW 18 /* log2 of the window of the others */

static const char *const compress_choice[] = {"none", "zstd", NULL};

static const sl_setting settings[] = {
    SL_FILES_SETTINGS,
    {
        .size = sizeof(sl_setting),
        .type = SL_T_CHOICE,
        .name = "compress",
        .fallback = "none",
        .choice = compress_choice,
        .brief = "how the files are compressed",
        .details = "`none`: files end in `.ndjson`. `zstd`: in `.ndjson.zst`.",
    },
    {
        .size = sizeof(sl_setting),
        .type = SL_T_INT,
        .name = "level",
        .fallback = "3",
        .min = "1",
        .max = "19",
        .brief = "how hard zstd tries",
    },
    SL_SETTINGS_END,
};

struct sl_format {
    const sl_files_env *env;
    ZSTD_CCtx *shared; /* for files that stay short; NULL: plain text */
    int level;
    uint32_t contexts; /* files with one of their own */
};

struct sl_format_file {
    sl_format *format;
    sl_files_out *out;
    ZSTD_CCtx *own; /* NULL: nothing of the text has been compressed yet */
    sl_json_text text;
    uint64_t sent; /* bytes of the text that are in the file already */
};

static void format_destroy(sl_format *self)
{
    if (!self)
        return;
    (void)ZSTD_freeCCtx(self->shared);
    self->env->host->release(self);
}

static sl_status format_create(const sl_files_env *env, const sl_config *cfg, sl_format **out)
{
    sl_format *self = env->host->alloc(env->node, sizeof *self);

    if (!self)
        return SL_E_NOMEM;
    memset(self, 0, sizeof *self);
    self->env = env;
    self->level = (int)env->host->get_int(cfg, "level");
    if (!strcmp(env->host->get_text(cfg, "compress"), "zstd")) {
        self->shared = ZSTD_createCCtx();
        if (!self->shared) {
            format_destroy(self);
            return SL_E_NOMEM;
        }
    }
    *out = self;
    return SL_OK;
}

static const char *format_suffix(const sl_format *self)
{
    return self->shared ? "ndjson.zst" : "ndjson";
}

static sl_status format_begin(sl_format *self, sl_files_out *out, sl_format_file **file)
{
    sl_format_file *f = self->env->host->alloc(self->env->node, sizeof *f);

    if (!f)
        return SL_E_NOMEM;
    memset(f, 0, sizeof *f);
    f->format = self;
    f->out = out;
    sl_json_text_init(&f->text, self->env->host, self->env->node);
    *file = f;
    return SL_OK;
}

static void format_drop(sl_format_file *f)
{
    if (!f)
        return;
    if (f->own) {
        (void)ZSTD_freeCCtx(f->own);
        f->format->contexts--;
    }
    sl_json_text_fini(&f->text);
    f->format->env->host->release(f);
}

/* Say why zstd failed; it only does when memory is short or there is a bug. */
static sl_status zstd_failed(const sl_format_file *f, size_t code)
{
    const sl_files_env *env = f->format->env;

    if (ZSTD_getErrorCode(code) == ZSTD_error_memory_allocation)
        return SL_E_NOMEM;
    env->host->fail(env->node, "json.zstd", ZSTD_getErrorName(code));
    return SL_E_FATAL;
}

/* Give the file a context of its own. */
static sl_status begin_stream(sl_format_file *f)
{
    size_t code;

    f->own = ZSTD_createCCtx();
    if (!f->own)
        return SL_E_NOMEM;
    f->format->contexts++;
    code = ZSTD_CCtx_setParameter(f->own, ZSTD_c_compressionLevel, f->format->level);
    if (!ZSTD_isError(code))
        code = ZSTD_CCtx_setParameter(f->own, ZSTD_c_checksumFlag, 1);
    if (!ZSTD_isError(code) && f->format->contexts > CONTEXTS)
        code = ZSTD_CCtx_setParameter(f->own, ZSTD_c_windowLog, SMALL_WINDOW);
    return ZSTD_isError(code) ? zstd_failed(f, code) : SL_OK;
}

/* Send the text through the file's context; END closes the frame. */
static sl_status compress(sl_format_file *f, ZSTD_EndDirective end)
{
    ZSTD_inBuffer in = {f->text.ptr, f->text.len, f->sent};
    size_t left;

    do {
        uint64_t got = 0;
        void *room = sl_files_room(f->out, ZSTD_CStreamOutSize(), &got);
        ZSTD_outBuffer out = {room, got, 0};

        if (!room)
            return SL_E_NOMEM;
        left = ZSTD_compressStream2(f->own, &out, &in, end);
        if (ZSTD_isError(left))
            return zstd_failed(f, left);
        sl_files_used(f->out, out.pos);
        f->sent = in.pos;
    } while (in.pos < in.size || (end == ZSTD_e_end && left));
    f->text.len = f->sent = 0;
    return SL_OK;
}

/* Send the text on. SL_E_NOMEM: what is not sent stays. */
static sl_status send_text(sl_format_file *f)
{
    sl_status status = SL_OK;

    if (!f->format->shared) {
        status = sl_files_put(f->out, f->text.ptr, f->text.len);
        if (status == SL_OK)
            f->text.len = 0;
        return status;
    }
    if (!f->own)
        status = begin_stream(f);
    return status == SL_OK ? compress(f, ZSTD_e_continue) : status;
}

static sl_status format_add(sl_format_file *f, sl_batch *batch, const uint16_t *row, uint32_t n,
                            uint32_t *done)
{
    sl_status status;

    while (*done < n) {
        uint32_t at = row ? row[*done] : *done;
        uint64_t len = f->text.len;

        if (len >= TEXT_MOST) {
            status = send_text(f);
            if (status != SL_OK)
                return status;
            len = 0;
        }
        status = sl_json_print(&f->text, batch->body + batch->rec[at]);
        if (status == SL_OK)
            status = sl_json_text_put(&f->text, "\n", 1);
        if (status != SL_OK) {
            f->text.len = len;
            return status;
        }
        ++*done;
    }
    return SL_OK;
}

static uint64_t format_held(const sl_format_file *f)
{
    uint64_t left = f->text.len - f->sent;

    return f->format->shared ? left / 4 : left; /* text shrinks to a quarter or less */
}

/* The whole file is still in the text: one frame, with the context that all share; unless its last
 * row was so big that there may be no room for all of it at once. */
static sl_status compress_short(sl_format_file *f)
{
    uint64_t got = 0;
    sl_status status;
    size_t len;
    void *room;

    if (f->text.len > SHORT_MOST) {
        status = begin_stream(f);
        return status == SL_OK ? compress(f, ZSTD_e_end) : status;
    }
    room = sl_files_room(f->out, ZSTD_compressBound(f->text.len), &got);
    if (!room)
        return SL_E_NOMEM;
    (void)ZSTD_CCtx_reset(f->format->shared, ZSTD_reset_session_and_parameters);
    (void)ZSTD_CCtx_setParameter(f->format->shared, ZSTD_c_compressionLevel, f->format->level);
    (void)ZSTD_CCtx_setParameter(f->format->shared, ZSTD_c_checksumFlag, 1);
    len = ZSTD_compress2(f->format->shared, room, got, f->text.ptr, f->text.len);
    if (ZSTD_isError(len))
        return zstd_failed(f, len);
    sl_files_used(f->out, len);
    f->text.len = 0;
    return SL_OK;
}

static sl_status format_finish(sl_format_file *f, const sl_files_meta *meta, uint32_t n,
                               sl_files_info *info)
{
    sl_status status;

    (void)meta;
    (void)n;
    (void)info;
    if (!f->format->shared)
        status = send_text(f);
    else if (f->own)
        status = compress(f, ZSTD_e_end);
    else
        status = compress_short(f);
    if (status == SL_OK)
        format_drop(f);
    return status;
}

static const sl_files_format format = {
    .size = sizeof format,
    .name = "ndjson",
    .create = format_create,
    .destroy = format_destroy,
    .suffix = format_suffix,
    .begin = format_begin,
    .add = format_add,
    .held = format_held,
    .finish = format_finish,
    .drop = format_drop,
};

static sl_status json_create(const sl_host *host, sl_node *node, const sl_config *cfg,
                             sl_instance **self)
{
    return sl_files_create(host, node, cfg, &format, self);
}

const sl_class sl_json_writer = {
    .size = sizeof sl_json_writer,
    .flags = SL_FILES_FLAGS,
    .kind = SL_CLASS_TRANSFORM,
    .id = "json",
    .brief = "writes files of JSON lines",
    .details = "One record a line, as `encode: json` prints them; no column is left out for being "
               "a partition's.",
    .settings = settings,
    .create = json_create,
    SL_FILES_SLOTS,
};
