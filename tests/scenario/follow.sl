# Files that grow, move and go wrong; what stands in for files.

scenario "a growing file is followed over a rotation until a signal drains"
file app.log
  {"n":1}
  {"n":2}
end
graph g.yaml
  sluice: 1
  nodes:
    in: { source: file, with: { path: "app.log*", follow: true, poll: 20ms }, decode: json }
    out: { transform: json, from: in, with: { to: out } }
    table: { sink: local, from: out }
end
start sluice run g.yaml --state .state
until ls .state
shell sleep 0.3; printf '{"n":3}\n{"n"' >> app.log; sleep 0.2; printf ':4}\n' >> app.log
shell mv app.log app.log.1; echo '{"n":5}' > app.log; sleep 0.2; echo '{"n":6}' >> app.log.1; echo '{"n":7}' >> app.log
shell sleep 0.5
signal SIGTERM
wait
expect exit 0
run cat out/*.ndjson | sort
expect stdout equals
  {"n":1}
  {"n":2}
  {"n":3}
  {"n":4}
  {"n":5}
  {"n":6}
  {"n":7}
end
expect no file out/.*.part

scenario "a file that is copied and cut off is read on from its start"
file app.log
  {"n":1}
  {"n":2}
end
graph g.yaml
  sluice: 1
  nodes:
    in: { source: file, with: { path: app.log, follow: true, poll: 20ms }, decode: json }
    out: { sink: stdout, from: in }
end
start sluice run g.yaml > seen
until grep -q '"n":2' seen
shell cp app.log app.log.1; : > app.log; echo '{"n":3}' >> app.log
until grep -q '"n":3' seen
signal SIGTERM
wait
expect exit 0
expect stderr contains "file.shorter"
run cat seen
expect stdout equals
  {"n":1}
  {"n":2}
  {"n":3}
end

scenario "new files are picked up, removed ones give their last line"
graph g.yaml
  sluice: 1
  nodes:
    in: { source: file, with: { path: "spool/**", follow: true, poll: 20ms, linger: 100ms }, decode: json }
    out: { sink: stdout, from: in }
end
shell mkdir -p spool/deep
start sluice run g.yaml --lanes 2 > seen
shell sleep 0.3; printf '{"n":1}\n{"n":2}' > spool/deep/a.json; echo '{"n":3}' | gzip > spool/b.gz; echo '{"n":4}' | zstd -q > spool/deep/c.zst
until grep -q '"n":4' seen && grep -q '"n":3' seen && grep -q '"n":1' seen
shell rm spool/deep/a.json
until grep -q '"n":2' seen
signal SIGTERM
wait
expect exit 0
run sort seen
expect stdout equals
  {"n":1}
  {"n":2}
  {"n":3}
  {"n":4}
end

scenario "newest leaves out what was there before"
file app.log
  {"n":1}
end
graph g.yaml
  sluice: 1
  nodes:
    in: { source: file, with: { path: app.log, follow: true, start: newest, poll: 20ms }, decode: json }
    out: { sink: stdout, from: in }
end
start sluice run g.yaml > seen
shell sleep 0.5; echo '{"n":2}' >> app.log
until grep -q '"n":2' seen
signal SIGTERM
wait
expect exit 0
run cat seen
expect stdout equals
  {"n":2}
end

scenario "what is no readable file is told by name, the others are read, and the run ends with 74"
file good.json
  {"a":"good"}
end
graph g.yaml
  sluice: 1
  nodes:
    in: { source: file, with: { path: [ "missing.json", "folder", "pipe", "/dev/zero", "good.json" ] }, decode: json }
    out: { sink: stdout, from: in }
end
shell mkdir folder; mkfifo pipe
run timeout 20 sluice run g.yaml --until-end
expect exit 74
expect stdout equals
  {"a":"good"}
end
expect stderr contains "missing.json: No such file"
expect stderr contains "folder: is a folder"
expect stderr contains "pipe: is a pipe"

scenario "a file that may not be read is told, the others are read"
needs root
file good.json
  {"a":"good"}
end
file secret.json
  {"a":"secret"}
end
graph g.yaml
  sluice: 1
  nodes:
    in: { source: file, with: { path: "*.json" }, decode: json }
    out: { sink: stdout, from: in }
end
shell chmod 000 secret.json; chmod 777 .; chmod 644 g.yaml
run setpriv --reuid=65534 --clear-groups --bounding-set=-all --inh-caps=-all env SLUICE_PLUGIN_PATH=$SLUICE_PLUGIN_PATH sluice run g.yaml --until-end --state nobody
expect exit 74
expect stdout equals
  {"a":"good"}
end
expect stderr contains "Permission denied"

scenario "names with a hash, blanks and other scripts are files like any"
graph g.yaml
  sluice: 1
  nodes:
    in: { source: file, with: { path: "in/*", split: 8 }, decode: json }
    out: { sink: stdout, from: in }
end
shell mkdir in; echo '{"n":1}' > 'in/a#0-4'; echo '{"n":2}' > 'in/a#0-4#0-4'; echo '{"n":3}' > 'in/ a b'; echo '{"n":4}' > 'in/東京?'; printf '{"n":5}\n{"n":6}\n{"n":7}\n' > in/a
run sluice run g.yaml --until-end --lanes 2 | sort
expect stdout equals
  {"n":1}
  {"n":2}
  {"n":3}
  {"n":4}
  {"n":5}
  {"n":6}
  {"n":7}
end

scenario "links that go round in circles end"
graph g.yaml
  sluice: 1
  nodes:
    in: { source: file, with: { path: "tree/**/*.json" }, decode: json }
    out: { sink: stdout, from: in }
end
shell mkdir -p tree/a; ln -s .. tree/a/up; ln -s . tree/self; ln -s a tree/b; echo '{"n":1}' > tree/a/one.json
run timeout 20 sluice run g.yaml --until-end
expect exit 0
expect stdout equals
  {"n":1}
end

scenario "a whole file may be as big as whole_max and no bigger"
graph g.yaml
  sluice: 1
  nodes:
    in: { source: file, with: { path: "*.bin", framing: whole, whole_max: 3MB } }
    out: { sink: stdout, from: in, with: { newline: false } }
end
shell head -c 3000000 /dev/zero > a.bin; head -c 3000001 /dev/zero > b.bin
run sluice run g.yaml --until-end | wc -c
expect stdout contains "3000000"
run sluice run g.yaml --until-end > /dev/null
expect exit 74
expect stderr contains "whole_max"

scenario "standard input that is closed is an error, /dev/null an empty run"
graph g.yaml
  sluice: 1
  nodes:
    in: { source: stdin, decode: json }
    out: { sink: stdout, from: in }
end
run timeout 20 sluice run g.yaml --until-end < /dev/null
expect exit 0
run timeout 20 sluice run g.yaml --until-end <&-
expect exit 74
expect stderr contains "standard input is closed"

scenario "standard input goes on where the shell has left it"
file in.json
  header
  {"n":1}
end
graph g.yaml
  sluice: 1
  nodes:
    in: { source: stdin, decode: json }
    out: { sink: stdout, from: in }
end
run { read line; sluice run g.yaml --until-end; } < in.json
expect exit 0
expect stdout equals
  {"n":1}
end

scenario "a rate is kept, and a drained run says what it did"
graph g.yaml
  sluice: 1
  nodes:
    made: { source: generate, with: { rate: 100, splits: 3, rows: 50 } }
    out: { sink: stdout, from: made }
end
run start=$(date +%s%N); sluice run g.yaml --until-end | wc -l; echo $(( ($(date +%s%N) - start) / 1000000 ))
expect stdout matches "^50$"
expect stdout matches "^([4-9][0-9]{2}|[1-3][0-9]{3})$"

scenario "a full device ends the run with its reason"
graph g.yaml
  sluice: 1
  nodes:
    made: { source: generate, with: { rows: 10 } }
    out: { sink: stdout, from: made }
end
run timeout 20 sluice run g.yaml --until-end > /dev/full
expect stderr contains "stdout.write"
expect stderr contains "No space left"
run timeout 20 sluice run g.yaml --until-end > /dev/full; test $? -ne 0 -a $? -ne 124
expect exit 0

scenario "a standard output that is closed is an error, and no file takes its place"
graph g.yaml
  sluice: 1
  nodes:
    made: { source: generate, with: { rows: 1000 } }
    out: { sink: stdout, from: made }
    other: { transform: json, from: made, with: { to: out } }
    table: { sink: local, from: other }
end
run timeout 20 sluice run g.yaml --until-end >&-; test $? -ne 0 -a $? -ne 124
expect exit 0
expect stderr contains "stdout.write"

scenario "a run that is killed in the middle of a rotation goes on without a gap or a double line"
graph g.yaml
  sluice: 1
  checkpoint: { every: 100ms, store: ckpt }
  nodes:
    in: { source: file, with: { path: "app.log*", follow: true, poll: 20ms }, decode: json }
    out: { transform: json, from: in, with: { to: out } }
    table: { sink: local, from: out }
end
shell for i in $(seq 1000); do echo "{\"n\":$i}"; done > app.log
start sluice run g.yaml
until ls out/*.ndjson
shell for i in $(seq 1001 1500); do echo "{\"n\":$i}"; done >> app.log; sleep 0.3
signal SIGKILL
wait
shell for i in $(seq 1501 1600); do echo "{\"n\":$i}"; done >> app.log; mv app.log app.log.1; for i in $(seq 1601 1700); do echo "{\"n\":$i}"; done > app.log
start sluice run g.yaml --lanes 3
until grep -q '"n":1700}' out/*.ndjson
signal SIGTERM
wait
expect exit 0
run cat out/*.ndjson | tr -dc '0-9\n' | sort -n | cmp - <(seq 1700)
expect exit 0

scenario "a finished run that is started again reads only what is new"
graph g.yaml
  sluice: 1
  checkpoint: { store: ckpt }
  nodes:
    in: { source: file, with: { path: "in/*", split: 1KiB }, decode: json }
    out: { transform: json, from: in, with: { to: out } }
    table: { sink: local, from: out }
end
shell mkdir in; for i in $(seq 300); do echo "{\"n\":$i}"; done > in/a; for i in $(seq 301 310); do echo "{\"n\":$i}"; done > in/b
run sluice run g.yaml --until-end --lanes 2
expect exit 0
run sluice run g.yaml --until-end --lanes 2
expect exit 0
run cat out/*.ndjson | wc -l
expect stdout contains "310"
shell for i in $(seq 311 600); do echo "{\"n\":$i}"; done >> in/b; echo '{"n":601}' > in/c
run sluice run g.yaml --until-end --lanes 3
expect exit 0
run cat out/*.ndjson | tr -dc '0-9\n' | sort -n | cmp - <(seq 601)
expect exit 0
