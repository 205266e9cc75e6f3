# SPDX-License-Identifier: Apache-2.0
# Unit tests of the engine.
ENGINE_TEST_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
ENGINE_TEST_LIBS = engine/libengine.la $(CHECK_LIBS)
include tests/engine/graph.mk
include tests/engine/run.mk
