# SPDX-License-Identifier: Apache-2.0
# The registry, on good modules and on broken ones, which are all made from module.c.
TEST_MODULE_FLAGS = $(AM_LDFLAGS) -module -avoid-version -shared -rpath /nowhere -Wl,--build-id
check_LTLIBRARIES += %D%/good.la %D%/major.la %D%/minor.la %D%/magic.la %D%/short.la %D%/other.la \
	%D%/needs.la %D%/crash.la %D%/prints.la %D%/twice.la
%C%_good_la_SOURCES = %D%/module.c
%C%_good_la_CFLAGS = $(AM_CFLAGS)
%C%_good_la_LDFLAGS = $(TEST_MODULE_FLAGS)
%C%_major_la_SOURCES = %D%/module.c
%C%_major_la_CFLAGS = $(AM_CFLAGS) -DMAJOR=7u -DCRASHES
%C%_major_la_LDFLAGS = $(TEST_MODULE_FLAGS)
%C%_minor_la_SOURCES = %D%/module.c
%C%_minor_la_CFLAGS = $(AM_CFLAGS) -DMINOR=99u -DCRASHES
%C%_minor_la_LDFLAGS = $(TEST_MODULE_FLAGS)
%C%_magic_la_SOURCES = %D%/module.c
%C%_magic_la_CFLAGS = $(AM_CFLAGS) -DMAGIC=1u -DCRASHES
%C%_magic_la_LDFLAGS = $(TEST_MODULE_FLAGS)
%C%_short_la_SOURCES = %D%/module.c
%C%_short_la_CFLAGS = $(AM_CFLAGS) -DSIZE=16u -DCRASHES
%C%_short_la_LDFLAGS = $(TEST_MODULE_FLAGS)
%C%_other_la_SOURCES = %D%/module.c
%C%_other_la_CFLAGS = $(AM_CFLAGS) -DSYMBOL=sluice_plugin_v2 -DCRASHES
%C%_other_la_LDFLAGS = $(TEST_MODULE_FLAGS)
%C%_needs_la_SOURCES = %D%/module.c
%C%_needs_la_CFLAGS = $(AM_CFLAGS) -DNEEDS_SYMBOL
%C%_needs_la_LDFLAGS = $(TEST_MODULE_FLAGS)
%C%_crash_la_SOURCES = %D%/module.c
%C%_crash_la_CFLAGS = $(AM_CFLAGS) -DCRASHES
%C%_crash_la_LDFLAGS = $(TEST_MODULE_FLAGS)
%C%_prints_la_SOURCES = %D%/module.c
%C%_prints_la_CFLAGS = $(AM_CFLAGS) -DPRINTS '-DID="prints"'
%C%_prints_la_LDFLAGS = $(TEST_MODULE_FLAGS)
%C%_twice_la_SOURCES = %D%/module.c
%C%_twice_la_CFLAGS = $(AM_CFLAGS)
%C%_twice_la_LDFLAGS = $(TEST_MODULE_FLAGS)

check_PROGRAMS += %D%/registry_test %D%/elf_test %D%/descriptor_test
noinst_HEADERS += %D%/folder.h
%C%_registry_test_SOURCES = %D%/registry_test.c
%C%_registry_test_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
%C%_registry_test_CPPFLAGS = $(AM_CPPFLAGS) -DMODULES='"$(abs_top_builddir)/%D%/.libs"' \
	-DHOST='"$(abs_top_builddir)/sluice-host"'
%C%_registry_test_LDADD = engine/libengine.la $(CHECK_LIBS)
%C%_registry_test_DEPENDENCIES = engine/libengine.la $(check_LTLIBRARIES) sluice-host$(EXEEXT)
%C%_elf_test_SOURCES = %D%/elf_test.c
%C%_elf_test_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
%C%_elf_test_CPPFLAGS = $(AM_CPPFLAGS) -DMODULES='"$(abs_top_builddir)/%D%/.libs"'
%C%_elf_test_LDADD = engine/libengine.la $(CHECK_LIBS)
%C%_elf_test_DEPENDENCIES = engine/libengine.la $(check_LTLIBRARIES)
%C%_descriptor_test_SOURCES = %D%/descriptor_test.c
%C%_descriptor_test_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
%C%_descriptor_test_LDADD = engine/libengine.la $(CHECK_LIBS)

check_PROGRAMS += tests/sdk/json_test
tests_sdk_json_test_SOURCES = tests/sdk/json_test.c
tests_sdk_json_test_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_sdk_json_test_LDADD = sdk/lib/libsluice.la $(CHECK_LIBS)
