# SPDX-License-Identifier: Apache-2.0
# Fuzz targets: libFuzzer programs in a build with --enable-fuzz, otherwise checks that replay the
# corpora. The fuzzing build wants clang and edges in the library too:
#   configure CC=clang-14 CXX=clang++-14 CFLAGS='-O1 -g -fsanitize=fuzzer-no-link' \
#     CXXFLAGS='-O1 -g -fsanitize=fuzzer-no-link' --enable-fuzz --with-sanitizer=address,undefined
# A target is <name>_fuzz.c with its corpus in corpus/<name>/.
if WITH_FUZZ
noinst_PROGRAMS += %D%/msgpack_fuzz %D%/text_fuzz %D%/graph_fuzz
FUZZ_MAIN =
FUZZ_LINK = $(AM_LDFLAGS) -fsanitize=fuzzer
else
check_PROGRAMS += %D%/msgpack_fuzz %D%/text_fuzz %D%/graph_fuzz
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

if WITH_JSON
if WITH_CHECK
if WITH_FUZZ
noinst_PROGRAMS += %D%/json_fuzz
else
check_PROGRAMS += %D%/json_fuzz
endif
%C%_json_fuzz_SOURCES = %D%/json_fuzz.c $(FUZZ_MAIN)
nodist_EXTRA_%C%_json_fuzz_SOURCES = %D%/json-as-cxx.cc
%C%_json_fuzz_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_CORPUS='"json"'
%C%_json_fuzz_LDFLAGS = $(FUZZ_LINK)
%C%_json_fuzz_LDADD = tests/plugins/json/libjsonfake.la
endif
endif
