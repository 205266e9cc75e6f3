# SPDX-License-Identifier: Apache-2.0
# Tests of graph files: engine/config and engine/graph, on a fake registry.
GRAPH_TEST_FAKES = tests/engine/fake_registry.c tests/engine/fake_registry.h

check_PROGRAMS += tests/engine/graph_golden_test
tests_engine_graph_golden_test_SOURCES = tests/engine/graph_golden_test.c $(GRAPH_TEST_FAKES)
tests_engine_graph_golden_test_CFLAGS = $(ENGINE_TEST_CFLAGS)
tests_engine_graph_golden_test_LDADD = $(ENGINE_TEST_LIBS)
