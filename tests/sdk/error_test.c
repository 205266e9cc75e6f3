/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/sdk/error_test.c - errors: texts, wrapping, cutting at characters, errno.
 */
#include "sdk/lib/error.h"

#include <sluice/text.h>

#include "tests/lib/suite.h"

#include <errno.h>
#include <string.h>

START_TEST(set_fills_status_code_and_text)
{
    sl_error err;

    sl_status status = sl_error_set(&err, SL_E_CONFIG, "config.x", "node %s", "read");

    ck_assert_int_eq(status, SL_E_CONFIG);
    ck_assert_int_eq(err.status, SL_E_CONFIG);
    ck_assert_str_eq(err.code, "config.x");
    ck_assert_str_eq(err.text, "node read");
}
END_TEST

START_TEST(wrap_puts_context_in_front_and_keeps_the_code)
{
    sl_error err;

    (void)sl_error_set(&err, SL_E_DATA, "json.number", "no number");
    (void)sl_error_wrap(&err, SL_E_FATAL, "node %d", 3);

    ck_assert_int_eq(err.status, SL_E_FATAL);
    ck_assert_str_eq(err.code, "json.number");
    ck_assert_str_eq(err.text, "node 3: no number");
}
END_TEST

START_TEST(nobody_to_tell_is_fine)
{
    errno = EACCES;

    ck_assert_int_eq(sl_error_set(NULL, SL_E_DATA, "a", "b"), SL_E_DATA);
    ck_assert_int_eq(sl_error_wrap(NULL, SL_E_RETRY, "b"), SL_E_RETRY);
    ck_assert_int_eq(sl_error_errno(NULL, "a", "b"), SL_E_CONFIG);
    ck_assert_int_eq(errno, EACCES);
}
END_TEST

START_TEST(errno_tells_what_may_pass_from_what_must_be_changed)
{
    static const struct {
        int number;
        sl_status status;
    } cases[] = {
        {ENOENT, SL_E_CONFIG}, {EACCES, SL_E_CONFIG}, {ENOTDIR, SL_E_CONFIG},
        {ENOMEM, SL_E_NOMEM},  {EIO, SL_E_RETRY},     {ENOSPC, SL_E_RETRY},
        {EMFILE, SL_E_RETRY},  {EAGAIN, SL_E_RETRY},  {ECONNRESET, SL_E_RETRY},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        sl_error err;
        errno = cases[i].number;
        ck_assert_int_eq(sl_error_errno(&err, "file.open", "/x/y"), cases[i].status);
        ck_assert_ptr_nonnull(strstr(err.text, "/x/y: "));
        ck_assert_ptr_nonnull(strstr(err.text, strerror(cases[i].number)));
    }
}
END_TEST

START_TEST(long_text_is_cut_at_the_border_of_a_character)
{
    static const char *const fill[] = {"a", "\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x98\x80"};

    for (size_t f = 0; f < sizeof fill / sizeof *fill; f++) {
        for (size_t shift = 0; shift < 4; shift++) {
            char text[1024] = "";
            sl_error err;
            size_t n;
            memset(text, 'x', shift);
            for (n = shift; n < 600; n += strlen(fill[f]))
                memcpy(text + n, fill[f], strlen(fill[f]));

            (void)sl_error_set(&err, SL_E_DATA, "long", "%s", text);

            n = strlen(err.text);
            ck_assert_uint_gt(n, sizeof err.text - 5);
            ck_assert_uint_eq(sl_utf8_span((const uint8_t *)err.text, n), n);
        }
    }
}
END_TEST

SUITE("error", set_fills_status_code_and_text, wrap_puts_context_in_front_and_keeps_the_code,
      nobody_to_tell_is_fine, errno_tells_what_may_pass_from_what_must_be_changed,
      long_text_is_cut_at_the_border_of_a_character)
