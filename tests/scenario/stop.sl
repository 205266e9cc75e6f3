# How a run ends.

scenario "a signal drains: what was read is committed"
graph g.yaml
  sluice: 1
  nodes:
    made: { source: generate, with: { rate: 2000 } }
    out: { transform: json, from: made, with: { to: out } }
    table: { sink: local, from: out }
end
start sluice run g.yaml
until ls .state
signal SIGTERM
wait
expect exit 0
expect no file out/**/.*.part
run cat out/*.ndjson | tail -n 1
expect stdout matches "}$"

scenario "a limit ends a source without end"
graph g.yaml
  sluice: 1
  nodes:
    made: { source: generate }
    out: { sink: stdout, from: made }
end
run sluice run g.yaml --limit 1000 | wc -l
expect stdout contains "1000"

scenario "a reader of standard output that goes away ends the run"
graph g.yaml
  sluice: 1
  nodes:
    made: { source: generate }
    out: { sink: stdout, from: made }
end
run sluice run g.yaml 2>err | head -n 1 >/dev/null; cat err
expect stdout contains "stdout.closed"

scenario "standard input is read as it comes"
graph g.yaml
  sluice: 1
  nodes:
    in: { source: stdin, decode: json }
    out: { sink: stdout, from: in }
end
run (echo '{"a":1}'; sleep 0.2; printf '{"a":2}') | sluice run g.yaml --until-end
expect exit 0
expect stdout equals
  {"a":1}
  {"a":2}
end

scenario "gzip and zstd are expanded, also from a pipe"
graph g.yaml
  sluice: 1
  nodes:
    in: { source: stdin, decode: json }
    out: { sink: stdout, from: in }
end
run echo '{"a":1}' | gzip | sluice run g.yaml --until-end
expect stdout contains "{\"a\":1}"
run echo '{"a":1}' | zstd -q | sluice run g.yaml --until-end
expect stdout contains "{\"a\":1}"

scenario "a truncated gzip file gives what it has, the others all, and the run says so"
file good.json
  {"a":"good"}
end
graph g.yaml
  sluice: 1
  nodes:
    in: { source: file, with: { path: [ "bad.gz", "good.json" ] }, decode: json }
    out: { sink: stdout, from: in }
end
shell for i in $(seq 20000); do echo "{\"a\":$RANDOM$i}"; done > all; gzip -c all | head -c 50000 > bad.gz
run sluice run g.yaml --until-end
expect exit 74
expect stdout contains "{\"a\":\"good\"}"
expect stderr contains "file.truncated"
run sluice run g.yaml --until-end 2>/dev/null | wc -l
expect stdout matches "^[0-9]{4,}$"

scenario "a file that is not there is an error, not silence"
graph g.yaml
  sluice: 1
  nodes:
    in: { source: file, with: { path: "nothing/*.json" }, decode: json }
    out: { sink: stdout, from: in }
end
run sluice run g.yaml --until-end
expect stderr contains "no file matches"
run sluice run g.yaml --until-end; test $? -ne 0
expect exit 0

scenario "a full disk is an error, and nothing half is left to see"
needs root
graph g.yaml
  sluice: 1
  nodes:
    made: { source: generate, with: { rows: 20000 } }
    out: { transform: json, from: made, with: { to: disk/out } }
    table: { sink: local, from: out }
end
shell mkdir disk && mount -t tmpfs -o size=2m tmpfs disk
run sluice run g.yaml --until-end --retry-for 1s; echo status $?; find disk/out -type f; umount -l disk || true
expect stdout equals
  status 74
end
expect stderr matches "error.*: out: .*disk/out/.*No space left on device"

scenario "an empty file gives an empty run"
file empty.json
end
graph g.yaml
  sluice: 1
  nodes:
    in: { source: file, with: { path: empty.json }, decode: json }
    out: { transform: parquet, from: in, with: { to: table } }
    table: { sink: local, from: out }
end
run sluice run g.yaml --until-end
expect exit 0
expect no file table/*.parquet

scenario "a record beyond the limit is a dead letter, the others go on"
graph g.yaml
  sluice: 1
  limits: { record: 1MiB }
  nodes:
    in: { source: file, with: { path: in.json }, decode: json }
    out: { sink: stdout, from: in }
end
shell (echo '{"a":1}'; printf '{"a":"'; head -c 2000000 /dev/zero | tr '\0' x; echo '"}'; echo '{"a":2}') > in.json
run sluice run g.yaml --until-end
expect exit 0
expect stdout equals
  {"a":1}
  {"a":2}
end
# Its bytes are kept in pieces, since it is bigger than what may be held.
expect file .state/**/dead/*.ndjson contains "record.size"
python
  import glob, json
  pieces = [json.loads(l) for f in glob.glob(".state/**/dead/*.ndjson", recursive=True) for l in open(f)]
  assert "".join(p["bytes"] for p in pieces).rstrip("\n") == open("in.json").read().split("\n")[1]
end
