/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/plugin/elf.h - what can be known of a module's file without running any of it.
 *
 * dlopen runs the constructors of what it opens. So the file is looked at first: that it is a whole
 * shared object for this machine, its build-id, and the fixed numbers at the start of its plugin
 * table. The file is not trusted: every place and length is checked against its size.
 */
#ifndef SL_PLUGIN_ELF_H
#define SL_PLUGIN_ELF_H
#include "sdk/lib/error.h"

#include <sluice/os.h>

#define SL_BUILD_ID_TEXT 129u /* 64 bytes in hex, and NUL */

typedef struct sl_elf_facts {
    char build_id[SL_BUILD_ID_TEXT]; /* hex; "" when the file has none */
    uint32_t magic;                  /* the first four fields of sluice_plugin_v1 */
    uint32_t table_bytes;
    uint32_t abi_major;
    uint32_t abi_minor;
} sl_elf_facts;

/* [any] Look at the module open as FD, of BYTES bytes, called NAME in messages. SL_E_CONFIG with
 * one of the codes plugin.file.kind, plugin.file.machine, plugin.file.truncated, plugin.abi.symbol,
 * plugin.abi.major, plugin.abi.minor, plugin.abi.magic and what to do; SL_E_RETRY when reading
 * failed. Build-id and numbers are filled in as far as they were found. */
sl_status sl_elf_read(const sl_os *os, int32_t fd, uint64_t bytes, const char *name,
                      sl_elf_facts *out, sl_error *err);

/* [any] The checks of sl_elf_read on the numbers of FACTS: magic, size, ABI. Of a table in memory
 * as well as of one in a file. */
sl_status sl_abi_check(const sl_elf_facts *facts, const char *name, sl_error *err);

#endif
