# SPDX-License-Identifier: Apache-2.0
if WITH_JSON
CSV_TEST_PLUGIN = plugins/csv/csv.c plugins/csv/decode.c plugins/csv/scan.c plugins/csv/header.c \
	plugins/csv/sheet.c plugins/csv/encode.c plugins/csv/writer.c
CSV_TEST_SOURCES = tests/lib/text_host.c tests/lib/text_host.h $(CSV_TEST_PLUGIN)
CSV_TEST_LIBS = plugins/lines/lib/libtext.la plugins/json/lib/libjsonprint.la \
	plugins/writer/lib/libwriter.la $(ZSTD_LIBS) sdk/lib/libsluice.la $(CHECK_LIBS)

check_PROGRAMS += %D%/decode_test %D%/encode_test %D%/writer_test
%C%_decode_test_SOURCES = %D%/decode_test.c $(CSV_TEST_SOURCES)
%C%_decode_test_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS) $(ZSTD_CFLAGS)
%C%_decode_test_LDADD = $(CSV_TEST_LIBS)

%C%_encode_test_SOURCES = %D%/encode_test.c $(CSV_TEST_SOURCES)
%C%_encode_test_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS) $(ZSTD_CFLAGS)
%C%_encode_test_LDADD = $(CSV_TEST_LIBS)

%C%_writer_test_SOURCES = %D%/writer_test.c $(WRITER_TEST_HOST) $(CSV_TEST_PLUGIN)
%C%_writer_test_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS) $(ZSTD_CFLAGS)
%C%_writer_test_LDADD = $(CSV_TEST_LIBS)
endif
