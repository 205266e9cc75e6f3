/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/config/scalar.c - what a plain scalar means: YAML 1.2's core schema.
 *
 * yes, no, on, off and 12:30 are text. Digits behind a zero are refused by the reader, because YAML
 * 1.1 takes them as octal and YAML 1.2 as decimal.
 */
#include "engine/config/yaml.h"

#include <string.h>

static size_t span(const char *s, size_t len, size_t at, const char *set)
{
    while (at < len && s[at] && strchr(set, s[at]))
        at++;
    return at;
}

#define DIGITS "0123456789"

static int is_one_of(const char *s, size_t len, const char *const *words)
{
    for (; *words; words++) {
        if (strlen(*words) == len && memcmp(s, *words, len) == 0)
            return 1;
    }
    return 0;
}

static int is_int(const char *s, size_t len)
{
    size_t at = len && (s[0] == '-' || s[0] == '+') ? 1 : 0;

    if (len > 2 && s[0] == '0' && s[1] == 'o')
        return span(s, len, 2, "01234567") == len;
    if (len > 2 && s[0] == '0' && s[1] == 'x')
        return span(s, len, 2, DIGITS "abcdefABCDEF") == len;
    return at < len && span(s, len, at, DIGITS) == len;
}

static int is_float(const char *s, size_t len)
{
    size_t at = len && (s[0] == '-' || s[0] == '+') ? 1 : 0;
    size_t whole = span(s, len, at, DIGITS);
    size_t end = whole;
    size_t digits = whole - at;

    if (end < len && s[end] == '.') {
        end = span(s, len, end + 1, DIGITS);
        digits += end - whole - 1;
    }
    if (!digits)
        return 0;
    if (end < len && (s[end] == 'e' || s[end] == 'E')) {
        size_t exp = end + 1;

        if (exp < len && (s[exp] == '-' || s[exp] == '+'))
            exp++;
        end = span(s, len, exp, DIGITS);
        if (end == exp)
            return 0;
    }
    return end == len;
}

uint32_t sl_yaml_scalar_type(const char *s, size_t len)
{
    static const char *const nulls[] = {"", "~", "null", "Null", "NULL", NULL};
    static const char *const bools[] = {"true", "True", "TRUE", "false", "False", "FALSE", NULL};
    static const char *const floats[] = {".inf",  ".Inf",  ".INF",  "-.inf", "-.Inf",
                                         "-.INF", "+.inf", "+.Inf", "+.INF", ".nan",
                                         ".NaN",  ".NAN",  NULL};

    if (is_one_of(s, len, nulls))
        return SL_YAML_NULL;
    if (is_one_of(s, len, bools))
        return SL_YAML_BOOL;
    if (is_int(s, len))
        return SL_YAML_INT;
    if (is_one_of(s, len, floats) || is_float(s, len))
        return SL_YAML_FLOAT;
    return SL_YAML_TEXT;
}

int sl_yaml_is_octal_like(const char *s, size_t len)
{
    size_t at = len && (s[0] == '-' || s[0] == '+') ? 1 : 0;

    return len - at > 1 && s[at] == '0' && span(s, len, at, DIGITS) == len;
}

const char *sl_yaml_describe(const sl_yaml *node)
{
    static const char *const types[] = {"",         "nothing",  "true or false",
                                        "a number", "a number", "text"};

    if (!node)
        return "nothing";
    if (node->kind == SL_YAML_LIST)
        return "a list";
    if (node->kind == SL_YAML_MAP)
        return "a map";
    return types[node->type <= SL_YAML_TEXT ? node->type : 0];
}
