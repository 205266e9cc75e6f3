#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The plugin template builds outside of the tree, against the SDK's headers alone, and passes its check.
. "${srcdir:-.}/tests/tools/lib.sh"

said=template status=0 out='' err=''
cp "$top"/sdk/template/* . || fail "no template"
# A sanitized sluice loads what is built with the same sanitizer only.
out=$(make check SLUICE="$build/sluice" SLUICE_CFLAGS="-I$top/sdk/include" CFLAGS="-O1 -Wall -Wextra -Werror" 2>&1) ||
  fail "make check"
out_has "0 rules broken"
out_has "ok: the record"

out=$(make install plugindir="$work/mine" SLUICE="$build/sluice" SLUICE_CFLAGS="-I$top/sdk/include" 2>&1) ||
  fail "make install"
run plugin list --plugin-path "$work/mine" --json
is 0
json 'any(m["name"] == "contains" and m["descriptor"] for m in j)'
