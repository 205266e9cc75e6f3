# SPDX-License-Identifier: Apache-2.0
# The built command, called by scripts: one test each.
TEST_EXTENSIONS = .sh
SH_LOG_COMPILER = bash
AM_TESTS_ENVIRONMENT = srcdir='$(abs_srcdir)'; export srcdir;
TOOL_TESTS = %D%/completion.sh %D%/documents.sh %D%/help.sh %D%/plugins.sh %D%/run.sh %D%/template.sh
TESTS += $(TOOL_TESTS)
EXTRA_DIST += $(TOOL_TESTS) %D%/lib.sh
$(TOOL_TESTS:.sh=.log): modules/stamp sluice$(EXEEXT)
