# SPDX-License-Identifier: Apache-2.0
# The built command, called by scripts: one test each.
TEST_EXTENSIONS = .sh
SH_LOG_COMPILER = bash
AM_TESTS_ENVIRONMENT = srcdir='$(abs_srcdir)'; SL_CC='$(CC)'; SL_SANITIZE='$(SL_SANITIZE)'; \
	export srcdir SL_CC SL_SANITIZE;
TOOL_TESTS = %D%/completion.sh %D%/documents.sh %D%/help.sh %D%/outside.sh %D%/plugins.sh %D%/run.sh
TESTS += $(TOOL_TESTS)
EXTRA_DIST += $(TOOL_TESTS) %D%/lib.sh
$(TOOL_TESTS:.sh=.log): modules/stamp sluice$(EXEEXT)

# What is installed, as someone who writes a plugin finds it; not for what is staged in DESTDIR.
installcheck-local:
	srcdir='$(abs_srcdir)' SL_CC='$(CC)' SLUICE_INSTALLED='$(bindir)/sluice' \
	  PKG_CONFIG_PATH='$(pkgconfigdir)' bash '$(srcdir)/tests/tools/outside.sh'
