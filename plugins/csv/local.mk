# SPDX-License-Identifier: Apache-2.0
plugin_LTLIBRARIES += %D%/csv.la
%C%_csv_la_SOURCES = %D%/csv.c %D%/decode.c %D%/scan.c %D%/header.c %D%/decode.h
%C%_csv_la_CFLAGS = $(AM_CFLAGS)
%C%_csv_la_LDFLAGS = $(MODULE_FLAGS)
%C%_csv_la_LIBADD = plugins/lines/lib/libtext.la sdk/lib/libsluice.la
EXTRA_DIST += %D%/README.md
