/* SPDX-License-Identifier: Apache-2.0
 *
 * tools/sluice/show.c - numbers with units, as people read them.
 *
 * Sizes in powers of 1000, as drives and networks are sold; two digits of precision or three.
 */
#include <inttypes.h>

#include "tools/sluice/summary.h"

const char *sl_show_count(uint64_t n, char out[32])
{
    char digits[24];
    int len = snprintf(digits, sizeof digits, "%" PRIu64, n);
    int at = 0;

    for (int i = 0; i < len; i++) {
        if (i && (len - i) % 3 == 0)
            out[at++] = ',';
        out[at++] = digits[i];
    }
    out[at] = '\0';
    return out;
}

static const char *scaled(double n, const char *const *units, char out[32])
{
    uint32_t i = 0;

    while (n >= 999.5 && units[i + 1]) {
        n /= 1000;
        i++;
    }
    (void)snprintf(out, 32, !i || n >= 99.5 ? "%.0f%s" : "%.1f%s", n, units[i]);
    return out;
}

const char *sl_show_bytes(double n, char out[32])
{
    static const char *const units[] = {" B", " kB", " MB", " GB", " TB", " PB", NULL};

    return scaled(n, units, out);
}

const char *sl_show_short(double n, char out[32])
{
    static const char *const units[] = {"", " k", " M", " G", " T", NULL};

    return scaled(n, units, out);
}

const char *sl_show_time(int64_t ns, char out[32])
{
    int64_t s = ns / 1000000000;

    if (ns < 1000000000)
        (void)snprintf(out, 32, "%" PRId64 " ms", ns / 1000000);
    else if (s < 60)
        (void)snprintf(out, 32, "%.1f s", (double)ns / 1e9);
    else if (s < 3600)
        (void)snprintf(out, 32, "%" PRId64 " min %" PRId64 " s", s / 60, s % 60);
    else
        (void)snprintf(out, 32, "%" PRId64 " h %" PRId64 " min", s / 3600, s / 60 % 60);
    return out;
}
