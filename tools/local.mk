# SPDX-License-Identifier: Apache-2.0
# The command, the helper that looks at modules, and what both make: descriptors, pages, completions.
AM_CPPFLAGS += -DSL_ENGINE_BUILD='"$(SL_BUILD)"'

bin_PROGRAMS += sluice
sluice_SOURCES = tools/sluice/args.c tools/sluice/check.c tools/sluice/command.h \
	tools/sluice/completion.c tools/sluice/doctor.c tools/sluice/graph.c tools/sluice/help.c \
	tools/sluice/internal.c tools/sluice/load.c tools/sluice/load.h tools/sluice/main.c \
	tools/sluice/page.c tools/sluice/page.h tools/sluice/page_class.c tools/sluice/pipeline.c \
	tools/sluice/plugin.c tools/sluice/progress.c tools/sluice/run.c tools/sluice/show.c tools/sluice/table.c tools/sluice/table.h \
	tools/sluice/summary.c tools/sluice/summary.h tools/sluice/tool.c tools/sluice/version.c
nodist_sluice_SOURCES = tools/sluice/quickstart.h
sluice_CFLAGS = $(AM_CFLAGS)
sluice_LDADD = engine/libengine.la sdk/lib/libsluice.la

slhostdir = $(libexecdir)/sluice
slhost_PROGRAMS = sluice-host
sluice_host_SOURCES = tools/host/check.c tools/host/check.h tools/host/host.c
sluice_host_CFLAGS = $(AM_CFLAGS)
sluice_host_LDADD = tools/harness/libsluice-check.la engine/libengine.la sdk/lib/libsluice.la

# The quickstart graph, compiled in: each line as a string.
BUILT_SOURCES += tools/sluice/quickstart.h
CLEANFILES += tools/sluice/quickstart.h
tools/sluice/quickstart.h: conf/quickstart.yaml
	$(AM_V_GEN)$(MKDIR_P) tools/sluice && { \
	  echo '/* Made from conf/quickstart.yaml. */'; \
	  echo 'static const char sl_quickstart_text[] ='; \
	  $(SED) -e 's/[\\"]/\\&/g' -e 's/^/    "/' -e 's/$$/\\n"/' '$(srcdir)/conf/quickstart.yaml'; \
	  echo '    ;'; } > $@.tmp && mv $@.tmp $@
tools/sluice/sluice-load.$(OBJEXT): tools/sluice/quickstart.h
confdir = $(datadir)/sluice
dist_conf_DATA = conf/quickstart.yaml

# For those who write plugins elsewhere.
pkgconfigdir = $(libdir)/pkgconfig
nodist_pkgconfig_DATA = sdk/sluice.pc sdk/sluice-check.pc
slm4dir = $(datadir)/aclocal
dist_slm4_DATA = sdk/m4/sluice.m4
templatedir = $(datadir)/sluice/template
dist_template_DATA = sdk/template/Makefile sdk/template/README.md sdk/template/contains.c \
	sdk/template/contains_test.c sdk/template/test.sh

# All modules in one folder, each with its descriptor: what SLUICE_PLUGIN_PATH points at in a build.
all-local: modules/stamp
modules/stamp: $(plugin_LTLIBRARIES) sluice-host$(EXEEXT)
	$(AM_V_GEN)$(MKDIR_P) modules && for la in $(plugin_LTLIBRARIES); do \
	  name=`basename $$la .la`; \
	  rm -f modules/$$name.so && \
	  $(LN_S) ../`dirname $$la`/.libs/$$name.so modules/$$name.so && \
	  ./sluice-host --describe modules/$$name.so > modules/$$name.json.tmp || \
	    { cat modules/$$name.json.tmp >&2; exit 1; }; \
	  mv modules/$$name.json.tmp modules/$$name.json; \
	done && touch $@

# Installed modules are linked again, which changes their build-id: their descriptors are made anew.
# Man pages, completions and the schema of graph files come from the tables of the command.
slman1dir = $(mandir)/man1
slman7dir = $(mandir)/man7
bashdir = $(datadir)/bash-completion/completions
zshdir = $(datadir)/zsh/site-functions
fishdir = $(datadir)/fish/vendor_completions.d
install-data-hook:
	$(MKDIR_P) '$(DESTDIR)$(descriptordir)'
	for la in $(plugin_LTLIBRARIES); do \
	  name=`basename $$la .la`; \
	  rm -f '$(DESTDIR)$(plugindir)'/$$name.la; \
	  LD_LIBRARY_PATH='$(DESTDIR)$(libdir)'$${LD_LIBRARY_PATH:+:$$LD_LIBRARY_PATH} \
	    ./sluice-host --describe '$(DESTDIR)$(plugindir)'/$$name.so \
	    > '$(DESTDIR)$(descriptordir)'/$$name.json || exit 1; \
	done
	$(MKDIR_P) '$(DESTDIR)$(slman1dir)' '$(DESTDIR)$(slman7dir)' '$(DESTDIR)$(confdir)' \
	  '$(DESTDIR)$(bashdir)' '$(DESTDIR)$(zshdir)' '$(DESTDIR)$(fishdir)'
	./sluice internal man > '$(DESTDIR)$(slman1dir)/sluice.1'
	for la in $(plugin_LTLIBRARIES); do name=`basename $$la .la`; \
	  SLUICE_PLUGIN_PATH=modules ./sluice internal man $$name \
	    > '$(DESTDIR)$(slman7dir)'/sluice-$$name.7 || exit 1; \
	done
	SLUICE_PLUGIN_PATH=modules ./sluice schema > '$(DESTDIR)$(confdir)/graph.schema.json'
	./sluice completion bash > '$(DESTDIR)$(bashdir)/sluice'
	./sluice completion zsh > '$(DESTDIR)$(zshdir)/_sluice'
	./sluice completion fish > '$(DESTDIR)$(fishdir)/sluice.fish'
uninstall-hook:
	for la in $(plugin_LTLIBRARIES); do \
	  name=`basename $$la .la`; \
	  rm -f '$(DESTDIR)$(descriptordir)'/$$name.json '$(DESTDIR)$(plugindir)'/$$name.so \
	    '$(DESTDIR)$(slman7dir)'/sluice-$$name.7; \
	done
	rm -f '$(DESTDIR)$(slman1dir)/sluice.1' '$(DESTDIR)$(confdir)/graph.schema.json' \
	  '$(DESTDIR)$(bashdir)/sluice' '$(DESTDIR)$(zshdir)/_sluice' \
	  '$(DESTDIR)$(fishdir)/sluice.fish'
clean-local:
	rm -rf modules

# The generated documents; tests/tools/documents.sh compares them with what the command prints.
docs: modules/stamp sluice$(EXEEXT)
	$(MKDIR_P) '$(srcdir)/docs/reference'
	rm -f '$(srcdir)'/docs/reference/*.md
	SLUICE_PLUGIN_PATH=modules ./sluice internal errors > '$(srcdir)/docs/errors.md'
	SLUICE_PLUGIN_PATH=modules ./sluice internal reference > '$(srcdir)/docs/reference/commands.md'
	for json in modules/*.json; do name=`basename $$json .json`; \
	  SLUICE_PLUGIN_PATH=modules ./sluice internal reference $$name \
	    > '$(srcdir)/docs/reference/'$$name.md || exit 1; \
	done

include tools/harness/local.mk
