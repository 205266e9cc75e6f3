# SPDX-License-Identifier: Apache-2.0
# Tests of engine/run and engine/service.
check_PROGRAMS += %D%/run_flow_test
RUN_FAKE = %D%/run_fake.c %D%/run_fake.h %D%/run_fake_graph.c
RUN_TEST_LIBS = engine/libengine.la sdk/lib/libsluice.la $(CHECK_LIBS)

%C%_run_flow_test_SOURCES = %D%/run_flow_test.c $(RUN_FAKE)
%C%_run_flow_test_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
%C%_run_flow_test_LDADD = $(RUN_TEST_LIBS)

check_PROGRAMS += %D%/harness_test
%C%_harness_test_SOURCES = %D%/harness_test.c
%C%_harness_test_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
%C%_harness_test_LDADD = tools/harness/libsluice-check.la sdk/lib/libsluice.la $(CHECK_LIBS)

check_PROGRAMS += %D%/run_end_test %D%/run_lanes_test
%C%_run_end_test_SOURCES = %D%/run_end_test.c $(RUN_FAKE)
%C%_run_end_test_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
%C%_run_end_test_LDADD = $(RUN_TEST_LIBS)

%C%_run_lanes_test_SOURCES = %D%/run_lanes_test.c $(RUN_FAKE)
%C%_run_lanes_test_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
%C%_run_lanes_test_LDADD = $(RUN_TEST_LIBS)

check_PROGRAMS += %D%/service_test
%C%_service_test_SOURCES = %D%/service_test.c
%C%_service_test_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
%C%_service_test_LDADD = $(RUN_TEST_LIBS)

check_PROGRAMS += %D%/conform_test
%C%_conform_test_SOURCES = %D%/conform_test.c
%C%_conform_test_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS) -DMODULES='"$(abs_top_builddir)/modules"'
%C%_conform_test_LDADD = tools/harness/libsluice-check.la sdk/lib/libsluice.la $(CHECK_LIBS)

check_PROGRAMS += %D%/run_sim_test
%C%_run_sim_test_SOURCES = %D%/run_sim_test.c $(RUN_FAKE)
%C%_run_sim_test_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
%C%_run_sim_test_LDADD = $(RUN_TEST_LIBS)
