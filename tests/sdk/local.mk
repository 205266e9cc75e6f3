# SPDX-License-Identifier: Apache-2.0
# Unit tests of libsluice.
SDK_TESTS = %D%/mem_test %D%/error_test %D%/text_size_test
check_PROGRAMS += $(SDK_TESTS)
SDK_TEST_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
SDK_TEST_LIBS = sdk/lib/libsluice.la $(CHECK_LIBS)
noinst_HEADERS += tests/lib/fail_mem.h tests/lib/suite.h

%C%_mem_test_SOURCES = %D%/mem_test.c
%C%_mem_test_CFLAGS = $(SDK_TEST_CFLAGS)
%C%_mem_test_LDADD = $(SDK_TEST_LIBS)

%C%_error_test_SOURCES = %D%/error_test.c
%C%_error_test_CFLAGS = $(SDK_TEST_CFLAGS)
%C%_error_test_LDADD = $(SDK_TEST_LIBS)

%C%_text_size_test_SOURCES = %D%/text_size_test.c
%C%_text_size_test_CFLAGS = $(SDK_TEST_CFLAGS)
%C%_text_size_test_LDADD = $(SDK_TEST_LIBS)
