# SPDX-License-Identifier: Apache-2.0
# libsluice: what engine and plugins share.
lib_LTLIBRARIES += %D%/libsluice.la
%C%_libsluice_la_SOURCES = %D%/version.c %D%/error.c %D%/mem.c %D%/utf8.c %D%/text_size.c \
	%D%/number.cc %D%/decimal.c %D%/time.c %D%/time_scan.c %D%/time_priv.h \
	%D%/path_parse.c %D%/pathset.c %D%/pathset_priv.h %D%/ptree.c \
	%D%/pool.c %D%/pool_priv.h %D%/batch.c %D%/builder.c %D%/builder_priv.h \
	%D%/builder_copy.c %D%/builder_finish.c %D%/reslot.c %D%/validate.c %D%/carry.c
%C%_libsluice_la_CFLAGS = $(AM_CFLAGS) $(XXHASH_CFLAGS)
%C%_libsluice_la_LIBADD = -lpthread
%C%_libsluice_la_LDFLAGS = $(AM_LDFLAGS) -version-info 0:0:0 $(SL_DEFS) \
	-Wl,-Bsymbolic-functions
pkginclude_HEADERS += sdk/include/sluice/abi.h sdk/include/sluice/sdk.h sdk/include/sluice/paths.h \
	sdk/include/sluice/os.h sdk/include/sluice/store.h sdk/include/sluice/text.h sdk/include/sluice/carry.h
noinst_HEADERS = sdk/lib/env.h engine/config/diag.h engine/plugin/registry.h engine/graph/graph.h engine/run/run.h sdk/lib/error.h sdk/lib/mem.h sdk/lib/pathset.h sdk/lib/batch.h sdk/lib/validate.h
# Small JSON documents, for commands, descriptors and diagnostics.
sdk_lib_libsluice_la_SOURCES += sdk/lib/arena.c sdk/lib/arena.h sdk/lib/json.h sdk/lib/json_read.c \
	sdk/lib/json_write.c
