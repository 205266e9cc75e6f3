/* SPDX-License-Identifier: Apache-2.0
 *
 * sdk/lib/number.cc - doubles as text, exact in both directions.
 *
 * A thin C face over std::from_chars and std::to_chars, which are correctly rounded, print the
 * shortest form and know no locale. The JSON grammar is checked here first, because from_chars
 * takes more (inf, hex digits' prefixes, missing digits). What is too small for a double reads as
 * zero, which is its correct rounding; what is too large is refused.
 */
#include <sluice/text.h>

#include <charconv>
#include <cmath>
#include <cstring>

namespace
{

/* What the grammar check learns about a number. */
struct shape {
    const char *end; /* behind what fits the grammar */
    bool good;       /* does it fit at all? */
    bool tiny;       /* the first digit that counts is far behind the point */
};

bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The exponent at P, held in bounds; false when digits are missing. */
bool read_exponent(const char *&p, const char *end, long &exponent)
{
    bool minus = false;
    const char *begin;

    if (p < end && (*p == '-' || *p == '+'))
        minus = *p++ == '-';
    begin = p;
    for (; p < end && is_digit(*p); p++) {
        if (exponent < 100000000)
            exponent = exponent * 10 + (*p - '0');
    }
    if (minus)
        exponent = -exponent;
    return p > begin;
}

shape check_grammar(const char *p, const char *end)
{
    shape s = {p, false, false};
    const char *first = nullptr; /* first digit other than 0 */
    const char *point = nullptr;
    const char *begin;
    long exponent = 0;
    long place;

    if (p < end && *p == '-')
        p++;
    begin = p;
    for (; p < end && is_digit(*p); p++) {
        if (*p != '0' && !first)
            first = p;
    }
    if (p == begin || (*begin == '0' && p - begin > 1))
        return s;
    point = p;
    if (p < end && *p == '.') {
        begin = ++p;
        for (; p < end && is_digit(*p); p++) {
            if (*p != '0' && !first)
                first = p;
        }
        if (p == begin)
            return s;
    }
    if (p < end && (*p == 'e' || *p == 'E') && !read_exponent(++p, end, exponent))
        return s;
    place = first ? static_cast<long>(point - first) + exponent : 0;
    s.end = p;
    s.good = true;
    s.tiny = place < 0;
    return s;
}

} // namespace

int sl_f64_parse(const char *text, size_t len, double *out)
{
    const char *end = text + len;
    const shape s = check_grammar(text, end);
    std::from_chars_result r;
    double v = 0;

    if (!s.good || s.end != end)
        return 0;
    r = std::from_chars(text, end, v);
    if (r.ec == std::errc::result_out_of_range) {
        if (!s.tiny)
            return 0;
        v = *text == '-' ? -0.0 : 0.0;
    } else if (r.ec != std::errc() || r.ptr != end) {
        return 0;
    }
    *out = v;
    return 1;
}

/* Above 2^53 to_chars prints all digits of a whole number that it prints without exponent, also
 * those that say nothing: put zeros in their place. Gives the length. */
static uint32_t drop_digits(double v, char *out, uint32_t len)
{
    char text[SL_F64_TEXT];
    std::to_chars_result r =
        std::to_chars(text, text + sizeof text, v, std::chars_format::scientific);
    uint32_t at = 0;

    for (const char *p = text; p < r.ptr && *p != 'e'; p++) {
        if (*p != '.')
            out[at++] = *p;
    }
    std::memset(out + at, '0', len - at);
    return len;
}

uint32_t sl_f64_print(double v, char out[SL_F64_TEXT])
{
    std::to_chars_result r;
    const char *word;

    if (std::isfinite(v)) {
        uint32_t len;

        r = std::to_chars(out, out + SL_F64_TEXT, v);
        len = static_cast<uint32_t>(r.ptr - out);
        if (std::fabs(v) > 9007199254740992.0 && !std::memchr(out, 'e', len))
            return drop_digits(v, out, len);
        return len;
    }
    word = std::isnan(v) ? "nan" : v < 0 ? "-inf" : "inf";
    std::memcpy(out, word, std::strlen(word));
    return static_cast<uint32_t>(std::strlen(word));
}
