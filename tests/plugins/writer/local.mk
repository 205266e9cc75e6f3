# SPDX-License-Identifier: Apache-2.0
# The file framework of the writers, on a fake host with the store file below it.
check_PROGRAMS += %D%/escape_test %D%/partition_test %D%/files_test
WRITER_TEST_HOST = tests/plugins/writer/fake_host.c tests/plugins/writer/fake_host.h \
	plugins/local/store_file.c plugins/local/store_list.c plugins/local/store_upload.c \
	plugins/local/store_file.h

%C%_escape_test_SOURCES = %D%/escape_test.c
%C%_escape_test_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
%C%_escape_test_LDADD = plugins/writer/lib/libwriter.la sdk/lib/libsluice.la $(CHECK_LIBS)

%C%_partition_test_SOURCES = %D%/partition_test.c $(WRITER_TEST_HOST)
%C%_partition_test_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
%C%_partition_test_LDADD = plugins/writer/lib/libwriter.la sdk/lib/libsluice.la $(CHECK_LIBS)

%C%_files_test_SOURCES = %D%/files_test.c $(WRITER_TEST_HOST)
%C%_files_test_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
%C%_files_test_LDADD = plugins/writer/lib/libwriter.la sdk/lib/libsluice.la $(CHECK_LIBS)
