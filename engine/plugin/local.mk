# SPDX-License-Identifier: Apache-2.0
# Where things are installed, for the search for modules, descriptors and the helper.
hostdir = $(libexecdir)/sluice
AM_CPPFLAGS += -DSL_PLUGINDIR='"$(plugindir)"' -DSL_DESCRIPTORDIR='"$(descriptordir)"' \
	-DSL_HOSTDIR='"$(hostdir)"' -DSL_ENGINE_VERSION='"$(PACKAGE_VERSION)"'
engine_libengine_la_SOURCES += %D%/cache.c %D%/cache.h %D%/descriptor.c %D%/descriptor.h %D%/elf.c \
	%D%/elf.h %D%/load.c %D%/load.h %D%/registry.c %D%/scan.c %D%/scan.h
