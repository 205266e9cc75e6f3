/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/engine/plugin/module.c - a small module, and with macros a broken one.
 *
 * MAJOR, MINOR, MAGIC, SIZE change the plugin table; SYMBOL its name; NEEDS_SYMBOL, CRASHES and
 * PRINTS make it fail, or misbehave, when it is loaded; ID is its one class.
 */
#include <stdio.h>
#include <stdlib.h>

#include <sluice/sdk.h>

#ifndef MAJOR
#define MAJOR SL_ABI_MAJOR
#endif
#ifndef MINOR
#define MINOR SL_ABI_MINOR
#endif
#ifndef MAGIC
#define MAGIC SL_ABI_MAGIC
#endif
#ifndef SIZE
#define SIZE sizeof(sl_plugin)
#endif
#ifndef SYMBOL
#define SYMBOL sluice_plugin_v1
#endif
#ifndef ID
#define ID "good"
#endif

#ifdef NEEDS_SYMBOL
extern int sluice_test_nowhere_to_be_found(void);
#endif

static const char *const words[] = {"one", "two", NULL};
static const char *const ports[] = {"left", "right", NULL};

static const sl_setting children[] = {
    {.size = sizeof(sl_setting), .type = SL_T_SIZE, .name = "size", .brief = "how big", .min = "1"},
    SL_SETTINGS_END,
};

static const sl_setting settings[] = {
    {.size = sizeof(sl_setting),
     .type = SL_T_CHOICE,
     .name = "which",
     .choice = words,
     .fallback = "one",
     .brief = "which of them",
     .details = "A \"quoted\" word,\nand a second line."},
    {.size = sizeof(sl_setting),
     .type = SL_T_STRING,
     .flags = SL_S_SECRET | SL_S_REQUIRED,
     .name = "token",
     .brief = "what is secret"},
    {.size = sizeof(sl_setting),
     .type = SL_T_GROUP,
     .name = "roll",
     .brief = "a group",
     .child = children},
    SL_SETTINGS_END,
};

struct sl_instance {
    int nothing;
};

static sl_status create(const sl_host *host, sl_node *node, const sl_config *cfg,
                        sl_instance **self)
{
    (void)host;
    (void)node;
    (void)cfg;
#ifdef NEEDS_SYMBOL
    if (sluice_test_nowhere_to_be_found())
        return SL_E_FATAL;
#endif
    *self = calloc(1, sizeof **self);
    return *self ? SL_OK : SL_E_NOMEM;
}

static void destroy(sl_instance *self)
{
    free(self);
}

static sl_status process(sl_instance *self, sl_call *call, uint32_t port, sl_batch *batch)
{
    (void)self;
    (void)call;
    (void)port;
    (void)batch;
    return SL_OK;
}

static const sl_transform_ops ops = {.size = sizeof ops, .process = process};

static const sl_class klass = {
    .size = sizeof klass,
    .flags = SL_P_PARALLEL | SL_P_PURE | 0x80000000u,
    .kind = SL_CLASS_TRANSFORM,
    .id = ID,
    .brief = "does nothing",
    .settings = settings,
    .in = ports,
    .ops = &ops,
    .create = create,
    .destroy = destroy,
};

static const sl_class *const classes[] = {&klass, NULL};

#ifdef CRASHES
static void __attribute__((constructor)) crash(void)
{
    abort();
}
#endif

#ifdef PRINTS
static void __attribute__((constructor)) chatter(void)
{
    (void)puts("{ this is no JSON");
    (void)fflush(stdout);
}
#endif

extern SL_EXPORT const sl_plugin SYMBOL;
SL_EXPORT const sl_plugin SYMBOL = {
    .magic = MAGIC,
    .size = SIZE,
    .abi_major = MAJOR,
    .abi_minor = MINOR,
    .name = ID,
    .version = "1.2.3",
    .license = "Apache-2.0",
    .built_with = "test",
    .classes = classes,
};
