# SPDX-License-Identifier: Apache-2.0
engine_libengine_la_SOURCES += %D%/env_real.c %D%/env_real.h %D%/os_real.c %D%/env_sim.c %D%/env_sim.h \
	%D%/json_text.c %D%/json_text.h %D%/log.c %D%/log.h %D%/metric.c %D%/metric.h
