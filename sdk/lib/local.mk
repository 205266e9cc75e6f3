# SPDX-License-Identifier: Apache-2.0
# libsluice: what engine and plugins share.
lib_LTLIBRARIES += sdk/lib/libsluice.la
sdk_lib_libsluice_la_SOURCES = sdk/lib/version.c sdk/lib/error.c sdk/lib/mem.c sdk/lib/utf8.c \
	sdk/lib/text_size.c
sdk_lib_libsluice_la_LIBADD =
sdk_lib_libsluice_la_LDFLAGS = $(AM_LDFLAGS) -version-info 0:0:0 -Wl,-z,defs
pkginclude_HEADERS += sdk/include/sluice/abi.h sdk/include/sluice/sdk.h sdk/include/sluice/paths.h \
	sdk/include/sluice/os.h sdk/include/sluice/store.h sdk/include/sluice/text.h sdk/include/sluice/carry.h
noinst_HEADERS = sdk/lib/env.h engine/config/diag.h engine/plugin/registry.h engine/graph/graph.h engine/run/run.h sdk/lib/error.h sdk/lib/mem.h sdk/lib/pathset.h sdk/lib/batch.h sdk/lib/validate.h
# Small JSON documents, for commands, descriptors and diagnostics.
sdk_lib_libsluice_la_SOURCES += sdk/lib/arena.c sdk/lib/arena.h sdk/lib/json.h sdk/lib/json_read.c \
	sdk/lib/json_write.c
