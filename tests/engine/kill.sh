#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The process is killed at random moments and started again; in the end each row is there once.
# KILLS=N: so many times.
. "${srcdir:-.}/tests/tools/lib.sh"

rows=60000
cat > make.yaml <<Y
sluice: 1
name: make
nodes:
  made: { source: generate, with: { rows: $rows } }
  out: { sink: stdout, from: made }
Y
"$build/sluice" run make.yaml > in.ndjson 2> /dev/null || fail "no input could be made"
[ "$(wc -l < in.ndjson)" -eq "$rows" ] || fail "the input has not $rows lines"

for lanes in 1 2; do
  cat > graph.yaml <<Y
sluice: 1
name: killed
checkpoint: { every: 30ms, store: $PWD/checkpoints-$lanes }
limits: { lanes: $lanes }
nodes:
  clicks: { source: file, with: { path: $PWD/in.ndjson, split: 8MiB }, decode: json }
  files: { transform: json, from: clicks, with: { to: $PWD/table-$lanes } }
  table: { sink: local, from: files }
Y
  killed=0
  for i in $(seq "${KILLS:-8}"); do
    "$build/sluice" run graph.yaml > log 2>&1 &
    pid=$!
    sleep "0.$(printf '%03d' $((RANDOM % 120 + 30)))"
    kill -9 $pid 2> /dev/null && killed=$((killed + 1))
    wait $pid 2> /dev/null
  done
  run run graph.yaml
  is 0
  cat table-$lanes/*.ndjson | sort > got
  sort in.ndjson > want
  cmp -s got want || fail "rows differ after $killed kills with $lanes lanes: $(wc -l < got) of $rows, \
$(uniq -d got | wc -l) of them twice"
  echo "$killed kills, $lanes lanes: $rows rows, each once"
done
