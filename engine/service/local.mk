# SPDX-License-Identifier: Apache-2.0
engine_libengine_la_SOURCES += %D%/env_real.c %D%/env_real.h %D%/os_real.c %D%/env_sim.c %D%/env_sim.h \
	%D%/row_text.c %D%/row_text.h %D%/log.c %D%/log.h %D%/metric.c %D%/metric.h
EXTRA_DIST += %D%/README.md
