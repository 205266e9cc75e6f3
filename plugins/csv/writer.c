/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/csv/writer.c - the writer `transform: csv`: files of comma separated text.
 *
 * A format of plugins/writer/lib. Each file has its own sheet below its own header, so that without
 * the setting columns each takes its columns from its first record. Rows are printed into a text
 * that goes to the file whenever it is long enough, through zstd when that is asked for; a file is
 * one zstd frame.
 */
#include "plugins/writer/lib/writer.h"
#include "plugins/csv/decode.h"
#include "plugins/csv/sheet.h"

#include <stdio.h>
#include <zstd.h>

#define TEXT_MOST  131072u /* bytes of text that wait in a file */
#define WINDOW_LOG 20      /* of zstd: bounds the memory of many open files */

static const char *const compress_choice[] = {"none", "zstd", NULL};

static const sl_setting settings[] = {
    SL_FILES_SETTINGS,
    SL_CSV_SHEET_SETTINGS,
    {
        .size = sizeof(sl_setting),
        .type = SL_T_CHOICE,
        .name = "compress",
        .since = "0.1.0",
        .fallback = "none",
        .choice = compress_choice,
        .brief = "How the files are compressed",
        .details = "none: files end in .csv; zstd: in .csv.zst.",
    },
    {
        .size = sizeof(sl_setting),
        .type = SL_T_INT,
        .name = "level",
        .since = "0.1.0",
        .fallback = "3",
        .min = "1",
        .max = "19",
        .brief = "How hard zstd tries",
    },
    SL_SETTINGS_END,
};

struct sl_format {
    const sl_files_env *env;
    sl_csv_sheet sheet; /* with given columns all files share it */
    int is_given;
    int level; /* 0: not compressed */
};

struct sl_format_file {
    sl_format *format;
    sl_files_out *out;
    sl_bytes *name; /* its columns, where they are not given */
    uint32_t names;
    uint32_t has_header;
    ZSTD_CCtx *zstd; /* NULL: plain text */
    sl_json_text text;
    uint64_t sent; /* bytes of the text that are in the file already */
};

static void format_destroy(sl_format *self)
{
    if (!self)
        return;
    sl_csv_sheet_fini(&self->sheet);
    self->env->host->release(self);
}

static sl_status format_create(const sl_files_env *env, const sl_config *cfg, sl_format **out)
{
    sl_format *self = env->host->alloc(env->node, sizeof *self);
    sl_status rc;

    if (!self)
        return SL_E_NOMEM;
    memset(self, 0, sizeof *self);
    self->env = env;
    if (!strcmp(env->host->get_text(cfg, "compress"), "zstd"))
        self->level = (int)env->host->get_int(cfg, "level");
    rc = sl_csv_sheet_init(&self->sheet, env->host, env->node, cfg);
    if (rc != SL_OK) {
        format_destroy(self);
        return rc;
    }
    self->is_given = self->sheet.columns != 0;
    *out = self;
    return SL_OK;
}

static const char *format_suffix(const sl_format *self)
{
    return self->level ? "csv.zst" : "csv";
}

static void format_drop(sl_format_file *f)
{
    const sl_host *host;

    if (!f)
        return;
    host = f->format->env->host;
    (void)ZSTD_freeCCtx(f->zstd);
    sl_json_text_fini(&f->text);
    host->release(f->name);
    host->release(f);
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
    if (self->level) {
        f->zstd = ZSTD_createCCtx();
        if (!f->zstd) {
            format_drop(f);
            return SL_E_NOMEM;
        }
        /* These can't fail for a fresh context and checked values. */
        (void)ZSTD_CCtx_setParameter(f->zstd, ZSTD_c_compressionLevel, self->level);
        (void)ZSTD_CCtx_setParameter(f->zstd, ZSTD_c_windowLog, WINDOW_LOG);
        (void)ZSTD_CCtx_setParameter(f->zstd, ZSTD_c_checksumFlag, 1);
    }
    *file = f;
    return SL_OK;
}

/* Send the text through zstd; END closes the frame. */
static sl_status squeeze(sl_format_file *f, ZSTD_EndDirective end)
{
    const sl_files_env *env = f->format->env;
    ZSTD_inBuffer in = {f->text.ptr, f->text.len, f->sent};
    size_t left;

    do {
        uint64_t got = 0;
        void *room = sl_files_room(f->out, ZSTD_CStreamOutSize(), &got);
        ZSTD_outBuffer out = {room, got, 0};

        if (!room)
            return SL_E_NOMEM;
        left = ZSTD_compressStream2(f->zstd, &out, &in, end);
        if (ZSTD_isError(left)) {
            env->host->fail(env->node, "csv.zstd", ZSTD_getErrorName(left));
            return SL_E_FATAL;
        }
        sl_files_used(f->out, out.pos);
        f->sent = in.pos;
    } while (in.pos < in.size || (end == ZSTD_e_end && left));
    f->text.len = f->sent = 0;
    return SL_OK;
}

static sl_status send_text(sl_format_file *f, ZSTD_EndDirective end)
{
    sl_status rc;

    if (f->zstd)
        return squeeze(f, end);
    rc = sl_files_put(f->out, f->text.ptr, f->text.len);
    if (rc == SL_OK)
        f->text.len = 0;
    return rc;
}

/* Let the format's sheet have this file's columns, which are those of record ROW when the file has
 * none yet, and write the header. */
static sl_status prepare_sheet(sl_format_file *f, const sl_batch *batch, uint32_t row)
{
    sl_format *self = f->format;
    sl_csv_sheet *sheet = &self->sheet;
    sl_status rc = SL_OK;

    if (!self->is_given) {
        if (f->names) {
            rc = sl_csv_sheet_set(sheet, f->name, f->names);
        } else {
            sheet->columns = 0;
            rc = sl_csv_sheet_learn(sheet, batch, row);
        }
    }
    if (rc != SL_OK || f->has_header || !sheet->columns)
        return rc;
    if (!self->is_given) {
        /* The file keeps a copy: names point into the block behind them. */
        uint64_t bytes = sheet->columns * sizeof *f->name;
        uint64_t n = bytes;
        uint8_t *to;

        for (uint32_t i = 0; i < sheet->columns; i++)
            n += sheet->name[i].len;
        self->env->host->release(f->name);
        f->name = self->env->host->alloc(self->env->node, n);
        if (!f->name)
            return SL_E_NOMEM;
        to = (uint8_t *)f->name + bytes;
        for (uint32_t i = 0; i < sheet->columns; i++) {
            memcpy(to, sheet->name[i].ptr, sheet->name[i].len);
            f->name[i] = (sl_bytes){to, sheet->name[i].len};
            to += sheet->name[i].len;
        }
    }
    if (sheet->has_header)
        rc = sl_csv_sheet_header(sheet, &f->text);
    f->has_header = rc == SL_OK;
    f->names = rc == SL_OK && !self->is_given ? sheet->columns : 0;
    return rc;
}

static void reject(sl_format_file *f, sl_batch *batch, uint32_t row)
{
    const sl_bytes *key = &f->format->sheet.stranger;
    uint16_t one = (uint16_t)row;
    char why[320];

    (void)snprintf(why, sizeof why,
                   "the field %.*s has no column: the file's first record had none; name all "
                   "fields in columns",
                   key->len < 200 ? (int)key->len : 200, (const char *)key->ptr);
    sl_files_reject(f->out, batch, &one, 1, "csv.column", why);
}

static sl_status format_add(sl_format_file *f, sl_batch *batch, const uint16_t *row, uint32_t n,
                            uint32_t *done)
{
    sl_status rc = SL_OK;

    while (*done < n && rc == SL_OK) {
        uint32_t at = row ? row[*done] : *done;

        if (f->text.len >= TEXT_MOST) {
            rc = send_text(f, ZSTD_e_continue);
            if (rc != SL_OK)
                return rc;
        }
        if (!*done || !f->has_header)
            rc = prepare_sheet(f, batch, at);
        if (rc == SL_OK)
            rc = sl_csv_sheet_row(&f->format->sheet, batch, at, &f->text);
        if (rc == SL_E_DATA) {
            reject(f, batch, at);
            rc = SL_OK;
        }
        *done += rc == SL_OK;
    }
    return rc;
}

static uint64_t format_held(const sl_format_file *f)
{
    uint64_t left = f->text.len - f->sent;

    return f->zstd ? left / 4 : left;
}

static sl_status format_finish(sl_format_file *f, const sl_files_meta *meta, uint32_t n,
                               sl_files_info *info)
{
    sl_status rc = send_text(f, ZSTD_e_end);

    (void)meta;
    (void)n;
    (void)info;
    if (rc == SL_OK)
        format_drop(f);
    return rc;
}

static const sl_files_format format = {
    .size = sizeof format,
    .name = "csv",
    .create = format_create,
    .destroy = format_destroy,
    .suffix = format_suffix,
    .begin = format_begin,
    .add = format_add,
    .held = format_held,
    .finish = format_finish,
    .drop = format_drop,
};

static sl_status create(const sl_host *host, sl_node *node, const sl_config *cfg,
                        sl_instance **self)
{
    return sl_files_create(host, node, cfg, &format, self);
}

const sl_class sl_csv_writer = {
    .size = sizeof sl_csv_writer,
    .flags = SL_FILES_FLAGS,
    .kind = SL_CLASS_TRANSFORM,
    .id = "csv",
    .brief = "Writes files of comma separated text",
    .details = "Nested values are written as JSON, times as ISO 8601, bytes as base64.",
    .settings = settings,
    .create = create,
    SL_FILES_SLOTS,
};
