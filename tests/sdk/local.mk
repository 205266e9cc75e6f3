# SPDX-License-Identifier: Apache-2.0
# Unit tests of libsluice.
check_PROGRAMS += %D%/mem_test \
	%D%/error_test \
	%D%/text_size_test \
	%D%/number_test \
	%D%/time_test \
	%D%/batch_test \
	%D%/validate_test \
	%D%/carry_test \
	%D%/pathset_test
SDK_TEST_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
SDK_TEST_LIBS = sdk/lib/libsluice.la $(CHECK_LIBS)
noinst_HEADERS += tests/lib/fail_mem.h tests/lib/plain_check.h tests/lib/suite.h tests/lib/rows.h \
	tests/lib/gen.h tests/lib/gen_msgpack.h

%C%_mem_test_SOURCES = %D%/mem_test.c
%C%_mem_test_CFLAGS = $(SDK_TEST_CFLAGS)
%C%_mem_test_LDADD = $(SDK_TEST_LIBS)

%C%_error_test_SOURCES = %D%/error_test.c
%C%_error_test_CFLAGS = $(SDK_TEST_CFLAGS)
%C%_error_test_LDADD = $(SDK_TEST_LIBS)

%C%_text_size_test_SOURCES = %D%/text_size_test.c
%C%_text_size_test_CFLAGS = $(SDK_TEST_CFLAGS)
%C%_text_size_test_LDADD = $(SDK_TEST_LIBS)

%C%_number_test_SOURCES = %D%/number_test.c
%C%_number_test_CFLAGS = $(SDK_TEST_CFLAGS)
%C%_number_test_LDADD = $(SDK_TEST_LIBS)

%C%_time_test_SOURCES = %D%/time_test.c
%C%_time_test_CFLAGS = $(SDK_TEST_CFLAGS)
%C%_time_test_LDADD = $(SDK_TEST_LIBS)

%C%_batch_test_SOURCES = %D%/batch_test.c
%C%_batch_test_CFLAGS = $(SDK_TEST_CFLAGS)
%C%_batch_test_LDADD = $(SDK_TEST_LIBS)

%C%_validate_test_SOURCES = %D%/validate_test.c
%C%_validate_test_CFLAGS = $(SDK_TEST_CFLAGS)
%C%_validate_test_LDADD = $(SDK_TEST_LIBS)

%C%_carry_test_SOURCES = %D%/carry_test.c
%C%_carry_test_CFLAGS = $(SDK_TEST_CFLAGS)
%C%_carry_test_LDADD = $(SDK_TEST_LIBS)

%C%_pathset_test_SOURCES = %D%/pathset_test.c
%C%_pathset_test_CFLAGS = $(SDK_TEST_CFLAGS)
%C%_pathset_test_LDADD = $(SDK_TEST_LIBS)

# The oracle here is another msgpack library.
if WITH_MSGPACKC
check_PROGRAMS += %D%/rows_property_test
%C%_rows_property_test_SOURCES = %D%/rows_property_test.c
%C%_rows_property_test_CFLAGS = $(SDK_TEST_CFLAGS)
%C%_rows_property_test_LDADD = $(SDK_TEST_LIBS) $(MSGPACKC_LIBS)
endif

# Cases of the shared folder; skipped without it.
check_PROGRAMS += %D%/msgpack_cases_test
%C%_msgpack_cases_test_SOURCES = %D%/msgpack_cases_test.c
%C%_msgpack_cases_test_CFLAGS = $(AM_CFLAGS) $(ZSTD_CFLAGS)
%C%_msgpack_cases_test_LDADD = sdk/lib/libsluice.la $(ZSTD_LIBS)

TESTS += %D%/headers_test.sh
EXTRA_DIST += %D%/headers_test.sh
