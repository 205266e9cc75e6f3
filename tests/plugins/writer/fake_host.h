/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/plugins/writer/fake_host.h - a host just big enough for writers, stores and catalogs.
 *
 * Real files below a folder of its own, memory and file calls that fail when told, a store "file"
 * whose answers may come later, batches made by hand. One host per process: the table's functions
 * have no argument to find another by. Call fake_begin first and fake_end last; fake_end checks
 * that nothing is left allocated.
 */
#ifndef SL_TESTS_WRITER_FAKE_HOST_H
#define SL_TESTS_WRITER_FAKE_HOST_H
#include <sluice/os.h>
#include <sluice/sdk.h>
#include <sluice/store.h>

#define FAKE_MANY 4096u

typedef struct fake_host {
    char folder[64]; /* where the test's files lie */
    /* memory */
    uint64_t allocs;
    uint64_t alloc_fail_at; /* this allocation fails; 0: none */
    int64_t blocks;
    /* files */
    uint64_t calls;
    uint64_t fail_at;       /* this file call fails; 0: none */
    uint64_t fail_from;     /* all from this one on fail, as after a crash; 0: none */
    int32_t fail_errno;     /* with this errno */
    uint64_t write_at_most; /* a write takes no more bytes; 0: all */
    /* what the plugin said */
    char code[64]; /* of the last fail */
    char text[512];
    char at_path[64]; /* of the last fail_at */
    uint32_t at;
    uint32_t at_len;
    uint64_t used;
    uint64_t rejected;
    char reject_code[64];
    char reject_why[256];
    sl_batch *emitted[FAKE_MANY];
    uint32_t nemitted;
    sl_call *finished;
    sl_status finish_status;
    int64_t now_ns;
    uint64_t seed;
    uint64_t epoch;
    const char *splits[8]; /* what offsets gives */
    sl_bytes offsets[8];
    /* the timer */
    void (*tick)(sl_instance *, void *);
    /* stores */
    int is_late; /* the store answers SL_WAIT and does its work in fake_run */
} fake_host;

extern fake_host fake;
extern const sl_host fake_table;

/* [main] A fresh host and folder. */
void fake_begin(void);
/* [main] Remove the folder; fails the test when memory was not given back. */
void fake_end(void);
/* [main] Forget the counters and faults, keep the files. */
void fake_heal(void);

/* [main] Settings: a value, or the items of a list (NULL ends them). */
void fake_set(const char *path, const char *value);
/* [main] See fake_set. */
void fake_list(const char *path, ...);

/* [main] Answer what the late store owes. Gives how many there were. */
uint32_t fake_run(void);

/* [main] Rows: for each pair a text "T:name" and a value: T = s (const char *), i (int64_t), f
 * (double), t (an instant, int64_t us), n (null; the value is ignored), a (an empty list), r
 * (const sl_bytes *, an encoded value). NULL ends them. */
sl_builder *fake_rows(void);
/* [main] See fake_rows. */
void fake_row(sl_builder *b, ...);
/* [main] End it; SPLIT and offsets FIRST to LAST as one byte each. */
sl_batch *fake_batch(sl_builder *b, uint32_t split, uint8_t first, uint8_t last);
/* [main] Let only the N rows ROW of BATCH count. */
void fake_select(sl_batch *batch, const uint16_t *row, uint32_t n);

/* [main] Names of all files below the folder, temporary ones too: relative, sorted, with a space
 * behind each. Freed by the next call. */
const char *fake_files(void);
/* [main] The content of file NAME; NULL when there is none. Freed by the next call. */
const char *fake_read(const char *name);

#endif
