/* SPDX-License-Identifier: Apache-2.0
 *
 * sluice/check.h - libsluice-check: one plugin class under test, without an engine around it.
 *
 * A harness runs one class in a graph of its own: what the test pushes comes in, what the class
 * emits is collected. Behind it are the engine's real host table, barriers and retries, in a
 * simulated world of one thread and virtual time: nothing happens by itself, a call here runs all
 * that is due, and time passes only in slc_advance. It works with Check or any other C test runner.
 *
 * The class is looked for in the plugin that is linked with the test (sluice_plugin_v1), then in
 * the modules that SLUICE_PLUGIN_PATH leads to; other classes (stores) come from there too.
 *
 * All functions are for one thread. Text that is given back is borrowed until the next call on the
 * same harness, unless it says otherwise.
 */
#ifndef SLUICE_CHECK_H
#define SLUICE_CHECK_H
#include <sluice/abi.h>
#ifdef __cplusplus
extern "C" {
#endif

#define SLC_API __attribute__((visibility("default")))

typedef struct slc slc;

/* ---- life ---------------------------------------------------------------------------------- */

/* A harness around the class WHAT ("transform: csv", "decode: json", "encode: json",
 * "source: file", "sink: local") with SETTINGS, the YAML of with: (NULL: none). The instance is
 * created and opened. Never NULL: when something went wrong, slc_problem says so. */
SLC_API slc *slc_new(const char *what, const char *settings);
/* As slc_new with a class of the test's own. */
SLC_API slc *slc_new_class(const sl_class *klass, const char *settings);
/* Ends the run if need be (close, destroy). Gives the bytes of memory that the class has left
 * behind: 0 when all is well. NULL is fine. */
SLC_API uint64_t slc_free(slc *h);
/* NULL while all is well; else the diagnostics, or "code: text" of what failed the run. */
SLC_API const char *slc_problem(slc *h);

/* ---- rows in and out ------------------------------------------------------------------------ */

/* Push one batch with the records of JSON (an array of objects, or one object) into input PORT.
 * {"$time": "2026-01-31T12:00:00Z"}, {"$bin": "hex"}, {"$decimal": "1.10"} and {"$date":
 * "2026-01-31"} make the types that JSON lacks. SL_E_DATA: JSON is no such text. */
SLC_API sl_status slc_push_json_to(slc *h, uint32_t port, const char *json);
/* As slc_push_json_to with port 0. */
SLC_API sl_status slc_push_json(slc *h, const char *json);
/* Push one raw record with LEN bytes of payload. SPLIT names its split (NULL: "0"); OFFSET is its
 * offset (LEN 0: the number of the push, 8 bytes big-endian); FLAGS are those of the batch
 * (SL_BATCH_LAST, SL_BATCH_WHOLE). */
SLC_API sl_status slc_push_raw(slc *h, const void *bytes, uint64_t len, const char *split,
                               sl_bytes offset, uint32_t flags);
/* As slc_push_raw for text that ends with NUL, in split "0". */
SLC_API sl_status slc_push_text(slc *h, const char *text, uint32_t flags);
/* The records that came out of PORT since the last pull, as a JSON array without spaces: times as
 * text, bin in base64, decimals as numbers. For a sink: nothing ever. */
SLC_API const char *slc_pull_json(slc *h, uint32_t port);
/* The payloads that came out of PORT since the last pull, joined. LEN gets their length. */
SLC_API const uint8_t *slc_pull_payload(slc *h, uint32_t port, uint64_t *len);
/* The N-th batch that waits to be pulled from PORT; NULL past the last. */
SLC_API const sl_batch *slc_batch(slc *h, uint32_t port, uint32_t n);
/* How many records wait to be pulled from PORT. */
SLC_API uint64_t slc_rows(slc *h, uint32_t port);
/* Forget what waits at PORT. */
SLC_API void slc_drop(slc *h, uint32_t port);
/* The records and parts rejected since the last call, as a JSON array of {code, reason, node,
 * split, offset (base64), place, payload (base64) or record}; time is left out. */
SLC_API const char *slc_rejects(slc *h);
/* How many were rejected in all. */
SLC_API uint64_t slc_dead(slc *h);
/* The payload of the N-th reject that slc_rejects would show; NULL: none, or it was a record. */
SLC_API const uint8_t *slc_reject_payload(slc *h, uint32_t n, uint64_t *len);

/* ---- time, barriers, the end ----------------------------------------------------------------- */

/* Let time pass ("5s", "250ms"): timers, retries. */
SLC_API void slc_advance(slc *h, const char *duration);
/* The watermark of all inputs is TIME_US. */
SLC_API void slc_watermark(slc *h, int64_t time_us);
/* A whole checkpoint: barrier, prepare, snapshot, commit, acknowledge. Time passes while something
 * waits, up to a minute. False when it did not come to its end. */
SLC_API int slc_barrier(slc *h);
/* The number of the newest checkpoint that is committed. */
SLC_API uint64_t slc_checkpoint(slc *h);
/* A checkpoint that is durable but not committed, then the end of the process; a new instance is
 * made, restored, its token committed, and what was pushed after the checkpoint comes again. What
 * waited to be pulled stays. False when that did not work. */
SLC_API int slc_crash_and_restore(slc *h);
/* The input has ended: flush, a last checkpoint, close. False when it did not come to its end. */
SLC_API int slc_end(slc *h);

/* ---- making things go wrong ------------------------------------------------------------------ */

/* The N-th allocation of a plugin from now on fails (0: none); H NULL: in the harness that is made
 * next. Host calls that need memory (build, grow, finish, select) count as allocations. */
SLC_API void slc_fail_alloc(slc *h, uint64_t n);
/* Allocations of plugins since slc_fail_alloc was called last. */
SLC_API uint64_t slc_allocs(void);
/* The N-th call of CALL ("open", "read", "write", "sync", "rename" …; NULL: any) of sluice.os/1
 * from now on fails with ERROR (an errno; 0: the call does half of what it should, for read and
 * write). N 0: none. AND_ALL: so do all later ones. */
SLC_API void slc_fail_os(slc *h, const char *call, uint64_t n, int32_t error, int32_t and_all);
/* Calls of sluice.os/1 that counted since slc_fail_os was called last. */
SLC_API uint64_t slc_os_calls(void);
/* From now on output PORT takes N more batches only (UINT64_MAX: any number): what comes then
 * stays with its edge, and the class feels it. */
SLC_API void slc_credit(slc *h, uint32_t port, uint64_t n);

/* ---- looking in ------------------------------------------------------------------------------ */

/* The metric NAME of the class; -1 when there is none. */
SLC_API double slc_metric(slc *h, const char *name);
/* Has the log had a line with CODE? */
SLC_API int slc_log_has(slc *h, const char *code);
/* The lines of the log so far. */
SLC_API const char *slc_log(slc *h);
/* Rows that the class took in, used, filtered and rejected. */
SLC_API void slc_counts(slc *h, uint64_t *in, uint64_t *used, uint64_t *filtered, uint64_t *dead);
/* Offset up to which SPLIT was acknowledged to the source that the harness is, big-endian number of
 * the push; -1: not at all. */
SLC_API int64_t slc_acked(slc *h, const char *split);

/* ---- conformance ----------------------------------------------------------------------------- */

/* Put the class WHAT with SETTINGS through the rules that every class must keep (its tables, create
 * without open, barriers without rows, a second commit, bad rows, memory given back). NULL when it
 * keeps all; else one line for each that it breaks (malloc'd, give; free it with free()). */
SLC_API char *slc_conform(const char *what, const char *settings);

#ifdef __cplusplus
}
#endif
#endif
