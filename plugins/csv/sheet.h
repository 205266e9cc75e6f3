/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/csv/sheet.h - records as rows of comma separated text.
 *
 * A sheet knows its columns and prints records below them. Columns are given by the setting, or
 * they are the keys of the first record that is printed; then a record with another key is refused,
 * because a column can't be added to text that is already written.
 */
#ifndef SL_CSV_SHEET_H
#define SL_CSV_SHEET_H
#include "plugins/json/lib/print.h"
#include "plugins/lines/lib/cast.h"

typedef struct sl_csv_sheet {
    const sl_host *host;
    sl_node *node;
    sl_bytes *name;
    const sl_path **path;  /* of given columns; NULL: looked for in each record */
    const uint8_t **value; /* of the row in hand, by column */
    uint32_t columns;      /* 0: not known yet */
    uint32_t has_header;
    uint8_t delimiter;
    uint8_t quote;
    uint8_t *null; /* the text that stands for null */
    uint64_t null_len;
    void *memory;      /* name, path, value and the names themselves */
    sl_json_text cell; /* a nested value in the making */
    sl_cast as_text;
    sl_cast_days days;
    sl_bytes stranger; /* the key that has no column, after SL_E_DATA; borrowed from the batch */
} sl_csv_sheet;

/* [inst] In create: read the settings of SL_CSV_SHEET_SETTINGS and declare paths on input port 0.
 * SHEET is zeroed storage. */
sl_status sl_csv_sheet_init(sl_csv_sheet *sheet, const sl_host *host, sl_node *node,
                            const sl_config *cfg);
/* [inst] Free what init made; fine after a failed one too. */
void sl_csv_sheet_fini(sl_csv_sheet *sheet);
/* [inst] Know the columns: where they are not given, those of record ROW. */
sl_status sl_csv_sheet_learn(sl_csv_sheet *sheet, const sl_batch *batch, uint32_t row);
/* [inst] Set the columns to the N names NAME (copied). */
sl_status sl_csv_sheet_set(sl_csv_sheet *sheet, const sl_bytes *name, uint32_t n);
/* [inst] Append the names of the columns and a line end to OUT. */
sl_status sl_csv_sheet_header(sl_csv_sheet *sheet, sl_json_text *out);
/* [inst] Append record ROW and a line end. SL_E_DATA: it has a key without a column, STRANGER; then
 * and with SL_E_NOMEM nothing was appended. */
sl_status sl_csv_sheet_row(sl_csv_sheet *sheet, const sl_batch *batch, uint32_t row,
                           sl_json_text *out);

/* The settings of a sheet: a macro because settings of a class are one constant table. */
#define SL_CSV_SHEET_SETTINGS                                                                      \
    {.size = sizeof(sl_setting),                                                                   \
     .type = SL_T_LIST,                                                                            \
     .item = SL_T_STRING,                                                                          \
     .name = "columns",                                                                            \
     .since = "0.1.0",                                                                             \
     .brief = "Fields to write, in this order",                                                    \
     .details = "Other fields are left out. Without columns they are the fields of the first "     \
                "record, and a later record with another field goes to the dead letters "          \
                "(csv.column).",                                                                   \
     .example = "[id, name]"},                                                                     \
        {.size = sizeof(sl_setting),                                                               \
         .type = SL_T_BOOL,                                                                        \
         .name = "header",                                                                         \
         .since = "0.1.0",                                                                         \
         .fallback = "true",                                                                       \
         .brief = "Write the names of the columns first"},                                         \
        {.size = sizeof(sl_setting),                                                               \
         .type = SL_T_STRING,                                                                      \
         .name = "delimiter",                                                                      \
         .since = "0.1.0",                                                                         \
         .fallback = ",",                                                                          \
         .brief = "Sign between cells",                                                            \
         .details = "One ASCII sign; \\t for a tab."},                                             \
        {.size = sizeof(sl_setting),                                                               \
         .type = SL_T_STRING,                                                                      \
         .name = "quote",                                                                          \
         .since = "0.1.0",                                                                         \
         .fallback = "\"",                                                                         \
         .brief = "Sign around cells that need it"},                                               \
    {                                                                                              \
        .size = sizeof(sl_setting), .type = SL_T_STRING, .name = "null", .since = "0.1.0",         \
        .brief = "Text that stands for null and for missing fields",                               \
        .details = "Text that equals it is written in quotes."                                     \
    }

/* [any] The one ASCII sign that TEXT is, \t in two signs included; 0xff when it is none. */
uint8_t sl_csv_sign(const char *text);

#endif
