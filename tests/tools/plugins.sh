#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# `sluice plugin`: what is listed and shown is what the modules say; broken ones are told, not hidden.
. "${srcdir:-.}/tests/tools/lib.sh"

run plugin list
is 0
out_has "generate"
out_has "stdout"

run plugin list --json
is 0
json '{"generate", "null", "stdout", "file"} <= {m["name"] for m in j}'
json 'all(m["classes"] and m["build_id"] and m["descriptor"] for m in j)'

run plugin show generate
is 0
out_has "rows a second"

run plugin show source generate --json
is 0
json 'j[0]["kind"] == "sluice.source/1" and any(s["name"] == "seed" for s in j[0]["settings"])'

run plugin show generat
is 64
err_has 'did you mean "generate"?'

run plugin show sink generate
is 64

run plugin show "$build/modules/null.so" --json
is 0
[ "$out" = "$(cat "$build/modules/null.json")" ] || fail "differs from the descriptor of the build"

run plugin show "$work/nothing.so"
is 74

for so in "$build"/modules/*.so; do
  run plugin check "$so"
  is 0
  out_has "0 rules broken"
done

run plugin doctor
is 0
out_has "$build/modules"

# A module that is none, and a folder that everyone may write.
mkdir broken open
printf 'no module\n' > broken/odd.so
run plugin list --plugin-path broken
is 0
out_has "plugin.file.kind"
out_has "generate"
run plugin doctor --plugin-path broken
is 1
run plugin check broken/odd.so
is 1
out_has "plugin.file.kind"

cp -L "$build/modules/null.so" open/
chmod 777 open
run plugin list --plugin-path open
is 0
out_has "may be written by everyone"
printf 'sluice: 1\nnodes:\n  a: { source: generate, with: { rows: 1 } }\n  b: { sink: "null", from: a }\n' > g.yaml
SLUICE_PLUGIN_PATH='' run check g.yaml --plugin-path open
is 78

run plugin list --plugin-path nowhere
is 64
err_has "nowhere"
