# SPDX-License-Identifier: Apache-2.0
if WITH_JSON
noinst_LTLIBRARIES += %D%/libjsonfake.la
%C%_libjsonfake_la_SOURCES = %D%/fake.c %D%/fake.h
%C%_libjsonfake_la_CFLAGS = $(AM_CFLAGS)
%C%_libjsonfake_la_LIBADD = plugins/json/libjsonread.la sdk/lib/libsluice.la

check_PROGRAMS += %D%/frame_test %D%/number_test %D%/decode_test %D%/print_test
%C%_frame_test_SOURCES = %D%/frame_test.c
%C%_frame_test_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
%C%_frame_test_LDADD = %D%/libjsonfake.la $(CHECK_LIBS)
nodist_EXTRA_%C%_frame_test_SOURCES = %D%/linked-as-cxx.cc
%C%_number_test_SOURCES = %D%/number_test.c
%C%_number_test_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
%C%_number_test_LDADD = %D%/libjsonfake.la $(CHECK_LIBS)
nodist_EXTRA_%C%_number_test_SOURCES = %D%/linked-as-cxx.cc
%C%_decode_test_SOURCES = %D%/decode_test.c
%C%_decode_test_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
%C%_decode_test_LDADD = %D%/libjsonfake.la $(CHECK_LIBS)
nodist_EXTRA_%C%_decode_test_SOURCES = %D%/linked-as-cxx.cc
%C%_print_test_SOURCES = %D%/print_test.c
%C%_print_test_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
%C%_print_test_LDADD = %D%/libjsonfake.la $(CHECK_LIBS)
nodist_EXTRA_%C%_print_test_SOURCES = %D%/linked-as-cxx.cc

EXTRA_PROGRAMS += tools/bench/json-decode
tools_bench_json_decode_SOURCES = tools/bench/json-decode.c
tools_bench_json_decode_CFLAGS = $(AM_CFLAGS)
tools_bench_json_decode_LDADD = %D%/libjsonfake.la
nodist_EXTRA_tools_bench_json_decode_SOURCES = %D%/linked-as-cxx.cc
endif
