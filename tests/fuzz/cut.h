/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/fuzz/cut.h - fuzzing of decoders of text: what must hold however the input is cut.
 *
 * The same bytes are pushed whole and in two blocks; records and dead letters must be the same.
 * The host checks each body and each slot. Every byte of the input is in a record, in a dead
 * letter, or between them; nothing can be said here about which.
 */
#ifndef SL_TESTS_FUZZ_CUT_H
#define SL_TESTS_FUZZ_CUT_H
#include "tests/fuzz/fuzz.h"
#include "tests/lib/text_host.h"

/* Push LEN bytes at DATA, cut at CUT, through a new instance. Gives the output (malloc'd), and the
 * number of dead letters in DEAD. [main] */
static inline char *cut_run(const th_setting *settings, const uint8_t *data, size_t len, size_t cut,
                            uint32_t *dead)
{
    static const char *const all[] = {"*", NULL};
    static text_host h;
    char *out;

    FUZZ_HOLD(th_open(&h, sluice_plugin_v1.classes[0], settings, all, 0) == SL_OK);
    if (cut)
        FUZZ_HOLD(th_push_raw(&h, data, cut, 1, 0) == SL_OK);
    FUZZ_HOLD(th_push_raw(&h, data + cut, len - cut, 1, SL_BATCH_LAST) == SL_OK);
    out = strdup(th_text(&h));
    FUZZ_HOLD(out != NULL);
    *dead = h.nrejects;
    th_close(&h);
    return out;
}

/* Compare the input whole with the input cut at CUT. [main] */
static inline void cut_compare(const th_setting *settings, const uint8_t *data, size_t len,
                               size_t cut)
{
    uint32_t dead;
    uint32_t dead_cut;
    char *whole = cut_run(settings, data, len, 0, &dead);
    char *parts = cut_run(settings, data, len, cut, &dead_cut);

    FUZZ_HOLD(!strcmp(whole, parts));
    FUZZ_HOLD(dead == dead_cut);
    free(whole);
    free(parts);
}

#endif
