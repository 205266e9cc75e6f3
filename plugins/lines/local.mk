# SPDX-License-Identifier: Apache-2.0
# lib/ is what the plugins for text share: casts, and the feeding of decoders.
noinst_LTLIBRARIES += %D%/lib/libtext.la
%C%_lib_libtext_la_SOURCES = %D%/lib/cast.c %D%/lib/cast.h
%C%_lib_libtext_la_CFLAGS = $(AM_CFLAGS)
