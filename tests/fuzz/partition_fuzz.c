/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/fuzz/partition_fuzz.c - partition expressions, and values as names of folders.
 *
 * The first byte picks: an expression to parse, a value to escape and read back, a folder's name to
 * read. No value may leave its folder; what is not cut must come back.
 */
#include "plugins/writer/lib/partition.h"

#include <stdlib.h>

#include "plugins/writer/lib/escape.h"
#include "tests/fuzz/fuzz.h"

static void try_expression(const char *text, uint32_t len)
{
    sl_expr_parsed p;

    if (sl_expr_parse(text, len, &p)) {
        FUZZ_HOLD(p.field_len && p.field_at + p.field_len <= len);
        FUZZ_HOLD(p.text_len <= len && p.name_at + p.name_len <= len);
        return;
    }
    FUZZ_HOLD(p.why && p.bad_at <= len);
}

static void try_value(const uint8_t *value, uint64_t len, uint32_t used)
{
    char text[SL_ESCAPE_ROOM];
    uint8_t back[SL_ESCAPE_ROOM];
    uint32_t n = sl_escape(value, len, used, text);

    FUZZ_HOLD(n == strlen(text) && n + used <= SL_ESCAPE_MAX + 17);
    FUZZ_HOLD(!strpbrk(text, "/\\=:\"#'*?{[]^"));
    for (uint32_t i = 0; i < n; i++)
        FUZZ_HOLD((uint8_t)text[i] >= 0x20 && text[i] != 0x7f);
    if (!len || n + used > SL_ESCAPE_MAX - 3)
        return; /* null, or it may have been cut */
    FUZZ_HOLD(sl_unescape(text, n, back) == (int64_t)len);
    FUZZ_HOLD(!memcmp(back, value, len));
}

static void try_name(const char *text, uint64_t len)
{
    uint8_t *out = malloc(len + 1);

    if (!out)
        return;
    FUZZ_HOLD(sl_unescape(text, len, out) <= (int64_t)len);
    free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    if (!len)
        return 0;
    if (data[0] % 3 == 0)
        try_expression((const char *)data + 1, (uint32_t)(len - 1));
    else if (data[0] % 3 == 1)
        try_value(data + 1, len - 1, data[0] / 2);
    else
        try_name((const char *)data + 1, len - 1);
    return 0;
}
