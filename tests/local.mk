# SPDX-License-Identifier: Apache-2.0
include tests/fault/local.mk
include tests/tools/local.mk
if WITH_CHECK
include tests/sdk/local.mk
include tests/engine/local.mk
include tests/engine/plugin/local.mk
include tests/plugins/file/local.mk
include tests/plugins/generate/local.mk
include tests/plugins/stdout/local.mk
include tests/plugins/null/local.mk
include tests/plugins/json/local.mk
include tests/plugins/csv/local.mk
include tests/plugins/lines/local.mk
include tests/plugins/select/local.mk
include tests/plugins/parquet/local.mk
include tests/plugins/local/local.mk
include tests/plugins/writer/local.mk
endif
include tests/fuzz/local.mk
