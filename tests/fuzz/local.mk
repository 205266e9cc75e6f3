# SPDX-License-Identifier: Apache-2.0
# Fuzz targets: libFuzzer programs in a build with --enable-fuzz, otherwise checks that replay the
# corpora. The fuzzing build wants clang and edges in the library too:
#   configure CC=clang-14 CXX=clang++-14 CFLAGS='-O1 -g -fsanitize=fuzzer-no-link' \
#     CXXFLAGS='-O1 -g -fsanitize=fuzzer-no-link' --enable-fuzz --with-sanitizer=address,undefined
# A target is <name>_fuzz.c with its corpus in corpus/<name>/.
FUZZ_TARGETS =
if WITH_FUZZ
noinst_PROGRAMS += $(FUZZ_TARGETS)
FUZZ_MAIN =
FUZZ_LINK = $(AM_LDFLAGS) -fsanitize=fuzzer
else
check_PROGRAMS += $(FUZZ_TARGETS)
FUZZ_MAIN = %D%/replay.c
FUZZ_LINK = $(AM_LDFLAGS)
endif
noinst_HEADERS += %D%/fuzz.h
EXTRA_DIST += %D%/corpus

FUZZ_TARGETS += %D%/msgpack_fuzz
%C%_msgpack_fuzz_SOURCES = %D%/msgpack_fuzz.c $(FUZZ_MAIN)
%C%_msgpack_fuzz_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_CORPUS='"msgpack"'
%C%_msgpack_fuzz_LDFLAGS = $(FUZZ_LINK)
%C%_msgpack_fuzz_LDADD = sdk/lib/libsluice.la

FUZZ_TARGETS += %D%/text_fuzz
%C%_text_fuzz_SOURCES = %D%/text_fuzz.c $(FUZZ_MAIN)
%C%_text_fuzz_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_CORPUS='"text"'
%C%_text_fuzz_LDFLAGS = $(FUZZ_LINK)
%C%_text_fuzz_LDADD = sdk/lib/libsluice.la

FUZZ_TARGETS += %D%/graph_fuzz
%C%_graph_fuzz_SOURCES = %D%/graph_fuzz.c tests/engine/fake_registry.c $(FUZZ_MAIN)
%C%_graph_fuzz_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_CORPUS='"graph"'
%C%_graph_fuzz_LDFLAGS = $(FUZZ_LINK)
%C%_graph_fuzz_LDADD = engine/libengine.la

FUZZ_TARGETS += %D%/module_fuzz
%C%_module_fuzz_SOURCES = %D%/module_fuzz.c $(FUZZ_MAIN)
%C%_module_fuzz_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_CORPUS='"module"'
%C%_module_fuzz_LDFLAGS = $(FUZZ_LINK)
%C%_module_fuzz_LDADD = engine/libengine.la

FUZZ_TARGETS += %D%/partition_fuzz
%C%_partition_fuzz_SOURCES = %D%/partition_fuzz.c plugins/writer/lib/partition.c \
	plugins/writer/lib/escape.c plugins/writer/lib/buf.c $(FUZZ_MAIN)
%C%_partition_fuzz_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_CORPUS='"partition"'
%C%_partition_fuzz_LDFLAGS = $(FUZZ_LINK)
%C%_partition_fuzz_LDADD = sdk/lib/libsluice.la

FUZZ_TARGETS += %D%/catalog_fuzz
%C%_catalog_fuzz_SOURCES = %D%/catalog_fuzz.c plugins/local/json.c plugins/local/meta.c \
	plugins/local/unite.c plugins/local/token.c $(FUZZ_MAIN)
%C%_catalog_fuzz_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_CORPUS='"catalog"'
%C%_catalog_fuzz_LDFLAGS = $(FUZZ_LINK)
%C%_catalog_fuzz_LDADD = sdk/lib/libsluice.la

# Decoders of text: the plugin's own sources with the host of its tests, which then needs no Check.
FUZZ_TEXT_SOURCES = %D%/cut.h tests/lib/text_host.c tests/lib/text_host.h
FUZZ_TARGETS += %D%/lines_fuzz
%C%_lines_fuzz_SOURCES = %D%/lines_fuzz.c $(FUZZ_TEXT_SOURCES) $(FUZZ_MAIN) plugins/lines/lines.c \
	plugins/lines/access.c plugins/lines/logfmt.c plugins/lines/syslog.c plugins/lines/pattern.c
%C%_lines_fuzz_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_CORPUS='"lines"' -DSL_WITHOUT_CHECK
%C%_lines_fuzz_LDFLAGS = $(FUZZ_LINK)
%C%_lines_fuzz_LDADD = plugins/lines/lib/libtext.la sdk/lib/libsluice.la

if WITH_JSON
if WITH_FUZZ
noinst_PROGRAMS += %D%/csv_fuzz
else
check_PROGRAMS += %D%/csv_fuzz
endif
FUZZ_TARGETS += %D%/csv_fuzz
%C%_csv_fuzz_SOURCES = %D%/csv_fuzz.c $(FUZZ_TEXT_SOURCES) $(FUZZ_MAIN) plugins/csv/csv.c \
	plugins/csv/decode.c plugins/csv/scan.c plugins/csv/header.c plugins/csv/sheet.c \
	plugins/csv/encode.c plugins/csv/writer.c
%C%_csv_fuzz_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_CORPUS='"csv"' -DSL_WITHOUT_CHECK
%C%_csv_fuzz_LDFLAGS = $(FUZZ_LINK)
%C%_csv_fuzz_LDADD = plugins/lines/lib/libtext.la plugins/json/lib/libjsonprint.la \
	plugins/writer/lib/libwriter.la $(ZSTD_LIBS) sdk/lib/libsluice.la
endif

if WITH_JSON
FUZZ_TARGETS += %D%/json_fuzz
%C%_json_fuzz_SOURCES = %D%/json_fuzz.c tests/plugins/json/fake.c $(FUZZ_MAIN)
nodist_EXTRA_%C%_json_fuzz_SOURCES = %D%/json-as-cxx.cc
%C%_json_fuzz_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_CORPUS='"json"'
%C%_json_fuzz_LDFLAGS = $(FUZZ_LINK)
%C%_json_fuzz_LDADD = plugins/json/libjsonread.la sdk/lib/libsluice.la
endif
