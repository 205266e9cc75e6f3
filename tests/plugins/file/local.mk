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

# In the harness: the whole module.
check_PROGRAMS += %D%/source_test %D%/follow_test %D%/stdin_test
FILE_SOURCES = plugins/file/file.c plugins/file/follow.c plugins/file/glob.c plugins/file/look.c \
	plugins/file/reader.c plugins/file/stdin.c plugins/file/stream.c %D%/world.h
FILE_HARNESS_LIBS = tools/harness/libsluice-check.la $(FILE_TEST_LIBS)

%C%_source_test_SOURCES = %D%/source_test.c $(FILE_SOURCES)
%C%_source_test_CFLAGS = $(FILE_TEST_CFLAGS)
%C%_source_test_LDADD = $(FILE_HARNESS_LIBS)

%C%_follow_test_SOURCES = %D%/follow_test.c $(FILE_SOURCES)
%C%_follow_test_CFLAGS = $(FILE_TEST_CFLAGS)
%C%_follow_test_LDADD = $(FILE_HARNESS_LIBS)

%C%_stdin_test_SOURCES = %D%/stdin_test.c $(FILE_SOURCES)
%C%_stdin_test_CFLAGS = $(FILE_TEST_CFLAGS)
%C%_stdin_test_LDADD = $(FILE_HARNESS_LIBS)
