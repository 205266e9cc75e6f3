# SPDX-License-Identifier: Apache-2.0
# lib/ is what the plugins for text share: casts, and the feeding of decoders.
noinst_LTLIBRARIES += %D%/lib/libtext.la
%C%_lib_libtext_la_SOURCES = %D%/lib/cast.c %D%/lib/cast.h %D%/lib/feed.c %D%/lib/feed.h
%C%_lib_libtext_la_CFLAGS = $(AM_CFLAGS)

plugin_LTLIBRARIES += %D%/lines.la
%C%_lines_la_SOURCES = %D%/lines.c %D%/access.c %D%/logfmt.c %D%/syslog.c %D%/pattern.c %D%/priv.h
%C%_lines_la_CFLAGS = $(AM_CFLAGS)
%C%_lines_la_LDFLAGS = $(MODULE_FLAGS)
%C%_lines_la_LIBADD = %D%/lib/libtext.la sdk/lib/libsluice.la
EXTRA_DIST += %D%/README.md %D%/lib/README.md
