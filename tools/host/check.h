/* SPDX-License-Identifier: Apache-2.0
 *
 * tools/host/check.h - the rules that a module's tables must keep.
 *
 * Run by `sluice plugin check` in the helper process: the tables, then how the classes behave in
 * the harness of sluice/check.h with their default settings.
 */
#ifndef SL_TOOLS_HOST_CHECK_H
#define SL_TOOLS_HOST_CHECK_H
#include "sdk/lib/error.h"

#include <stdio.h>

/* [main] Try all rules (the harness finds the classes by SLUICE_PLUGIN_PATH) on PLUGIN, a line for
 * each on TO, flushed at once so that a crash shows how far it got. Gives the number of broken
 * ones. */
uint32_t sl_check_plugin(FILE *to, const sl_plugin *plugin);

#endif
