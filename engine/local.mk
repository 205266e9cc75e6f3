# SPDX-License-Identifier: Apache-2.0
# The host, as one archive that the commands and the tests link.
noinst_LTLIBRARIES += engine/libengine.la
engine_libengine_la_SOURCES =
engine_libengine_la_CFLAGS = $(AM_CFLAGS) $(LIBEVENT_CFLAGS) $(YAML_CFLAGS)
engine_libengine_la_LIBADD = sdk/lib/libsluice.la $(LIBEVENT_LIBS) $(YAML_LIBS)

include engine/config/local.mk
include engine/plugin/local.mk
include engine/graph/local.mk
include engine/service/local.mk
include engine/run/local.mk
