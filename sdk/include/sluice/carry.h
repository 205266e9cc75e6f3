/* SPDX-License-Identifier: Apache-2.0
 *
 * sluice/carry.h - what a decoder keeps of a split until its next payload comes.
 *
 * A source cuts a file into blocks, at a line end where there is one; a decoder keeps a cut-off
 * rest for each split and joins it with the next block. The rests are the decoder's state: they go
 * into its snapshot. Functions of libsluice; all [inst].
 */
#ifndef SLUICE_CARRY_H
#define SLUICE_CARRY_H
#include <sluice/abi.h>
#ifdef __cplusplus
extern "C" {
#endif

#ifndef SL_TEXT_API
#define SL_TEXT_API __attribute__((visibility("default")))
#endif

typedef struct sl_carry sl_carry;

/* [inst] Rests for NODE's splits, each with EXTRA bytes of the decoder's own beside it (zeroed at
 * first, kept in the snapshot too). NULL when memory is short. */
SL_TEXT_API sl_carry *sl_carry_new(const sl_host *host, sl_node *node, uint32_t extra);
/* [inst] NULL is fine. */
SL_TEXT_API void sl_carry_free(sl_carry *carry);
/* [inst] Put what SPLIT left in front of the LEN bytes at PAYLOAD. Gives the block at PTR, its
 * length in GOT, and in BEFORE how many of its bytes came with earlier payloads. No copy when
 * nothing was left. At least 64 bytes behind the block are readable. Borrowed until the next
 * call.*/
SL_TEXT_API sl_status sl_carry_join(sl_carry *carry, uint32_t split, const uint8_t *payload,
                                    uint64_t len, const uint8_t **ptr, uint64_t *got,
                                    uint64_t *before);
/* [inst] Keep the LEN bytes at PTR, inside the block that join gave, for the next payload of SPLIT;
 * LEN 0: nothing is left. To be called after every join. */
SL_TEXT_API sl_status sl_carry_keep(sl_carry *carry, uint32_t split, const uint8_t *ptr,
                                    uint64_t len);
/* [inst] The EXTRA bytes of SPLIT; NULL when memory is short. Borrowed until end. */
SL_TEXT_API void *sl_carry_extra(sl_carry *carry, uint32_t split);
/* [inst] SPLIT has ended: forget it. */
SL_TEXT_API void sl_carry_end(sl_carry *carry, uint32_t split);
/* [inst] The rests as bytes from host->alloc (give), for sl_class.snapshot. */
SL_TEXT_API sl_status sl_carry_snapshot(sl_carry *carry, void **state, uint64_t *len);
/* [inst] The reverse, for sl_class.restore. SL_E_DATA when the bytes are not of a snapshot. */
SL_TEXT_API sl_status sl_carry_restore(sl_carry *carry, const void *state, uint64_t len);

#ifdef __cplusplus
}
#endif
#endif
