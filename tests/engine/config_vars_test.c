/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/engine/config_vars_test.c - ${…}: what is put in, what stays secret, what goes wrong.
 */
#include <fcntl.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "tests/engine/graph_world.h"

/* A world with variables: VARS is the map under vars: (NULL: none), VALUE the scalar to resolve. */
typedef struct scene {
    world w;
    sl_vars *vars;
    sl_value value;
    sl_status rc;
} scene;

static void resolve(scene *s, const char *text)
{
    const sl_yaml *root;
    const sl_yaml *map;

    world_init(&s->w);
    root = world_yaml(&s->w, text);
    ck_assert_ptr_nonnull(root);
    s->vars = sl_vars_new(&s->w.env, &s->w.arena, s->w.diags);
    map = sl_yaml_get(root, "vars");
    if (map)
        sl_vars_define(s->vars, map);
    s->rc = sl_vars_resolve(s->vars, sl_yaml_get(root, "v"), &s->value);
}

/* A file with CONTENT in a folder of its own; PATH gets its path. */
static void make_file(char path[64], const char *content, size_t len)
{
    char folder[] = "/tmp/sluice-vars-XXXXXX";
    int fd;

    ck_assert_ptr_nonnull(mkdtemp(folder));
    (void)snprintf(path, 64, "%s/secret", folder);
    fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, content, len), (ssize_t)len);
    ck_assert_int_eq(close(fd), 0);
}

static void remove_file(char path[64])
{
    (void)unlink(path);
    *strrchr(path, '/') = 0;
    (void)rmdir(path);
}

typedef struct good {
    const char *text;
    const char *want;
    uint32_t flags;
} good;

static const good goods[] = {
    {"v: plain\n", "plain", 0},
    {"v: a $ b $x ${\n", NULL, 0},
    {"v: a $Default $ b\n", "a $Default $ b", 0},
    {"v: \"$${var:x} $$ $\"\n", "${var:x} $$ $", 0},
    {"v: \"$$${var:x}\"\nvars: { x: 1 }\n", "$${var:x}", 0},
    {"v: \"<${var:x}>\"\nvars: { x: y }\n", "<y>", 0},
    {"v: \"${var:x}${var:y}\"\nvars: { x: 1, y: 2 }\n", "12", 0},
    {"v: \"${var:x}\"\nvars: { x: \"${var:y}!\", y: z }\n", "z!", 0},
    {"v: \"${var:x}\"\nvars: { x: \"[ not, a, list ]\" }\n", "[ not, a, list ]", 0},
    {"v: \"${env:SLUICE_T_SET}\"\n", "set", SL_VALUE_REFERENCE},
    {"v: \"${env:SLUICE_T_SET:-x}\"\n", "set", SL_VALUE_REFERENCE},
    {"v: \"${env:SLUICE_T_EMPTY:-x}\"\n", "x", SL_VALUE_REFERENCE},
    {"v: \"${env:SLUICE_T_EMPTY}\"\n", "", SL_VALUE_REFERENCE},
    {"v: \"${env:SLUICE_T_NONE:-}\"\n", "", SL_VALUE_REFERENCE},
    {"v: \"${env:SLUICE_T_NONE:-a:-b}\"\n", "a:-b", SL_VALUE_REFERENCE},
    {"v: \"${env:SLUICE_T_REF}\"\n", "${var:x}", SL_VALUE_REFERENCE},
};

START_TEST(references_are_put_in_as_one_value)
{
    const good *g = &goods[_i];
    scene s;

    (void)setenv("SLUICE_T_SET", "set", 1);
    (void)setenv("SLUICE_T_EMPTY", "", 1);
    (void)setenv("SLUICE_T_REF", "${var:x}", 1);
    resolve(&s, g->text);

    if (g->want) {
        ck_assert_int_eq(s.rc, SL_OK);
        ck_assert_str_eq(s.value.text, g->want);
        ck_assert_uint_eq(s.value.flags, g->flags);
        world_expect_none(&s.w);
    } else {
        ck_assert_int_eq(s.rc, SL_E_CONFIG);
    }
    world_fini(&s.w);
}
END_TEST

typedef struct bad {
    const char *text;
    const char *code;
    const char *under;
} bad;

static const bad bads[] = {
    {"v: \"x ${var:no} y\"\n", "config.var.unknown", "${var:no}"},
    {"v: \"${var:x}\"\nvars: { x: }\n", "config.var.unset", "${var:x}"},
    {"v: \"${var:x}\"\nvars: { x: \"${var:x}\" }\n", "config.var.cycle", "${var:x}"},
    {"v: \"${var:x}\"\nvars: { x: [ 1 ] }\n", "config.var.shape", "[ 1 ]"},
    {"v: \"a${env:SLUICE_T_NONE}\"\n", "config.env.unset", "${env:SLUICE_T_NONE}"},
    {"v: \"${file:/no/such/file}\"\n", "config.ref.file", "${file:/no/such/file}"},
    {"v: \"${file:/}\"\n", "config.ref.file", "${file:/}"},
    {"v: \"${cred:../x}\"\n", "config.cred.name", "${cred:../x}"},
    {"v: \"${cred:x}\"\n", "config.cred.missing", "${cred:x}"},
    {"v: \"${secret:vault/x}\"\n", "config.secret.store", "${secret:vault/x}"},
    {"v: \"${x}\"\n", "config.ref.syntax", "${x}"},
    {"v: \"${}\"\n", "config.ref.syntax", "${}"},
    {"v: \"${var:}\"\n", "config.ref.syntax", "${var:}"},
    {"v: \"${Env:HOME}\"\n", "config.ref.syntax", "${Env:HOME}"},
    {"v: \"${var:x\"\n", "config.ref.open", "${"},
    {"v: |\n  first\n  second ${nope} line\n", "config.ref.syntax", "${nope}"},
};

START_TEST(what_can_not_be_put_in_is_said_at_the_reference)
{
    scene s;

    (void)unsetenv("CREDENTIALS_DIRECTORY");
    resolve(&s, bads[_i].text);

    ck_assert_int_eq(s.rc, SL_E_CONFIG);
    world_expect(&s.w, bads[_i].code, bads[_i].under);
    world_fini(&s.w);
}
END_TEST

START_TEST(what_comes_from_a_file_is_secret_for_good)
{
    char path[64];
    char text[256];
    scene s;

    make_file(path, "hunter2\n", 8);
    (void)snprintf(text, sizeof(text), "v: \"x${var:a}\"\nvars: { a: \"${file:%s}\" }\n", path);
    resolve(&s, text);

    ck_assert_int_eq(s.rc, SL_OK);
    ck_assert_str_eq(s.value.text, "xhunter2");
    ck_assert_uint_eq(s.value.flags, SL_VALUE_REFERENCE | SL_VALUE_SECRET);
    world_fini(&s.w);
    remove_file(path);
}
END_TEST

START_TEST(a_credential_is_read_from_the_folder_that_systemd_names)
{
    char path[64];
    char folder[64];
    scene s;

    make_file(path, "hunter2\r\n", 9);
    (void)strcpy(folder, path);
    *strrchr(folder, '/') = 0;
    (void)setenv("CREDENTIALS_DIRECTORY", folder, 1);
    resolve(&s, "v: \"${cred:secret}\"\n");

    ck_assert_int_eq(s.rc, SL_OK);
    ck_assert_str_eq(s.value.text, "hunter2");
    world_fini(&s.w);
    remove_file(path);
}
END_TEST

START_TEST(a_secret_with_a_nul_is_refused)
{
    char path[64];
    char text[256];
    scene s;

    make_file(path, "a\0b", 3);
    (void)snprintf(text, sizeof(text), "v: \"${file:%s}\"\n", path);
    resolve(&s, text);

    ck_assert_int_eq(s.rc, SL_E_CONFIG);
    ck_assert_ptr_nonnull(world_find(&s.w, "config.ref.file"));
    world_fini(&s.w);
    remove_file(path);
}
END_TEST

START_TEST(variables_that_double_themselves_are_bounded)
{
    static char text[4096] = "v: \"${var:x40}\"\nvars:\n  x0: \"0123456789abcdef\"\n";
    size_t len = strlen(text);
    scene s;

    for (uint32_t i = 1; i <= 40; i++)
        len += (size_t)snprintf(text + len, sizeof(text) - len, "  x%u: \"${var:x%u}${var:x%u}\"\n",
                                i, i - 1, i - 1);
    resolve(&s, text);

    ck_assert_int_eq(s.rc, SL_E_CONFIG);
    ck_assert_ptr_nonnull(world_find(&s.w, "config.var.size"));
    ck_assert_uint_lt(sl_mem_peak(s.w.mem), 32u << 20);
    world_fini(&s.w);
}
END_TEST

/* v: N references to REF, and vars: { x: y } */
static char *many_references(const char *ref, uint32_t n)
{
    char *text = malloc(n * strlen(ref) + 64);
    char *at;

    ck_assert_ptr_nonnull(text);
    at = stpcpy(text, "vars: { x: y }\nv: \"");
    while (n--)
        at = stpcpy(at, ref);
    (void)strcpy(at, "\"\n");
    return text;
}

START_TEST(a_value_of_many_references_takes_linear_time)
{
    char *text = many_references("${var:x}", 400000);
    struct timespec start;
    struct timespec end;
    scene s;

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
    resolve(&s, text);
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);

    ck_assert_int_eq(s.rc, SL_OK);
    ck_assert_uint_eq(s.value.len, 400000);
    ck_assert_int_lt(end.tv_sec - start.tv_sec, 8); /* a quadratic one takes minutes */
    world_fini(&s.w);
    free(text);
}
END_TEST

START_TEST(of_many_wrong_references_in_one_value_some_are_told)
{
    char *text = many_references("${var:z}", 100000);
    scene s;

    resolve(&s, text);

    ck_assert_int_eq(s.rc, SL_E_CONFIG);
    ck_assert_uint_eq(sl_diags_count(s.w.diags, SL_DIAG_ERROR), 20);
    world_fini(&s.w);
    free(text);
}
END_TEST

START_TEST(places_in_a_value_lead_back_through_its_references)
{
    scene s;
    sl_place p;

    resolve(&s, "v: \"ab ${var:x} cd\"\nvars: { x: 12345 }\n");
    ck_assert_str_eq(s.value.text, "ab 12345 cd");

    p = sl_value_place(&s.value, 9, 2);
    ck_assert_uint_eq(p.len, 2);
    ck_assert_mem_eq(p.file->bytes + p.at, "cd", 2);
    p = sl_value_place(&s.value, 4, 2);
    ck_assert_uint_eq(p.len, 8);
    ck_assert_mem_eq(p.file->bytes + p.at, "${var:x}", 8);
    p = sl_value_place(&s.value, 1, 3);
    ck_assert_mem_eq(p.file->bytes + p.at, "b ${var:x}", 10);
    ck_assert_uint_eq(p.len, 10);
    p = sl_value_place(&s.value, 0, 0);
    ck_assert_uint_eq(p.len, strlen("\"ab ${var:x} cd\""));
    world_fini(&s.w);
}
END_TEST

START_TEST(a_path_is_seen_from_the_folder_of_its_file)
{
    world w;
    sl_text_file *file;

    world_init(&w);
    file = sl_text_file_new(w.mem, "graphs/a.yaml", "", 0);
    w.file = sl_text_file_new(w.mem, "a.yaml", "", 0);

    ck_assert_str_eq(sl_path_beside(&w.arena, file, "b.yaml"), "graphs/b.yaml");
    ck_assert_str_eq(sl_path_beside(&w.arena, file, "/b.yaml"), "/b.yaml");
    ck_assert_str_eq(sl_path_beside(&w.arena, w.file, "b.yaml"), "b.yaml");
    sl_text_file_unref(file);
    world_fini(&w);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("vars");
    TCase *tcase = tcase_create("all");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, references_are_put_in_as_one_value, 0,
                        (int)(sizeof(goods) / sizeof(*goods)));
    tcase_add_loop_test(tcase, what_can_not_be_put_in_is_said_at_the_reference, 0,
                        (int)(sizeof(bads) / sizeof(*bads)));
    tcase_add_test(tcase, what_comes_from_a_file_is_secret_for_good);
    tcase_add_test(tcase, a_credential_is_read_from_the_folder_that_systemd_names);
    tcase_add_test(tcase, a_secret_with_a_nul_is_refused);
    tcase_add_test(tcase, variables_that_double_themselves_are_bounded);
    tcase_add_test(tcase, a_value_of_many_references_takes_linear_time);
    tcase_add_test(tcase, of_many_wrong_references_in_one_value_some_are_told);
    tcase_add_test(tcase, places_in_a_value_lead_back_through_its_references);
    tcase_add_test(tcase, a_path_is_seen_from_the_folder_of_its_file);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
