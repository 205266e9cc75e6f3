# SPDX-License-Identifier: Apache-2.0
engine_libengine_la_SOURCES += %D%/class.c %D%/edge.c %D%/include.c %D%/load.c %D%/node.c \
	%D%/order.c %D%/print.c %D%/schema.c %D%/top.c
noinst_HEADERS += %D%/graph_priv.h %D%/schema.h
EXTRA_DIST += %D%/README.md
