/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/engine/plugin/registry_test.c - finding and loading modules, good ones and broken ones.
 *
 * Each test has its own folder of modules; what is broken must be listed with its reason, and the
 * good ones beside it must work.
 */
#include "engine/plugin/registry.h"

#include <errno.h>

#include <sluice/sdk.h>

#include "engine/service/env_real.h"
#include "tests/engine/plugin/folder.h"
#include "tests/lib/fail_mem.h"
#include "tests/lib/suite.h"

typedef struct world {
    folder folder;
    sl_mem *mem;
    sl_env *env;
    sl_registry *reg;
    const char *paths[3];
    sl_error err;
} world;

static void begin(world *w)
{
    memset(w, 0, sizeof *w);
    folder_make(&w->folder);
    ck_assert_int_eq(setenv("SLUICE_HOST", HOST, 1), 0);
    w->mem = sl_mem_new(NULL, NULL, "test", 0);
    w->env = sl_env_real_new(w->mem);
    w->paths[0] = w->folder.modules;
    ck_assert_ptr_nonnull(w->env);
}

static void look(world *w)
{
    sl_registry_free(w->reg);
    w->reg = NULL;
    ck_assert_msg(sl_registry_new(w->env, w->mem, w->paths, &w->reg, &w->err) == SL_OK, "%s",
                  w->err.text);
}

static void end(world *w)
{
    sl_registry_free(w->reg);
    sl_env_real_free(w->env);
    ck_assert_uint_eq(sl_mem_used(w->mem), 0);
    sl_mem_drop(w->mem);
    folder_remove(&w->folder);
}

static const sl_module *module(const world *w, const char *file)
{
    const sl_module *m;

    for (uint32_t i = 0; (m = sl_registry_module(w->reg, i)) != NULL; i++) {
        const char *slash = strrchr(m->path, '/');

        if (!strncmp(slash + 1, file, strlen(file)) && slash[1 + strlen(file)] == '.')
            return m;
    }
    ck_abort_msg("no module %s", file);
    return NULL;
}

/* Module FILE alone must be broken with CODE and a text that has WORD in it. */
static void expect_broken(const char *file, const char *code, const char *word)
{
    const sl_module *m;
    world w;

    begin(&w);
    folder_add(&w.folder, file);
    folder_add(&w.folder, "prints");

    look(&w);

    m = module(&w, file);
    ck_assert_ptr_nonnull(m->broken);
    ck_assert_str_eq(m->broken_code, code);
    ck_assert_msg(strstr(m->broken, word) != NULL, "\"%s\" lacks \"%s\"", m->broken, word);
    ck_assert_ptr_null(m->classes[0]);
    ck_assert_ptr_null(module(&w, "prints")->broken);
    end(&w);
}

START_TEST(module_without_descriptor_is_described_by_the_helper)
{
    const sl_module *m;
    const sl_setting *s;
    world w;

    begin(&w);
    folder_add(&w.folder, "good");

    look(&w);

    m = module(&w, "good");
    ck_assert_ptr_null(m->broken);
    ck_assert_ptr_null(m->descriptor);
    ck_assert_str_eq(m->version, "1.2.3");
    ck_assert_str_eq(m->classes[0]->id, "good");
    ck_assert_uint_eq(m->classes[0]->flags, SL_P_PARALLEL | SL_P_PURE | 0x80000000u);
    ck_assert_str_eq(m->classes[0]->in[1], "right");
    ck_assert_ptr_null(m->classes[0]->out);
    ck_assert_ptr_null(m->classes[0]->create);
    s = m->classes[0]->settings;
    ck_assert_str_eq(s[0].choice[1], "two");
    ck_assert_str_eq(s[0].details, "A \"quoted\" word,\nand a second line.");
    ck_assert_uint_eq(s[1].flags, SL_S_SECRET | SL_S_REQUIRED);
    ck_assert_str_eq(s[2].child[0].min, "1");
    ck_assert_ptr_null(s[3].name);
    end(&w);
}
END_TEST

START_TEST(description_is_cached_until_the_file_changes)
{
    world w;

    begin(&w);
    folder_add(&w.folder, "good");
    look(&w);

    ck_assert_int_eq(setenv("SLUICE_HOST", "/bin/false", 1), 0);
    look(&w);
    ck_assert_ptr_null(module(&w, "good")->broken);

    shell("touch -d 2001-01-01 '%s/good.so'", w.folder.modules);
    look(&w);
    ck_assert_ptr_nonnull(module(&w, "good")->broken);
    end(&w);
}
END_TEST

START_TEST(damaged_cache_entry_is_no_matter)
{
    world w;

    begin(&w);
    folder_add(&w.folder, "good");
    look(&w);
    shell("for f in '%s'/.cache/sluice/*; do printf '{\"path\":' > \"$f\"; done", w.folder.top);

    look(&w);

    ck_assert_ptr_null(module(&w, "good")->broken);
    end(&w);
}
END_TEST

START_TEST(fresh_descriptor_beside_the_module_is_used_without_the_helper)
{
    world w;

    begin(&w);
    folder_add(&w.folder, "good");
    shell("'" HOST "' --describe '%s/good.so' > '%s/good.json'", w.folder.modules,
          w.folder.modules);
    ck_assert_int_eq(setenv("SLUICE_HOST", "/bin/false", 1), 0);

    look(&w);

    ck_assert_ptr_null(module(&w, "good")->broken);
    ck_assert_ptr_nonnull(module(&w, "good")->descriptor);
    end(&w);
}
END_TEST

START_TEST(descriptor_in_share_of_the_same_prefix_is_used)
{
    char lib[512];
    world w;

    begin(&w);
    folder_add(&w.folder, "good");
    shell("mkdir -p '%s/p/lib/x/sluice/1' '%s/p/share/sluice/plugins'", w.folder.top, w.folder.top);
    shell("'" HOST "' --describe '%s/good.so' > '%s/p/share/sluice/plugins/good.json'",
          w.folder.modules, w.folder.top);
    shell("mv '%s/good.so' '%s/p/lib/x/sluice/1/'", w.folder.modules, w.folder.top);
    (void)snprintf(lib, sizeof lib, "%s/p/lib/x/sluice/1", w.folder.top);
    w.paths[0] = lib;
    ck_assert_int_eq(setenv("SLUICE_HOST", "/bin/false", 1), 0);

    look(&w);

    ck_assert_ptr_null(module(&w, "good")->broken);
    end(&w);
}
END_TEST

START_TEST(descriptor_of_another_build_is_not_used)
{
    world w;

    begin(&w);
    folder_add(&w.folder, "good");
    folder_add(&w.folder, "prints");
    shell("'" HOST "' --describe '%s/prints.so' > '%s/good.json'", w.folder.modules,
          w.folder.modules);

    look(&w);

    ck_assert_str_eq(module(&w, "good")->name, "good");
    ck_assert_ptr_null(module(&w, "good")->descriptor);
    end(&w);
}
END_TEST

START_TEST(other_major_is_refused_without_running_anything)
{
    expect_broken("major", "plugin.abi.major", "ABI 7.0");
}
END_TEST

START_TEST(table_of_another_major_is_named)
{
    expect_broken("other", "plugin.abi.major", "ABI 2");
}
END_TEST

START_TEST(newer_minor_is_refused_without_running_anything)
{
    expect_broken("minor", "plugin.abi.minor", "1.99");
}
END_TEST

START_TEST(wrong_magic_is_refused_without_running_anything)
{
    expect_broken("magic", "plugin.abi.magic", "SL_PLUGIN");
}
END_TEST

START_TEST(table_too_short_is_refused_without_running_anything)
{
    expect_broken("short", "plugin.abi.size", "16 bytes");
}
END_TEST

START_TEST(undefined_symbol_is_named)
{
    expect_broken("needs", "plugin.symbol", "sluice_test_nowhere_to_be_found");
}
END_TEST

START_TEST(module_that_crashes_is_reported_and_not_suffered)
{
    expect_broken("crash", "plugin.scan.crash", "crashed");
}
END_TEST

START_TEST(text_file_named_so_is_no_module)
{
    world w;

    begin(&w);
    folder_write(&w.folder, "text.so", "GROUP ( libc.so.6 )\n", 20);
    folder_write(&w.folder, "empty.so", "", 0);

    look(&w);

    ck_assert_str_eq(module(&w, "text")->broken_code, "plugin.file.kind");
    ck_assert_str_eq(module(&w, "empty")->broken_code, "plugin.file.kind");
    end(&w);
}
END_TEST

START_TEST(folder_named_so_is_no_module)
{
    world w;

    begin(&w);
    shell("mkdir '%s/dir.so'", w.folder.modules);

    look(&w);

    ck_assert_ptr_nonnull(module(&w, "dir")->broken);
    end(&w);
}
END_TEST

START_TEST(nothing_is_loaded_from_a_folder_that_all_may_write)
{
    const sl_class *c;
    world w;

    begin(&w);
    folder_add(&w.folder, "good");
    ck_assert_int_eq(chmod(w.folder.modules, 0777), 0);

    look(&w);

    ck_assert_str_eq(module(&w, "good")->broken_code, "plugin.folder.unsafe");
    c = sl_registry_find(w.reg, SL_CLASS_TRANSFORM, "good", NULL);
    ck_assert_ptr_null(c);
    ck_assert_ptr_nonnull(sl_registry_folder(w.reg, 0)->unsafe);
    end(&w);
}
END_TEST

START_TEST(file_that_all_may_write_is_not_loaded)
{
    world w;

    begin(&w);
    folder_add(&w.folder, "good");
    shell("chmod 666 '%s/good.so'", w.folder.modules);

    look(&w);

    ck_assert_str_eq(module(&w, "good")->broken_code, "plugin.file.unsafe");
    end(&w);
}
END_TEST

START_TEST(second_module_with_the_same_class_is_refused)
{
    world w;

    begin(&w);
    folder_add(&w.folder, "good");
    folder_add(&w.folder, "twice");

    look(&w);

    ck_assert_ptr_null(module(&w, "good")->broken);
    ck_assert_str_eq(module(&w, "twice")->broken_code, "plugin.class.twice");
    end(&w);
}
END_TEST

START_TEST(first_folder_wins)
{
    char second[512];
    world w;

    begin(&w);
    folder_add(&w.folder, "good");
    shell("mkdir '%s/second' && echo broken > '%s/second/good.so'", w.folder.top, w.folder.top);
    (void)snprintf(second, sizeof second, "%s/second", w.folder.top);
    w.paths[1] = second;
    look(&w);
    ck_assert_ptr_null(module(&w, "good")->broken);
    ck_assert_ptr_null(sl_registry_module(w.reg, 1));

    w.paths[0] = second;
    w.paths[1] = w.folder.modules;
    look(&w);
    ck_assert_ptr_nonnull(module(&w, "good")->broken);
    end(&w);
}
END_TEST

START_TEST(folder_that_is_asked_for_must_be_there)
{
    world w;

    begin(&w);
    w.paths[0] = "/nonexistent/plugins";

    ck_assert_int_eq(sl_registry_new(w.env, w.mem, w.paths, &w.reg, &w.err), SL_E_CONFIG);

    ck_assert_str_eq(w.err.code, "plugin.folder.missing");
    w.reg = NULL;
    end(&w);
}
END_TEST

START_TEST(loading_gives_the_class_with_its_functions)
{
    const sl_host host = {.size = sizeof host};
    const sl_module *home = NULL;
    const sl_class *found;
    const sl_class *loaded = NULL;
    world w;

    begin(&w);
    folder_add(&w.folder, "good");
    look(&w);
    found = sl_registry_find(w.reg, SL_CLASS_TRANSFORM, "good", &home);

    ck_assert_int_eq(sl_registry_load(w.reg, found, &host, &loaded, &w.err), SL_OK);

    ck_assert_ptr_eq(home, module(&w, "good"));
    ck_assert_ptr_nonnull(loaded->create);
    ck_assert_str_eq(loaded->id, "good");
    end(&w);
}
END_TEST

START_TEST(file_that_changes_after_discovery_is_not_loaded)
{
    const sl_host host = {.size = sizeof host};
    const sl_class *found;
    const sl_class *loaded = NULL;
    world w;

    begin(&w);
    folder_add(&w.folder, "good");
    look(&w);
    found = sl_registry_find(w.reg, SL_CLASS_TRANSFORM, "good", NULL);
    shell("rm '%s/good.so' && cp -L '" MODULES "/crash.so' '%s/good.so'", w.folder.modules,
          w.folder.modules);

    ck_assert_int_eq(sl_registry_load(w.reg, found, &host, &loaded, &w.err), SL_E_CONFIG);

    ck_assert_str_eq(w.err.code, "plugin.changed");
    end(&w);
}
END_TEST

START_TEST(classes_are_listed_by_id)
{
    world w;

    begin(&w);
    folder_add(&w.folder, "prints");
    folder_add(&w.folder, "good");

    look(&w);

    ck_assert_str_eq(sl_registry_class(w.reg, SL_CLASS_TRANSFORM, 0)->id, "good");
    ck_assert_str_eq(sl_registry_class(w.reg, SL_CLASS_TRANSFORM, 1)->id, "prints");
    ck_assert_ptr_null(sl_registry_class(w.reg, SL_CLASS_TRANSFORM, 2));
    ck_assert_ptr_null(sl_registry_class(w.reg, SL_CLASS_SINK, 0));
    ck_assert_ptr_null(sl_registry_find(w.reg, SL_CLASS_TRANSFORM, "goo", NULL));
    ck_assert_ptr_null(sl_registry_find(w.reg, "zzz", "good", NULL));
    end(&w);
}
END_TEST

START_TEST(short_memory_is_an_error_at_every_allocation)
{
    world w;
    fail_mem source;
    sl_status rc = SL_E_NOMEM;
    sl_registry *reg = NULL;
    sl_mem *mem;

    begin(&w);
    folder_add(&w.folder, "good");
    look(&w); /* fills the cache: no helper below */
    for (uint64_t n = 1; rc != SL_OK; n++) {
        ck_assert_uint_lt(n, 10000);
        fail_mem_init(&source, n);
        mem = sl_mem_new(&source.source, NULL, "failing", 0);
        if (!mem)
            continue;
        reg = NULL;
        rc = sl_registry_new(w.env, mem, w.paths, &reg, &w.err);
        ck_assert_msg(rc == SL_OK || rc == SL_E_NOMEM, "%s", w.err.text);
        sl_registry_free(reg);
        sl_mem_drop(mem);
        ck_assert_int_eq(source.blocks, 0);
        if (rc == SL_OK && fail_mem_met(&source))
            rc = SL_E_NOMEM; /* went on without the cache: fine, and not the end */
    }
    end(&w);
}
END_TEST

SUITE("registry", module_without_descriptor_is_described_by_the_helper,
      description_is_cached_until_the_file_changes, damaged_cache_entry_is_no_matter,
      fresh_descriptor_beside_the_module_is_used_without_the_helper,
      descriptor_in_share_of_the_same_prefix_is_used, descriptor_of_another_build_is_not_used,
      other_major_is_refused_without_running_anything, table_of_another_major_is_named,
      newer_minor_is_refused_without_running_anything,
      wrong_magic_is_refused_without_running_anything,
      table_too_short_is_refused_without_running_anything, undefined_symbol_is_named,
      module_that_crashes_is_reported_and_not_suffered, text_file_named_so_is_no_module,
      folder_named_so_is_no_module, nothing_is_loaded_from_a_folder_that_all_may_write,
      file_that_all_may_write_is_not_loaded, second_module_with_the_same_class_is_refused,
      first_folder_wins, folder_that_is_asked_for_must_be_there,
      loading_gives_the_class_with_its_functions, file_that_changes_after_discovery_is_not_loaded,
      classes_are_listed_by_id, short_memory_is_an_error_at_every_allocation)
