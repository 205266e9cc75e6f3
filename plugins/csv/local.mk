# SPDX-License-Identifier: Apache-2.0
# Nested values are printed as JSON, so the plugin needs what json is built with.
if WITH_JSON
plugin_LTLIBRARIES += %D%/csv.la
%C%_csv_la_SOURCES = %D%/csv.c %D%/decode.c %D%/decode.h %D%/scan.c %D%/header.c %D%/sheet.c \
	%D%/sheet.h %D%/encode.c %D%/writer.c
%C%_csv_la_CFLAGS = $(AM_CFLAGS) $(ZSTD_CFLAGS)
%C%_csv_la_LDFLAGS = $(MODULE_FLAGS)
%C%_csv_la_LIBADD = plugins/lines/lib/libtext.la plugins/json/lib/libjsonprint.la \
	plugins/writer/lib/libwriter.la $(ZSTD_LIBS) sdk/lib/libsluice.la
endif
EXTRA_DIST += %D%/README.md
