/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/sdk/carry_test.c - rests of splits: joining, keeping, snapshot and restore.
 *
 * The host here is only its allocator, on a source of memory whose n-th call can fail.
 */
#include <sluice/carry.h>

#include "tests/lib/fail_mem.h"
#include "tests/lib/suite.h"

#include <string.h>

static sl_mem *account;

static void *host_alloc(sl_node *node, uint64_t bytes)
{
    (void)node;
    return sl_mem_alloc(account, bytes);
}

static void *host_resize(sl_node *node, void *mem, uint64_t bytes)
{
    (void)node;
    return sl_mem_resize(account, mem, bytes);
}

static const sl_host host = {
    .size = sizeof(sl_host), .alloc = host_alloc, .resize = host_resize, .release = sl_mem_free};

static fail_mem memory;

static void begin(uint64_t fail_at)
{
    fail_mem_init(&memory, fail_at);
    account = sl_mem_new(&memory.source, NULL, "host", 0);
}

static void end(void)
{
    if (account)
        sl_mem_drop(account);
    ck_assert_int_eq(memory.blocks, 0);
}

static const uint8_t *bytes(const char *text)
{
    return (const uint8_t *)text;
}

START_TEST(payload_without_a_rest_is_not_copied)
{
    sl_carry *c;
    const uint8_t *payload = bytes("abc\ndef");
    const uint8_t *block = NULL;
    uint64_t got = 0;
    uint64_t before = 9;

    begin(0);
    c = sl_carry_new(&host, NULL, 0);
    ck_assert_int_eq(sl_carry_join(c, 1, payload, 7, &block, &got, &before), SL_OK);

    ck_assert_ptr_eq(block, payload);
    ck_assert_uint_eq(got, 7);
    ck_assert_uint_eq(before, 0);
    sl_carry_free(c);
    end();
}
END_TEST

START_TEST(rest_comes_before_the_next_payload_of_its_split_only)
{
    sl_carry *c;
    const uint8_t *block = NULL;
    uint64_t got = 0;
    uint64_t before = 0;

    begin(0);
    c = sl_carry_new(&host, NULL, 0);
    ck_assert_int_eq(sl_carry_join(c, 7, bytes("abc\ndef"), 7, &block, &got, &before), SL_OK);
    ck_assert_int_eq(sl_carry_keep(c, 7, block + 4, 3), SL_OK);
    ck_assert_int_eq(sl_carry_join(c, 3, bytes("xyz"), 3, &block, &got, &before), SL_OK);
    ck_assert_uint_eq(before, 0);
    ck_assert_int_eq(sl_carry_keep(c, 3, block + 2, 1), SL_OK);

    ck_assert_int_eq(sl_carry_join(c, 7, bytes("ghi\n"), 4, &block, &got, &before), SL_OK);
    ck_assert_uint_eq(got, 7);
    ck_assert_uint_eq(before, 3);
    ck_assert_mem_eq(block, "defghi\n", 7);
    ck_assert_int_eq(sl_carry_keep(c, 7, NULL, 0), SL_OK);
    ck_assert_int_eq(sl_carry_join(c, 7, bytes("q"), 1, &block, &got, &before), SL_OK);
    ck_assert_uint_eq(before, 0);
    ck_assert_int_eq(sl_carry_keep(c, 7, NULL, 0), SL_OK);
    ck_assert_int_eq(sl_carry_join(c, 3, NULL, 0, &block, &got, &before), SL_OK);
    ck_assert_uint_eq(got, 1);
    ck_assert_mem_eq(block, "z", 1);
    sl_carry_free(c);
    end();
}
END_TEST

/* Feed a text in pieces of sizes drawn from SEED and cut off whole "lines" of LINE bytes; all lines
 * must come out whole and in order. */
static void feed_lines(uint32_t line, uint32_t total, uint32_t most, uint32_t seed)
{
    static uint8_t text[400000 + 64];
    sl_carry *c;
    uint64_t done = 0;

    for (uint32_t i = 0; i < total; i++)
        text[i] = (uint8_t)(i * 31 + i / 251);
    begin(0);
    c = sl_carry_new(&host, NULL, 0);
    for (uint32_t at = 0; at < total;) {
        const uint8_t *block = NULL;
        uint64_t got = 0;
        uint64_t before = 0;
        uint64_t cut;
        uint32_t n;
        seed = seed * 1664525 + 1013904223;
        n = 1 + (seed >> 8) % most;
        n = n < total - at ? n : total - at;
        ck_assert_int_eq(sl_carry_join(c, 5, text + at, n, &block, &got, &before), SL_OK);
        ck_assert_uint_eq(done + before, at);
        ck_assert_uint_eq(before + n, got);
        ck_assert_mem_eq(block, text + done, got);
        if (before)
            ck_assert_uint_eq(block[got + 63], 0);
        cut = got / line * line;
        ck_assert_int_eq(sl_carry_keep(c, 5, block + cut, got - cut), SL_OK);
        done += cut;
        at += n;
    }
    ck_assert_uint_eq(done, total / line * line);
    sl_carry_free(c);
    end();
}

START_TEST(lines_survive_any_cut)
{
    feed_lines(10, 20000, 7, 1);
    feed_lines(10, 20000, 300, 2);
    feed_lines(777, 200000, 5000, 3);
    feed_lines(150000, 400000, 3000, 4);
    feed_lines(150000, 400000, 100000, 5);
    feed_lines(3, 300, 1, 6);
}
END_TEST

START_TEST(snapshot_brings_rests_and_extras_back)
{
    sl_carry *c;
    sl_carry *d;
    const uint8_t *block = NULL;
    uint64_t got = 0;
    uint64_t before = 0;
    void *state = NULL;
    uint64_t len = 0;

    begin(0);
    c = sl_carry_new(&host, NULL, 4);
    for (uint32_t split = 20; split > 0; split--) {
        uint8_t *extra = sl_carry_extra(c, split);
        ck_assert_ptr_nonnull(extra);
        ck_assert_mem_eq(extra, "\0\0\0\0", 4);
        extra[3] = (uint8_t)split;
        ck_assert_int_eq(sl_carry_keep(c, split, bytes("abcdefghijklmnopqrst"), split), SL_OK);
    }
    sl_carry_end(c, 4);
    sl_carry_end(c, 4);
    ck_assert_int_eq(sl_carry_snapshot(c, &state, &len), SL_OK);

    d = sl_carry_new(&host, NULL, 4);
    ck_assert_int_eq(sl_carry_keep(d, 99, bytes("old"), 3), SL_OK);
    ck_assert_int_eq(sl_carry_restore(d, state, len), SL_OK);
    for (uint32_t split = 1; split <= 20; split++) {
        uint32_t want = split == 4 ? 0 : split;
        const uint8_t *extra = sl_carry_extra(d, split);
        ck_assert_uint_eq(extra[3], want);
        ck_assert_int_eq(sl_carry_join(d, split, bytes("!"), 1, &block, &got, &before), SL_OK);
        ck_assert_uint_eq(before, want);
        ck_assert_mem_eq(block, "abcdefghijklmnopqrst", want);
        ck_assert_int_eq(sl_carry_keep(d, split, NULL, 0), SL_OK);
    }
    ck_assert_int_eq(sl_carry_join(d, 99, bytes("!"), 1, &block, &got, &before), SL_OK);
    ck_assert_uint_eq(before, 0);
    sl_mem_free(state);
    sl_carry_free(c);
    sl_carry_free(d);
    end();
}
END_TEST

START_TEST(damaged_snapshot_is_refused_and_changes_nothing)
{
    sl_carry *c;
    void *state = NULL;
    uint64_t len = 0;
    uint8_t copy[128];

    begin(0);
    c = sl_carry_new(&host, NULL, 2);
    ck_assert_int_eq(sl_carry_keep(c, 1, bytes("abc"), 3), SL_OK);
    ck_assert_int_eq(sl_carry_keep(c, 2, bytes("de"), 2), SL_OK);
    ck_assert_int_eq(sl_carry_snapshot(c, &state, &len), SL_OK);
    ck_assert_uint_lt(len, sizeof copy - 1);

    for (uint64_t n = 0; n <= len + 1; n++) {
        const uint8_t *block = NULL;
        uint64_t got = 0;
        uint64_t before = 0;
        memset(copy, 0, sizeof copy);
        memcpy(copy, state, len);
        ck_assert_int_eq(sl_carry_restore(c, copy, n), n == len ? SL_OK : SL_E_DATA);
        ck_assert_int_eq(sl_carry_join(c, 1, bytes(""), 0, &block, &got, &before), SL_OK);
        ck_assert_mem_eq(block, "abc", 3);
        ck_assert_int_eq(sl_carry_keep(c, 1, block, 3), SL_OK);
    }
    memcpy(copy, state, len);
    copy[12 + 12 + 2 + 3 + 3] = 1; /* the second split with the first one's number */
    ck_assert_int_eq(sl_carry_restore(c, copy, len), SL_E_DATA);
    sl_mem_free(state);
    sl_carry_free(c);
    end();
}
END_TEST

static int churn(uint64_t fail_at)
{
    sl_carry *c = NULL;
    const uint8_t *block = NULL;
    uint64_t got = 0;
    uint64_t before = 0;
    void *state = NULL;
    uint64_t len = 0;
    int good = 0;

    begin(fail_at);
    if (account)
        c = sl_carry_new(&host, NULL, 8);
    if (c) {
        good = 1;
        for (uint32_t split = 1; split <= 6 && good; split++) {
            good =
                sl_carry_keep(c, split, bytes("abc"), 3) == SL_OK &&
                sl_carry_join(c, split, bytes("0123456789"), 10, &block, &got, &before) == SL_OK &&
                sl_carry_keep(c, split, block + 3, got - 3) == SL_OK &&
                sl_carry_join(c, split, bytes("x"), 1, &block, &got, &before) == SL_OK &&
                sl_carry_keep(c, split, block, got) == SL_OK && sl_carry_extra(c, split);
        }
        good = good && sl_carry_snapshot(c, &state, &len) == SL_OK &&
               sl_carry_restore(c, state, len) == SL_OK;
    }
    sl_mem_free(state);
    sl_carry_free(c);
    end();
    return good;
}

START_TEST(every_allocation_may_fail)
{
    uint64_t n = 0;
    int good;

    do {
        good = churn(++n);
        ck_assert(good || fail_mem_met(&memory));
    } while (fail_mem_met(&memory));

    ck_assert(good);
    ck_assert_uint_gt(n, 30);
}
END_TEST

SUITE("carry", payload_without_a_rest_is_not_copied,
      rest_comes_before_the_next_payload_of_its_split_only, lines_survive_any_cut,
      snapshot_brings_rests_and_extras_back, damaged_snapshot_is_refused_and_changes_nothing,
      every_allocation_may_fail)
