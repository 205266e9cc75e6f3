#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The plugin in a real pipeline: records in, records out, none lost.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
printf '%s\n' '{"id":1,"t":"a needle here"}' '{"id":2,"t":"hay"}' '{"id":3,"t":7}' '{"id":4}' > "$work/in.json"
out=$(${SLUICE:-sluice} run --plugin-path . --state "$work/state" --quiet --until-end \
  "file:$work/in.json | contains:{field: t, text: needle} | stdout")
if [ "$out" != '{"id":1,"t":"a needle here"}' ]; then
  printf 'FAIL: got %s\n' "$out"
  exit 1
fi
echo "ok: the record that contains the text is there, and no other"
