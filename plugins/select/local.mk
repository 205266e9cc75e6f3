# SPDX-License-Identifier: Apache-2.0
plugin_LTLIBRARIES += %D%/select.la
%C%_select_la_SOURCES = %D%/select.c %D%/plan.c %D%/path.c %D%/expr.c %D%/eval.c \
	%D%/row.c %D%/walk.c %D%/priv.h %D%/expr.h
%C%_select_la_CFLAGS = $(AM_CFLAGS)
%C%_select_la_LDFLAGS = $(MODULE_FLAGS)
%C%_select_la_LIBADD = plugins/lines/lib/libtext.la sdk/lib/libsluice.la
EXTRA_DIST += %D%/README.md
