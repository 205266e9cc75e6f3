/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/fuzz/lines_fuzz.c - the lines decoder in all its formats.
 *
 * The first byte picks the settings, the second one the cut; the rest is the text. One choice takes
 * the text in front of the first line end as a pattern.
 */
#include "tests/fuzz/cut.h"

#include <sluice/text.h>

#define MOST 4096u

static const th_setting choices[][3] = {
    {{NULL, NULL, NULL}},
    {{"format", NULL, "combined"}},
    {{"format", NULL, "common"}},
    {{"format", NULL, "logfmt"}},
    {{"format", NULL, "syslog"}},
    {{"encoding", NULL, "latin1"}, {"format", NULL, "logfmt"}},
    {{"pattern", NULL, "[{t:time(%Y-%m-%dT%H:%M:%S)}] {n:int} {q:quoted}: {f:float}, {r:rest}"}},
    {{"max_record", NULL, "1KiB"}},
};
#define CHOICES (sizeof choices / sizeof *choices)

/* The first line as a pattern for the others: it may be refused, but not crash. */
static void own_pattern(const uint8_t *data, size_t len)
{
    static const char *const all[] = {"*", NULL};
    static text_host h;
    char pattern[256] = "";
    size_t n = 0;

    while (n < len && n < sizeof pattern - 1 && data[n] != '\n' && data[n])
        n++;
    memcpy(pattern, data, n);
    pattern[n] = 0;
    if (sl_utf8_span(data, n) != n)
        return; /* settings are UTF-8 */
    if (th_open(&h, sluice_plugin_v1.classes[0],
                (th_setting[]){{"pattern", NULL, pattern}, {NULL, NULL, NULL}}, all, 0) == SL_OK &&
        n < len)
        FUZZ_HOLD(th_push_raw(&h, data + n + 1, len - n - 1, 1, SL_BATCH_LAST) == SL_OK);
    th_close(&h);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    if (len < 2 || len > MOST)
        return 0;
    if (data[0] % (CHOICES + 1) == CHOICES)
        own_pattern(data + 2, len - 2);
    else
        cut_compare(choices[data[0] % (CHOICES + 1)], data + 2, len - 2,
                    len > 2 ? data[1] % (len - 2) : 0);
    return 0;
}
