# From lines of JSON to a table that others read.

scenario "lines of JSON become a Parquet table in folders by day and country"
needs interop
file clicks.json
  {"id":1,"ts":"2026-01-31T12:00:00Z","country":"DE","user":{"name":"Anna"},"tags":["a","b"]}
  {"id":2,"ts":"2026-01-31T13:00:00Z","country":"FR","user":{"name":null},"tags":[]}
  {"id":3,"ts":"2026-02-01T00:00:00.5Z","country":"DE","user":{}}
end
graph g.yaml
  sluice: 1
  name: clicks
  nodes:
    clicks: { source: file, with: { path: clicks.json }, decode: json }
    shape: { transform: select, from: clicks, with: { types: { ts: timestamp } } }
    files: { transform: parquet, from: shape, with: { to: table, partition: [ "day(ts) AS day", country ] } }
    table: { sink: local, from: files }
end
run sluice run g.yaml --until-end
expect exit 0
expect count table/day=2026-01-31/country=DE/*.parquet 1
expect count table/day=2026-01-31/country=FR/*.parquet 1
expect count table/day=2026-02-01/country=DE/*.parquet 1
expect no file table/**/.*.part
python
  import duckdb, glob, pyarrow.parquet as pq
  rows = sorted((r for f in glob.glob("table/**/*.parquet", recursive=True) for r in pq.ParquetFile(f).read().to_pylist()), key=lambda r: r["id"])
  assert [r["id"] for r in rows] == [1, 2, 3], rows
  assert rows[0]["user"] == {"name": "Anna"} and rows[0]["tags"] == ["a", "b"], rows
  assert rows[1]["tags"] == [], rows
  assert rows[2]["ts"].isoformat() == "2026-02-01T00:00:00.500000+00:00", rows
  got = duckdb.sql("SELECT country, count(*) FROM read_parquet('table/**/*.parquet', union_by_name = true, hive_partitioning = true) GROUP BY 1 ORDER BY 1").fetchall()
  assert got == [("DE", 2), ("FR", 1)], got
end

scenario "a broken line goes to the dead letters with its bytes, the others on"
file in.json
  {"id":1}
  {"id":
  {"id":3}
end
graph g.yaml
  sluice: 1
  nodes:
    in: { source: file, with: { path: in.json }, decode: json }
    out: { sink: stdout, from: in }
end
run sluice run g.yaml --until-end
expect exit 0
expect stdout equals
  {"id":1}
  {"id":3}
end
expect dead 1
expect file .state/**/dead/*.ndjson contains "json.syntax"
expect stderr contains "1 dead letter"

scenario "more dead letters than are allowed end with 65"
file in.json
  {"id":1}
  nonsense
end
graph g.yaml
  sluice: 1
  nodes:
    in: { source: file, with: { path: in.json }, decode: json }
    out: { sink: stdout, from: in }
end
run sluice run g.yaml --until-end --max-dead 0
expect exit 65

scenario "an errors port that is wired gets the dead letters as records"
file in.json
  {"id":1}
  nonsense
end
graph g.yaml
  sluice: 1
  nodes:
    in: { source: file, with: { path: in.json }, decode: json }
    good: { sink: "null", from: in }
    bad: { sink: stdout, from: in.errors }
end
run sluice run g.yaml --until-end
expect exit 0
expect stdout contains "json.syntax"
expect dead 0

scenario "partition values can't leave the folder of the table"
file in.json
  {"id":1,"p":"../../evil"}
  {"id":2,"p":"/etc/passwd"}
  {"id":3,"p":""}
  {"id":4,"p":null}
  {"id":5,"p":"a=b%2Fc\u0001"}
  {"id":6}
end
graph g.yaml
  sluice: 1
  nodes:
    in: { source: file, with: { path: in.json }, decode: json }
    files: { transform: json, from: in, with: { to: deep/table, partition: [ p ] } }
    table: { sink: local, from: files }
end
run sluice run g.yaml --until-end
expect exit 0
# An empty value and a missing one share a folder, as in Hive.
expect count deep/table/p=*/*.ndjson 4
expect no file evil*
expect no file deep/evil*
run cat deep/table/p=*/*.ndjson | wc -l
expect stdout contains "6"

scenario "two lanes give the rows that one lane gives"
graph g.yaml
  sluice: 1
  nodes:
    made: { source: generate, with: { rows: 20000, splits: 4 } }
    out: { transform: json, from: made, with: { to: "out" } }
    table: { sink: local, from: out }
end
run sluice run g.yaml --until-end --lanes 1
expect exit 0
shell cat out/*.ndjson | sort > one; rm -rf out
run sluice run g.yaml --until-end --lanes 2
expect exit 0
shell cat out/*.ndjson | sort > two
run cmp one two && wc -l < one
expect exit 0
expect stdout contains "20000"

scenario "lanes read ranges of one file side by side"
graph make.yaml
  sluice: 1
  nodes:
    made: { source: generate, with: { rows: 5000 } }
    out: { sink: stdout, from: made }
end
shell sluice run make.yaml --until-end > in.json
graph g.yaml
  sluice: 1
  nodes:
    in: { source: file, with: { path: in.json, split: 256KiB }, decode: json }
    out: { transform: json, from: in, with: { to: out } }
    table: { sink: local, from: out }
end
run sluice run g.yaml --until-end --lanes 3
expect exit 0
run cat out/*.ndjson | sort | cmp - <(sort in.json)
expect exit 0

scenario "the quickstart makes a table and tells its rows, its columns and how to look at it"
run sluice run quickstart
expect exit 0
expect stderr matches "^20164 rows in 3 files"
expect stderr contains "event_time           timestamptz"
expect stderr contains "duckdb -c"
expect count sluice-quickstart/day=*/*.parquet 3
