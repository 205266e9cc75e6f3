# SPDX-License-Identifier: Apache-2.0
# The plugin local: its store and its catalog, on the fake host of the writers' tests.
check_PROGRAMS += %D%/store_file_test
%C%_store_file_test_SOURCES = %D%/store_file_test.c tests/plugins/writer/fake_host.c \
	tests/plugins/writer/fake_host.h plugins/local/store_file.c plugins/local/store_list.c \
	plugins/local/store_upload.c plugins/local/store_file.h
%C%_store_file_test_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
%C%_store_file_test_LDADD = $(CHECK_LIBS)
