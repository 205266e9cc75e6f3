/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/plugin/load.h - bring a module into this process.
 *
 * Everything that can be known from the file is checked before dlopen, because that runs the
 * module's constructors. A module stays mapped for good: threads and thread-local destructors of
 * third-party libraries make unloading unsafe.
 */
#ifndef SL_PLUGIN_LOAD_H
#define SL_PLUGIN_LOAD_H
#include "engine/plugin/elf.h"

/* [main] Look at the file PATH (called NAME in messages) without loading it: a regular file of
 * root's or the user's that nobody else may write, and all that sl_elf_read checks. SL_E_CONFIG
 * with a code plugin.file.* or plugin.abi.*. BYTES and CHANGED_NS, which may be NULL, tell its size
 * and time of change. */
sl_status sl_module_look(const sl_os *os, const char *path, const char *name, sl_elf_facts *facts,
                         sl_file_info *info, sl_error *err);

/* [main] Load PATH, after sl_module_look, when its build-id is still BUILD_ID (NULL: any). Gives
 * its table, borrowed for good; its load() was not called. SL_E_CONFIG with plugin.changed,
 * plugin.symbol, plugin.library, plugin.open or one of sl_module_look. */
sl_status sl_module_open(const sl_os *os, const char *path, const char *name, const char *build_id,
                         const sl_plugin **out, sl_error *err);

/* [any] Is a file or folder with INFO one that only root or this user may change? NULL when it is,
 * else the reason as the end of a sentence ("may be written by everyone"). */
const char *sl_module_unsafe(const sl_file_info *info);

#endif
