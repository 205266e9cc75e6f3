# SPDX-License-Identifier: Apache-2.0
plugin_LTLIBRARIES += %D%/stdout.la
%C%_stdout_la_SOURCES = %D%/stdout.c
%C%_stdout_la_CFLAGS = $(AM_CFLAGS)
%C%_stdout_la_LDFLAGS = $(MODULE_FLAGS)
