# SPDX-License-Identifier: Apache-2.0
check_PROGRAMS += %D%/glob_test %D%/reader_test
FILE_TEST_SOURCES = %D%/fixture.c %D%/fixture.h plugins/file/glob.c plugins/file/stream.c plugins/file/reader.c
FILE_TEST_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
FILE_TEST_LIBS = sdk/lib/libsluice.la $(CHECK_LIBS) $(ZSTD_LIBS) $(ZLIB_LIBS)

%C%_glob_test_SOURCES = %D%/glob_test.c $(FILE_TEST_SOURCES)
%C%_glob_test_CFLAGS = $(FILE_TEST_CFLAGS)
%C%_glob_test_LDADD = $(FILE_TEST_LIBS)

%C%_reader_test_SOURCES = %D%/reader_test.c $(FILE_TEST_SOURCES)
%C%_reader_test_CFLAGS = $(FILE_TEST_CFLAGS)
%C%_reader_test_LDADD = $(FILE_TEST_LIBS)
