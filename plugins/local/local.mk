# SPDX-License-Identifier: Apache-2.0
# The store "file" and the catalog "local".
plugin_LTLIBRARIES += %D%/local.la
%C%_local_la_SOURCES = %D%/catalog.c %D%/catalog.h %D%/task.c %D%/token.c %D%/meta.c %D%/meta.h \
	%D%/unite.c %D%/json.c %D%/json.h %D%/store_file.c %D%/store_file.h %D%/store_list.c \
	%D%/store_upload.c
%C%_local_la_CFLAGS = $(AM_CFLAGS)
%C%_local_la_LDFLAGS = $(MODULE_FLAGS)
%C%_local_la_LIBADD = sdk/lib/libsluice.la
