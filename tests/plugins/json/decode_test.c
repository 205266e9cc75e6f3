/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/plugins/json/decode_test.c - values, keys, slots and counters of decoded records.
 *
 * Slots are held against sl_batch_reslot, which builds them anew from the body, and bodies against
 * the gate for bytes from outside.
 */
#include "plugins/json/json.h"
#include "sdk/lib/validate.h"
#include "tests/lib/suite.h"
#include "tests/plugins/json/fake.h"

#include <stdio.h>

static const char *const everything[] = {"*", NULL};

static fake *decoder(const char *name, const char *value, const char *const *wanted)
{
    fake_setting settings[] = {{name, value}, {NULL, NULL}};
    fake *f = fake_new(&sl_json_decoder, name ? settings : NULL, wanted, 0, NULL);

    ck_assert_ptr_nonnull(f);
    f->settings = NULL;
    return f;
}

/* All that must hold of the batches that came out: well-formed bodies, and slots as a rebuild has
 * them. */
static void check_batches(fake *f)
{
    for (uint32_t i = 0; i < f->nbatches; i++) {
        sl_batch *b = f->batches[i];
        sl_batch *anew = sl_batch_reslot(b, f->tree);
        uint32_t rows = 0;
        sl_error err;

        ck_assert_msg(sl_body_check(b->body, b->body_len, 255, &rows, &err) == SL_OK, "%s",
                      err.text);
        ck_assert_uint_eq(rows, b->nrec);
        ck_assert_ptr_nonnull(anew);
        for (uint32_t row = 0; b->slot && row < b->nrec; row++) {
            for (uint32_t slot = 0; slot < b->nslot; slot++)
                ck_assert_msg(
                    b->slot[row * b->stride + slot] == anew->slot[row * anew->stride + slot],
                    "row %u slot %u: %u, should be %u", row, slot, b->slot[row * b->stride + slot],
                    anew->slot[row * anew->stride + slot]);
        }
        sl_batch_unref(anew);
    }
}

static void push(fake *f, const char *text, uint32_t flags)
{
    ck_assert_int_eq(fake_push(f, text, strlen(text), 1, flags), SL_OK);
    check_batches(f);
}

static void finish(fake *f)
{
    ck_assert_int_eq(fake_free(f), 0);
}

START_TEST(strings_lose_their_escapes)
{
    static const char *const cases[][2] = {
        {"", ""},
        {"plain", "plain"},
        {"\\\"\\\\\\/\\b\\f\\n\\r\\t", "\"\\/\b\f\n\r\t"},
        {"\\u0041\\u00E9\\u20ac", "A\xc3\xa9\xe2\x82\xac"},
        {"\\ud834\\udd1e!", "\xf0\x9d\x84\x9e!"},
        {"0123456789abcde\\n", "0123456789abcde\n"},
        {"0123456789abcdef\\n", "0123456789abcdef\n"},
        {"0123456789abcdef0123456789abcdef0123\\\\x", "0123456789abcdef0123456789abcdef0123\\x"},
        {"\xf0\x9f\x98\x80 \xc3\xa9", "\xf0\x9f\x98\x80 \xc3\xa9"},
    };
    char text[256];
    char want[256];

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        fake *f = decoder(NULL, NULL, everything);

        (void)snprintf(text, sizeof text, "{\"%s\":\"%s\" , \"b\":[\"%s\"\n]}", cases[i][0],
                       cases[i][0], cases[i][0]);
        (void)snprintf(want, sizeof want, "{\"%s\":\"%s\",\"b\":[\"%s\"]}\n", cases[i][1],
                       cases[i][1], cases[i][1]);
        push(f, text, SL_BATCH_WHOLE);

        ck_assert_str_eq(fake_dump(f), want);
        finish(f);
    }
}
END_TEST

START_TEST(strings_of_every_length_come_through)
{
    fake *f = decoder(NULL, NULL, everything);
    char *text = malloc(70100);

    for (uint32_t n = 0; n < 70000; n = n < 600 ? n + 1 : n + 6937) {
        sl_val row;
        sl_val v;

        memcpy(text, "{\"s\":\"", 6);
        for (uint32_t i = 0; i < n; i++)
            text[6 + i] = (char)('a' + i % 26);
        memcpy(text + 6 + n, "\"}", 3);
        fake_clear(f);
        push(f, text, SL_BATCH_WHOLE);

        sl_batch_row(f->batches[0], 0, &row);
        ck_assert(sl_val_find(&row, "s", 1, &v));
        ck_assert_uint_eq(v.n, n);
        ck_assert_mem_eq(v.ptr, text + 6, n);
    }
    free(text);
    finish(f);
}
END_TEST

START_TEST(bad_escapes_are_refused)
{
    static const char *const cases[][2] = {
        {"\\x", "json.escape"},
        {"\\u12", "json.escape"},
        {"\\u12g4", "json.escape"},
        {"\\U0041", "json.escape"},
        {"\\ud800", "json.surrogate"},
        {"\\udc00", "json.surrogate"},
        {"\\ud800\\ud800", "json.surrogate"},
        {"\\ud800\\n", "json.surrogate"},
        {"\\ud800\\u00", "json.surrogate"},
    };
    char text[256];

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (uint32_t key = 0; key < 2; key++) {
            fake *f = decoder(NULL, NULL, everything);

            (void)snprintf(text, sizeof text, key ? "{\"%s\":1}" : "{\"k\":\"%s\"}", cases[i][0]);
            push(f, text, SL_BATCH_WHOLE);

            ck_assert_uint_eq(f->nrejects, 1);
            ck_assert_str_eq(f->rejects[0].code, cases[i][1]);
            finish(f);
        }
    }
}
END_TEST

START_TEST(lone_surrogates_are_replaced_when_told_so)
{
    fake *f = decoder("surrogates", "replace", everything);

    push(f, "[\"a\\ud800b\\udc00\\ud83d\\ude00\\ud800\\u0041\"]", SL_BATCH_WHOLE);

    ck_assert_str_eq(fake_dump(f), "{\"value\":\"a\xef\xbf\xbd"
                                   "b\xef\xbf\xbd\xf0\x9f\x98\x80\xef\xbf\xbd"
                                   "A\"}\n");
    finish(f);
}
END_TEST

START_TEST(nesting_ends_at_the_limit)
{
    for (uint32_t limit = 1; limit <= 255; limit += 127) {
        char value[8];
        char text[1200];
        fake *f;

        (void)snprintf(value, sizeof value, "%u", limit % 1000);
        f = decoder("depth", value, everything);
        for (uint32_t depth = limit; depth <= limit + 1; depth++) {
            uint32_t n = 0;

            for (uint32_t i = 0; i < depth; i++)
                n += (uint32_t)sprintf(text + n, "%s", i % 2 && i > 0 ? "[" : "{\"a\":");
            text[n++] = '1';
            for (uint32_t i = depth; i-- > 0;)
                text[n++] = i % 2 && i > 0 ? ']' : '}';
            text[n] = 0;
            fake_clear(f);
            push(f, text, SL_BATCH_WHOLE);
            ck_assert_uint_eq(fake_rows(f), depth == limit);
        }
        ck_assert_str_eq(f->rejects[0].code, "record.depth");
        finish(f);
    }
}
END_TEST

START_TEST(depth_bombs_are_only_bad_records)
{
    fake *f = decoder(NULL, NULL, everything);
    char *text = malloc(3000001);

    memset(text, '[', 1000000);
    for (uint32_t i = 0; i < 400000; i++)
        memcpy(text + 1000000 + 5 * i, "{\"a\":", 5);
    text[3000000] = 0;
    push(f, text, SL_BATCH_WHOLE);
    push(f, text + 1000000, SL_BATCH_LAST);

    ck_assert_uint_eq(f->nrejects, 2);
    ck_assert_str_eq(f->rejects[0].code, "record.depth");
    ck_assert_uint_eq(f->rejects[0].len, 3000000);
    free(text);
    finish(f);
}
END_TEST

START_TEST(keys_longer_than_the_limit_are_refused)
{
    fake *f = decoder(NULL, NULL, everything);
    char *text = malloc(70000);

    for (uint32_t n = 65535; n <= 65536; n++) {
        memset(text, 'k', 70000);
        memcpy(text, "{\"", 2);
        memcpy(text + 2 + n, "\":1}", 5);
        push(f, text, SL_BATCH_WHOLE);
    }

    ck_assert_uint_eq(fake_rows(f), 1);
    ck_assert_uint_eq(f->nrejects, 1);
    ck_assert_str_eq(f->rejects[0].code, "record.key");
    free(text);
    finish(f);
}
END_TEST

START_TEST(keys_of_every_length_are_predicted_right)
{
    fake *f = decoder(NULL, NULL, everything);
    char text[400];

    for (uint32_t round = 0; round < 3; round++) {
        for (uint32_t n = 0; n < 100; n++) {
            char key[128];

            memset(key, 'k', n);
            key[n] = 0;
            (void)snprintf(text, sizeof text, "{\"%s\":%u,\"%sx\":2}\n", key, n, key);
            push(f, text, 0);
            (void)snprintf(text, sizeof text, "{\"%s\":%u,\"%sx\":2}\n", key, n, key);
            ck_assert_str_eq(fake_dump(f), text);
            fake_clear(f);
        }
    }
    finish(f);
}
END_TEST

START_TEST(keys_with_escapes_are_not_taken_for_others)
{
    fake *f = decoder(NULL, NULL, everything);

    push(f,
         "{\"a\\\\b\":1}\n{\"a\\b\":2}\n{\"a\\\\b\":3}\n{\"a\\\":1,\\\"b\":4}\n{\"a\":1,\"b\":5}\n",
         0);

    ck_assert_str_eq(fake_dump(f), "{\"a\\b\":1}\n{\"a\b\":2}\n{\"a\\b\":3}\n"
                                   "{\"a\":1,\"b\":4}\n{\"a\":1,\"b\":5}\n");
    ck_assert_uint_eq(sl_pathset_count(f->set), 5);
    finish(f);
}
END_TEST

START_TEST(wanted_paths_have_slots_and_others_not)
{
    static const char *const wanted[] = {"user.id", "items", "\"x.y\"", NULL};
    fake *f = decoder(NULL, NULL, wanted);
    sl_batch *b;

    push(f,
         "{\"user\":{\"name\":\"n\",\"id\":7},\"items\":[{\"id\":9}],\"x.y\":1,\"x\":{\"y\":2}}\n"
         "{\"items\":null}\n",
         0);

    b = f->batches[0];
    ck_assert_uint_eq(b->nslot, 3);
    ck_assert_uint_eq(b->body[b->slot[0]], 7);
    ck_assert_uint_eq(b->body[b->slot[2]], 1);
    ck_assert_uint_eq(b->slot[b->stride], 0);
    ck_assert_uint_eq(b->body[b->slot[b->stride + 1]], 0xc0);
    ck_assert_uint_eq(b->flags & SL_BATCH_ALL, 0);
    finish(f);
}
END_TEST

START_TEST(all_keys_have_slots_when_all_are_asked_for)
{
    fake *f = decoder(NULL, NULL, everything);

    push(f, "{\"a\":1,\"b\":{\"c\":[{\"not\":1}]}}\n{\"d\":2,\"b\":{\"e\":3}}\n", 0);
    push(f, "{\"d\":2,\"b\":{\"e\":{\"f\":1}}}\n", 0);

    ck_assert_uint_eq(f->batches[0]->flags & SL_BATCH_ALL, SL_BATCH_ALL);
    ck_assert_uint_eq(f->batches[1]->flags & SL_BATCH_ALL, SL_BATCH_ALL);
    ck_assert_uint_eq(sl_pathset_count(f->set), 6);
    finish(f);
}
END_TEST

START_TEST(keys_that_the_tree_cannot_hold_are_copied_through)
{
    fake *f = decoder(NULL, NULL, everything);
    char *text = malloc(400000);
    char *want;
    size_t n = 1;

    text[0] = '{';
    for (uint32_t i = 0; i < 6000; i++)
        n += (size_t)sprintf(text + n, "%s\"key %u\":{\"x\":%u}", i ? "," : "", i, i);
    (void)strcpy(text + n, "}\n");
    want = strdup(text);
    push(f, text, 0);
    push(f, text, 0);

    ck_assert_uint_eq(f->batches[0]->flags & SL_BATCH_ALL, 0);
    ck_assert_int_eq(strncmp(fake_dump(f), want, strlen(want)), 0);
    ck_assert_str_eq(fake_dump(f) + strlen(want), want);
    free(text);
    free(want);
    finish(f);
}
END_TEST

START_TEST(last_of_equal_keys_counts)
{
    static const char *const wanted[] = {"a.b", "a.c.d", "e", "u.v", "w.x.y", NULL};
    static const char *const text[] = {
        "{\"a\":{\"b\":1,\"b\":2},\"e\":1,\"e\":2}\n",
        "{\"a\":{\"b\":1,\"c\":{\"d\":1}},\"a\":{\"b\":2}}\n",
        "{\"a\":{\"b\":1,\"c\":{\"d\":1}},\"e\":1,\"a\":{\"c\":{}},\"a\":3}\n",
        "{\"u\":{\"v\":1},\"u\":[1]}\n{\"u\":{\"v\":1},\"z\":0,\"u\":{}}\n",
        "{\"w\":{\"x\":{\"y\":1}},\"w\":{\"x\":{}},\"w\":{\"x\":{\"y\":2}},\"w\":{}}\n",
        "{\"e\":{\"f\":1},\"a\":{\"b\":1},\"e\":1,\"a\":{}}\n",
    };

    for (uint32_t all = 0; all < 2; all++) {
        fake *f = decoder(NULL, NULL, all ? everything : wanted);

        for (size_t i = 0; i < sizeof text / sizeof *text; i++)
            push(f, text[i], 0);

        ck_assert_uint_eq(f->nrejects, 0);
        finish(f);
    }
}
END_TEST

START_TEST(equal_keys_are_refused_when_told_so)
{
    fake *f = decoder("duplicate_keys", "error", everything);
    char *text = malloc(200000);
    size_t n = 1;

    push(
        f,
        "{\"a\":{\"b\":1,\"c\":2,\"b\":3}}\n{\"a\":[{\"x\":1,\"x\":1}]}\n{\"a\":1,\"\\u0061\":1}\n",
        0);
    push(f, "{\"a\":{\"a\":1},\"b\":{\"a\":1}}\n", 0);
    ck_assert_uint_eq(f->nrejects, 3);
    ck_assert_uint_eq(fake_rows(f), 1);
    ck_assert_str_eq(f->rejects[0].code, "json.duplicate");

    text[0] = '{';
    for (uint32_t i = 0; i < 5000; i++)
        n += (size_t)sprintf(text + n, "\"key %u\":%u,", i, i);
    (void)strcpy(text + n, "\"z\":1}\n");
    push(f, text, 0);
    (void)strcpy(text + n, "\"key 17\":1}\n");
    push(f, text, 0);
    ck_assert_uint_eq(f->nrejects, 4);
    ck_assert_uint_eq(fake_rows(f), 2);
    free(text);
    finish(f);
}
END_TEST

START_TEST(containers_of_more_than_65535_entries_keep_their_slots)
{
    static const char *const wanted[] = {"before", "m", "m.k0", "m.k65536", "after", NULL};
    fake *f = decoder(NULL, NULL, wanted);
    char *text = malloc(2000000);
    sl_val row;
    sl_val v;

    for (uint32_t count = 65535; count <= 65537; count++) {
        size_t n = (size_t)sprintf(text, "{\"before\":1,\"m\":{");

        for (uint32_t i = 0; i < count; i++)
            n += (size_t)sprintf(text + n, "%s\"k%u\":%u", i ? "," : "", i, i);
        n += (size_t)sprintf(text + n, "},\"after\":[");
        for (uint32_t i = 0; i < count; i++)
            n += (size_t)sprintf(text + n, "%s%u", i ? "," : "", i);
        n += (size_t)sprintf(text + n, "]}\n");
        fake_clear(f);
        push(f, text, SL_BATCH_WHOLE);

        ck_assert_uint_eq(fake_rows(f), 1);
        sl_batch_row(f->batches[0], 0, &row);
        ck_assert(sl_val_find(&row, "m", 1, &v));
        ck_assert_uint_eq(v.n, count);
        ck_assert(sl_val_find(&row, "after", 5, &v));
        ck_assert_uint_eq(v.n, count);
    }
    free(text);
    finish(f);
}
END_TEST

static uint64_t seed = 7;

static uint32_t pick(uint32_t n)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (uint32_t)(seed >> 33) % n;
}

/* A random value of JSON at TEXT, with many keys of few names. */
static size_t random_value(char *text, uint32_t depth)
{
    static const char *const scalars[] = {
        "1",    "-5",      "2.5",  "true",     "null",
        "\"\"", "\"\\n\"", "1e99", "\"text\"", "12345678901234567890123"};
    uint32_t kind = pick(depth < 5 ? 10 : 5);
    size_t n = 0;

    if (kind < 5)
        return (size_t)sprintf(text, "%s%s", scalars[pick(10)], pick(5) ? "" : " ");
    n += (size_t)sprintf(text, kind < 8 ? "{" : "[");
    for (uint32_t i = 0, count = pick(6); i < count; i++) {
        n += (size_t)sprintf(text + n, "%s", i ? "," : "");
        if (kind < 8)
            n += (size_t)sprintf(text + n, pick(20) ? "\"k%u\":" : "\"k\\u003%u\" : ", pick(7));
        n += random_value(text + n, depth + 1);
    }
    return n + (size_t)sprintf(text + n, kind < 8 ? "}" : "]");
}

START_TEST(random_records_have_the_slots_of_a_rebuild)
{
    static const char *const some[] = {"k1", "k2.k3", "k2", "k0.k0.k0", "k5.k6", NULL};
    fake *fakes[] = {decoder(NULL, NULL, everything), decoder(NULL, NULL, some)};
    char *text = malloc(1u << 20);

    for (uint32_t round = 0; round < 600; round++) {
        size_t n = 0;

        for (uint32_t i = 0; i < 4; i++) {
            n += (size_t)sprintf(text + n, "{");
            for (uint32_t k = 0, count = pick(6); k < count; k++) {
                n += (size_t)sprintf(text + n, "%s\"k%u\":", k ? "," : "", pick(7));
                n += random_value(text + n, 1);
            }
            n += (size_t)sprintf(text + n, "}\n");
        }
        for (uint32_t i = 0; i < 2; i++) {
            fake_clear(fakes[i]);
            push(fakes[i], text, 0);
            ck_assert_uint_eq(fake_rows(fakes[i]), 4);
        }
    }
    free(text);
    finish(fakes[0]);
    finish(fakes[1]);
}
END_TEST

START_TEST(kinds_and_counts_of_paths_are_kept)
{
    fake *f = decoder(NULL, NULL, everything);
    const sl_pnode *n;

    push(f, "{\"a\":1}\n{\"a\":\"x\"}\n{\"a\":null}\n{\"b\":1.5}\n{\"a\":18446744073709551615}\n",
         0);

    n = sl_ptree_child(f->tree, sl_ptree_root(f->tree), NULL, (const uint8_t *)"a", 1);
    ck_assert_uint_eq(n->seen, 4);
    ck_assert_uint_eq(n->kinds, SL_KIND_INT | SL_KIND_STR | SL_KIND_NIL | SL_KIND_UINT);
    n = sl_ptree_child(f->tree, sl_ptree_root(f->tree), NULL, (const uint8_t *)"b", 1);
    ck_assert_uint_eq(n->seen, 1);
    ck_assert_uint_eq(n->kinds, SL_KIND_FLOAT);
    finish(f);
}
END_TEST

/* Text that makes body, slots, tree and rest grow. */
static char *demanding_text(size_t *len)
{
    char *text = malloc(100000);
    size_t n = 0;

    n += (size_t)sprintf(
        text, "{\"a\":{\"b\":[1,2,{\"c\":\"\\u00e9\"}]}}\nbad\n[{\"x\":1},{\"y\":2}]\n{");
    for (uint32_t i = 0; i < 100; i++)
        n += (size_t)sprintf(text + n, "\"key%u\":%u,", i, i);
    n += (size_t)sprintf(text + n,
                         "\"n\":123456789012345678901234567890123456789012345}\n{\"s\":\"");
    memset(text + n, 's', 30000);
    n += 30000;
    n += (size_t)sprintf(text + n, "\"}\n");
    for (uint32_t i = 0; i < 100; i++)
        n += (size_t)sprintf(text + n, "{\"i\":%u}\n", i);
    *len = n + (size_t)sprintf(text + n, "{\"cut\":");
    return text;
}

START_TEST(no_failing_allocation_loses_memory_or_order)
{
    fake_setting settings[] = {{"duplicate_keys", "error"}, {NULL, NULL}};
    size_t len;
    char *text = demanding_text(&len);
    char *want = NULL;
    int met = 1;
    uint64_t n;

    for (n = 0; met; n++) { /* the first time without a failure */
        fake *f = fake_new(&sl_json_decoder, settings, everything, n, NULL);

        if (!f)
            continue;
        if (fake_push(f, text, len, 1, 0) == SL_OK &&
            fake_push(f, "1}\n", 3, 1, SL_BATCH_LAST) == SL_OK) {
            if (!want)
                want = strdup(fake_dump(f));
            ck_assert_uint_eq(fake_rows(f), 106);
            ck_assert_str_eq(fake_dump(f), want);
        }
        met = n == 0 || fail_mem_met(&f->source);
        ck_assert_int_eq(fake_free(f), 0);
        ck_assert_uint_lt(n, 5000);
    }
    ck_assert_uint_gt(n, 50);
    free(want);
    free(text);
}
END_TEST

SUITE("json decoder", strings_lose_their_escapes, strings_of_every_length_come_through,
      bad_escapes_are_refused, lone_surrogates_are_replaced_when_told_so, nesting_ends_at_the_limit,
      depth_bombs_are_only_bad_records, keys_longer_than_the_limit_are_refused,
      keys_of_every_length_are_predicted_right, keys_with_escapes_are_not_taken_for_others,
      wanted_paths_have_slots_and_others_not, all_keys_have_slots_when_all_are_asked_for,
      keys_that_the_tree_cannot_hold_are_copied_through, last_of_equal_keys_counts,
      equal_keys_are_refused_when_told_so, containers_of_more_than_65535_entries_keep_their_slots,
      random_records_have_the_slots_of_a_rebuild, kinds_and_counts_of_paths_are_kept,
      no_failing_allocation_loses_memory_or_order)
