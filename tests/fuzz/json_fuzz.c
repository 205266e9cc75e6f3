/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/fuzz/json_fuzz.c - the JSON decoder on any bytes, and the printer behind it.
 *
 * The first byte picks settings and framing, the second where the text is cut into two blocks.
 * Bodies that come out must pass the gate for bytes from outside and have the slots of a rebuild;
 * what is printed of them must decode to the same and print the same.
 */
#include "tests/fuzz/fuzz.h"

#include "plugins/json/json.h"
#include "plugins/json/lib/print.h"
#include "sdk/lib/validate.h"
#include "tests/plugins/json/fake.h"

static const char *const everything[] = {"*", NULL};
static const char *const some[] = {"a", "a.b", "b.a", "c.c.c", NULL};

/* What holds of each batch that came out of F. */
static void check_batches(fake *f)
{
    for (uint32_t i = 0; i < f->nbatches; i++) {
        sl_batch *b = f->batches[i];
        sl_batch *anew = sl_batch_reslot(b, f->tree);
        uint32_t rows = 0;

        FUZZ_HOLD(sl_body_check(b->body, b->body_len, 255, &rows, NULL) == SL_OK);
        FUZZ_HOLD(rows == b->nrec && anew);
        for (uint32_t row = 0; b->slot && row < b->nrec; row++)
            FUZZ_HOLD(!memcmp(b->slot + (size_t)row * b->stride,
                              anew->slot + (size_t)row * anew->stride, b->nslot * sizeof *b->slot));
        sl_batch_unref(anew);
    }
}

/* All records of F printed, a line each, into T. */
static void print_all(fake *f, sl_json_text *t)
{
    for (uint32_t i = 0; i < f->nbatches; i++) {
        for (uint32_t row = 0; row < f->batches[i]->nrec; row++) {
            FUZZ_HOLD(sl_json_print(t, f->batches[i]->body + f->batches[i]->rec[row]) == SL_OK);
            FUZZ_HOLD(sl_json_text_put(t, "\n", 1) == SL_OK);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    fake_setting settings[] = {{"depth", "20"}, {NULL, NULL}, {NULL, NULL}, {NULL, NULL}};
    fake_setting plain[] = {{NULL, NULL}};
    uint32_t n = 1;
    sl_json_text first;
    sl_json_text second;
    size_t cut;
    fake *f;
    fake *g;

    if (len < 2)
        return 0;
    if (data[0] & 1)
        settings[n++] = (fake_setting){"surrogates", "replace"};
    if (data[0] & 2)
        settings[n++] =
            (fake_setting){data[0] & 4 ? "records" : "max_record", data[0] & 4 ? "a.b[]" : "40"};
    f = fake_new(&sl_json_decoder, settings, data[0] & 8 ? everything : some, 0, NULL);
    FUZZ_HOLD(f != NULL);
    cut = data[0] & 16 ? len : 2 + data[1] % (len - 1);
    FUZZ_HOLD(fake_push(f, data + 2, cut < len ? cut - 2 : len - 2, 1,
                        data[0] & 16 ? SL_BATCH_WHOLE : 0) == SL_OK);
    if (cut < len)
        FUZZ_HOLD(fake_push(f, data + cut, len - cut, 1, SL_BATCH_LAST) == SL_OK);
    check_batches(f);

    g = fake_new(&sl_json_decoder, plain, everything, 0, NULL);
    FUZZ_HOLD(g != NULL);
    sl_json_text_init(&first, fake_host(), f);
    sl_json_text_init(&second, fake_host(), f);
    print_all(f, &first);
    FUZZ_HOLD(fake_push(g, first.ptr ? (const char *)first.ptr : "", first.len, 1, SL_BATCH_LAST) ==
              SL_OK);
    FUZZ_HOLD(g->nrejects == 0 && fake_rows(g) == fake_rows(f));
    check_batches(g);
    print_all(g, &second);
    FUZZ_HOLD(first.len == second.len && (!first.len || !memcmp(first.ptr, second.ptr, first.len)));
    sl_json_text_fini(&first);
    sl_json_text_fini(&second);
    FUZZ_HOLD(fake_free(g) == 0 && fake_free(f) == 0);
    return 0;
}
