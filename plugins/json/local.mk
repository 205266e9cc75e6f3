# SPDX-License-Identifier: Apache-2.0
if WITH_JSON
noinst_LTLIBRARIES += %D%/lib/libjsonprint.la %D%/libjsonread.la
%C%_lib_libjsonprint_la_SOURCES = %D%/lib/print.c %D%/lib/print.h %D%/lib/print_priv.h \
	%D%/lib/print_rare.c %D%/simd.h
%C%_lib_libjsonprint_la_CFLAGS = $(AM_CFLAGS)

%C%_libjsonread_la_SOURCES = %D%/json.h %D%/decode.c %D%/encode.c %D%/feed.c %D%/feed.h \
	%D%/frame.c %D%/keys.c %D%/number.c %D%/records.c %D%/scalar.h %D%/stage1.cc %D%/stage1.h \
	%D%/string.c %D%/unique.c %D%/walk.c %D%/walk.h
%C%_libjsonread_la_CFLAGS = $(AM_CFLAGS)
%C%_libjsonread_la_CXXFLAGS = $(AM_CXXFLAGS) $(SIMDJSON_CFLAGS)
%C%_libjsonread_la_LIBADD = %D%/lib/libjsonprint.la $(SIMDJSON_LIBS)

plugin_LTLIBRARIES += %D%/json.la
%C%_json_la_SOURCES = %D%/json.c %D%/writer.c
nodist_EXTRA_%C%_json_la_SOURCES = %D%/module-as-cxx.cc
%C%_json_la_CFLAGS = $(AM_CFLAGS) $(ZSTD_CFLAGS)
%C%_json_la_LDFLAGS = $(MODULE_FLAGS)
%C%_json_la_LIBADD = %D%/libjsonread.la plugins/writer/lib/libwriter.la \
	$(ZSTD_LIBS) sdk/lib/libsluice.la
endif
