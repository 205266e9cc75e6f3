# SPDX-License-Identifier: Apache-2.0
# The plugin local: its store and its catalog, on the fake host of the writers' tests.
check_PROGRAMS += %D%/store_file_test %D%/json_test %D%/catalog_test
LOCAL_TEST_CATALOG = plugins/local/catalog.c plugins/local/catalog.h plugins/local/task.c \
	plugins/local/token.c plugins/local/meta.c plugins/local/meta.h plugins/local/unite.c \
	plugins/local/json.c plugins/local/json.h

%C%_store_file_test_SOURCES = %D%/store_file_test.c $(WRITER_TEST_HOST)
%C%_store_file_test_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
%C%_store_file_test_LDADD = sdk/lib/libsluice.la $(CHECK_LIBS)

%C%_json_test_SOURCES = %D%/json_test.c plugins/local/json.c plugins/local/json.h $(WRITER_TEST_HOST)
%C%_json_test_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
%C%_json_test_LDADD = sdk/lib/libsluice.la $(CHECK_LIBS)

%C%_catalog_test_SOURCES = %D%/catalog_test.c $(LOCAL_TEST_CATALOG) $(WRITER_TEST_HOST)
%C%_catalog_test_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
%C%_catalog_test_LDADD = sdk/lib/libsluice.la $(CHECK_LIBS)

check_PROGRAMS += %D%/harness_test
%C%_harness_test_SOURCES = %D%/harness_test.c
%C%_harness_test_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
%C%_harness_test_LDADD = tools/harness/libsluice-check.la $(CHECK_LIBS)
