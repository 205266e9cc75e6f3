# SPDX-License-Identifier: Apache-2.0
check_PROGRAMS += %D%/select_test
%C%_select_test_SOURCES = %D%/select_test.c tests/lib/text_host.c tests/lib/text_host.h \
	plugins/select/select.c plugins/select/plan.c plugins/select/path.c plugins/select/expr.c \
	plugins/select/eval.c plugins/select/row.c plugins/select/walk.c
%C%_select_test_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
%C%_select_test_LDADD = plugins/lines/lib/libtext.la sdk/lib/libsluice.la $(CHECK_LIBS)
