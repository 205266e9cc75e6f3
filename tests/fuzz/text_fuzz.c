/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/fuzz/text_fuzz.c - numbers, times, sizes and paths as text.
 *
 * The first byte picks the reader. What a reader takes must print and read back as the same value;
 * the printed form must not depend on how it was written.
 */
#include "tests/fuzz/fuzz.h"

#include <sluice/text.h>

#include "sdk/lib/pathset.h"

#include <math.h>
#include <string.h>

static void try_f64(const char *text, size_t len)
{
    char out[SL_F64_TEXT];
    double v = 0;
    double back = 0;

    if (!sl_f64_parse(text, len, &v))
        return;
    FUZZ_HOLD(isfinite(v));
    FUZZ_HOLD(sl_f64_parse(out, sl_f64_print(v, out), &back));
    FUZZ_HOLD(!memcmp(&v, &back, sizeof v));
}

static void try_decimal(const char *text, size_t len)
{
    char out[SL_DECIMAL_TEXT];
    uint8_t packed[18];
    sl_decimal d;
    sl_decimal back;

    if (!sl_decimal_parse(text, len, &d))
        return;
    FUZZ_HOLD(d.scale >= INT16_MIN && d.scale <= INT16_MAX);
    FUZZ_HOLD(sl_decimal_unpack(packed, sl_decimal_pack(&d, packed), &back));
    FUZZ_HOLD(back.unscaled == d.unscaled && back.scale == d.scale);
    FUZZ_HOLD(sl_decimal_parse(out, sl_decimal_print(&d, out), &back) ||
              (d.scale < 0 && d.scale >= -19));
}

static void try_unpack(const char *text, size_t len)
{
    uint8_t packed[18];
    sl_decimal d;
    sl_decimal back;

    if (!sl_decimal_unpack((const uint8_t *)text, len, &d))
        return;
    FUZZ_HOLD(sl_decimal_pack(&d, packed) <= len);
    FUZZ_HOLD(sl_decimal_unpack(packed, sl_decimal_pack(&d, packed), &back));
    FUZZ_HOLD(back.unscaled == d.unscaled && back.scale == d.scale);
}

static void try_time(const char *text, size_t len)
{
    char out[SL_TIME_TEXT];
    int64_t us = 0;
    int64_t back = 0;
    int zone = 0;

    if (!sl_time_parse(text, len, &us, &zone))
        return;
    FUZZ_HOLD(sl_time_parse(out, sl_time_print(us, out), &back, &zone));
    FUZZ_HOLD(us == back && zone == 1);
}

/* The format ends at the first line end; the rest is the text. */
static void try_scan(const char *text, size_t len)
{
    const char *end = len ? memchr(text, '\n', len) : NULL;
    size_t n = end ? (size_t)(end - text) : len;
    char format[256];
    int64_t us = 0;
    int zone = 0;

    if (n >= sizeof format || memchr(text, 0, n))
        return;
    memcpy(format, text, n);
    format[n] = '\0';
    if (sl_time_scan(text + n + (end != NULL), len - n - (end != NULL), format, 2000, &us, &zone))
        FUZZ_HOLD(sl_time_format_check(format) < 0);
}

static void try_sizes(const char *text, size_t len)
{
    int64_t v = 0;

    if (sl_size_parse(text, len, &v))
        FUZZ_HOLD(v >= 0);
    if (sl_duration_parse(text, len, &v))
        FUZZ_HOLD(v >= 0);
}

static void try_utf8(const char *text, size_t len)
{
    size_t n = sl_utf8_span((const uint8_t *)text, len);

    FUZZ_HOLD(n <= len);
    FUZZ_HOLD(sl_utf8_span((const uint8_t *)text, n) == n);
}

static void try_path(const char *text, size_t len)
{
    sl_mem *mem = sl_mem_new(NULL, NULL, "fuzz", 0);
    char *copy = sl_mem_dup(mem, text, len);
    sl_bytes keys[16];
    void *block = NULL;
    uint32_t at = 0;
    uint64_t sum = 0;
    uint32_t n = sl_path_parse(mem, copy, keys, 16, &block, &at);

    for (uint32_t i = 0; i < n; i++)
        sum += keys[i].len;
    FUZZ_HOLD(n ? sum + n - 1 <= strlen(copy) : at <= strlen(copy));
    sl_mem_free(block);
    sl_mem_free(copy);
    sl_mem_drop(mem);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static void (*const readers[])(const char *, size_t) = {
        try_f64, try_decimal, try_unpack, try_time, try_scan, try_sizes, try_utf8, try_path,
    };

    if (len)
        readers[data[0] % 8]((const char *)data + 1, len - 1);
    return 0;
}
