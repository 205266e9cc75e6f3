/* SPDX-License-Identifier: Apache-2.0
 *
 * tools/sluice/table.h - what a table of the `local` catalog holds, for people.
 */
#ifndef SL_TOOLS_TABLE_H
#define SL_TOOLS_TABLE_H
#include "tools/sluice/command.h"

/* [main] Print rows, files and columns of the table in FOLDER, as its newest version tells, on
 * standard error; nothing when there is none or it can't be read. */
void sl_table_tell(const sl_tool *tool, const char *folder);

#endif
