/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/engine/fake_registry.c - a registry over tables in memory.
 *
 * Stands in for engine/plugin in tests of graphs. The tables name what messages and checks depend
 * on, in the order in which the stock plugins have it.
 */
#include "tests/engine/fake_registry.h"

#include <string.h>

#include <sluice/sdk.h>

#include "engine/service/env_real.h"

struct sl_registry {
    const sl_module *modules;
    uint32_t nmodules;
};

#define S(type_, name_, ...)                                                                       \
    {                                                                                              \
        .size = sizeof(sl_setting), .type = type_, .name = name_, __VA_ARGS__                      \
    }

/* ---- stock ------------------------------------------------------------------------------------
 */

static const char *const compressions[] = {"auto", "none", NULL};
static const char *const codecs[] = {"none", "snappy", "gzip", "lz4", "zstd", NULL};
static const char *const framings[] = {"blocks", "whole", NULL};
static const char *const starts[] = {"oldest", "newest", NULL};
static const char *const forms[] = {"records", "json", NULL};
static const char *const consumes[] = {"none", "touch", NULL};

static const sl_setting file_settings[] = {
    S(SL_T_LIST, "path", .item = SL_T_PATH, .flags = SL_S_REQUIRED,
      .brief = "files to read; *, ?, [a-z] and ** (any folders) match names",
      .example = "[\"logs/*.json\", \"old/**/*.json.gz\"]"),
    S(SL_T_BOOL, "follow", .fallback = "false"),
    S(SL_T_CHOICE, "start", .choice = starts, .fallback = "oldest"),
    S(SL_T_CHOICE, "framing", .choice = framings, .fallback = "blocks"),
    S(SL_T_SIZE, "split", .fallback = "0"),
    S(SL_T_CHOICE, "compression", .choice = compressions, .fallback = "auto"),
    S(SL_T_SIZE, "max_expanded", .fallback = "256GiB"),
    S(SL_T_SIZE, "whole_max", .fallback = "16MiB", .min = "1", .max = "1GiB"),
    S(SL_T_SIZE, "block", .fallback = "128KiB", .min = "4KiB", .max = "1MiB"),
    S(SL_T_DURATION, "poll", .fallback = "250ms", .min = "1ms"),
    S(SL_T_DURATION, "linger", .fallback = "10s"),
    SL_SETTINGS_END,
};

static const sl_setting generate_settings[] = {
    S(SL_T_INT, "rows", .min = "0", .fallback = "0"),
    S(SL_T_FLOAT, "rate", .unit = "rows/s", .min = "0", .fallback = "0"),
    S(SL_T_INT, "seed", .fallback = "1"),
    S(SL_T_INT, "splits", .min = "1", .max = "1024", .fallback = "1"),
    S(SL_T_CHOICE, "as", .choice = forms, .fallback = "records"),
    SL_SETTINGS_END,
};

static const sl_setting json_settings[] = {
    S(SL_T_STRING, "records"),
    S(SL_T_STRING, "documents"),
    S(SL_T_STRING, "duplicate_keys"),
    S(SL_T_STRING, "surrogates"),
    SL_SETTINGS_END,
};

static const sl_setting csv_settings[] = {
    S(SL_T_BOOL, "header", .fallback = "true"),
    S(SL_T_LIST, "columns", .item = SL_T_STRING),
    S(SL_T_MAP, "types", .item = SL_T_STRING),
    S(SL_T_STRING, "delimiter", .fallback = ","),
    SL_SETTINGS_END,
};

static const sl_setting select_settings[] = {
    S(SL_T_STRING, "where"),
    S(SL_T_LIST, "keep", .item = SL_T_STRING),
    S(SL_T_LIST, "drop", .item = SL_T_STRING),
    S(SL_T_MAP, "rename", .item = SL_T_STRING),
    S(SL_T_MAP, "types", .item = SL_T_STRING),
    SL_SETTINGS_END,
};

static const sl_setting roll_settings[] = {
    S(SL_T_SIZE, "size", .fallback = "256MiB", .min = "1KiB"),
    S(SL_T_INT, "rows", .min = "1"),
    S(SL_T_DURATION, "every", .min = "1s"),
    SL_SETTINGS_END,
};

static const sl_setting parquet_settings[] = {
    S(SL_T_URL, "to", .flags = SL_S_REQUIRED,
      .brief = "where the table lies: a folder, or the URL of one in a store",
      .example = "file:///srv/lake/clicks"),
    S(SL_T_LIST, "partition", .item = SL_T_STRING),
    S(SL_T_GROUP, "roll", .child = roll_settings),
    S(SL_T_INT, "open_files", .fallback = "100"),
    S(SL_T_SIZE, "buffer", .fallback = "256MiB"),
    S(SL_T_CHOICE, "compress", .choice = codecs, .fallback = "zstd"),
    S(SL_T_INT, "level", .min = "0", .max = "19", .fallback = "0"),
    S(SL_T_GROUP, "row_group", .child = roll_settings),
    SL_SETTINGS_END,
};

static const sl_setting local_settings[] = {S(SL_T_URL, "table"), SL_SETTINGS_END};
static const sl_setting null_settings[] = {
    S(SL_T_CHOICE, "consume", .choice = consumes, .fallback = "none"), SL_SETTINGS_END};
static const sl_setting no_settings[] = {SL_SETTINGS_END};

#define CLASS(var_, kind_, id_, settings_, flags_)                                                 \
    static const sl_class var_ = {.size = sizeof(sl_class),                                        \
                                  .kind = kind_,                                                   \
                                  .id = id_,                                                       \
                                  .settings = settings_,                                           \
                                  .flags = flags_}

CLASS(file_source, SL_CLASS_SOURCE, "file", file_settings, SL_P_PARALLEL | SL_P_RAW);
CLASS(stdin_source, SL_CLASS_SOURCE, "stdin", no_settings, SL_P_RAW);
CLASS(generate_source, SL_CLASS_SOURCE, "generate", generate_settings, SL_P_PARALLEL);
CLASS(json_decoder, SL_CLASS_DECODER, "json", json_settings, SL_P_PARALLEL);
CLASS(json_encoder, SL_CLASS_ENCODER, "json", no_settings, SL_P_PARALLEL);
CLASS(json_writer, SL_CLASS_TRANSFORM, "json", parquet_settings, SL_P_PARALLEL);
CLASS(csv_decoder, SL_CLASS_DECODER, "csv", csv_settings, SL_P_PARALLEL);
CLASS(csv_encoder, SL_CLASS_ENCODER, "csv", csv_settings, SL_P_PARALLEL);
CLASS(csv_writer, SL_CLASS_TRANSFORM, "csv", parquet_settings, SL_P_PARALLEL);
CLASS(lines_decoder, SL_CLASS_DECODER, "lines", no_settings, SL_P_PARALLEL);
CLASS(select_transform, SL_CLASS_TRANSFORM, "select", select_settings, SL_P_PARALLEL);
CLASS(parquet_writer, SL_CLASS_TRANSFORM, "parquet", parquet_settings, SL_P_PARALLEL);
CLASS(local_sink, SL_CLASS_SINK, "local", local_settings, 0);
CLASS(stdout_sink, SL_CLASS_SINK, "stdout", no_settings, SL_P_RAW);
CLASS(null_sink, SL_CLASS_SINK, "null", null_settings, SL_P_PARALLEL);

#define LIST(var_, ...) static const sl_class *const var_[] = {__VA_ARGS__, NULL}

LIST(csv_classes, &csv_decoder, &csv_encoder, &csv_writer);
LIST(file_classes, &file_source, &stdin_source);
LIST(generate_classes, &generate_source);
LIST(json_classes, &json_decoder, &json_encoder, &json_writer);
LIST(lines_classes, &lines_decoder);
LIST(local_classes, &local_sink);
LIST(null_classes, &null_sink);
LIST(parquet_classes, &parquet_writer);
LIST(select_classes, &select_transform);
LIST(stdout_classes, &stdout_sink);

#define MODULE(name_, classes_)                                                                    \
    {                                                                                              \
        .name = name_, .path = "/usr/lib/sluice/1/" name_ ".so", .classes = classes_               \
    }

/* clang-format off */
#define STOCK                                                                                      \
    MODULE("csv", csv_classes), MODULE("file", file_classes), MODULE("generate", generate_classes),\
    MODULE("json", json_classes), MODULE("lines", lines_classes), MODULE("local", local_classes),  \
    MODULE("null", null_classes), MODULE("parquet", parquet_classes),                              \
    MODULE("select", select_classes), MODULE("stdout", stdout_classes)
/* clang-format on */

static const sl_module stock_modules[] = {STOCK};

/* ---- odd ----------------------------------------------------------------------------------------
 */

static const char *const join_in[] = {"left", "right", NULL};
static const char *const join_out[] = {"rows", "late", NULL};
static const char *const colors[] = {"red", "green", "blue", NULL};

static const sl_setting inner_settings[] = {
    S(SL_T_STRING, "name", .flags = SL_S_REQUIRED, .brief = "what it is called"),
    S(SL_T_INT, "count", .fallback = "7"),
    SL_SETTINGS_END,
};

static const sl_setting widget_settings[] = {
    S(SL_T_BOOL, "flag"),
    S(SL_T_INT, "whole", .min = "-5", .max = "100", .unit = "pieces"),
    S(SL_T_FLOAT, "real", .min = "0.5"),
    S(SL_T_STRING, "text", .fallback = "\"\""),
    S(SL_T_SIZE, "size", .fallback = "64KiB", .min = "1KiB", .max = "1GiB"),
    S(SL_T_DURATION, "time", .fallback = "1m30s"),
    S(SL_T_CHOICE, "color", .choice = colors, .fallback = "green"),
    S(SL_T_LIST, "list", .item = SL_T_INT, .min = "1", .max = "3", .fallback = "[1, 2]"),
    S(SL_T_MAP, "map", .item = SL_T_STRING),
    S(SL_T_GROUP, "group", .child = inner_settings),
    S(SL_T_LIST, "groups", .item = SL_T_GROUP, .child = inner_settings),
    S(SL_T_PATH, "path"),
    S(SL_T_URL, "url"),
    S(SL_T_EXPR, "expr"),
    S(SL_T_FIELD, "field"),
    S(SL_T_STRING, "password", .flags = SL_S_SECRET),
    S(SL_T_STRING, "old_text", .replaced_by = "text"),
    SL_SETTINGS_END,
};

const sl_class fake_widget = {.size = sizeof(sl_class),
                              .kind = SL_CLASS_TRANSFORM,
                              .id = "widget",
                              .brief = "every type of setting",
                              .settings = widget_settings};

static const sl_class pipe_source = {.size = sizeof(sl_class),
                                     .kind = SL_CLASS_SOURCE,
                                     .id = "pipe",
                                     .settings = no_settings,
                                     .flags = SL_P_RAW};

static const sl_class join_transform = {.size = sizeof(sl_class),
                                        .kind = SL_CLASS_TRANSFORM,
                                        .id = "join",
                                        .settings = no_settings,
                                        .in = join_in,
                                        .out = join_out};

LIST(join_classes, &join_transform);
LIST(pipe_classes, &pipe_source);
LIST(widget_classes, &fake_widget);
LIST(no_classes, NULL);

static const sl_module odd_modules[] = {
    STOCK,
    MODULE("join", join_classes),
    MODULE("pipe", pipe_classes),
    {.name = "rusty",
     .path = "/usr/lib/sluice/1/rusty.so",
     .classes = no_classes,
     .broken = "it was built for ABI 2, this sluice has 1",
     .broken_code = "plugin.abi.major"},
    MODULE("widget", widget_classes),
};

/* ---- the registry
 * -------------------------------------------------------------------------------- */

static const sl_registry stock = {stock_modules, sizeof(stock_modules) / sizeof(*stock_modules)};
static const sl_registry odd = {odd_modules, sizeof(odd_modules) / sizeof(*odd_modules)};

const sl_registry *fake_registry_stock(void)
{
    return &stock;
}

const sl_registry *fake_registry_odd(void)
{
    return &odd;
}

sl_status sl_registry_new(sl_env *env, sl_mem *mem, const char *const *paths, sl_registry **out,
                          sl_error *err)
{
    (void)env;
    (void)mem;
    (void)paths;
    (void)out;
    return sl_error_set(err, SL_E_CONFIG, "test.fake", "a fake registry finds nothing");
}

void sl_registry_free(sl_registry *reg)
{
    (void)reg;
}

const sl_module *sl_registry_module(const sl_registry *reg, uint32_t n)
{
    return n < reg->nmodules ? &reg->modules[n] : NULL;
}

const sl_class *sl_registry_find(const sl_registry *reg, const char *kind, const char *id,
                                 const sl_module **module)
{
    for (uint32_t i = 0; i < reg->nmodules; i++) {
        for (const sl_class *const *c = reg->modules[i].classes; *c; c++) {
            if (strcmp((*c)->kind, kind) != 0 || strcmp((*c)->id, id) != 0)
                continue;
            if (module)
                *module = &reg->modules[i];
            return *c;
        }
    }
    return NULL;
}

const sl_class *sl_registry_class(const sl_registry *reg, const char *kind, uint32_t n)
{
    const char *last = "";

    for (;;) {
        const sl_class *best = NULL;

        for (uint32_t i = 0; i < reg->nmodules; i++) {
            for (const sl_class *const *c = reg->modules[i].classes; *c; c++) {
                if (strcmp((*c)->kind, kind) == 0 && strcmp((*c)->id, last) > 0 &&
                    (!best || strcmp((*c)->id, best->id) < 0))
                    best = *c;
            }
        }
        if (!best || n-- == 0)
            return best;
        last = best->id;
    }
}

sl_status sl_registry_load(sl_registry *reg, const sl_class *klass, const sl_host *host,
                           const sl_class **loaded, sl_error *err)
{
    (void)reg;
    (void)host;
    (void)loaded;
    return sl_error_set(err, SL_E_CONFIG, "test.fake", "the class %s is a fake", klass->id);
}

void fake_env_init(sl_env *env, const sl_mem_source *source)
{
    memset(env, 0, sizeof(*env));
    env->os = sl_os_real();
    env->mem = source ? source : sl_mem_libc();
}
