/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/plugin/scan.h - have a module described by the helper process sluice-host.
 *
 * A module without a fresh descriptor must be loaded to know what it offers. That happens in a
 * process of its own, so that one that crashes, hangs or prints rubbish hurts nobody.
 */
#ifndef SL_PLUGIN_SCAN_H
#define SL_PLUGIN_SCAN_H
#include "sdk/lib/env.h"

/* [main] Run `sluice-host WHAT PATH` (WHAT: "--describe" or "--check") and give what it printed on
 * standard output (give; sl_mem_free), with a NUL behind it, and its exit status in EXIT.
 * SL_E_CONFIG with plugin.scan.host when the helper can't be run, plugin.scan.crash,
 * plugin.scan.time when it took longer than 10 s, plugin.scan.size when it printed more than 4 MiB.
 */
sl_status sl_scan_run(sl_env *env, sl_mem *mem, const char *what, const char *path, char **out,
                      size_t *len, int *exit_code, sl_error *err);

/* [main] The path of sluice-host: $SLUICE_HOST, else beside the running program, else where it is
 * installed. Gives it in OUT; false when it is in none of these. */
int sl_scan_host(char *out, size_t room);

#endif
