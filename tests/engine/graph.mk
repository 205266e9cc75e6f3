# SPDX-License-Identifier: Apache-2.0
# Tests of graph files: engine/config and engine/graph, on a fake registry.
GRAPH_TEST_FAKES = tests/engine/fake_registry.c tests/engine/fake_registry.h tests/engine/graph_world.h
EXTRA_DIST += tests/engine/graph.mk

check_PROGRAMS += tests/engine/graph_golden_test
tests_engine_graph_golden_test_SOURCES = tests/engine/graph_golden_test.c $(GRAPH_TEST_FAKES)
tests_engine_graph_golden_test_CFLAGS = $(ENGINE_TEST_CFLAGS)
tests_engine_graph_golden_test_LDADD = $(ENGINE_TEST_LIBS)

check_PROGRAMS += tests/engine/config_yaml_test
tests_engine_config_yaml_test_SOURCES = tests/engine/config_yaml_test.c $(GRAPH_TEST_FAKES)
tests_engine_config_yaml_test_CFLAGS = $(ENGINE_TEST_CFLAGS)
tests_engine_config_yaml_test_LDADD = $(ENGINE_TEST_LIBS)

check_PROGRAMS += tests/engine/config_values_test
tests_engine_config_values_test_SOURCES = tests/engine/config_values_test.c $(GRAPH_TEST_FAKES)
tests_engine_config_values_test_CFLAGS = $(ENGINE_TEST_CFLAGS)
tests_engine_config_values_test_LDADD = $(ENGINE_TEST_LIBS)

check_PROGRAMS += tests/engine/config_vars_test
tests_engine_config_vars_test_SOURCES = tests/engine/config_vars_test.c $(GRAPH_TEST_FAKES)
tests_engine_config_vars_test_CFLAGS = $(ENGINE_TEST_CFLAGS)
tests_engine_config_vars_test_LDADD = $(ENGINE_TEST_LIBS)

check_PROGRAMS += tests/engine/config_diag_test
tests_engine_config_diag_test_SOURCES = tests/engine/config_diag_test.c $(GRAPH_TEST_FAKES)
tests_engine_config_diag_test_CFLAGS = $(ENGINE_TEST_CFLAGS)
tests_engine_config_diag_test_LDADD = $(ENGINE_TEST_LIBS)

check_PROGRAMS += tests/engine/config_codes_test
tests_engine_config_codes_test_SOURCES = tests/engine/config_codes_test.c $(GRAPH_TEST_FAKES)
tests_engine_config_codes_test_CFLAGS = $(ENGINE_TEST_CFLAGS)
tests_engine_config_codes_test_LDADD = $(ENGINE_TEST_LIBS)

check_PROGRAMS += tests/engine/graph_load_test
tests_engine_graph_load_test_SOURCES = tests/engine/graph_load_test.c $(GRAPH_TEST_FAKES)
tests_engine_graph_load_test_CFLAGS = $(ENGINE_TEST_CFLAGS)
tests_engine_graph_load_test_LDADD = $(ENGINE_TEST_LIBS)

check_PROGRAMS += tests/engine/graph_fail_test
tests_engine_graph_fail_test_SOURCES = tests/engine/graph_fail_test.c $(GRAPH_TEST_FAKES)
tests_engine_graph_fail_test_CFLAGS = $(ENGINE_TEST_CFLAGS)
tests_engine_graph_fail_test_LDADD = $(ENGINE_TEST_LIBS)

TESTS += tests/engine/check_golden.sh
EXTRA_DIST += tests/engine/check_golden.sh
tests/engine/check_golden.log: modules/stamp sluice$(EXEEXT)
