# Text that is no JSON: logs, CSV, and the fields that a user wants of them.

scenario "an access log becomes a CSV of errors"
file access.log
  1.2.3.4 - ann [31/Jan/2026:12:00:00 +0000] "GET /a HTTP/1.1" 200 5 "-" "curl/8"
  1.2.3.5 - - [31/Jan/2026:12:00:01 +0000] "GET /b,c HTTP/1.1" 404 - "-" "curl/8"
  1.2.3.6 - - [31/Jan/2026:12:00:02 +0000] "GET /d HTTP/1.1" 500 7 "-" "never closed
end
graph g.yaml
  sluice: 1
  nodes:
    log: { source: file, with: { path: access.log }, decode: { lines: { format: combined } } }
    bad: { transform: select, from: log, with: { where: "status >= 400", keep: [ ip, path, "bytes as size" ] } }
    out: { sink: stdout, from: bad, encode: csv }
end
run sluice run g.yaml --until-end
expect exit 0
expect stdout equals
  ip,path,size
  1.2.3.5,"/b,c",
end
expect dead 1
expect file .state/**/dead/*.ndjson contains "never closed"

scenario "lines of any form are read with a pattern"
file app.log
  2026-01-31 12:00:00 [worker-1] took 12ms: "all \"fine\""
  2026-01-31 12:00:01 [worker-2] took 7ms: "bye"
  something else
end
graph g.yaml
  sluice: 1
  nodes:
    log: { source: file, with: { path: app.log }, decode: { lines: { pattern: "{at:time(%Y-%m-%d %H:%M:%S)} [{worker}] took {ms:int}ms: {text:quoted}" } } }
    out: { sink: stdout, from: log }
end
run sluice run g.yaml --until-end
expect exit 0
expect stdout equals
  {"at":"2026-01-31T12:00:00Z","worker":"worker-1","ms":12,"text":"all \"fine\""}
  {"at":"2026-01-31T12:00:01Z","worker":"worker-2","ms":7,"text":"bye"}
end
expect dead 1

scenario "a CSV with types becomes records; ragged rows go to the dead letters"
file in.csv
  id,price,at,note
  1,9.90,2026-01-31T12:00:00Z,"two
  lines"
  2,,2026-01-31,
  3,1
  4,x,2026-01-31,
end
graph g.yaml
  sluice: 1
  nodes:
    in: { source: file, with: { path: in.csv }, decode: { csv: { types: { id: int, price: decimal, at: timestamp } } } }
    out: { sink: stdout, from: in }
end
run sluice run g.yaml --until-end
expect exit 0
expect stdout equals
  {"id":1,"price":9.90,"at":"2026-01-31T12:00:00Z","note":"two\nlines"}
  {"id":2,"price":null,"at":"2026-01-31T00:00:00Z","note":""}
end
expect dead 2
expect file .state/**/dead/*.ndjson contains "csv.fields"
expect file .state/**/dead/*.ndjson contains "csv.type"

scenario "select explodes, renames, types and flattens in that order"
file in.json
  {"id":1,"user":{"name":"Ann","mail":"a@b"},"items":[{"sku":"x","n":"2"},{"sku":"y","n":"3"}]}
  {"id":2,"user":{"name":"Bob"},"items":[]}
  {"id":3,"user":{"name":"Cy"},"items":[{"sku":"z","n":"many"}]}
end
graph g.yaml
  sluice: 1
  nodes:
    in: { source: file, with: { path: in.json }, decode: json }
    rows:
      transform: select
      from: in
      with:
        explode: items
        explode_as: item
        drop: [ user.mail ]
        rename: { user.name: who }
        types: { item.n: int }
        flatten: true
    out: { sink: stdout, from: rows }
end
run sluice run g.yaml --until-end
expect exit 0
expect stdout equals
  {"id":1,"user_who":"Ann","item_sku":"x","item_n":2}
  {"id":1,"user_who":"Ann","item_sku":"y","item_n":3}
  {"id":2,"user_who":"Bob","item":null}
end
expect dead 1
expect file .state/**/dead/*.ndjson contains "the field item.n holds “many”"

scenario "a mistake in a condition is shown under its place"
graph g.yaml
  sluice: 1
  nodes:
    in: { source: generate, with: { rows: 1 } }
    some: { transform: select, from: in, with: { where: "event_type == \"click\"" } }
    out: { sink: "null", from: some }
end
run sluice check g.yaml
expect exit 78
expect stderr contains "select.where.syntax"
expect stderr contains "double quotes are for names of fields"
