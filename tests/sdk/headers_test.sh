#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# tests/sdk/headers_test.sh - each header compiles on its own, the public ones also as C++.
#
# Automake gives srcdir; CC and CXX name the compilers. Prints what fails; skipped (77) when there
# is no compiler at hand.
top=${srcdir:-.}
cc=${CC:-cc}
cxx=${CXX:-c++}
command -v "${cc%% *}" >/dev/null && command -v "${cxx%% *}" >/dev/null || exit 77
room=$(mktemp -d) || exit 1
trap 'rm -rf "$room"' EXIT
failed=0

try() { # language, compiler and flags ..., header
    kind=$1
    header=$2
    shift 2
    printf '#include "%s"\nextern int sl_headers_test;\n' "$header" >"$room/one.$kind"
    "$@" -fsyntax-only -Wall -Wextra -Werror -I"$top" -I"$top/sdk/include" "$room/one.$kind" || {
        echo "does not compile on its own: $header ($kind)"
        failed=1
    }
}

for path in "$top"/sdk/include/sluice/*.h; do
    name=sluice/${path##*/}
    # shellcheck disable=SC2086
    try c "$name" $cc -std=gnu11 -Wno-unused-function
    # shellcheck disable=SC2086
    try cc "$name" $cxx -std=gnu++17 -Wno-unused-function
done
for path in "$top"/sdk/lib/*.h "$top"/engine/*/*.h; do
    # shellcheck disable=SC2086
    try c "${path#"$top"/}" $cc -std=gnu11 -D_GNU_SOURCE -Wno-unused-function
done
exit $failed
