/* SPDX-License-Identifier: Apache-2.0
 *
 * tools/harness/json_rows.c - records from the JSON that a test writes.
 *
 * Read as a whole by the library's strict reader, then written row by row without slots. A number
 * without fraction or exponent that fits 64 bits is an integer, others are floats; an object whose
 * only key begins with $ is a value of a type that JSON lacks.
 */
#include "tools/harness/harness_priv.h"

#include "sdk/lib/json.h"

#include <errno.h>
#include <sluice/text.h>
#include <stdlib.h>
#include <string.h>

static sl_status put_value(sl_writer *w, const sl_json_node *v);

static sl_status put_number(sl_writer *w, const sl_json_node *v)
{
    char *end;
    double f;

    if (!strpbrk(v->text, ".eE")) {
        errno = 0;
        if (v->text[0] == '-') {
            long long i = strtoll(v->text, &end, 10);
            if (!errno) {
                sl_row_put_i64(w, NULL, i);
                return SL_OK;
            }
        } else {
            unsigned long long u = strtoull(v->text, &end, 10);
            if (!errno) {
                sl_row_put_u64(w, NULL, u);
                return SL_OK;
            }
        }
    }
    if (!sl_f64_parse(v->text, v->len, &f))
        return SL_E_DATA;
    sl_row_put_f64(w, NULL, f);
    return SL_OK;
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static sl_status put_hex(sl_writer *w, const sl_json_node *v)
{
    uint8_t bytes[1024];
    size_t n = v->len / 2;

    if (v->len % 2 || n > sizeof bytes)
        return SL_E_DATA;
    for (size_t i = 0; i < n; i++) {
        int hi = hex_digit(v->text[2 * i]);
        int lo = hex_digit(v->text[2 * i + 1]);
        if (hi < 0 || lo < 0)
            return SL_E_DATA;
        bytes[i] = (uint8_t)(hi << 4 | lo);
    }
    sl_row_put_bin(w, NULL, bytes, n);
    return SL_OK;
}

static sl_status put_special(sl_writer *w, const sl_json_node *v)
{
    const sl_json_node *text = v->child;
    sl_decimal dec;
    uint8_t packed[18];
    uint8_t day[4];
    int64_t us;
    int zone;

    if (text->type != SL_JSON_STRING)
        return SL_E_DATA;
    if (!strcmp(text->key, "$bin"))
        return put_hex(w, text);
    if (!strcmp(text->key, "$decimal") && sl_decimal_parse(text->text, text->len, &dec)) {
        sl_row_put_ext(w, NULL, SL_EXT_DECIMAL, packed, sl_decimal_pack(&dec, packed));
        return SL_OK;
    }
    if (!strcmp(text->key, "$time") && sl_time_parse(text->text, text->len, &us, &zone)) {
        sl_row_put_time(w, NULL, us);
        return SL_OK;
    }
    if (!strcmp(text->key, "$date") && sl_time_parse(text->text, text->len, &us, &zone)) {
        sl_set32(day, (uint32_t)(us / 86400000000));
        sl_row_put_ext(w, NULL, SL_EXT_DATE, day, sizeof day);
        return SL_OK;
    }
    return SL_E_DATA;
}

static sl_status put_members(sl_writer *w, const sl_json_node *v)
{
    sl_status status = SL_OK;

    for (const sl_json_node *m = v->child; m && status == SL_OK; m = m->next) {
        if (v->type == SL_JSON_OBJECT)
            sl_row_text_key(w, m->key, strlen(m->key));
        status = put_value(w, m);
    }
    return status;
}

static sl_status put_value(sl_writer *w, const sl_json_node *v)
{
    sl_status status;

    switch (v->type) {
    case SL_JSON_NULL:
        sl_row_put_nil(w, NULL);
        return SL_OK;
    case SL_JSON_BOOL:
        sl_row_put_bool(w, NULL, (int)v->count);
        return SL_OK;
    case SL_JSON_NUMBER:
        return put_number(w, v);
    case SL_JSON_STRING:
        sl_row_put_str(w, NULL, v->text, v->len);
        return SL_OK;
    default:
        break;
    }
    if (v->type == SL_JSON_OBJECT && v->count == 1 && v->child->key[0] == '$')
        return put_special(w, v);
    if (v->type == SL_JSON_OBJECT)
        sl_row_map(w, NULL);
    else
        sl_row_array(w, NULL);
    status = put_members(w, v);
    sl_row_close(w);
    return status;
}

static sl_status put_row(sl_writer *w, const sl_json_node *v)
{
    sl_status status = SL_E_DATA;
    sl_status end;

    if (v->type != SL_JSON_OBJECT)
        return status;
    if (sl_row_begin(w))
        status = put_members(w, v);
    end = sl_row_end(w, 0);
    return status == SL_OK ? end : status;
}

sl_status slc_json_rows(sl_mem *mem, const char *json, size_t len, sl_writer *w)
{
    sl_json_doc *doc = NULL;
    sl_error err;
    sl_status status = sl_json_read(mem, json, len, &doc, &err);
    const sl_json_node *root;

    if (status != SL_OK)
        return status;
    root = sl_json_root(doc);
    if (root->type != SL_JSON_ARRAY)
        status = put_row(w, root);
    else
        for (const sl_json_node *v = root->child; v && status == SL_OK; v = v->next)
            status = put_row(w, v);
    sl_json_free(doc);
    return status;
}
