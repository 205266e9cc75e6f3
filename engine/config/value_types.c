/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/config/value_types.c - how each type of setting is read from text.
 *
 * One table, in order of SL_T_*. The text is what the user wrote with references put in, so quotes
 * and YAML's own types do not matter here.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <sluice/text.h>

#include "engine/config/values.h"

static int parse_bool(sl_config *cfg, const char *text, size_t len)
{
    if (sl_yaml_scalar_type(text, len) != SL_YAML_BOOL)
        return 0;
    cfg->number = text[0] == 't' || text[0] == 'T';
    return 1;
}

static int parse_int(sl_config *cfg, const char *text, size_t len)
{
    size_t sign = len && (text[0] == '-' || text[0] == '+') ? 1 : 0;
    int base = 10;
    char *end;

    if (sl_yaml_scalar_type(text, len) != SL_YAML_INT || sl_yaml_is_octal_like(text, len))
        return 0;
    if (len > 2 && text[0] == '0')
        base = text[1] == 'x' ? 16 : text[1] == 'o' ? 8 : 10;
    if (base != 10)
        sign = 2;
    errno = 0;
    cfg->number = strtoll(base == 10 ? text : text + sign, &end, base);
    cfg->real = (double)cfg->number;
    return errno == 0 && end == text + len;
}

static int parse_float(sl_config *cfg, const char *text, size_t len)
{
    return sl_f64_parse(text, len, &cfg->real);
}

static int parse_string(sl_config *cfg, const char *text, size_t len)
{
    (void)cfg;
    (void)text;
    (void)len;
    return 1;
}

static int parse_some(sl_config *cfg, const char *text, size_t len)
{
    (void)cfg;
    (void)text;
    return len > 0;
}

static int parse_size(sl_config *cfg, const char *text, size_t len)
{
    return sl_size_parse(text, len, &cfg->number);
}

static int parse_duration(sl_config *cfg, const char *text, size_t len)
{
    return sl_duration_parse(text, len, &cfg->number);
}

static int parse_choice(sl_config *cfg, const char *text, size_t len)
{
    const char *const *choice = cfg->setting->choice;

    for (uint32_t i = 0; choice && choice[i]; i++) {
        if (strlen(choice[i]) == len && memcmp(choice[i], text, len) == 0) {
            cfg->number = i;
            return 1;
        }
    }
    return 0;
}

static int is_scheme(const char *text, size_t len)
{
    if (len == 0 || !((text[0] | 32) >= 'a' && (text[0] | 32) <= 'z'))
        return 0;
    for (size_t i = 0; i < len; i++) {
        char c = (char)(text[i] | 32);

        if (!(c >= 'a' && c <= 'z') && !(text[i] >= '0' && text[i] <= '9') &&
            !strchr("+-.", text[i]))
            return 0;
    }
    return 1;
}

/* SCHEME://..., or the path of a folder. */
static int parse_url(sl_config *cfg, const char *text, size_t len)
{
    const char *mark = strstr(text, "://");

    (void)cfg;
    for (size_t i = 0; i < len; i++) {
        if ((unsigned char)text[i] < 32 || text[i] == 127)
            return 0;
    }
    if (mark)
        return is_scheme(text, (size_t)(mark - text)) && mark[3] != 0;
    return len > 0;
}

/* a.b or a."b.c"; sl_path_parse says the same with more words when the plugin declares the path. */
static int parse_field(sl_config *cfg, const char *text, size_t len)
{
    size_t at = 0;

    (void)cfg;
    for (;;) {
        size_t start = at;

        if (at < len && text[at] == '"') {
            for (at++; at < len && text[at] != '"'; at++)
                at += text[at] == '\\' && at + 1 < len;
            if (at >= len)
                return 0;
            at++;
        } else {
            while (at < len && text[at] != '.')
                at++;
        }
        if (at == start)
            return 0;
        if (at == len)
            return 1;
        if (text[at++] != '.')
            return 0;
    }
}

static const sl_value_type value_types[] = {
    [0] = {"text", parse_string},
    [SL_T_BOOL] = {"true or false", parse_bool},
    [SL_T_INT] = {"a whole number", parse_int},
    [SL_T_FLOAT] = {"a number", parse_float},
    [SL_T_STRING] = {"text", parse_string},
    [SL_T_SIZE] = {"a size such as 64MiB", parse_size},
    [SL_T_DURATION] = {"a duration such as 30s", parse_duration},
    [SL_T_CHOICE] = {"one of its choices", parse_choice},
    [SL_T_LIST] = {"a list", NULL},
    [SL_T_MAP] = {"a map", NULL},
    [SL_T_GROUP] = {"a map of settings", NULL},
    [SL_T_PATH] = {"a path", parse_some},
    [SL_T_URL] = {"a path, or a URL such as s3://bucket/folder", parse_url},
    [SL_T_EXPR] = {"an expression", parse_some},
    [SL_T_FIELD] = {"a field such as user.id", parse_field},
};

const sl_value_type *sl_value_type_of(uint32_t type)
{
    return &value_types[type < sizeof(value_types) / sizeof(*value_types) ? type : 0];
}
