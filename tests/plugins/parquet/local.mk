# SPDX-License-Identifier: Apache-2.0
if WITH_PARQUET
PARQUET_TESTS = %D%/thrift_test %D%/rle_test %D%/bounds_test %D%/file_test %D%/writer_test
check_PROGRAMS += $(PARQUET_TESTS)
PARQUET_TEST_LIBS = plugins/parquet/lib/libpq.la $(CHECK_LIBS)

%C%_thrift_test_SOURCES = %D%/thrift_test.c %D%/pq_fixture.h
%C%_thrift_test_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
%C%_thrift_test_LDADD = $(PARQUET_TEST_LIBS)

%C%_rle_test_SOURCES = %D%/rle_test.c %D%/pq_fixture.h
%C%_rle_test_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
%C%_rle_test_LDADD = $(PARQUET_TEST_LIBS)

%C%_bounds_test_SOURCES = %D%/bounds_test.c %D%/pq_fixture.h
%C%_bounds_test_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
%C%_bounds_test_LDADD = $(PARQUET_TEST_LIBS)

%C%_file_test_SOURCES = %D%/file_test.c %D%/pq_fixture.h
%C%_file_test_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
%C%_file_test_LDADD = $(PARQUET_TEST_LIBS)

%C%_writer_test_SOURCES = %D%/writer_test.c $(PARQUET_FORMAT)
%C%_writer_test_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
%C%_writer_test_LDADD = $(PARQUET_TEST_LIBS) sdk/lib/libsluice.la
endif
