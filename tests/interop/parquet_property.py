#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
#
# tests/interop/parquet_property.py - random Parquet files, read back by independent readers.
#
#     parquet_property.py PARQUET_RANDOM FIRST_SEED COUNT
#
# Runs the program parquet_random for each seed and compares every value, null, statistic and page
# index of its file with what it says it wrote: through pyarrow (with page checksums), DuckDB, and
# the raw reader of footers and pages below, which checks what the others don't show.
import json
import math
import os
import struct
import subprocess
import sys
import tempfile
import zlib

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

FLOATS = ("float", "double")
UNIT = {"ms": 10**6, "us": 10**3, "ns": 1, "s": 10**9}


# ---- expected values in one form -----------------------------------------------------------------
def expect(node, v):
    """The value of a line of parquet_random as canon() would give it."""
    kind = node["kind"]
    if v is None:
        return None
    if kind == "struct":
        return {c["name"]: expect(c, v[c["name"]]) for c in node["children"]}
    if kind == "list":
        return [expect(node["children"][0], x) for x in v]
    if kind == "map":
        return [[expect(c, x) for c, x in zip(node["children"], pair)] for pair in v]
    if kind in FLOATS:
        return "nan" if v == "nan" else float(v)
    if kind in ("string", "enum", "json", "bool"):
        return v
    if kind in ("bytes", "fixed", "uuid"):
        return v
    if kind == "decimal":
        return int(v)
    scale = UNIT.get(kind.split("_")[-1], 1) if "_" in kind else 1
    return int(v) * scale


def canon(node, s):
    """A pyarrow scalar in the form of expect()."""
    kind = node["kind"]
    if not s.is_valid:
        return None
    if kind == "struct":
        return {c["name"]: canon(c, s[c["name"]]) for c in node["children"]}
    if kind == "list":
        return [canon(node["children"][0], x) for x in s.values]
    if kind == "map":
        k, v = node["children"]
        keys, items = s.values.field(0), s.values.field(1)
        return [[canon(k, keys[i]), canon(v, items[i])] for i in range(len(keys))]
    if kind in FLOATS:
        v = s.as_py()
        return "nan" if math.isnan(v) else v
    if kind == "decimal":
        return int(s.as_py().scaleb(node["scale"]).to_integral_exact()) if s.as_py() else 0
    if kind in ("bytes", "fixed"):
        return s.as_py().hex()
    if kind == "uuid":
        v = s.as_py()
        return (v if isinstance(v, str) else v.hex if not isinstance(v, bytes) else v.hex()) \
            .replace("-", "")
    if kind.startswith(("ts_", "tstz_", "time_")):
        return s.value * UNIT[s.type.unit]
    if kind == "date":
        return s.value
    v = s.as_py()
    if isinstance(v, bytes):
        return v.decode()
    return v


def same(a, b):
    """Equal, with the sign of zero and integer against float told apart."""
    if isinstance(a, dict):
        return isinstance(b, dict) and a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    if isinstance(a, list):
        return isinstance(b, list) and len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, float) and isinstance(b, float):
        return a == b and math.copysign(1, a) == math.copysign(1, b)
    return type(a) is type(b) and a == b


def compare(who, table, schema, rows):
    assert table.num_rows == len(rows), (who, table.num_rows, len(rows))
    for node in schema["children"]:
        column = table.column(node["name"])
        for i, row in enumerate(rows):
            want = expect(node, row[node["name"]])
            got = canon(node, column[i])
            assert same(want, got), (who, node, i, want, got)


# ---- the raw file --------------------------------------------------------------------------------
class Thrift:
    """Structs of the compact protocol as dicts by field number."""

    def __init__(self, data, at=0):
        self.data, self.at = data, at

    def byte(self):
        self.at += 1
        return self.data[self.at - 1]

    def varint(self):
        v = shift = 0
        while True:
            b = self.byte()
            v |= (b & 0x7F) << shift
            shift += 7
            if b < 0x80:
                return v

    def number(self):
        v = self.varint()
        return (v >> 1) ^ -(v & 1)

    def value(self, kind, in_list=False):
        if kind in (1, 2):
            return self.byte() == 1 if in_list else kind == 1
        if kind == 3:
            return struct.unpack("b", bytes([self.byte()]))[0]
        if kind in (4, 5, 6):
            return self.number()
        if kind == 8:
            n = self.varint()
            self.at += n
            return bytes(self.data[self.at - n:self.at])
        if kind == 9:
            head = self.byte()
            n = head >> 4 if head >> 4 < 15 else self.varint()
            return [self.value(head & 15, True) for _ in range(n)]
        assert kind == 12, kind
        return self.struct()

    def struct(self):
        out, last = {}, 0
        while True:
            head = self.byte()
            if head == 0:
                return out
            last = last + (head >> 4) if head >> 4 else self.number()
            assert last not in out
            out[last] = self.value(head & 15)


def leaves(node, path=()):
    """(path, leaf) of each leaf, in order, with what a path of values passes through."""
    for c in node["children"]:
        yield from ([(path + (c,), c)] if not c["children"] else leaves(c, path + (c,)))


def entries(path, v):
    """Values of a leaf as Parquet sees them: None for each null or empty list on the way."""
    if v is None or not path:
        yield v
        return
    node, rest = path[0], path[1:]
    if node["kind"] == "struct":
        yield from entries(rest, v[rest[0]["name"]] if v is not None else None)
    elif node["kind"] in ("list", "map"):
        if not v:
            yield None
        for x in v:
            i = node["children"].index(rest[0])
            yield from entries(rest, x if node["kind"] == "list" else x[i])
    else:
        yield v


def order_key(node):
    kind = node["kind"]
    if kind in ("string", "enum", "json"):
        return lambda v: v.encode()
    if kind in ("bytes", "fixed", "uuid"):
        return bytes.fromhex
    if kind in FLOATS:
        return float
    if kind == "bool":
        return int
    return int


def plain(node, raw):
    """PLAIN bytes of a bound in the form of order_key()."""
    kind = node["kind"]
    if kind in ("string", "enum", "json", "bytes", "fixed", "uuid"):
        return raw
    if kind in FLOATS:
        return struct.unpack("<f" if kind == "float" else "<d", raw)[0]
    if kind == "decimal" and len(raw) not in (4, 8) or kind == "decimal" and node["wide"]:
        return int.from_bytes(raw, "big", signed=True)
    return int.from_bytes(raw, "little", signed=not kind.startswith("uint"))


def check_bounds(node, values, low, high, where, exact=(False, False)):
    key = order_key(node)
    keys = [key(v) for v in values]
    keys = [k for k in keys if k == k]
    if low is None or high is None:
        return
    lo, hi = plain(node, low), plain(node, high)
    assert keys, (where, "bounds without values")
    assert lo <= min(keys) and hi >= max(keys), (where, lo, min(keys), hi, max(keys))
    for is_exact, bound, truth in ((exact[0], lo, min(keys)), (exact[1], hi, max(keys))):
        assert not is_exact or bound == truth, (where, bound, truth)
    if node["kind"] in FLOATS:
        assert lo != 0 or math.copysign(1, lo) < 0
        assert hi != 0 or math.copysign(1, hi) > 0
    if isinstance(lo, bytes):
        assert node["kind"] == "fixed" or len(lo) <= 64 and (len(hi) <= 68 or hi == max(keys)), where
        if node["kind"] in ("string", "enum", "json"):
            lo.decode(), hi.decode()
    elif node["kind"] not in FLOATS:
        assert lo == min(keys) and hi == max(keys), where


def check_page(data, at, size, has_crc):
    t = Thrift(data, at)
    head = t.struct()
    body = data[t.at:at + size]
    assert len(body) == head[3], (len(body), head)
    if has_crc:
        assert zlib.crc32(body) == head[4] & 0xFFFFFFFF
    return head


def check_chunk(data, chunk, path, leaf, group_rows):
    meta, where = chunk[3], [n["name"] for n in path]
    per_row = [list(entries(path, row[path[0]["name"]])) for row in group_rows]
    flat = [v for row in per_row for v in row]
    stats = meta[12]
    nulls = sum(v is None for v in flat)
    values = [v for v in flat if v is not None]
    assert meta[5] == len(flat) and stats[3] == nulls, where
    check_bounds(leaf, values, stats.get(6), stats.get(5), where, (stats.get(8), stats.get(7)))
    if 4 in stats:
        assert stats[4] == len(set(values)) or leaf["kind"] in FLOATS, (where, stats[4])
    if leaf["kind"] in FLOATS:
        assert stats[9] == sum(v == "nan" for v in values)
    t = Thrift(data, chunk[4])
    offsets = t.struct()
    assert t.at == chunk[4] + chunk[5]
    columns = Thrift(data, chunk[6]).struct() if 6 in chunk else None
    pages = offsets[1]
    total = 0
    for i, page in enumerate(pages):
        last = pages[i + 1][3] if i + 1 < len(pages) else len(per_row)
        part = [v for row in per_row[page[3]:last] for v in row]
        head = check_page(data, page[1], page[2], 4 in Thrift(data, page[1]).struct())
        assert head[5][1] == len(part), (where, i, head, len(part))
        total += page[2]
        if columns:
            some = [v for v in part if v is not None]
            assert columns[1][i] == (not some) and columns[5][i] == len(part) - len(some), where
            if some:
                check_bounds(leaf, some, columns[2][i], columns[3][i], where)
    if 11 in meta:
        size = pages[0][1] - meta[11]
        assert check_page(data, meta[11], size, 4 in Thrift(data, meta[11]).struct())[1] == 2
        total += size
    assert total == meta[7] and meta[9] == pages[0][1], where
    return columns


def check_raw(path, schema, rows):
    data = open(path, "rb").read()
    assert data[:4] == b"PAR1" == data[-4:]
    size = int.from_bytes(data[-8:-4], "little")
    footer = Thrift(data, len(data) - 8 - size).struct()
    assert footer[1] == 1 and footer[3] == len(rows)
    found = list(leaves(schema))
    assert len(footer[7]) == len(found)
    at = 0
    for group in footer[4]:
        part = rows[at:at + group[3]]
        at += group[3]
        assert len(group[1]) == len(found)
        for chunk, (leaf_path, leaf) in zip(group[1], found):
            width = [e for e in footer[2] if e[4].decode() == leaf["name"]]
            leaf["wide"] = bool(width) and width[0].get(1) == 7
            check_chunk(data, chunk, leaf_path, leaf, part)
    assert at == len(rows)


# ---- run -----------------------------------------------------------------------------------------
def check_ids(schema, arrow):
    for node in schema["children"]:
        meta = arrow.field(node["name"]).metadata or {}
        assert meta.get(b"PARQUET:field_id", b"-1") == str(node["id"]).encode(), node


def run(program, seed, folder):
    path, lines = os.path.join(folder, "x.parquet"), os.path.join(folder, "x.jsonl")
    subprocess.run([program, str(seed), path, lines], check=True)
    with open(lines, encoding="utf-8") as f:
        schema = json.loads(f.readline())
        rows = [json.loads(line) for line in f]
    file = pq.ParquetFile(path, page_checksum_verification=True)
    assert file.metadata.metadata[b"seed"] == str(seed).encode()
    check_raw(path, schema, rows)
    check_ids(schema, file.schema_arrow)
    compare("pyarrow", file.read(), schema, rows)
    got = duckdb.sql(f"select * from read_parquet('{path}')").to_arrow_table()
    compare("duckdb", got, schema, rows)
    return len(rows)


def main():
    program, first, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    duckdb.sql("set timezone='UTC'")
    rows = 0
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(first, first + count):
            try:
                rows += run(program, seed, folder)
            except BaseException:
                print(f"parquet_property: seed {seed} fails", file=sys.stderr)
                raise
    print(f"parquet_property: {count} files, {rows} rows: all equal")


if __name__ == "__main__":
    main()
