/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/plugins/lines/lines_test.c - what the lines decoder makes of text.
 *
 * Text goes in as payloads, records come out as text; the host checks every slot.
 */
#include "tests/lib/suite.h"
#include "tests/lib/text_host.h"

#include <stdio.h>

static text_host h;
static const char *const all[] = {"*", NULL};

#define SET(path, text)                                                                            \
    {                                                                                              \
        path, NULL, text                                                                           \
    }
#define END                                                                                        \
    {                                                                                              \
        NULL, NULL, NULL                                                                           \
    }

static void open_with(const th_setting *settings)
{
    sl_status rc = th_open(&h, sluice_plugin_v1.classes[0], settings, all, 0);

    ck_assert_msg(rc == SL_OK, "%s: %s", h.code, h.why);
}

static void push(const char *text, uint32_t flags)
{
    ck_assert_int_eq(th_push_raw(&h, text, strlen(text), 1, flags), SL_OK);
}

static void expect(const th_setting *settings, const char *in, const char *want)
{
    open_with(settings);
    push(in, SL_BATCH_LAST);
    ck_assert_str_eq(th_text(&h), want);
}

static void expect_dead(uint32_t i, const char *code, const char *bytes)
{
    ck_assert_uint_lt(i, h.nrejects);
    ck_assert_str_eq(h.rejects[i].code, code);
    ck_assert_str_eq((const char *)h.rejects[i].bytes, bytes);
}

/* ---- cutting ---- */

static const th_setting text[] = {END};

START_TEST(lines_end_at_lf_or_crlf_and_empty_ones_are_skipped)
{
    expect(text, "one\r\n\n\r\ntwo \nthree\r",
           "{\"line\":\"one\"}\n{\"line\":\"two \"}\n"
           "{\"line\":\"three\"}\n");

    ck_assert_uint_eq(h.used, 1);
    ck_assert_uint_eq(h.nrejects, 0);
    th_close(&h);
}
END_TEST

START_TEST(a_line_may_lie_in_several_payloads_and_splits_do_not_mix)
{
    open_with(text);

    ck_assert_int_eq(th_push_raw(&h, "ab", 2, 1, 0), SL_OK);
    ck_assert_int_eq(th_push_raw(&h, "xy", 2, 2, 0), SL_OK);
    ck_assert_int_eq(th_push_raw(&h, "c\nd", 3, 1, 0), SL_OK);
    ck_assert_str_eq(th_text(&h), "{\"line\":\"abc\"}\n");
    ck_assert_int_eq(th_push_raw(&h, "", 0, 1, SL_BATCH_LAST), SL_OK);
    ck_assert_int_eq(th_push_raw(&h, "z\n", 2, 2, SL_BATCH_LAST), SL_OK);

    ck_assert_str_eq(th_text(&h), "{\"line\":\"abc\"}\n{\"line\":\"d\"}\n{\"line\":\"xyz\"}\n");
    th_close(&h);
}
END_TEST

START_TEST(whole_messages_leave_no_rest)
{
    open_with(text);

    push("a\nb", SL_BATCH_WHOLE);
    push("c", SL_BATCH_WHOLE);
    push("", SL_BATCH_WHOLE);

    ck_assert_str_eq(th_text(&h), "{\"line\":\"a\"}\n{\"line\":\"b\"}\n{\"line\":\"c\"}\n");
    th_close(&h);
}
END_TEST

START_TEST(a_mark_of_byte_order_is_no_text)
{
    expect(text,
           "\xef\xbb\xbf"
           "a\n\xef\xbb\xbf"
           "b\n",
           "{\"line\":\"a\"}\n{\"line\":\"\xef\xbb\xbf"
           "b\"}\n");
    th_close(&h);
}
END_TEST

START_TEST(the_rest_survives_a_restart)
{
    open_with(text);
    push("ab", 0);

    ck_assert_int_eq(th_restart(&h), SL_OK);
    push("c\n", SL_BATCH_LAST);

    ck_assert_str_eq(th_text(&h), "{\"line\":\"abc\"}\n");
    th_close(&h);
}
END_TEST

START_TEST(bad_utf8_goes_to_the_dead_letters_alone)
{
    expect(text, "good\nb\xffx\nalso g\xc3\xb6od\n\xc3\nend",
           "{\"line\":\"good\"}\n{\"line\":\"also g\xc3\xb6od\"}\n{\"line\":\"end\"}\n");

    ck_assert_uint_eq(h.nrejects, 2);
    expect_dead(0, "lines.utf8", "b\xffx\n");
    ck_assert_uint_eq(h.rejects[0].at, 5);
    ck_assert_ptr_nonnull(strstr(h.rejects[0].why, "column 2"));
    expect_dead(1, "lines.utf8", "\xc3\n");
    th_close(&h);
}
END_TEST

START_TEST(latin1_is_recoded)
{
    static const th_setting s[] = {SET("encoding", "latin1"), END};

    expect(s, "gr\xfc\xdf dich\n", "{\"line\":\"gr\xc3\xbc\xc3\x9f dich\"}\n");
    th_close(&h);
}
END_TEST

START_TEST(a_line_over_the_limit_goes_to_the_dead_letters_whole)
{
    static const th_setting s[] = {SET("max_record", "1KiB"), END};
    static char big[3000];
    size_t bytes = 0;

    memset(big, 'x', sizeof big - 1);
    open_with(s);
    push("a\n", 0);
    push(big, 0);
    push(big, 0);
    push("yy\nb\n", 0);
    push(big, SL_BATCH_WHOLE);

    ck_assert_str_eq(th_text(&h), "{\"line\":\"a\"}\n{\"line\":\"b\"}\n");
    for (uint32_t i = 0; i < h.nrejects; i++) {
        ck_assert_str_eq(h.rejects[i].code, "record.size");
        bytes += h.rejects[i].len;
    }
    ck_assert_uint_eq(bytes, 3 * 2999 + 3);
    th_close(&h);
}
END_TEST

START_TEST(a_limit_takes_lines_of_just_that_length)
{
    static const th_setting s[] = {SET("max_record", "1KiB"), END};
    static char in[1100];

    memset(in, 'x', 1024);
    in[1024] = '\n';
    open_with(s);
    push(in, 0);
    ck_assert_uint_eq(h.rows, 1);
    memset(in, 'x', 1025);
    in[1025] = '\n';
    push(in, 0);

    ck_assert_uint_eq(h.rows, 1);
    ck_assert_uint_eq(h.nrejects, 1);
    th_close(&h);
}
END_TEST

START_TEST(a_big_block_makes_batches_near_the_aim)
{
    static char block[1000001];

    for (size_t i = 0; i < sizeof block - 1; i += 100) {
        memset(block + i, 'a' + (int)(i / 100 % 26), 99);
        block[i + 99] = '\n';
    }
    open_with(text);
    h.keeps_out = 0;

    push(block, SL_BATCH_LAST);

    ck_assert_uint_eq(h.rows, 10000);
    ck_assert_uint_ge(h.batches, 7);
    ck_assert_uint_le(h.batches, 9);
    ck_assert_uint_eq(h.all_batches, h.batches);
    th_close(&h);
}
END_TEST

/* ---- access logs ---- */

static const th_setting combined[] = {SET("format", "combined"), END};

START_TEST(combined_reads_all_fields)
{
    expect(combined,
           "1.2.3.4 - ann lee [31/Jan/2026:12:00:00 +0100] \"GET /a?b=\\\"c\\\" HTTP/1.1\" 200 5 "
           "\"http://x/\" \"Agent \\\\ \\x01\"\n",
           "{\"ip\":\"1.2.3.4\",\"ident\":null,\"user\":\"ann lee\",\"time\":t\"2026-01-31T11:00:"
           "00Z\",\"method\":\"GET\",\"path\":\"/a?b=\\\"c\\\"\",\"protocol\":\"HTTP/1.1\","
           "\"status\":200,\"bytes\":5,\"referrer\":\"http://x/\",\"agent\":\"Agent \\\\ "
           "\\\\x01\"}\n");
    th_close(&h);
}
END_TEST

START_TEST(common_reads_requests_that_are_none)
{
    static const th_setting s[] = {SET("format", "common"), END};

    expect(s,
           "h - - [31/Jan/2026:12:00:00 +0000] \"-\" 408 -\n"
           "h - - [31/Jan/2026:12:00:00 +0000] \"\\x16\\x03\" 400 0\n",
           "{\"ip\":\"h\",\"ident\":null,\"user\":null,\"time\":t\"2026-01-31T12:00:00Z\","
           "\"request\":null,\"status\":408,\"bytes\":null}\n"
           "{\"ip\":\"h\",\"ident\":null,\"user\":null,\"time\":t\"2026-01-31T12:00:00Z\","
           "\"request\":\"\\\\x16\\\\x03\",\"status\":400,\"bytes\":0}\n");
    th_close(&h);
}
END_TEST

START_TEST(access_lines_that_do_not_fit_say_where)
{
    static const char good[] =
        "1.2.3.4 - - [31/Jan/2026:12:00:00 +0000] \"GET / HTTP/1.1\" 200 5 \"-\" \"agent\"";
    char line[256];

    open_with(combined);
    for (size_t n = 1; n < sizeof good - 1; n++) {
        (void)snprintf(line, sizeof line, "%.*s\n", (int)n, good);
        push(line, 0);
        ck_assert_uint_eq(h.nrejects, n);
        expect_dead((uint32_t)n - 1, "lines.format", line);
        ck_assert_ptr_nonnull(strstr(h.rejects[n - 1].why, "at column "));
    }
    ck_assert_uint_eq(h.rows, 0);
    (void)snprintf(line, sizeof line, "%s more\n", good);
    push(line, 0);

    expect_dead((uint32_t)sizeof good - 2, "lines.format", line);
    (void)snprintf(line, sizeof line, "at column %zu: the end", sizeof good);
    ck_assert_ptr_nonnull(strstr(h.rejects[sizeof good - 2].why, line));
    th_close(&h);
}
END_TEST

/* ---- logfmt ---- */

static const th_setting logfmt[] = {SET("format", "logfmt"), END};

START_TEST(logfmt_reads_pairs_quotes_and_bare_keys)
{
    expect(logfmt,
           "level=info msg=\"it \\\"works\\\"\\n\" took=12ms debug empty= q=\"\"\n  a=1  \n",
           "{\"level\":\"info\",\"msg\":\"it \\\"works\\\"\\n\",\"took\":\"12ms\",\"debug\":true,"
           "\"empty\":\"\",\"q\":\"\"}\n{\"a\":\"1\"}\n");
    th_close(&h);
}
END_TEST

START_TEST(logfmt_learns_keys_as_they_come)
{
    open_with(logfmt);

    push("a=1 b=2\nb=3 c=4\nd=5 a=6\n", 0);
    push("e=7\n", SL_BATCH_LAST);

    ck_assert_str_eq(th_text(&h), "{\"a\":\"1\",\"b\":\"2\"}\n{\"b\":\"3\",\"c\":\"4\"}\n"
                                  "{\"d\":\"5\",\"a\":\"6\"}\n{\"e\":\"7\"}\n");
    ck_assert_uint_eq(h.all_batches, 2);
    th_close(&h);
}
END_TEST

START_TEST(logfmt_refuses_open_quotes_and_missing_keys)
{
    expect(logfmt, "a=\"x\n=1\na=\"x\"y\nb\"=1\n   \n", "");

    ck_assert_uint_eq(h.nrejects, 5);
    expect_dead(0, "lines.format", "a=\"x\n");
    expect_dead(1, "lines.format", "=1\n");
    expect_dead(2, "lines.format", "a=\"x\"y\n");
    ck_assert_ptr_nonnull(strstr(h.rejects[2].why, "column 6"));
    th_close(&h);
}
END_TEST

/* ---- syslog ---- */

static const th_setting syslog_set[] = {SET("format", "syslog"), END};

START_TEST(syslog_reads_rfc5424)
{
    expect(syslog_set,
           "<165>1 2026-10-11T22:14:15.003Z mymachine evntslog - ID47 "
           "[a@1 iut=\"3\" eventSource=\"A \\\"b\\\\\\]\"][b@2 c=\"High\"] \xef\xbb\xbf"
           "An event\n"
           "<34>1 - - - - - -\n",
           "{\"facility\":20,\"severity\":5,\"time\":t\"2026-10-11T22:14:15.003Z\",\"host\":"
           "\"mymachine\",\"app\":\"evntslog\",\"pid\":null,\"msgid\":\"ID47\",\"structured\":{"
           "\"a@1\":{\"iut\":\"3\",\"eventSource\":\"A \\\"b\\\\]\"},\"b@2\":{\"c\":\"High\"}},"
           "\"message\":\"An event\"}\n"
           "{\"facility\":4,\"severity\":2,\"time\":null,\"host\":null,\"app\":null,\"pid\":null,"
           "\"msgid\":null}\n");
    th_close(&h);
}
END_TEST

START_TEST(syslog_reads_rfc3164_and_files_of_daemons)
{
    expect(syslog_set,
           "<13>Feb  5 17:32:18 host su[77]: failed: root\n"
           "Feb 15 17:32:18 host kernel: x\n"
           "2026-01-31T12:00:00.5+00:00 host app[x y]: msg\n"
           "2026-01-31T12:00:00Z host just words\n",
           "{\"facility\":1,\"severity\":5,\"time\":t\"1970-02-05T17:32:18Z\",\"host\":\"host\","
           "\"app\":\"su\",\"pid\":77,\"message\":\"failed: root\"}\n"
           "{\"time\":t\"1970-02-15T17:32:18Z\",\"host\":\"host\",\"app\":\"kernel\",\"message\":"
           "\"x\"}\n"
           "{\"time\":t\"2026-01-31T12:00:00.500Z\",\"host\":\"host\",\"app\":\"app\",\"pid\":"
           "\"x y\",\"message\":\"msg\"}\n"
           "{\"time\":t\"2026-01-31T12:00:00Z\",\"host\":\"host\",\"message\":\"just words\"}\n");
    th_close(&h);
}
END_TEST

START_TEST(syslog_refuses_what_it_can_not_read)
{
    expect(syslog_set,
           "<192>Feb  5 17:32:18 host x\n<>1 - - - - - -\nhello world\n<1>1 yesterday - - - - -\n"
           "<1>1 - - - - - [a b]\n<1>1 - - - - - [a b=\"c]\n<1>1 - - -\n<1>1 - - - - - x\n",
           "");

    ck_assert_uint_eq(h.nrejects, 8);
    th_close(&h);
}
END_TEST

/* ---- patterns ---- */

START_TEST(a_pattern_reads_fields_of_all_kinds)
{
    static const th_setting s[] = {
        SET("pattern", "{{{ip}}} {n:int}/{f:float} [{t:time(%d/%b/%Y %H:%M)}] {q:quoted} {:skip}, "
                       "{r:rest}"),
        END};

    expect(s,
           "{1.2.3.4} -5/2.5 [31/Jan/2026 12:00] \"a \\\"b\\\"\" x y, and, more\n"
           "{} -/- [-] - , \n",
           "{\"ip\":\"1.2.3.4\",\"n\":-5,\"f\":2.5,\"t\":t\"2026-01-31T12:00:00Z\",\"q\":\"a "
           "\\\"b\\\"\",\"r\":\"and, more\"}\n"
           "{\"ip\":\"\",\"n\":null,\"f\":null,\"t\":null,\"q\":null,\"r\":\"\"}\n");
    th_close(&h);
}
END_TEST

START_TEST(lines_that_do_not_fit_a_pattern_say_where)
{
    static const th_setting s[] = {SET("pattern", "id={id:int} t={t:time(%H:%M)} {q:quoted}."),
                                   END};
    static const struct {
        const char *line;
        const char *place;
    } cases[] = {
        {"x\n", "column 1:"},
        {"id=x t=1:2 \"\".\n", "column 4:"},
        {"id=1\n", "column 4:"},
        {"id=1 t=99:99 \"\".\n", "column 8:"},
        {"id=1 t=10:00 x.\n", "column 14:"},
        {"id=1 t=10:00 \"x\n", "column 14:"},
        {"id=1 t=10:00 \"x\"\n", "column 17:"},
        {"id=1 t=10:00 \"x\".y\n", "column 18:"},
    };

    open_with(s);
    for (uint32_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        push(cases[i].line, 0);
        expect_dead(i, "lines.format", cases[i].line);
        ck_assert_msg(strstr(h.rejects[i].why, cases[i].place) != NULL, "%s: %s", cases[i].line,
                      h.rejects[i].why);
    }
    push("id=1 t=10:00 \"x\".\n", 0);
    ck_assert_uint_eq(h.rows, 1);
    th_close(&h);
}
END_TEST

START_TEST(mistakes_in_patterns_are_shown_at_their_place)
{
    static const struct {
        const char *pattern;
        const char *code;
        uint32_t at;
    } cases[] = {
        {"{a", "lines.pattern.syntax", 0},         {"a}", "lines.pattern.syntax", 1},
        {"{a:int", "lines.pattern.syntax", 0},     {"{a:number}", "lines.pattern.kind", 3},
        {"{a:int(3)}", "lines.pattern.kind", 3},   {"{a:time(%Q)}", "lines.pattern.time", 8},
        {"{a:time}", "lines.pattern.time", 3},     {"{a}{b}", "lines.pattern.next", 3},
        {"{a:rest} {b}", "lines.pattern.rest", 0}, {"{}", "lines.pattern.name", 1},
        {"{x:skip} {a}", "lines.pattern.skip", 1}, {"{a} {a}", "lines.pattern.twice", 5},
        {"plain", "lines.pattern.empty", 0},
    };

    for (uint32_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const th_setting s[] = {SET("pattern", cases[i].pattern), END};

        ck_assert_int_eq(th_open(&h, sluice_plugin_v1.classes[0], s, all, 0), SL_E_CONFIG);
        ck_assert_msg(!strcmp(h.code, cases[i].code), "%s: %s: %s", cases[i].pattern, h.code,
                      h.why);
        ck_assert_str_eq(h.path, "pattern");
        ck_assert_msg(h.at == cases[i].at, "%s: at %u", cases[i].pattern, h.at);
        th_close(&h);
    }
}
END_TEST

START_TEST(format_and_pattern_exclude_each_other)
{
    static const th_setting s[] = {SET("pattern", "{a}"), SET("format", "syslog"), END};

    ck_assert_int_eq(th_open(&h, sluice_plugin_v1.classes[0], s, all, 0), SL_E_CONFIG);
    ck_assert_str_eq(h.code, "lines.pattern.format");
    th_close(&h);
}
END_TEST

/* ---- all formats ---- */

static const struct {
    const th_setting *settings;
    const char *in;
} samples[] = {
    {text, "one\r\n\ntw\xc3\xb6 \n\xff\nlast"},
    {combined, "1.2.3.4 - - [31/Jan/2026:12:00:00 +0000] \"GET / HTTP/1.1\" 200 5 \"-\" \"a\"\n"
               "bad line\n1.2.3.4 - - [31/Jan/2026:12:00:01 +0000] \"x\\\"y\" 200 5 \"-\" \"a\""},
    {logfmt, "a=1 b=\"x\\ty\"\nc=\"bad\n\nd e=f"},
    {syslog_set, "<165>1 2026-10-11T22:14:15.003Z m e - ID47 [a b=\"c\"] text\n<1\n"
                 "<13>Feb  5 17:32:18 host su[77]: x\n"},
};

START_TEST(blocks_cut_at_any_byte_give_the_same_records)
{
    for (uint32_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        const char *in = samples[i].in;
        size_t n = strlen(in);
        char *want;
        uint32_t dead;

        open_with(samples[i].settings);
        push(in, SL_BATCH_LAST);
        want = strdup(th_text(&h));
        ck_assert_ptr_nonnull(want);
        dead = h.nrejects;
        th_close(&h);
        for (size_t cut = 0; cut <= n; cut++) {
            open_with(samples[i].settings);
            ck_assert_int_eq(th_push_raw(&h, in, cut, 1, 0), SL_OK);
            ck_assert_int_eq(th_push_raw(&h, in + cut, n - cut, 1, SL_BATCH_LAST), SL_OK);
            ck_assert_str_eq(th_text(&h), want);
            ck_assert_uint_eq(h.nrejects, dead);
            th_close(&h);
        }
        free(want);
    }
}
END_TEST

/* Push SAMPLE in three pieces, each until memory suffices. */
static void push_stubborn(const char *in)
{
    size_t n = strlen(in);

    for (uint32_t i = 0; i < 3; i++) {
        size_t from = n * i / 3;
        uint32_t flags = i == 2 ? SL_BATCH_LAST : 0;

        while (th_push_raw(&h, in + from, n * (i + 1) / 3 - from, 1, flags) == SL_E_NOMEM)
            ;
    }
}

START_TEST(every_allocation_may_fail)
{
    for (uint32_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        char *want = NULL;
        uint32_t dead = 0;

        for (uint64_t n = 0;; n++) {
            int met;

            if (th_open(&h, sluice_plugin_v1.classes[0], samples[i].settings, all, n) == SL_OK) {
                push_stubborn(samples[i].in);
                if (!n) {
                    want = strdup(th_text(&h));
                    ck_assert_ptr_nonnull(want);
                    dead = h.nrejects;
                }
                ck_assert_str_eq(th_text(&h), want);
                ck_assert_uint_eq(h.nrejects, dead);
            }
            met = !n || h.memory.calls >= h.memory.fail_at;
            th_close(&h);
            if (!met)
                break;
            ck_assert_uint_lt(n, 1000);
        }
        free(want);
    }
}
END_TEST

SUITE("lines", lines_end_at_lf_or_crlf_and_empty_ones_are_skipped,
      a_line_may_lie_in_several_payloads_and_splits_do_not_mix, whole_messages_leave_no_rest,
      a_mark_of_byte_order_is_no_text, the_rest_survives_a_restart,
      bad_utf8_goes_to_the_dead_letters_alone, latin1_is_recoded,
      a_line_over_the_limit_goes_to_the_dead_letters_whole, a_limit_takes_lines_of_just_that_length,
      a_big_block_makes_batches_near_the_aim, combined_reads_all_fields,
      common_reads_requests_that_are_none, access_lines_that_do_not_fit_say_where,
      logfmt_reads_pairs_quotes_and_bare_keys, logfmt_learns_keys_as_they_come,
      logfmt_refuses_open_quotes_and_missing_keys, syslog_reads_rfc5424,
      syslog_reads_rfc3164_and_files_of_daemons, syslog_refuses_what_it_can_not_read,
      a_pattern_reads_fields_of_all_kinds, lines_that_do_not_fit_a_pattern_say_where,
      mistakes_in_patterns_are_shown_at_their_place, format_and_pattern_exclude_each_other,
      blocks_cut_at_any_byte_give_the_same_records, every_allocation_may_fail)
