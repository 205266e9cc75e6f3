/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/fuzz/csv_fuzz.c - the csv decoder.
 *
 * The first byte picks the settings, the second one the cut; the rest is the text.
 */
#include "tests/fuzz/cut.h"

#define MOST 4096u

static const th_setting choices[][5] = {
    {{NULL, NULL, NULL}},
    {{"header", NULL, "false"}, {"null", NULL, ""}},
    {{"delimiter", NULL, ";"}, {"quote", NULL, "'"}, {"escape", NULL, "backslash"}},
    {{"encoding", NULL, "latin1"}},
    {{"columns", NULL, "a"}, {"columns", NULL, "b"}, {"types", "a", "int"}, {"types", "b", "date"}},
    {{"quote", NULL, ""}, {"delimiter", NULL, "\\t"}},
};
#define CHOICES (sizeof choices / sizeof *choices)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    if (len < 3 || len > MOST)
        return 0;
    cut_compare(choices[data[0] % CHOICES], data + 2, len - 2, data[1] % (len - 2));
    return 0;
}
