# SPDX-License-Identifier: Apache-2.0
engine_libengine_la_SOURCES += %D%/codes.c %D%/codes_config.c %D%/codes_data.c %D%/codes_host.c %D%/codes_store.c \
	%D%/codes_plugin.c %D%/diag.c %D%/diag_print.c %D%/getters.c %D%/scalar.c %D%/suggest.c %D%/text_file.c \
	%D%/textbuf.c %D%/value_types.c %D%/values.c %D%/vars.c %D%/yaml.c %D%/yaml_map.c \
	%D%/yaml_place.c
noinst_HEADERS += %D%/codes.h %D%/codes_priv.h %D%/diag_priv.h %D%/getters.h %D%/text_file.h \
	%D%/textbuf.h %D%/values.h %D%/vars.h %D%/yaml.h %D%/yaml_priv.h
EXTRA_DIST += %D%/README.md
