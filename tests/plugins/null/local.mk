# SPDX-License-Identifier: Apache-2.0
check_PROGRAMS += %D%/null_test
%C%_null_test_SOURCES = %D%/null_test.c plugins/null/null.c
%C%_null_test_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
%C%_null_test_LDADD = tools/harness/libsluice-check.la sdk/lib/libsluice.la $(CHECK_LIBS)
