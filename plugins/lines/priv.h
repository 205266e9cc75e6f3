/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/lines/priv.h - the formats of lines, as the decoder sees them.
 *
 * A format declares its keys in create and turns one line, without its end, into one row. It looks
 * at the whole line before it writes anything, or leaves taking back to the feed.
 */
#ifndef SL_LINES_PRIV_H
#define SL_LINES_PRIV_H
#include "plugins/lines/lib/cast.h"
#include "plugins/lines/lib/feed.h"

#define SL_LINES_KEYS 64u

typedef struct sl_lines_format {
    const char *name;
    const char *const *keys; /* that it declares, in the order of self->key; NULL: its own way */
    /* [inst] More to do in create; NULL: nothing. */
    sl_status (*create)(sl_instance *self, const sl_config *cfg);
    /* [inst] The line P (N > 0 bytes, UTF-8) as a row: SL_FEED_ROW, SL_FEED_NONE or SL_FEED_BAD. */
    uint32_t (*line)(sl_instance *self, const uint8_t *p, uint64_t n);
} sl_lines_format;

/* One part of a pattern. */
typedef struct sl_lines_part {
    uint32_t kind; /* place in the table of kinds */
    uint32_t key;  /* place in self->key; UINT32_MAX: skipped */
    sl_bytes stop; /* the literal text behind it; empty: the next part knows where it begins */
    sl_cast cast;  /* of time */
} sl_lines_part;

/* Text being unescaped or recoded. */
typedef struct sl_lines_buffer {
    uint8_t *ptr;
    uint64_t cap;
} sl_lines_buffer;

struct sl_instance {
    const sl_host *host;
    sl_node *node;
    const sl_paths *paths;
    sl_ptree *tree;
    const sl_lines_format *format;
    const sl_key *key[SL_LINES_KEYS];
    uint32_t keys;
    uint32_t is_latin1;
    sl_feed feed;
    sl_cast_days days;
    uint8_t day[12]; /* of the access line before, as text */
    int64_t day_us;
    sl_cast clock;           /* of access logs */
    sl_lines_buffer recoded; /* the line as UTF-8 */
    sl_lines_buffer plain;   /* a text without its escapes */

    sl_bytes opening; /* of a pattern: the literal text in front of its parts */
    sl_lines_part *part;
    uint32_t parts;
    uint8_t *pattern; /* holds the literal texts */
};

/* [inst] The line does not fit at P + AT; WHY says what was expected. Gives SL_FEED_BAD. */
static inline uint32_t sl_lines_misfit(sl_instance *self, uint64_t at, const char *why)
{
    return sl_feed_refuse(&self->feed, "lines.format", why, at + 1);
}

/* [inst] Make room for N bytes in BUFFER, whose content is lost. False when memory is short; the
 * writer then has failed. */
int sl_lines_room(sl_instance *self, sl_lines_buffer *buffer, uint64_t n);

/* [inst] The text between quotes P (N bytes) without the backslashes in front of quotes and
 * backslashes. Gives P itself when there are none; NULL when memory is short. */
const uint8_t *sl_lines_unescape(sl_instance *self, const uint8_t *p, uint64_t *n);

/* [any] Where the text in quotes that opens at P ends: the place of the closing quote, which an
 * escaped one is not; N when it is never closed. */
uint64_t sl_lines_quote_end(const uint8_t *p, uint64_t n);

/* [any] A whole number of at most 18 digits that is exactly the N bytes at P. */
static inline int sl_lines_number(const uint8_t *p, uint64_t n, int64_t *out)
{
    int64_t v = 0;

    if (!n || n > 18)
        return 0;
    for (uint64_t i = 0; i < n; i++) {
        if (p[i] < '0' || p[i] > '9')
            return 0;
        v = v * 10 + (p[i] - '0');
    }
    *out = v;
    return 1;
}

extern const sl_lines_format sl_lines_combined;
extern const sl_lines_format sl_lines_common;
extern const sl_lines_format sl_lines_logfmt;
extern const sl_lines_format sl_lines_syslog;
extern const sl_lines_format sl_lines_pattern;

#endif
