/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/engine/plugin/descriptor_test.c - descriptors: written, read back, damaged.
 */
#include "engine/plugin/descriptor.h"

#include <string.h>

#include <sluice/sdk.h>

#include "tests/lib/fail_mem.h"
#include "tests/lib/suite.h"

static const char *const words[] = {"a", "b", NULL};
static const sl_setting children[] = {
    {.size = sizeof(sl_setting), .type = SL_T_DURATION, .name = "every", .fallback = "1m"},
    SL_SETTINGS_END,
};
static const sl_setting settings[] = {
    {.size = sizeof(sl_setting),
     .type = SL_T_LIST,
     .item = SL_T_STRING,
     .flags = SL_S_REQUIRED,
     .name = "paths",
     .unit = "files",
     .brief = "which files",
     .details = "More.\nThan one line.",
     .example = "[ a, b ]",
     .since = "0.1"},
    {.size = sizeof(sl_setting), .type = SL_T_CHOICE, .name = "form", .choice = words},
    {.size = sizeof(sl_setting),
     .type = SL_T_INT,
     .name = "old",
     .min = "0",
     .max = "9",
     .replaced_by = "new"},
    {.size = sizeof(sl_setting), .type = SL_T_GROUP, .name = "roll", .child = children},
    SL_SETTINGS_END,
};
static const sl_class klass = {.size = sizeof klass,
                               .flags = SL_P_BLOCKING | SL_P_RAW,
                               .kind = SL_CLASS_SINK,
                               .id = "thing",
                               .brief = "keeps \"things\"",
                               .settings = settings,
                               .out = words};
static const sl_class *const classes[] = {&klass, NULL};
static const sl_descriptor whole = {.name = "thing",
                                    .version = "1.0",
                                    .license = "MIT",
                                    .home = "https://example.org/\xc3\xa4",
                                    .build_id = "00ff",
                                    .abi_major = 1,
                                    .classes = classes};

static char *write(sl_mem *mem, const sl_descriptor *d)
{
    sl_json j;

    sl_json_init(&j, mem, 2);
    sl_descriptor_write(&j, NULL, d);
    return sl_json_take(&j, NULL);
}

static sl_status read(sl_mem *mem, const char *text, sl_arena *arena, sl_descriptor *out,
                      sl_error *err)
{
    sl_json_doc *doc = NULL;
    sl_status rc = sl_json_read(mem, text, strlen(text), &doc, err);

    if (rc == SL_OK)
        rc = sl_descriptor_read(arena, sl_json_root(doc), out, err);
    sl_json_free(doc);
    return rc;
}

static void expect_damaged(const char *text)
{
    sl_mem *mem = sl_mem_new(NULL, NULL, "test", 0);
    sl_arena arena = {.mem = mem};
    sl_descriptor d;
    sl_error err;

    ck_assert_msg(read(mem, text, &arena, &d, &err) == SL_E_DATA, "accepted: %s", text);
    sl_arena_fini(&arena);
    ck_assert_uint_eq(sl_mem_used(mem), 0);
    sl_mem_drop(mem);
}

START_TEST(what_is_written_is_read_back)
{
    sl_mem *mem = sl_mem_new(NULL, NULL, "test", 0);
    sl_arena arena = {.mem = mem};
    char *first = write(mem, &whole);
    char *second;
    sl_descriptor d;
    sl_error err;

    ck_assert_msg(read(mem, first, &arena, &d, &err) == SL_OK, "%s", err.text);

    second = write(mem, &d);
    ck_assert_str_eq(first, second);
    ck_assert_uint_eq(d.classes[0]->settings[0].item, SL_T_STRING);
    ck_assert_str_eq(d.classes[0]->settings[2].replaced_by, "new");
    ck_assert_str_eq(d.classes[0]->settings[3].child[0].fallback, "1m");
    ck_assert_str_eq(d.classes[0]->out[1], "b");
    ck_assert_ptr_null(d.classes[0]->in);
    sl_mem_free(first);
    sl_mem_free(second);
    sl_arena_fini(&arena);
    ck_assert_uint_eq(sl_mem_used(mem), 0);
    sl_mem_drop(mem);
}
END_TEST

START_TEST(tables_of_an_older_sdk_are_walked_by_their_own_size)
{
    struct old {
        unsigned char bytes[offsetof(sl_setting, since)];
    } old[3];
    sl_setting s = {.size = sizeof(struct old), .type = SL_T_INT, .name = "one", .brief = "b"};
    sl_class c = klass;
    const sl_class *list[] = {&c, NULL};
    sl_mem *mem = sl_mem_new(NULL, NULL, "test", 0);
    sl_descriptor d = whole;
    char *text;

    memcpy(&old[0], &s, sizeof old[0]);
    s.name = "two";
    memcpy(&old[1], &s, sizeof old[1]);
    s.name = NULL;
    memcpy(&old[2], &s, sizeof old[2]);
    c.settings = (const void *)old;
    d.classes = list;

    text = write(mem, &d);

    ck_assert_ptr_nonnull(strstr(text, "\"one\""));
    ck_assert_ptr_nonnull(strstr(text, "\"two\""));
    sl_mem_free(text);
    sl_mem_drop(mem);
}
END_TEST

START_TEST(class_without_a_brief_is_written_and_read)
{
    sl_mem *mem = sl_mem_new(NULL, NULL, "test", 0);
    sl_arena arena = {.mem = mem};
    sl_class c = klass;
    const sl_class *list[] = {&c, NULL};
    sl_descriptor d = whole;
    sl_error err;
    char *text;

    c.brief = NULL;
    d.classes = list;
    text = write(mem, &d);

    ck_assert_msg(read(mem, text, &arena, &d, &err) == SL_OK, "%s", err.text);

    ck_assert_str_eq(d.classes[0]->brief, "");
    sl_mem_free(text);
    sl_arena_fini(&arena);
    sl_mem_drop(mem);
}
END_TEST

START_TEST(damaged_descriptors_are_refused)
{
    static const char *const texts[] = {
        "{}",
        "[]",
        "null",
        "{\"format\":2}",
        "{\"format\":1}",
        "{\"format\":1,\"name\":\"x\",\"version\":\"1\",\"license\":\"l\",\"build_id\":\"\"}",
        "{\"format\":1,\"name\":7,\"version\":\"1\",\"license\":\"l\",\"build_id\":\"\","
        "\"classes\":[]}",
        "{\"format\":1,\"name\":\"a\\u0000b\",\"version\":\"1\",\"license\":\"l\","
        "\"build_id\":\"\",\"classes\":[]}",
#define WITH(classes_)                                                                             \
    "{\"format\":1,\"name\":\"x\",\"version\":\"1\",\"license\":\"l\",\"build_id\":\"\","          \
    "\"classes\":" classes_ "}"
        WITH("{}"),
        WITH("[1]"),
        WITH("[{}]"),
        WITH("[{\"kind\":\"k\"}]"),
        WITH("[{\"kind\":\"k\",\"id\":\"\"}]"),
        WITH("[{\"kind\":\"k\",\"id\":\"i\",\"flags\":[\"no_such\"]}]"),
        WITH("[{\"kind\":\"k\",\"id\":\"i\",\"flags\":[\"bit99\"]}]"),
        WITH("[{\"kind\":\"k\",\"id\":\"i\",\"in\":[1]}]"),
        WITH("[{\"kind\":\"k\",\"id\":\"i\",\"settings\":{}}]"),
        WITH("[{\"kind\":\"k\",\"id\":\"i\",\"settings\":[{}]}]"),
        WITH("[{\"kind\":\"k\",\"id\":\"i\",\"settings\":[{\"name\":\"n\"}]}]"),
        WITH("[{\"kind\":\"k\",\"id\":\"i\",\"settings\":[{\"name\":\"n\",\"type\":\"x\"}]}]"),
        WITH("[{\"kind\":\"k\",\"id\":\"i\",\"settings\":[{\"name\":\"n\",\"type\":\"choice\"}]}]"),
    };

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        expect_damaged(texts[i]);
}
END_TEST

START_TEST(settings_nested_too_deep_are_refused)
{
    char text[4096] = "{\"format\":1,\"name\":\"x\",\"version\":\"1\",\"license\":\"l\","
                      "\"build_id\":\"\",\"classes\":[{\"kind\":\"k\",\"id\":\"i\"";

    for (int i = 0; i < 20; i++)
        strcat(text, ",\"settings\":[{\"name\":\"n\",\"type\":\"group\"");
    for (int i = 0; i < 20; i++)
        strcat(text, "}]");
    strcat(text, "}]}");

    expect_damaged(text);
}
END_TEST

START_TEST(short_memory_is_an_error_at_every_allocation)
{
    sl_mem *plenty = sl_mem_new(NULL, NULL, "test", 0);
    char *text = write(plenty, &whole);
    sl_status rc = SL_E_NOMEM;

    for (uint64_t n = 2; rc != SL_OK; n++) {
        fail_mem source;
        sl_mem *mem;
        sl_arena arena = {0};
        sl_descriptor d;
        sl_error err;

        fail_mem_init(&source, n);
        mem = sl_mem_new(&source.source, NULL, "failing", 0);
        ck_assert_ptr_nonnull(mem);
        arena.mem = mem;
        rc = read(mem, text, &arena, &d, &err);
        ck_assert(rc == SL_OK || rc == SL_E_NOMEM);
        sl_arena_fini(&arena);
        sl_mem_drop(mem);
        ck_assert_int_eq(source.blocks, 0);
    }
    sl_mem_free(text);
    sl_mem_drop(plenty);
}
END_TEST

SUITE("descriptor", what_is_written_is_read_back,
      tables_of_an_older_sdk_are_walked_by_their_own_size,
      class_without_a_brief_is_written_and_read, damaged_descriptors_are_refused,
      settings_nested_too_deep_are_refused, short_memory_is_an_error_at_every_allocation)
