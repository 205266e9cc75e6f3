# SPDX-License-Identifier: Apache-2.0
check_PROGRAMS += %D%/generate_test
%C%_generate_test_SOURCES = %D%/generate_test.c plugins/generate/generate.c plugins/generate/click.c
%C%_generate_test_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
%C%_generate_test_LDADD = tools/harness/libsluice-check.la sdk/lib/libsluice.la $(CHECK_LIBS)
