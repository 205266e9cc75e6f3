# SPDX-License-Identifier: Apache-2.0
plugin_LTLIBRARIES += %D%/null.la
%C%_null_la_SOURCES = %D%/null.c
%C%_null_la_CFLAGS = $(AM_CFLAGS)
%C%_null_la_LDFLAGS = $(MODULE_FLAGS)
