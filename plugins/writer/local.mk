# SPDX-License-Identifier: Apache-2.0
# What all writers of files share: linked into each of their modules.
noinst_LTLIBRARIES += %D%/lib/libwriter.la
%C%_lib_libwriter_la_SOURCES = %D%/lib/writer.h %D%/lib/files_priv.h %D%/lib/files.c %D%/lib/file.c \
	%D%/lib/group.c %D%/lib/out.c %D%/lib/commit.c %D%/lib/record.c %D%/lib/buf.c \
	%D%/lib/partition.c %D%/lib/partition.h %D%/lib/escape.c %D%/lib/escape.h
%C%_lib_libwriter_la_CFLAGS = $(AM_CFLAGS)
