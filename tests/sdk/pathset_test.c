/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/sdk/pathset_test.c - paths as text, path sets, learned trees.
 */
#include "sdk/lib/pathset.h"

#include "tests/lib/fail_mem.h"
#include "tests/lib/suite.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

static sl_mem *mem;

static void begin(void)
{
    mem = sl_mem_new(NULL, NULL, "paths", 0);
}

static void end(void)
{
    ck_assert_uint_eq(sl_mem_used(mem), 0);
    sl_mem_drop(mem);
}

static const uint8_t *bytes(const char *text)
{
    return (const uint8_t *)text;
}

/* ---- paths as text ------------------------------------------------------------------------- */

typedef struct parsed {
    const char *text;
    const char *keys; /* each with a | behind it */
} parsed;

START_TEST(paths_are_cut_into_their_keys)
{
    static const parsed cases[] = {
        {"a", "a|"},
        {"user.geo.country", "user|geo|country|"},
        {"a.\"x.y\".c", "a|x.y|c|"},
        {"\"\"", "|"},
        {"\"a\\\"b\\\\c\"", "a\"b\\c|"},
        {"a b.c-d.\xc3\xa4", "a b|c-d|\xc3\xa4|"},
        {"*", "*|"},
    };

    begin();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        sl_bytes keys[8];
        char got[64] = "";
        void *block = NULL;
        uint32_t at = 77;
        uint32_t n = sl_path_parse(mem, cases[i].text, keys, 8, &block, &at);
        for (uint32_t k = 0; k < n; k++) {
            (void)strncat(got, (const char *)keys[k].ptr, keys[k].len);
            (void)strcat(got, "|");
        }
        ck_assert_str_eq(got, cases[i].keys);
        sl_mem_free(block);
    }
    end();
}
END_TEST

START_TEST(malformed_path_is_refused_at_its_place)
{
    static const struct {
        const char *text;
        uint32_t at;
    } cases[] = {{"", 0},         {".", 0},     {"a.", 2},       {".a", 0},
                 {"a..b", 2},     {"a\"b", 1},  {"\"a", 2},      {"\"a\"b", 3},
                 {"\"a\\x\"", 2}, {"\"a\\", 2}, {"a.b.c.d.e", 8}};

    begin();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        sl_bytes keys[4];
        void *block = NULL;
        uint32_t at = 77;
        ck_assert_uint_eq(sl_path_parse(mem, cases[i].text, keys, 4, &block, &at), 0);
        ck_assert_msg(at == cases[i].at, "%s: %u", cases[i].text, at);
        ck_assert_ptr_null(block);
    }
    end();
}
END_TEST

/* ---- sets ---------------------------------------------------------------------------------- */

static uint32_t add(sl_pathset *set, const char *a, const char *b)
{
    sl_bytes keys[2] = {{bytes(a), strlen(a)}, {NULL, 0}};

    if (b) {
        keys[1].ptr = bytes(b);
        keys[1].len = strlen(b);
    }
    return sl_pathset_add(set, keys, b ? 2 : 1);
}

START_TEST(slots_are_numbered_in_order_and_found_again)
{
    sl_pathset *set;
    sl_bytes keys[2];

    begin();
    set = sl_pathset_new(mem, 3);
    ck_assert_uint_eq(add(set, "a", NULL), 0);
    ck_assert_uint_eq(add(set, "a", "b"), 1);
    ck_assert_uint_eq(add(set, "a", NULL), 0);
    ck_assert_uint_eq(add(set, "", NULL), 2);
    ck_assert_uint_eq(add(set, "full", NULL), SL_NO_SLOT);
    ck_assert_uint_eq(add(set, "a", "b"), 1);

    ck_assert_uint_eq(sl_pathset_count(set), 3);
    ck_assert_uint_eq(sl_pathset_keys(set, 1, keys, 2), 2);
    ck_assert_mem_eq(keys[1].ptr, "b", 1);
    ck_assert_uint_eq(sl_pathset_keys(set, 1, keys, 0), 2);
    ck_assert_uint_eq(sl_pathset_keys(set, 3, keys, 2), 0);
    keys[0].ptr = bytes("ab");
    keys[0].len = 2;
    ck_assert_uint_eq(sl_pathset_find(set, keys, 1), SL_NO_SLOT);
    ck_assert_uint_eq(sl_pathset_find(set, keys, 0), SL_NO_SLOT);
    keys[0].len = 1;
    ck_assert_uint_eq(sl_pathset_find(set, keys, 1), 0);
    sl_pathset_unref(set);
    end();
}
END_TEST

START_TEST(set_holds_up_to_its_limit_and_never_above_1024)
{
    static const uint32_t limits[][2] = {{7, 7}, {1024, 1024}, {1025, 1024}, {70000, 1024}};

    begin();
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        sl_pathset *set = sl_pathset_new(mem, limits[i][0]);
        char key[16];
        for (uint32_t k = 0; k <= limits[i][1]; k++) {
            (void)snprintf(key, sizeof key, "k%u", k);
            ck_assert_uint_eq(add(set, key, NULL), k < limits[i][1] ? k : SL_NO_SLOT);
        }
        ck_assert_uint_eq(sl_pathset_count(set), limits[i][1]);
        sl_pathset_unref(set);
    }
    end();
}
END_TEST

START_TEST(set_that_lacked_memory_is_full)
{
    fail_mem failing;
    sl_mem *poor;
    sl_pathset *set;

    fail_mem_init(&failing, 5);
    poor = sl_mem_new(&failing.source, NULL, "poor", 0);
    set = sl_pathset_new(poor, 10);
    ck_assert_uint_eq(add(set, "a", NULL), 0);
    ck_assert_uint_eq(add(set, "b", NULL), SL_NO_SLOT);

    ck_assert_uint_eq(add(set, "c", NULL), SL_NO_SLOT);
    ck_assert_uint_eq(add(set, "a", NULL), 0);
    sl_pathset_unref(set);
    sl_mem_drop(poor);
    ck_assert_int_eq(failing.blocks, 0);
}
END_TEST

/* ---- trees --------------------------------------------------------------------------------- */

static sl_pnode *child(sl_ptree *tree, sl_pnode *parent, sl_pnode *prev, const char *key)
{
    return sl_ptree_child(tree, parent, prev, bytes(key), strlen(key));
}

/* The keys of NODE's list of children, in order. */
static const char *order_of(const sl_pnode *node)
{
    static char text[256];

    text[0] = '\0';
    for (const sl_pnode *c = node->child; c; c = c->next) {
        (void)strncat(text, (const char *)c->key.ptr, c->key.len);
        (void)strcat(text, " ");
    }
    return text;
}

START_TEST(siblings_take_the_order_of_the_producer)
{
    sl_ptree *tree;
    sl_pnode *root;
    sl_pnode *a;
    sl_pnode *c;

    begin();
    tree = sl_ptree_new(mem, NULL, 100);
    root = sl_ptree_root(tree);
    a = child(tree, root, NULL, "a");
    c = child(tree, root, a, "c");
    ck_assert_ptr_eq(child(tree, root, a, "b")->next, c);
    (void)child(tree, root, c, "d");
    (void)child(tree, root, NULL, "first");

    ck_assert_str_eq(order_of(root), "first a b c d ");
    ck_assert_ptr_eq(child(tree, root, NULL, "c"), c);
    ck_assert_str_eq(order_of(root), "first a b c d ");
    ck_assert_ptr_eq(c->parent, root);
    ck_assert_uint_eq(child(tree, c, NULL, "a")->depth, 2);
    ck_assert_uint_eq(c->slot, SL_NO_SLOT);
    sl_ptree_free(tree);
    end();
}
END_TEST

START_TEST(declared_slots_show_without_spoiling_the_order)
{
    sl_pathset *set;
    sl_ptree *tree;
    sl_pnode *root;
    sl_pnode *z;

    begin();
    set = sl_pathset_new(mem, 10);
    (void)add(set, "y", "deep");
    (void)add(set, "z", NULL);
    tree = sl_ptree_new(mem, set, 100);
    root = sl_ptree_root(tree);
    ck_assert_str_eq(order_of(root), "");
    z = child(tree, root, NULL, "z");
    ck_assert_uint_eq(z->slot, 1);
    ck_assert_uint_eq(child(tree, child(tree, root, z, "y"), NULL, "deep")->slot, 0);
    ck_assert_uint_eq(add(set, "later", NULL), 2);

    ck_assert_uint_eq(child(tree, root, NULL, "later")->slot, 2);
    ck_assert_uint_eq(child(tree, root, NULL, "other")->slot, SL_NO_SLOT);
    ck_assert_uint_eq(sl_pathset_count(set), 3);
    ck_assert_str_eq(order_of(root), "other later z y ");
    sl_ptree_free(tree);
    sl_pathset_unref(set);
    end();
}
END_TEST

START_TEST(full_tree_knows_the_paths_with_slots_still)
{
    sl_pathset *set;
    sl_ptree *tree;
    sl_pnode *root;

    begin();
    set = sl_pathset_new(mem, 10);
    (void)add(set, "wanted", NULL);
    tree = sl_ptree_new(mem, set, 2);
    root = sl_ptree_root(tree);
    ck_assert_ptr_nonnull(child(tree, root, NULL, "k1"));
    ck_assert_ptr_nonnull(child(tree, root, NULL, "k2"));

    ck_assert_ptr_null(child(tree, root, NULL, "k3"));
    ck_assert_ptr_null(child(tree, root, NULL, "k3"));
    ck_assert_uint_eq(sl_ptree_opaque(tree), 2);
    ck_assert_uint_eq(child(tree, root, NULL, "wanted")->slot, 0);
    ck_assert_ptr_nonnull(child(tree, root, NULL, "k1"));
    sl_ptree_free(tree);
    sl_pathset_unref(set);
    end();
}
END_TEST

START_TEST(open_set_gives_slots_to_all_lanes_alike)
{
    sl_pathset *set;
    sl_ptree *a;
    sl_ptree *b;
    sl_pnode *user;

    begin();
    set = sl_pathset_new(mem, 4);
    ck_assert(!sl_pathset_is_open(set));
    sl_pathset_open(set);
    ck_assert(sl_pathset_is_open(set));
    a = sl_ptree_new(mem, set, 100);
    b = sl_ptree_new(mem, set, 100);
    user = child(a, sl_ptree_root(a), NULL, "user");
    ck_assert_uint_eq(user->slot, 0);
    ck_assert_uint_eq(child(a, user, NULL, "id")->slot, 1);

    ck_assert_uint_eq(child(b, sl_ptree_root(b), NULL, "id")->slot, 2);
    user = child(b, sl_ptree_root(b), NULL, "user");
    ck_assert_uint_eq(user->slot, 0);
    ck_assert_uint_eq(child(b, user, NULL, "id")->slot, 1);
    ck_assert_uint_eq(child(b, user, NULL, "x")->slot, 3);
    ck_assert_uint_eq(child(b, user, NULL, "y")->slot, SL_NO_SLOT);
    ck_assert_ptr_eq(sl_ptree_set(b), set);
    sl_ptree_free(a);
    sl_ptree_free(b);
    sl_pathset_unref(set);
    end();
}
END_TEST

START_TEST(forms_of_a_key_are_there_when_it_is_short_and_plain)
{
    static char long_key[SL_PNODE_KEY_FAST + 2];
    sl_ptree *tree;
    sl_pnode *root;
    sl_pnode *n;

    begin();
    memset(long_key, 'k', SL_PNODE_KEY_FAST + 1);
    tree = sl_ptree_new(mem, NULL, 100);
    root = sl_ptree_root(tree);
    n = child(tree, root, NULL, "id");
    ck_assert_uint_eq(n->json_len, 4);
    ck_assert_mem_eq(n->json, "\"id\"\0", 5);
    ck_assert_uint_eq(n->text_len, 3);
    ck_assert_mem_eq(n->text, "\xa2id\0", 4);
    n = child(tree, root, NULL, "q\"x");
    ck_assert_uint_eq(n->json_len, 0);
    ck_assert_uint_eq(n->text_len, 4);
    n = child(tree, root, NULL, long_key);
    ck_assert_uint_eq(n->json_len, 0);
    ck_assert_uint_eq(n->text_len, 0);
    ck_assert_uint_eq(n->key.len, SL_PNODE_KEY_FAST + 1);
    n = child(tree, root, NULL, long_key + 1);
    ck_assert_uint_eq(n->json_len, SL_PNODE_KEY_FAST + 2);
    ck_assert_uint_eq(n->text_len, SL_PNODE_KEY_FAST + 1);
    sl_ptree_free(tree);
    end();
}
END_TEST

START_TEST(keys_and_depths_have_their_limits)
{
    static uint8_t key[65536];
    sl_ptree *tree;
    sl_pnode *n;

    begin();
    tree = sl_ptree_new(mem, NULL, 1000);
    n = sl_ptree_root(tree);
    ck_assert_ptr_nonnull(sl_ptree_child(tree, n, NULL, key, 65535));
    ck_assert_ptr_null(sl_ptree_child(tree, n, NULL, key, 65536));
    for (uint32_t i = 0; i < SL_PATH_MAX_DEPTH; i++) {
        n = child(tree, n, NULL, "d");
        ck_assert_ptr_nonnull(n);
    }
    ck_assert_ptr_null(child(tree, n, NULL, "d"));
    sl_ptree_free(tree);
    end();
}
END_TEST

START_TEST(thousands_of_keys_are_found_again)
{
    sl_ptree *tree;
    static sl_pnode *nodes[3000];
    sl_pnode *prev = NULL;
    char key[16];

    begin();
    tree = sl_ptree_new(mem, NULL, 5000);
    for (uint32_t i = 0; i < 3000; i++) {
        (void)snprintf(key, sizeof key, "k%u", i);
        nodes[i] = prev = child(tree, sl_ptree_root(tree), prev, key);
    }
    for (uint32_t i = 0; i < 3000; i++) {
        (void)snprintf(key, sizeof key, "k%u", i);
        ck_assert_ptr_eq(child(tree, sl_ptree_root(tree), NULL, key), nodes[i]);
        ck_assert_ptr_eq(nodes[i]->next, i + 1 < 3000 ? nodes[i + 1] : NULL);
    }
    sl_ptree_free(tree);
    end();
}
END_TEST

/* ---- memory and threads -------------------------------------------------------------------- */

static int churn(const sl_mem_source *source)
{
    sl_mem *poor = sl_mem_new(source, NULL, "poor", 0);
    sl_pathset *set = NULL;
    sl_ptree *tree = NULL;
    sl_bytes keys[4];
    void *block = NULL;
    uint32_t at = 0;
    int good = 0;

    if (poor)
        set = sl_pathset_new(poor, 100);
    if (set) {
        sl_pathset_open(set);
        good = add(set, "a", "b") == 0;
        tree = sl_ptree_new(poor, set, 100);
    }
    for (uint32_t i = 0; tree && i < 60; i++) {
        char key[16];
        sl_pnode *n;
        (void)snprintf(key, sizeof key, "k%u", i);
        n = child(tree, sl_ptree_root(tree), NULL, key);
        good = good && n && n->slot == i + 1;
    }
    good = good && tree && sl_path_parse(poor, "a.b", keys, 4, &block, &at) == 2;
    ck_assert(good || block == NULL);
    sl_mem_free(block);
    sl_ptree_free(tree);
    sl_pathset_unref(set);
    if (poor)
        sl_mem_drop(poor);
    return good;
}

START_TEST(every_allocation_may_fail)
{
    uint64_t n = 0;
    fail_mem failing;
    int good;

    do {
        fail_mem_init(&failing, ++n);
        good = churn(&failing.source);
        ck_assert_int_eq(failing.blocks, 0);
        ck_assert(good || fail_mem_met(&failing));
    } while (fail_mem_met(&failing));

    ck_assert(good);
    ck_assert_uint_gt(n, 100);
}
END_TEST

/* One lane: learns the same 500 keys as the others, in its own order. */
static void *run_lane(void *arg)
{
    sl_pathset *set = arg;
    sl_ptree *tree = sl_ptree_new(mem, set, 1000);
    uintptr_t bad = tree ? 0 : 1;

    for (uint32_t i = 0; tree && i < 500; i++) {
        sl_bytes key;
        char text[16];
        const sl_pnode *n;
        (void)snprintf(text, sizeof text, "k%u", (i * 7 + (uint32_t)(uintptr_t)tree / 64) % 500);
        n = child(tree, sl_ptree_root(tree), NULL, text);
        key.ptr = bytes(text);
        key.len = strlen(text);
        if (!n || n->slot == SL_NO_SLOT || sl_pathset_find(set, &key, 1) != n->slot)
            bad = 1;
    }
    sl_ptree_free(tree);
    return (void *)bad;
}

START_TEST(lanes_may_learn_at_once)
{
    pthread_t threads[4];
    sl_pathset *set;

    begin();
    set = sl_pathset_new(mem, 600);
    sl_pathset_open(set);
    for (uint32_t i = 0; i < 4; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, run_lane, set), 0);
    for (uint32_t i = 0; i < 4; i++) {
        void *bad = NULL;
        (void)pthread_join(threads[i], &bad);
        ck_assert_ptr_null(bad);
    }

    ck_assert_uint_eq(sl_pathset_count(set), 500);
    sl_pathset_unref(set);
    end();
}
END_TEST

SUITE("pathset", paths_are_cut_into_their_keys, malformed_path_is_refused_at_its_place,
      slots_are_numbered_in_order_and_found_again, set_holds_up_to_its_limit_and_never_above_1024,
      set_that_lacked_memory_is_full, siblings_take_the_order_of_the_producer,
      declared_slots_show_without_spoiling_the_order, full_tree_knows_the_paths_with_slots_still,
      open_set_gives_slots_to_all_lanes_alike, forms_of_a_key_are_there_when_it_is_short_and_plain,
      keys_and_depths_have_their_limits, thousands_of_keys_are_found_again,
      every_allocation_may_fail, lanes_may_learn_at_once)
