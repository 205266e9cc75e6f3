/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/config/codes_plugin.c - what can be wrong with modules, and all codes behind plugin.*.
 *
 * Code, cause, remedy; sorted.
 */
#include "engine/config/codes_priv.h"

const sl_code sl_codes_plugin[] = {
    {"plugin.abi.magic", "The plugin table of a module does not begin with the magic number.",
     "Define the table with SL_PLUGIN(...) of sluice/sdk.h and build the module again."},
    {"plugin.abi.major", "A module is built for another major version of the plugin ABI.",
     "Install the module made for this version of sluice, or build it with this version's SDK."},
    {"plugin.abi.minor", "A module needs a newer plugin ABI than this sluice has.",
     "Update sluice, or build the module with SL_ABI_TARGET set to the older minor version."},
    {"plugin.abi.size", "The plugin table of a module is shorter than the ABI says.",
     "Define the table with SL_PLUGIN(...) of sluice/sdk.h and build the module again."},
    {"plugin.abi.symbol", "A file in a plugin folder exports no plugin table.",
     "If it is a plugin, SL_PLUGIN(...) is missing in it or hidden when linking; else move it "
     "away."},
    {"plugin.changed", "A module's file was replaced between looking at it and loading it.",
     "Run the command again."},
    {"plugin.class", "A class was asked for that belongs to another list of plugins.",
     "This is a bug in sluice; please report it."},
    {"plugin.class.twice", "Two modules offer a class of the same role and name.",
     "Remove one of them, or take its folder out of the search path."},
    {"plugin.descriptor", "A module's descriptor is damaged, or made for another sluice.",
     "Make it anew: `sluice plugin show --json FILE > NAME.json`."},
    {"plugin.file.kind", "A file in a plugin folder is no shared object.",
     "Move it away, or link it with -shared."},
    {"plugin.file.machine", "A module is built for another kind of machine.",
     "Install the package for this architecture."},
    {"plugin.file.read", "A module's file can't be read.", "Check its permissions and the disk."},
    {"plugin.file.truncated", "A module's file is cut off or damaged.", "Install it again."},
    {"plugin.file.unsafe", "A module's file may be written by everyone, or is another user's.",
     "Give it to root or to yourself: chown, then chmod 644."},
    {"plugin.folder.missing", "A folder given with --plugin-path is not there.",
     "Correct the path; `sluice plugin doctor` shows where modules are looked for."},
    {"plugin.folder.read", "A folder given with --plugin-path can't be read.",
     "Check its permissions."},
    {"plugin.folder.unsafe",
     "A plugin folder may be written by everyone, or is another user's: nothing is loaded from it.",
     "Give it to root or to yourself: chown, then chmod 755."},
    {"plugin.library", "A module needs a library that is not installed, or too old here.",
     "Install or update the package that holds the library."},
    {"plugin.load", "A module refused to start.",
     "See the messages before this one; `sluice plugin check FILE` looks closer."},
    {"plugin.open", "The system's loader refused a module.",
     "The text says why; `sluice plugin check FILE` looks closer."},
    {"plugin.scan.crash", "A module crashed in the helper process that looked at it.",
     "Build it again, or remove it; the helper can be run by hand: sluice-host --describe FILE."},
    {"plugin.scan.host",
     "A module has no fresh descriptor, and the helper sluice-host can't be run.",
     "Install sluice again; `sluice plugin doctor` shows where the helper is looked for."},
    {"plugin.scan.size", "A module printed more than 4 MiB while it was looked at.",
     "Remove what prints from its constructors."},
    {"plugin.scan.time", "A module took longer than 10 s to be loaded.",
     "Nothing may be done when a module is loaded; remove its constructors."},
    {"plugin.symbol", "A module uses a function that nothing provides.",
     "Build it again against the installed libraries, linked with -Wl,-z,defs."},
    {"plugin.table", "The plugin table of a module has no name, version, licence or classes.",
     "Fill them in; SL_PLUGIN(...) does."},
};

const uint32_t sl_codes_plugin_count = sizeof(sl_codes_plugin) / sizeof(*sl_codes_plugin);
