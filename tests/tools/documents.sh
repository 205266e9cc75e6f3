#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The generated documents are what the command prints (make docs writes them), and man pages are roff.
. "${srcdir:-.}/tests/tools/lib.sh"

same() {
  run internal "${@:2}"
  is 0
  printf '%s\n' "$out" | cmp -s - "$top/docs/$1" ||
    fail "docs/$1 is not what the command prints; run: make docs"
}

same errors.md errors
same reference/commands.md reference
for json in "$build"/modules/*.json; do
  name=$(basename "$json" .json)
  same "reference/$name.md" reference "$name"
done

run internal man
is 0
out_has ".TH \"sluice\" \"1\""
printf '%s\n' "$out" > sluice.1
run internal man generate
is 0
out_has ".TH \"sluice-generate\" \"7\""
printf '%s\n' "$out" > sluice-generate.7
if command -v groff > /dev/null; then
  for page in sluice.1 sluice-generate.7; do
    warnings=$(groff -man -Tutf8 -ww "$page" 2>&1 > /dev/null)
    [ -z "$warnings" ] || fail "groff on $page: $warnings"
  done
fi

# A code that a user can meet is explained.
for code in config.setting.unknown plugin.abi.major plugin.scan.crash memory.short; do
  run help "$code"
  is 0
done
