# SPDX-License-Identifier: Apache-2.0
# sluice.m4 - building a sluice plugin with autotools.
#
# SLUICE_PLUGIN([VERSION]): needs sluice of at least VERSION. Sets, for use in Makefile.am:
#   SLUICE_CFLAGS         where the headers are
#   SLUICE_LIBS           libsluice, for plugins that call it
#   SLUICE_PLUGIN_FLAGS   LDFLAGS of a module: one exported symbol, nothing left undefined
#   sluiceplugindir       where modules are installed
#   sluicedescriptordir   where descriptors are installed
#   SLUICE                the command, for `$(SLUICE) plugin check` and `plugin show --json`
#
#   sluiceplugin_LTLIBRARIES = mine.la
#   mine_la_SOURCES = mine.c
#   mine_la_CFLAGS = $(SLUICE_CFLAGS) -fvisibility=hidden
#   mine_la_LDFLAGS = $(SLUICE_PLUGIN_FLAGS)
AC_DEFUN([SLUICE_PLUGIN], [
  PKG_CHECK_MODULES([SLUICE], [sluice m4_ifval([$1], [>= $1])])
  PKG_CHECK_VAR([sluiceplugindir], [sluice], [plugindir])
  PKG_CHECK_VAR([sluicedescriptordir], [sluice], [descriptordir])
  AC_PATH_PROG([SLUICE], [sluice])
  SLUICE_PLUGIN_FLAGS="-module -avoid-version -shared -Wl,-z,defs -Wl,--build-id"
  SLUICE_PLUGIN_FLAGS="$SLUICE_PLUGIN_FLAGS -export-symbols-regex ^sluice_plugin_v1\$\$"
  AC_SUBST([SLUICE_PLUGIN_FLAGS])
])
