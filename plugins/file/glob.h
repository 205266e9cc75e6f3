/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/file/glob.h - files that match a pattern.
 *
 * Patterns: * and ? within one part of the path, [a-z] and [!a-z], ** as a whole part for any
 * number of folders. A part that begins with a dot is matched only by a pattern that begins with
 * one.
 */
#ifndef SL_FILE_GLOB_H
#define SL_FILE_GLOB_H
#include <sluice/os.h>
#include <sluice/sdk.h>

/* Does NAME, one part of a path, match PATTERN? [any] */
int sl_glob_match(const char *pattern, const char *name);

/* Call FN with each regular file that matches PATTERN, folders in order of name. A pattern without
 * wildcards is its own match and is not looked at. FN answers 0 to go on. Gives SL_OK, what FN
 * answered, or SL_E_NOMEM; folders that can't be read are passed over, with a line in the log when
 * TELLS. [inst] */
sl_status sl_glob_each(const sl_host *host, sl_node *node, const sl_os *os, const char *pattern,
                       int tells, sl_status (*fn)(void *arg, const char *path), void *arg);

#endif
