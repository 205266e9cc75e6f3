/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/csv/decode.h - the parts of the csv decoder.
 *
 * scan.c finds the cells of one record; header.c keeps the headers that were met; decode.c writes
 * rows. A header is known by its bytes, so splits with the same header share one, and a split
 * remembers only its number.
 */
#ifndef SL_CSV_DECODE_H
#define SL_CSV_DECODE_H
#include "plugins/lines/lib/cast.h"
#include "plugins/lines/lib/feed.h"

#define SL_CSV_CELLS   65535u
#define SL_CSV_MISSING UINT32_MAX

/* What a scan gives beside the number of bytes. */
#define SL_CSV_DONE   0u
#define SL_CSV_MORE   1u /* the record does not end here */
#define SL_CSV_OPEN   2u /* a quote is never closed; column tells which */
#define SL_CSV_BEHIND 3u /* text behind a closing quote, at column */
#define SL_CSV_MANY   4u /* more than SL_CSV_CELLS cells */
#define SL_CSV_NOMEM  5u

#define SL_CSV_QUOTED  1u
#define SL_CSV_ESCAPED 2u /* some quotes inside are doubled or escaped */

typedef struct sl_csv_cell {
    uint32_t at; /* in the record, inside of the quotes */
    uint32_t len;
    uint32_t flags;
} sl_csv_cell;

typedef struct sl_csv_scanner {
    const sl_host *host;
    sl_node *node;
    sl_csv_cell *cell;
    uint32_t cells;
    uint32_t cap;
    uint64_t column; /* of what is wrong, from 0 */
    uint8_t delimiter;
    uint8_t quote;  /* 0: none */
    uint8_t escape; /* the quote itself, or a backslash */
} sl_csv_scanner;

/* [inst] The cells of the record at P (N bytes, 64 readable behind); IS_LAST: the input ends there.
 * Gives SL_CSV_*; in USED the bytes of the record with its line end. */
uint32_t sl_csv_scan(sl_csv_scanner *s, const uint8_t *p, uint64_t n, int is_last, uint64_t *used);

/* [inst] The content of CELL of the record P at TO, which has room for its length: without
 * escapes. Gives the length. */
uint64_t sl_csv_unescape(const sl_csv_scanner *s, const uint8_t *p, const sl_csv_cell *cell,
                         uint8_t *to);

typedef struct sl_csv_column {
    char *name; /* UTF-8, with a NUL behind */
    uint64_t name_len;
    const uint8_t *key; /* the encoded name */
    uint32_t key_len;
    uint32_t repeats;    /* columns that had the same name and were renamed */
    sl_pnode *node;      /* in the output's tree; NULL: not known yet, or the tree is full */
    const sl_cast *cast; /* NULL: text */
} sl_csv_column;

/* One header; it lives as long as the instance. */
typedef struct sl_csv_header {
    struct sl_csv_header *next;
    uint8_t *raw; /* the record that it was made of; empty: of COLUMNS, or made-up names */
    uint64_t raw_len;
    sl_csv_column *column;
    uint32_t columns;
    uint32_t number;   /* from 1 */
    uint32_t is_bound; /* the nodes were looked up */
    uint32_t is_made;  /* the names are made up: column1, column2 ... */
    uint64_t key_bytes;
    uint8_t *keys; /* holds names and keys */
} sl_csv_header;

struct sl_instance {
    const sl_host *host;
    sl_node *node;
    const sl_paths *paths;
    sl_ptree *tree;
    sl_feed feed;
    sl_csv_scanner scanner;
    sl_csv_header *headers; /* the newest first */
    uint32_t whole;         /* the header of the message in hand */
    uint32_t has_header;
    uint32_t is_latin1;
    const sl_bytes *given; /* columns: NULL or the names */
    uint32_t givens;
    const sl_bytes *nulls;
    uint32_t null_count;
    sl_bytes *typed; /* types: names and casts */
    sl_cast *cast;
    uint32_t casts;
    sl_cast_days days;
    uint8_t *plain; /* of a cell without escapes */
    uint64_t plain_cap;
    void *texts; /* holds given, nulls, typed */
};

/* [inst] The header of the record P (LEN bytes) whose cells were scanned; found or made. NULL when
 * memory is short. */
sl_csv_header *sl_csv_header_of(sl_instance *self, const uint8_t *p, uint64_t len);
/* [inst] A header of COLUMNS, or of N made-up names. NULL when memory is short. */
sl_csv_header *sl_csv_header_made(sl_instance *self, uint32_t n);
/* [inst] The header NUMBER; NULL when there is none. */
sl_csv_header *sl_csv_header_at(const sl_instance *self, uint32_t number);
/* [inst] Look the columns up in the output's tree. */
void sl_csv_header_bind(sl_instance *self, sl_csv_header *header);
/* [inst] Free all headers. */
void sl_csv_header_free(sl_instance *self);
/* [inst] All headers as bytes at TO (NULL: only count). Gives their number. */
uint64_t sl_csv_header_save(const sl_instance *self, uint8_t *to);
/* [inst] The reverse; USED: the bytes that the headers took. */
sl_status sl_csv_header_load(sl_instance *self, const uint8_t *from, uint64_t len, uint64_t *used);

extern const sl_class sl_csv_decoder;
extern const sl_class sl_csv_encoder;
extern const sl_class sl_csv_writer;

#endif
