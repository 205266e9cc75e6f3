# SPDX-License-Identifier: Apache-2.0
# The command, the helper that looks at modules, and what both make: descriptors, pages, completions.
AM_CPPFLAGS += -DSL_ENGINE_BUILD='"$(SL_BUILD)"'

bin_PROGRAMS += sluice
sluice_SOURCES = tools/sluice/args.c tools/sluice/check.c tools/sluice/command.h \
	tools/sluice/completion.c tools/sluice/doctor.c tools/sluice/graph.c tools/sluice/help.c \
	tools/sluice/internal.c tools/sluice/load.c tools/sluice/load.h tools/sluice/main.c \
	tools/sluice/page.c tools/sluice/page.h tools/sluice/page_class.c tools/sluice/pipeline.c \
	tools/sluice/plugin.c tools/sluice/progress.c tools/sluice/run.c tools/sluice/show.c \
	tools/sluice/summary.c tools/sluice/summary.h tools/sluice/tool.c tools/sluice/version.c
nodist_sluice_SOURCES = tools/sluice/quickstart.h
sluice_CFLAGS = $(AM_CFLAGS)
sluice_LDADD = engine/libengine.la sdk/lib/libsluice.la

slhostdir = $(libexecdir)/sluice
slhost_PROGRAMS = sluice-host
sluice_host_SOURCES = tools/host/check.c tools/host/check.h tools/host/host.c
sluice_host_CFLAGS = $(AM_CFLAGS)
sluice_host_LDADD = engine/libengine.la sdk/lib/libsluice.la

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
install-data-hook:
	$(MKDIR_P) '$(DESTDIR)$(descriptordir)'
	for la in $(plugin_LTLIBRARIES); do \
	  name=`basename $$la .la`; \
	  rm -f '$(DESTDIR)$(plugindir)'/$$name.la; \
	  LD_LIBRARY_PATH='$(DESTDIR)$(libdir)'$${LD_LIBRARY_PATH:+:$$LD_LIBRARY_PATH} \
	    ./sluice-host --describe '$(DESTDIR)$(plugindir)'/$$name.so \
	    > '$(DESTDIR)$(descriptordir)'/$$name.json || exit 1; \
	done
uninstall-hook:
	for la in $(plugin_LTLIBRARIES); do \
	  name=`basename $$la .la`; \
	  rm -f '$(DESTDIR)$(descriptordir)'/$$name.json '$(DESTDIR)$(plugindir)'/$$name.so; \
	done
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
