# SPDX-License-Identifier: Apache-2.0
check_PROGRAMS += %D%/stdout_test
%C%_stdout_test_SOURCES = %D%/stdout_test.c plugins/stdout/stdout.c
%C%_stdout_test_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
%C%_stdout_test_LDADD = tools/harness/libsluice-check.la sdk/lib/libsluice.la $(CHECK_LIBS)
