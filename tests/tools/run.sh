#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# `sluice run`, `check`, `graph`: exit statuses, messages, summaries, pipelines on the line.
. "${srcdir:-.}/tests/tools/lib.sh"

cat > g.yaml <<'END'
sluice: 1
vars: { rows: 100 }
nodes:
  made: { source: generate, with: { rows: "${var:rows}" } }
  out: { sink: "null", from: made }
END

run check g.yaml
is 0
out_is "g.yaml: ok, 2 nodes"

run check g.yaml --quiet
is 0
out_is ""

run run g.yaml --until-end
is 0
err_has "rows 100,"
err_has "made"

run run g.yaml --until-end --quiet
is 0
[ -z "$err" ] || fail "quiet says something"

run run g.yaml --until-end --set rows=7 --json
is 0
json 'j["rows"] == 7 and j["exit"] == 0 and j["outcome"] == "ended" and j["dead"] == 0'
json '[n["node"] for n in j["nodes"]] == ["made", "out"]'

run run g.yaml --until-end --limit 3 --json --quiet
is 0
json 'j["rows"] >= 3'

run run g.yaml --until-end --lanes 2 --quiet --json
is 0
json 'j["rows"] == 100'

run run g.yaml --until-end --state there --quiet
is 0
[ -d there ] || fail "no state folder"

: > blocked
run run g.yaml --until-end --state blocked/below
is 74
err_has "state.folder"

run run g.yaml --set nope=1
is 78

run check nothing.yaml
is 78
err_has "nothing.yaml"

printf 'sluice: 1\nnodes:\n  made: { source: generate, with: { row: 1 } }\n  out: { sink: nul, from: mad }\n' > bad.yaml
run check bad.yaml
is 78
err_has 'did you mean "rows"?'
err_has 'did you mean "null"?'
err_has 'did you mean "made"?'
err_lacks "$(printf '\033')"

run check bad.yaml --color always
is 78
err_has "$(printf '\033')"

run check bad.yaml --format json
is 78
json '[d["code"] for d in j] == ["config.setting.unknown", "config.plugin.missing", "config.edge.unknown"]'

run run bad.yaml
is 78
err_has "config.setting.unknown"

run graph g.yaml
is 0
out_has "source generate"

run graph g.yaml --format dot
is 0
out_has "digraph"

run graph g.yaml --format json
is 0
json 'len(j["nodes"]) == 2'

run schema
is 0
json 'j["type"] == "object"'

# A pipeline on the line.
printf '{"a":1}\n{"a":2}\nnonsense\n' > in.json
run run 'file:in.json | stdout' --until-end --quiet
is 0
out_is '{"a":1}
{"a":2}'
err_has "1 dead letter in"

run run 'file:in.json | null' --until-end --max-dead 0 --quiet
is 65

run run 'file:in.json | null' --until-end --max-dead 1 --quiet
is 0

run run 'generate:{rows: 10, seed: 2} | null' --until-end --json --quiet
is 0
json 'j["rows"] == 10'

run run 'file:in.json | decode csv | null' --until-end --quiet
is 0

run run 'file:in.json | nosuch | null'
is 78
err_has "config.plugin.missing"

run run 'file:in.json |  | null'
is 78
err_has "config.pipeline"

run run 'file:none-*.json | null' --until-end
[ "$status" -ne 0 ] || fail "no file, and no failure"
