# SPDX-License-Identifier: Apache-2.0
engine_libengine_la_SOURCES += %D%/barrier.c %D%/call.c %D%/checkpoint.c %D%/coord.c %D%/dead.c %D%/host.c \
	%D%/host_loop.c %D%/host_rows.c %D%/lane.c %D%/link.c %D%/node.c %D%/plan.c %D%/plan_sets.c %D%/run.c \
	%D%/run.h %D%/run_priv.h %D%/source.c %D%/split.c %D%/stall.c %D%/stores.c
EXTRA_DIST += %D%/README.md
