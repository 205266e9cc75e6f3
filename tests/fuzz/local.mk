# SPDX-License-Identifier: Apache-2.0
# Fuzz targets: libFuzzer programs in a build with --enable-fuzz, otherwise checks that replay the
# corpora. The fuzzing build wants clang and edges in the library too:
#   configure CC=clang-14 CXX=clang++-14 CFLAGS='-O1 -g -fsanitize=fuzzer-no-link' \
#     CXXFLAGS='-O1 -g -fsanitize=fuzzer-no-link' --enable-fuzz --with-sanitizer=address,undefined
# A target is <name>_fuzz.c with its corpus in corpus/<name>/.
FUZZ_TARGETS = \
	%D%/msgpack_fuzz \
	%D%/text_fuzz \
	%D%/graph_fuzz \
	%D%/module_fuzz \
	%D%/partition_fuzz \
	%D%/catalog_fuzz
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

%C%_msgpack_fuzz_SOURCES = %D%/msgpack_fuzz.c $(FUZZ_MAIN)
%C%_msgpack_fuzz_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_CORPUS='"msgpack"'
%C%_msgpack_fuzz_LDFLAGS = $(FUZZ_LINK)
%C%_msgpack_fuzz_LDADD = sdk/lib/libsluice.la

%C%_text_fuzz_SOURCES = %D%/text_fuzz.c $(FUZZ_MAIN)
%C%_text_fuzz_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_CORPUS='"text"'
%C%_text_fuzz_LDFLAGS = $(FUZZ_LINK)
%C%_text_fuzz_LDADD = sdk/lib/libsluice.la

%C%_graph_fuzz_SOURCES = %D%/graph_fuzz.c tests/engine/fake_registry.c $(FUZZ_MAIN)
%C%_graph_fuzz_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_CORPUS='"graph"'
%C%_graph_fuzz_LDFLAGS = $(FUZZ_LINK)
%C%_graph_fuzz_LDADD = engine/libengine.la

%C%_module_fuzz_SOURCES = %D%/module_fuzz.c $(FUZZ_MAIN)
%C%_module_fuzz_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_CORPUS='"module"'
%C%_module_fuzz_LDFLAGS = $(FUZZ_LINK)
%C%_module_fuzz_LDADD = engine/libengine.la

%C%_partition_fuzz_SOURCES = %D%/partition_fuzz.c plugins/writer/lib/partition.c \
	plugins/writer/lib/escape.c plugins/writer/lib/buf.c $(FUZZ_MAIN)
%C%_partition_fuzz_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_CORPUS='"partition"'
%C%_partition_fuzz_LDFLAGS = $(FUZZ_LINK)
%C%_partition_fuzz_LDADD = sdk/lib/libsluice.la

%C%_catalog_fuzz_SOURCES = %D%/catalog_fuzz.c plugins/local/json.c plugins/local/meta.c \
	plugins/local/unite.c plugins/local/token.c $(FUZZ_MAIN)
%C%_catalog_fuzz_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_CORPUS='"catalog"'
%C%_catalog_fuzz_LDFLAGS = $(FUZZ_LINK)
%C%_catalog_fuzz_LDADD = sdk/lib/libsluice.la
