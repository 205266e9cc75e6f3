/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/plugins/file/fixture.h - a host that is just enough for the parts of the file source.
 *
 * Rows come from libsluice; memory can fail at the n-th call; files are the real ones, but reads
 * can be short or fail. What the reader reports of a split that failed is kept.
 */
#ifndef SL_TESTS_FILE_FIXTURE_H
#define SL_TESTS_FILE_FIXTURE_H
#include "plugins/file/file.h"
#include "tests/lib/fail_mem.h"

typedef struct fixture {
    fail_mem memory;
    char folder[64];
    uint32_t failed;   /* splits that failed */
    char code[64];     /* of the last one */
    char logged[64];   /* code of the last line of log */
    uint64_t reads;    /* calls of read and pread so far */
    uint64_t fail_at;  /* the call that gives EIO; 0: none */
    uint64_t short_to; /* at most so many bytes a call; 0: as asked */
} fixture;

extern fixture fix;

/* [main] A new folder and fresh counters; the FAIL_AT-th allocation fails (0: none). */
void fixture_open(uint64_t fail_at);
/* [main] Remove all; fails the test when memory is still out. */
void fixture_close(void);
/* [main] Write LEN bytes to NAME in the folder, making folders on the way. Gives its path, which is
 * valid until the next call. */
const char *fixture_file(const char *name, const void *data, size_t len);
/* [main] The host, its files, and the key of payloads. */
const sl_host *fixture_host(void);
/* [main] See fixture_host. */
const sl_os *fixture_os(void);
/* [main] See fixture_host. */
const sl_key *fixture_payload(void);
/* [main] All payloads of R, joined; *BATCHES how many, *LAST whether the final one said so. The
 * result is malloc'd. */
char *fixture_drain(sl_reader *r, uint64_t bytes, size_t *len, uint32_t *batches, int *last);

#endif
