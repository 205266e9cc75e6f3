/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/writer/lib/partition.c - reading of partition expressions and their values in records.
 *
 * The parser is a hand-written scanner over the text of one list item; what is wrong is reported
 * with its place inside that text. Time functions count whole years, months, days or hours since
 * 1970 UTC, so that equal buckets are equal numbers.
 */
#include "partition.h"

#include "escape.h"

#include <ctype.h>
#include <stdio.h>
#include <strings.h>

#include <sluice/text.h>

#define NAME_MAX_BYTES 100u
#define DAY_US         86400000000
#define HOUR_US        3600000000

static const struct {
    const char *name;
    uint32_t kind;
} functions[] = {
    {"year", SL_EXPR_YEAR},
    {"month", SL_EXPR_MONTH},
    {"day", SL_EXPR_DAY},
    {"hour", SL_EXPR_HOUR},
};

static const struct {
    const char *name;
    int64_t ns;
} units[] = {
    {"s", 1000000000},
    {"ms", 1000000},
    {"us", 1000},
    {"ns", 1},
};

/* ---- parsing --------------------------------------------------------------------------------- */

typedef struct scanner {
    const char *text;
    uint32_t len;
    uint32_t at;
    sl_expr_parsed *out;
} scanner;

static int bad(scanner *s, uint32_t at, uint32_t len, const char *why)
{
    s->out->bad_at = at;
    s->out->bad_len = len;
    s->out->why = why;
    return 0;
}

static void skip_space(scanner *s)
{
    while (s->at < s->len && isspace((uint8_t)s->text[s->at]))
        s->at++;
}

static int is_at(const scanner *s, char c)
{
    return s->at < s->len && s->text[s->at] == c;
}

/* A field or a name: characters other than space, comma and brackets; anything within quotes. Gives
 * its length. */
static int scan_word(scanner *s, uint32_t *at, uint32_t *len)
{
    uint32_t quote = UINT32_MAX;

    *at = s->at;
    for (; s->at < s->len; s->at++) {
        char c = s->text[s->at];

        if (c == '"')
            quote = quote == UINT32_MAX ? s->at : UINT32_MAX;
        else if (quote == UINT32_MAX && (isspace((uint8_t)c) || strchr(",()", c)))
            break;
    }
    *len = s->at - *at;
    if (quote != UINT32_MAX)
        return bad(s, quote, s->len - quote, "this quote is not closed");
    return 1;
}

static int word_is(const scanner *s, uint32_t at, uint32_t len, const char *word)
{
    return strlen(word) == len && !strncasecmp(s->text + at, word, len);
}

/* What stands in the brackets of a function, up to and with the closing one. */
static int scan_call(scanner *s)
{
    uint32_t at;
    uint32_t len;

    s->at++;
    skip_space(s);
    if (!scan_word(s, &s->out->field_at, &s->out->field_len))
        return 0;
    if (!s->out->field_len)
        return bad(s, s->at, 1, "a field is missing here, as in day(ts)");
    skip_space(s);
    if (is_at(s, ',')) {
        s->at++;
        skip_space(s);
        if (!scan_word(s, &at, &len))
            return 0;
        for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
            if (word_is(s, at, len, units[i].name))
                s->out->unit_ns = units[i].ns;
        }
        if (!s->out->unit_ns)
            return bad(s, at, len ? len : 1, "the unit of a number is s, ms, us or ns");
        skip_space(s);
    }
    if (!is_at(s, ')'))
        return bad(s, s->at, 1, "a closing bracket is missing here");
    s->at++;
    return 1;
}

/* "AS name", or nothing. */
static int scan_name(scanner *s)
{
    uint32_t at;
    uint32_t len;

    skip_space(s);
    if (s->at == s->len)
        return 1;
    if (!scan_word(s, &at, &len))
        return 0;
    if (!word_is(s, at, len, "as"))
        return bad(s, at, len ? len : 1, "only AS and a name can follow here");
    skip_space(s);
    if (!scan_word(s, &s->out->name_at, &s->out->name_len))
        return 0;
    if (!s->out->name_len)
        return bad(s, s->at, 1, "a name is missing behind AS");
    if (s->out->name_len > 1 && s->text[s->out->name_at] == '"' && s->text[s->at - 1] == '"') {
        s->out->name_at++;
        s->out->name_len -= 2;
    }
    if (!s->out->name_len || s->out->name_len > NAME_MAX_BYTES)
        return bad(s, s->out->name_at, s->out->name_len ? s->out->name_len : 1,
                   "a folder's name has 1 to 100 bytes");
    skip_space(s);
    if (s->at != s->len)
        return bad(s, s->at, s->len - s->at, "nothing can follow the name");
    return 1;
}

int sl_expr_parse(const char *text, uint32_t len, sl_expr_parsed *out)
{
    scanner s = {.text = text, .len = len, .out = out};

    memset(out, 0, sizeof *out);
    skip_space(&s);
    if (!scan_word(&s, &out->field_at, &out->field_len))
        return 0;
    if (!out->field_len)
        return bad(&s, s.at, s.at < len ? 1 : 0, "a field is missing here");
    out->text_len = s.at;
    skip_space(&s);
    if (is_at(&s, '(')) {
        for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
            if (word_is(&s, out->field_at, out->field_len, functions[i].name))
                out->kind = functions[i].kind;
        }
        if (out->kind == SL_EXPR_FIELD)
            return bad(&s, out->field_at, out->field_len,
                       "a partition knows the functions year, month, day and hour");
        if (!scan_call(&s))
            return 0;
        out->text_len = s.at;
    }
    return scan_name(&s);
}

/* ---- the setting ----------------------------------------------------------------------------- */

static char *copy_text(sl_expr_set *set, const char *text, uint64_t len)
{
    char *copy = set->host->alloc(set->node, len + 1);

    if (copy) {
        memcpy(copy, text, len);
        copy[len] = 0;
    }
    return copy;
}

/* The name of a folder whose expression has none: user.country, ts_day. */
static char *default_name(sl_expr_set *set, const char *field, uint32_t len, uint32_t kind)
{
    char name[NAME_MAX_BYTES + 8];
    uint32_t n = 0;

    for (uint32_t i = 0; i < len && n < NAME_MAX_BYTES - 8; i++) {
        if (field[i] != '"')
            name[n++] = field[i] == '.' ? '_' : field[i];
    }
    if (kind != SL_EXPR_FIELD)
        n += (uint32_t)snprintf(name + n, sizeof name - n, "_%s", functions[kind - 1].name);
    return copy_text(set, name, n);
}

/* Take in item I, whose text is TEXT. Mistakes are told at their place. */
static sl_status expr_add(sl_expr_set *set, uint32_t i, const char *text)
{
    sl_expr *e = &set->expr[set->count];
    char where[24];
    sl_expr_parsed p;

    (void)snprintf(where, sizeof where, "partition.%u", i);
    if (!sl_expr_parse(text, (uint32_t)strlen(text), &p)) {
        set->host->fail_at(set->node, where, p.bad_at, p.bad_len, "writer.partition.syntax", p.why);
        return SL_E_CONFIG;
    }
    e->kind = p.kind;
    e->unit_ns = p.unit_ns;
    set->count++;
    e->field = copy_text(set, text + p.field_at, p.field_len);
    e->text = copy_text(set, text, p.text_len);
    e->name = p.name_len ? copy_text(set, text + p.name_at, p.name_len)
                         : default_name(set, text + p.field_at, p.field_len, p.kind);
    if (!e->field || !e->text || !e->name)
        return SL_E_NOMEM;
    e->name_len = (uint32_t)strlen(e->name);
    e->path = set->host->rows->path(set->node, 0, e->field);
    if (!e->path) {
        set->host->fail_at(set->node, where, p.field_at, p.field_len, "writer.partition.syntax",
                           "this is not the path of a field, such as user.country");
        return SL_E_CONFIG;
    }
    for (uint32_t k = 0; k + 1 < set->count; k++) {
        if (!strcmp(set->expr[k].name, e->name)) {
            set->host->fail_at(set->node, where, p.name_len ? p.name_at : 0,
                               p.name_len ? p.name_len : p.text_len, "writer.partition.twice",
                               "another partition has this name; give one with AS");
            return SL_E_CONFIG;
        }
    }
    return SL_OK;
}

sl_status sl_expr_read(const sl_host *host, sl_node *node, const sl_config *cfg, sl_expr_set **set)
{
    uint32_t count = host->get_count(cfg, "partition");
    sl_expr_set *made = host->alloc(node, sizeof *made);
    sl_status rc = SL_OK;

    if (!made)
        return SL_E_NOMEM;
    memset(made, 0, sizeof *made);
    made->host = host;
    made->node = node;
    if (count > SL_EXPR_MAX) {
        host->fail_at(node, "partition", 0, 0, "writer.partition.many",
                      "a table is divided by at most 8 expressions");
        rc = SL_E_CONFIG;
    }
    for (uint32_t i = 0; i < count && rc == SL_OK; i++) {
        const char *key = NULL;
        const sl_config *item = host->get_item(cfg, "partition", i, &key);

        rc = expr_add(made, i, host->get_text(item, ""));
    }
    if (rc != SL_OK) {
        sl_expr_free(made);
        return rc;
    }
    *set = made;
    return SL_OK;
}

void sl_expr_free(sl_expr_set *set)
{
    if (!set)
        return;
    for (uint32_t i = 0; i < set->count; i++) {
        set->host->release(set->expr[i].name);
        set->host->release(set->expr[i].field);
        set->host->release(set->expr[i].text);
    }
    set->host->release(set);
}

/* ---- values ---------------------------------------------------------------------------------- */

static int64_t floor_div(int64_t a, int64_t b)
{
    int64_t q = a / b;

    return a % b < 0 ? q - 1 : q;
}

static const char *number_us(const sl_expr *e, const sl_val *v, int64_t *us)
{
    static const char range[] = "is a number that is beyond the range of times";
    double f;

    if (!e->unit_ns)
        return "is a number: say its unit, as in day(ts, ms)";
    if (v->type == SL_V_UINT)
        return range;
    if (v->type == SL_V_FLOAT) {
        f = v->f * (double)e->unit_ns / 1000.0;
        if (!(f > -9.2e18 && f < 9.2e18))
            return range;
        *us = (int64_t)f;
        *us -= f < (double)*us; /* down, also below zero */
        return NULL;
    }
    if (e->unit_ns < 1000)
        *us = floor_div(v->i, 1000 / e->unit_ns);
    else if (__builtin_mul_overflow(v->i, e->unit_ns / 1000, us))
        return range;
    return NULL;
}

static const char *ext_us(const sl_val *v, int64_t *us)
{
    static const char range[] = "is a time beyond the years that can be told";

    if (v->ext == SL_EXT_TIME)
        return sl_val_time_us(v, us) ? NULL : range;
    if (v->ext == SL_EXT_LOCAL && v->n == 8) {
        *us = (int64_t)sl_get64(v->ptr);
        return NULL;
    }
    if (v->ext == SL_EXT_DATE && v->n == 4) {
        return __builtin_mul_overflow((int64_t)(int32_t)sl_get32(v->ptr), DAY_US, us) ? range
                                                                                      : NULL;
    }
    return "is no time";
}

/* The instant that V tells, in microseconds; NULL or what is wrong. */
static const char *time_us(const sl_expr *e, const sl_val *v, int64_t *us)
{
    int zone;

    switch (v->type) {
    case SL_V_EXT:
        return ext_us(v, us);
    case SL_V_STR:
        return sl_time_parse((const char *)v->ptr, v->n, us, &zone)
                   ? NULL
                   : "is a text that is no ISO 8601 time";
    case SL_V_INT:
    case SL_V_UINT:
    case SL_V_FLOAT:
        return number_us(e, v, us);
    default:
        return "is no time";
    }
}

static const char *eval_time(const sl_expr *e, const sl_val *v, part_value *out)
{
    int64_t us = 0;
    int64_t year;
    uint32_t month;
    uint32_t day;
    const char *why = time_us(e, v, &us);

    if (why)
        return why;
    out->type = SL_V_INT;
    if (e->kind == SL_EXPR_HOUR) {
        out->num = floor_div(us, HOUR_US);
        return NULL;
    }
    out->num = floor_div(us, DAY_US);
    if (e->kind == SL_EXPR_DAY)
        return NULL;
    sl_date_civil(out->num, &year, &month, &day);
    out->num = e->kind == SL_EXPR_YEAR ? year : year * 12 + (int64_t)month - 1;
    return NULL;
}

const char *sl_expr_eval(const sl_expr *expr, const sl_val *val, part_value *out)
{
    out->type = val->type;
    out->ext = 0;
    out->num = 0;
    out->len = 0;
    out->ptr = NULL;
    if (val->type <= SL_V_NIL || (val->type == SL_V_STR && !val->n)) {
        out->type = SL_V_NIL;
        return NULL;
    }
    if (expr->kind != SL_EXPR_FIELD)
        return eval_time(expr, val, out);
    switch (val->type) {
    case SL_V_BOOL:
    case SL_V_INT:
    case SL_V_UINT:
    case SL_V_FLOAT:
        out->num = val->i; /* of a float its bits */
        return NULL;
    case SL_V_STR:
        out->ptr = val->ptr;
        out->len = val->n;
        return NULL;
    case SL_V_EXT:
        out->ext = val->ext;
        out->ptr = val->ptr;
        out->len = val->n;
        return val->ext >= SL_EXT_TIME && val->ext <= SL_EXT_UUID && val->ext
                   ? NULL
                   : "is of a type that makes no folder name";
    default:
        return "is a list, a map or bytes, which make no folder name";
    }
}

/* ---- text ------------------------------------------------------------------------------------ */

static int date_text(int64_t days, char *room, size_t size)
{
    int64_t year;
    uint32_t month;
    uint32_t day;

    sl_date_civil(days, &year, &month, &day);
    return snprintf(room, size, "%04lld-%02u-%02u", (long long)year, month, day);
}

static int bucket_text(uint32_t kind, int64_t num, char *room, size_t size)
{
    int n;

    switch (kind) {
    case SL_EXPR_YEAR:
        return snprintf(room, size, "%04lld", (long long)num);
    case SL_EXPR_MONTH:
        return snprintf(room, size, "%04lld-%02d", (long long)floor_div(num, 12),
                        (int)(num - floor_div(num, 12) * 12) + 1);
    case SL_EXPR_DAY:
        return date_text(num, room, size);
    default:
        n = date_text(floor_div(num, 24), room, size);
        return n +
               snprintf(room + n, size - (size_t)n, "-%02d", (int)(num - floor_div(num, 24) * 24));
    }
}

static int uuid_text(const uint8_t *p, char *room)
{
    int n = 0;

    for (int i = 0; i < 16; i++)
        n += sprintf(room + n, i == 4 || i == 6 || i == 8 || i == 10 ? "-%02x" : "%02x", p[i]);
    return n;
}

static int us_text(int64_t us, char *room)
{
    return (int)sl_time_print(us, room);
}

static int decimal_text(const part_value *v, char *room)
{
    sl_decimal d;

    return sl_decimal_unpack(v->ptr, v->len, &d) ? (int)sl_decimal_print(&d, room) : 0;
}

static int time_of_day_text(int64_t us, char *room, size_t size)
{
    return snprintf(room, size, "%02lld:%02lld:%02lld.%06lld", (long long)(us / HOUR_US),
                    (long long)(us / 60000000 % 60), (long long)(us / 1000000 % 60),
                    (long long)(us % 1000000));
}

static int ext_text(const part_value *v, char *room, size_t size)
{
    sl_val val = {.type = SL_V_EXT, .ext = v->ext, .ptr = v->ptr};
    int64_t us;

    val.n = v->len;
    if (v->ext == SL_EXT_TIMEDAY && v->len == 8)
        return time_of_day_text((int64_t)sl_get64(v->ptr), room, size);
    if (v->ext == SL_EXT_DATE && v->len == 4)
        return date_text((int32_t)sl_get32(v->ptr), room, size);
    if (v->ext == SL_EXT_UUID && v->len == 16)
        return uuid_text(v->ptr, room);
    if (v->ext == SL_EXT_DECIMAL)
        return decimal_text(v, room);
    return ext_us(&val, &us) ? 0 : us_text(us, room);
}

/* The bits of a double back. */
static double as_f64(int64_t bits)
{
    double f;

    memcpy(&f, &bits, sizeof f);
    return f;
}

void sl_part_text(const sl_expr *expr, const part_value *v, char room[SL_PART_TEXT],
                  const char **ptr, uint64_t *len)
{
    int n = 0;

    *ptr = room;
    if (v->type == SL_V_STR || (v->type == SL_V_EXT && v->ext == SL_EXT_NUMBER)) {
        *ptr = (const char *)v->ptr;
        *len = v->len;
        return;
    }
    if (expr->kind != SL_EXPR_FIELD && v->type == SL_V_INT)
        n = bucket_text(expr->kind, v->num, room, SL_PART_TEXT);
    else if (v->type == SL_V_INT)
        n = snprintf(room, SL_PART_TEXT, "%lld", (long long)v->num);
    else if (v->type == SL_V_UINT)
        n = snprintf(room, SL_PART_TEXT, "%llu", (unsigned long long)v->num);
    else if (v->type == SL_V_BOOL)
        n = snprintf(room, SL_PART_TEXT, "%s", v->num ? "true" : "false");
    else if (v->type == SL_V_FLOAT)
        n = (int)sl_f64_print(as_f64(v->num), room);
    else if (v->type == SL_V_EXT)
        n = ext_text(v, room, SL_PART_TEXT);
    *len = (uint64_t)n;
}

void sl_part_record(const sl_expr *expr, const part_value *v, sl_files_buf *buf)
{
    char room[SL_PART_TEXT];
    const char *ptr;
    uint64_t len;

    if (expr->kind == SL_EXPR_FIELD && v->type == SL_V_BOOL) {
        sl_files_buf_bool(buf, v->num != 0);
        return;
    }
    if (expr->kind == SL_EXPR_FIELD && v->type == SL_V_INT) {
        sl_files_buf_i64(buf, v->num);
        return;
    }
    sl_part_text(expr, v, room, &ptr, &len);
    if (len)
        sl_files_buf_str(buf, ptr, len);
    else
        sl_files_buf_nil(buf);
}
