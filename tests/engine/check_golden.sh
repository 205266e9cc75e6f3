#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# tests/engine/check_golden.sh - what `sluice check` tells about wrong graphs, with the real plugins.
#
# The corpus of graph_golden_test, once more through the built command and the built modules: status
# 78 for errors, 0 for mere warnings, and the same words on standard error.
set -u
top=$(cd "${srcdir:-.}" && pwd)
build=$(pwd)
export SLUICE_PLUGIN_PATH="$build/modules" SLUICE_TEST_REGION=eu-central-1
unset CREDENTIALS_DIRECTORY
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$top/tests/scenario/check" || exit 99
failed=0

for graph in *.yaml; do
    want=78
    grep -q '^error' "${graph%.yaml}.expected" || want=0
    "$build/sluice" check "$graph" >"$work/out" 2>"$work/err"
    status=$?
    if [ $status -ne $want ] || ! cmp -s "$work/err" "${graph%.yaml}.expected"; then
        echo "$graph: status $status, wanted $want"
        diff "${graph%.yaml}.expected" "$work/err"
        failed=1
    fi
done
for graph in good/*.yaml; do
    if ! "$build/sluice" check "$graph" >"$work/out" 2>"$work/err" || [ -s "$work/err" ]; then
        echo "$graph: not good"
        cat "$work/err"
        failed=1
    fi
done
exit $failed
