# SPDX-License-Identifier: Apache-2.0
# The sweep: run by tests/fault/sweep.py, not by make check.
noinst_PROGRAMS += slsweep
slsweep_SOURCES = %D%/slsweep.c tests/lib/fault_env.c tests/lib/fault_env.h
slsweep_CFLAGS = $(AM_CFLAGS)
slsweep_LDADD = engine/libengine.la
EXTRA_DIST += %D%/sweep.py
