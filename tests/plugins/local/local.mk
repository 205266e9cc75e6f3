# SPDX-License-Identifier: Apache-2.0
# The plugin local: its store and its catalog, on the fake host of the writers' tests.
check_PROGRAMS += %D%/store_file_test
%C%_store_file_test_SOURCES = %D%/store_file_test.c $(WRITER_TEST_HOST)
%C%_store_file_test_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
%C%_store_file_test_LDADD = $(CHECK_LIBS)
