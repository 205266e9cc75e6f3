# SPDX-License-Identifier: Apache-2.0
check_PROGRAMS += %D%/lines_test
%C%_lines_test_SOURCES = %D%/lines_test.c tests/lib/text_host.c tests/lib/text_host.h \
	plugins/lines/lines.c plugins/lines/access.c plugins/lines/logfmt.c plugins/lines/syslog.c \
	plugins/lines/pattern.c
%C%_lines_test_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
%C%_lines_test_LDADD = plugins/lines/lib/libtext.la sdk/lib/libsluice.la $(CHECK_LIBS)
