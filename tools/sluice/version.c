/* SPDX-License-Identifier: Apache-2.0
 *
 * tools/sluice/version.c - `sluice version`: which sluice this is.
 *
 * Reads nothing and makes nothing: at most 5 ms, also on a slow machine.
 */
#include "tools/sluice/command.h"

static int version(sl_tool *tool, const sl_args *args)
{
    sl_json j;

    if (!sl_args_get(args, "json")) {
        (void)printf("sluice %s (%s), plugin ABI %u.%u\n", SL_ENGINE_VERSION, SL_ENGINE_BUILD,
                     SL_ABI_MAJOR, SL_ABI_MINOR);
        return SL_EXIT_OK;
    }
    sl_json_init(&j, tool->mem, 2);
    sl_json_object(&j, NULL);
    sl_json_text(&j, "version", SL_ENGINE_VERSION);
    sl_json_text(&j, "build", SL_ENGINE_BUILD);
    sl_json_uint(&j, "abi_major", SL_ABI_MAJOR);
    sl_json_uint(&j, "abi_minor", SL_ABI_MINOR);
    sl_json_end(&j);
    return sl_tool_print_json(tool, &j);
}

static const sl_option options[] = {
    {"json", NULL, 0, "as one JSON object"},
    SL_OPTION_END,
};

const sl_command sl_command_version = {
    .name = "version",
    .operands = "",
    .brief = "print the version of sluice and of its plugin ABI",
    .options = options,
    .run = version,
};
