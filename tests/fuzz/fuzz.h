/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/fuzz/fuzz.h - the entry of a fuzz target, for the fuzzer and for replay.c alike.
 */
#ifndef SL_TESTS_FUZZ_H
#define SL_TESTS_FUZZ_H
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* Use the LEN bytes at DATA; 0. What must hold and does not is an abort. [main] */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* State what must hold for any input. */
#define FUZZ_HOLD(x) ((x) ? (void)0 : fuzz_failed(#x, __FILE__, __LINE__))

/* Say what does not hold, and stop. [main] */
static inline void fuzz_failed(const char *what, const char *file, int line)
{
    fprintf(stderr, "%s:%d: not so: %s\n", file, line, what);
    abort();
}

#endif
