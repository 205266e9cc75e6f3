# SPDX-License-Identifier: Apache-2.0
# libsluice-check: plugin classes under test.
lib_LTLIBRARIES += %D%/libsluice-check.la
%C%_libsluice_check_la_SOURCES = %D%/collect.c %D%/conform.c %D%/fault.c %D%/feed.c %D%/harness.c \
	%D%/harness_priv.h %D%/json_rows.c
%C%_libsluice_check_la_CFLAGS = $(AM_CFLAGS)
%C%_libsluice_check_la_LIBADD = engine/libengine.la sdk/lib/libsluice.la
%C%_libsluice_check_la_LDFLAGS = $(AM_LDFLAGS) -version-info 0:0:0
pkginclude_HEADERS += sdk/include/sluice/check.h
EXTRA_DIST += %D%/README.md
