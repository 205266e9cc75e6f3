# SPDX-License-Identifier: Apache-2.0
plugin_LTLIBRARIES += %D%/generate.la
%C%_generate_la_SOURCES = %D%/generate.c %D%/click.c %D%/click.h
%C%_generate_la_CFLAGS = $(AM_CFLAGS)
%C%_generate_la_LDFLAGS = $(MODULE_FLAGS)
%C%_generate_la_LIBADD = sdk/lib/libsluice.la
