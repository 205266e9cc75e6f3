# SPDX-License-Identifier: Apache-2.0
if WITH_PARQUET
noinst_LTLIBRARIES += %D%/lib/libpq.la
%C%_lib_libpq_la_SOURCES = %D%/lib/parquet.h %D%/lib/column.h %D%/lib/pq_priv.h \
	%D%/lib/buf.c %D%/lib/buf.h %D%/lib/thrift.c %D%/lib/thrift.h %D%/lib/rle.c %D%/lib/rle.h \
	%D%/lib/codec.c %D%/lib/codec.h %D%/lib/crc.c %D%/lib/schema.c %D%/lib/column.c %D%/lib/dict.c \
	%D%/lib/page.c %D%/lib/stats.c %D%/lib/footer.c %D%/lib/writer.c
%C%_lib_libpq_la_CFLAGS = $(AM_CFLAGS) $(ZSTD_CFLAGS) $(ZLIB_CFLAGS) $(LZ4_CFLAGS)
%C%_lib_libpq_la_LIBADD = $(ZSTD_LIBS) $(ZLIB_LIBS) $(LZ4_LIBS) $(SNAPPY_LIBS)

plugin_LTLIBRARIES += %D%/parquet.la
%C%_parquet_la_SOURCES = %D%/parquet.c %D%/table.c %D%/table.h %D%/schema.c %D%/schema.h %D%/names.c \
	%D%/type.c %D%/value.h %D%/check.c %D%/shred.c %D%/json_text.c %D%/describe.c
%C%_parquet_la_CFLAGS = $(AM_CFLAGS)
%C%_parquet_la_LDFLAGS = $(MODULE_FLAGS)
%C%_parquet_la_LIBADD = plugins/writer/lib/libwriter.la %D%/lib/libpq.la sdk/lib/libsluice.la

EXTRA_PROGRAMS += tools/bench/parquet-encode tests/interop/parquet_random tests/interop/parquet_records
tools_bench_parquet_encode_SOURCES = tools/bench/parquet-encode.c
tools_bench_parquet_encode_LDADD = %D%/lib/libpq.la
tests_interop_parquet_random_SOURCES = tests/interop/parquet_random.c
tests_interop_parquet_random_LDADD = %D%/lib/libpq.la
# The writer's format without its class, which the drivers include.
PARQUET_FORMAT = %D%/table.c %D%/schema.c %D%/names.c %D%/type.c %D%/check.c %D%/shred.c \
	%D%/json_text.c %D%/describe.c tests/plugins/parquet/format_host.h
tests_interop_parquet_records_SOURCES = tests/interop/parquet_records.c $(PARQUET_FORMAT)
tests_interop_parquet_records_LDADD = %D%/lib/libpq.la sdk/lib/libsluice.la
endif
