# SPDX-License-Identifier: Apache-2.0
plugin_LTLIBRARIES += %D%/file.la
%C%_file_la_SOURCES = %D%/file.c %D%/file.h %D%/follow.c %D%/look.c %D%/reader.c %D%/source.h %D%/stream.c %D%/stream.h %D%/glob.c %D%/glob.h %D%/stdin.c
%C%_file_la_CFLAGS = $(AM_CFLAGS) $(ZSTD_CFLAGS) $(ZLIB_CFLAGS)
%C%_file_la_LDFLAGS = $(MODULE_FLAGS)
%C%_file_la_LIBADD = sdk/lib/libsluice.la $(ZSTD_LIBS) $(ZLIB_LIBS)
