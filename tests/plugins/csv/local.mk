# SPDX-License-Identifier: Apache-2.0
CSV_SOURCES = plugins/csv/csv.c plugins/csv/decode.c plugins/csv/scan.c plugins/csv/header.c
check_PROGRAMS += %D%/decode_test
%C%_decode_test_SOURCES = %D%/decode_test.c tests/lib/text_host.c tests/lib/text_host.h $(CSV_SOURCES)
%C%_decode_test_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
%C%_decode_test_LDADD = plugins/lines/lib/libtext.la sdk/lib/libsluice.la $(CHECK_LIBS)
