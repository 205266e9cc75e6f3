/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/generate/click.h - the click model: event I of a seed, as a record or as JSON.
 *
 * Events look like those of an advertising platform: nested objects, a list of items, fields that
 * are absent or null, texts in several scripts with what JSON has to escape.
 */
#ifndef SL_GENERATE_CLICK_H
#define SL_GENERATE_CLICK_H
#include <sluice/sdk.h>
#include <sluice/text.h>

#define SL_CLICK_AGENTS 120u
#define SL_CLICK_KEYS   40u

/* One device, made from its number once. */
typedef struct sl_click_device {
    char agent[180];
    const char *os;
    char os_version[12];
    char model[24];
    uint32_t width;
    uint32_t height;
} sl_click_device;

typedef struct sl_click {
    uint64_t seed;
    uint64_t users;
    int64_t start_us;
    int64_t step_us;
    uint64_t laps; /* events until the times begin anew */
    double spread; /* of the power law over users */
    const sl_key *payload;
    const sl_key *key[SL_CLICK_KEYS];
    sl_click_device device[SL_CLICK_AGENTS];
} sl_click;

/* [inst] Prepare what depends on the settings. */
void sl_click_init(sl_click *c);
/* [inst] In create: declare the output's keys. False when memory is short. */
int sl_click_keys(sl_click *c, const sl_host *host, sl_node *node);
/* [inst] Write event ID into the open row of W. */
void sl_click_row(const sl_click *c, sl_writer *w, uint64_t id);
/* [inst] Write event ID as one line of JSON, the payload of the open row of W. */
void sl_click_json(const sl_click *c, sl_writer *w, uint64_t id);

#endif
