/* SPDX-License-Identifier: Apache-2.0
 *
 * sluice/store.h - extension "sluice.store/1": object stores behind one interface.
 *
 * A store is a class of kind "sluice.store/1" whose id is the URL scheme and whose ops are an
 * sl_store_ops. Users reach it through sl_stores, which finds the class by the scheme of a URL.
 * An object is whole or not there: nobody sees half of one.
 *
 * Every operation answers SL_OK (done), SL_WAIT (DONE will be called once, on [inst], with the
 * final status) or a failure, explained with host->fail. DONE is not called unless SL_WAIT was
 * answered. Keys are relative to the opened URL, with / between parts, no empty part, no "." or
 * "..": the store refuses others (SL_E_DATA, code store.key).
 *
 * An upload makes a big object in parts. finish makes it durable but not visible and gives a token;
 * commit makes it visible, in any process, at any time later, and any number of times: a repeated
 * commit of the same token is SL_OK.
 */
#ifndef SLUICE_STORE_H
#define SLUICE_STORE_H
#include <sluice/abi.h>
#ifdef __cplusplus
extern "C" {
#endif

#define SL_STORE_IF_ABSENT 1u /* SL_E_DATA, code store.exists, when the object is there */
#define SL_STORE_IF_MATCH  2u /* SL_E_DATA, code store.changed, when its tag is not TAG */

typedef struct sl_store sl_store;   /* an opened URL; the store's side */
typedef struct sl_upload sl_upload; /* an object in the making; the store's side */

typedef struct sl_object {
    const char *key; /* relative to the opened URL */
    uint64_t bytes;
    int64_t changed_us;
    const char *tag; /* changes whenever the content does; opaque text */
} sl_object;

typedef struct sl_done {
    /* [inst] Called once with the final status of an operation that answered SL_WAIT. */
    void (*fn)(void *arg, sl_status status);
    void *arg;
} sl_done;

typedef struct sl_store_ops {
    uint64_t size;
    /* [inst] Make a store for URL (scheme://…, without a trailing slash). No I/O. */
    sl_status (*open)(const sl_host *host, sl_node *node, const char *url, const sl_config *cfg,
                      sl_store **self);
    /* [inst] Free it; no operation in flight. NULL is fine. */
    void (*close)(sl_store *self);
    /* [inst] Read up to LEN bytes of KEY at place AT (LEN 0: to its end) into memory from
     * host->alloc: gives DATA, GOT and, when TAG is not NULL, the object's tag (alloc'd, give).
     * SL_END: there is no such object. */
    sl_status (*get)(sl_store *self, const char *key, uint64_t at, uint64_t len, void **data,
                     uint64_t *got, char **tag, sl_done done);
    /* [inst] Write KEY as a whole, durably. DATA is borrowed until done. */
    sl_status (*put)(sl_store *self, const char *key, const void *data, uint64_t len,
                     uint32_t flags, const char *tag, sl_done done);
    /* [inst] Call EACH for every object whose key starts with PREFIX, by key in byte order, after
     * key AFTER (NULL: from the first), at most MAX of them; MORE tells whether others follow. */
    sl_status (*list)(sl_store *self, const char *prefix, const char *after, uint32_t max,
                      void (*each)(void *arg, const sl_object *object), void *arg, int32_t *more,
                      sl_done done);
    /* [inst] Remove KEY; SL_OK when there is none. */
    sl_status (*remove)(sl_store *self, const char *key, sl_done done);
    /* [inst] Start an upload of KEY. */
    sl_status (*begin)(sl_store *self, const char *key, uint32_t flags, sl_upload **upload,
                       sl_done done);
    /* [inst] Append LEN bytes; DATA is borrowed until done. */
    sl_status (*part)(sl_upload *upload, const void *data, uint64_t len, sl_done done);
    /* [inst] All parts are given: make them durable. Takes UPLOAD; gives TOKEN (alloc'd). */
    sl_status (*finish)(sl_upload *upload, void **token, uint64_t *len, sl_done done);
    /* [inst] Give up an upload that was not finished. Takes UPLOAD. NULL is fine. */
    void (*drop)(sl_upload *upload);
    /* [inst] Make what TOKEN stands for visible; idempotent. */
    sl_status (*commit)(sl_store *self, const void *token, uint64_t len, sl_done done);
    /* [inst] Throw away what TOKEN stands for, unless it was committed; idempotent. */
    sl_status (*abort)(sl_store *self, const void *token, uint64_t len, sl_done done);
} sl_store_ops;

typedef struct sl_stores {
    uint64_t size;
    /* [inst] Open URL (a plain path means file://): gives the store and its table; SL_E_CONFIG
     * when no store class has its scheme. Close it through the table. */
    sl_status (*open)(sl_node *node, const char *url, const sl_store_ops **ops, sl_store **store);
} sl_stores;

#ifdef __cplusplus
}
#endif
#endif
