# SPDX-License-Identifier: Apache-2.0
# One folder a plugin; writer/ holds only a library that the writers share.
include plugins/writer/local.mk
include plugins/file/local.mk
include plugins/generate/local.mk
include plugins/json/local.mk
include plugins/csv/local.mk
include plugins/lines/local.mk
include plugins/select/local.mk
include plugins/parquet/local.mk
include plugins/local/local.mk
include plugins/stdout/local.mk
include plugins/null/local.mk
