#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
#
# tests/interop/parquet_records.py - random records through the Parquet writer lose nothing.
#
#     parquet_records.py PARQUET_RECORDS FIRST_SEED COUNT
#
# Makes records whose shape drifts (new keys, other types, {} and [], nulls, mixed lists, nested
# objects in lists), writes them with slots, by walking and by turns, and asks of the files, as
# pyarrow reads them: the three ways give equal bytes; each value of each record stands, whole and exact, in one column of
# its key (the plain one or a sibling), and nothing else stands anywhere. DuckDB opens them too.
import datetime
import decimal
import glob
import json
import os
import random
import struct
import subprocess
import sys
import tempfile

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

decimal.getcontext().prec = 80


# ---- msgpack -------------------------------------------------------------------------------------
class Ext:
    def __init__(self, kind, data, value):
        self.kind, self.data, self.value = kind, data, value


def head(out, n, fix, small, sizes):
    if fix is not None and n <= small:
        out.append(fix | n)
        return
    for code, form in sizes:
        if n < 1 << (8 * struct.calcsize(form)):
            out.append(code)
            out += struct.pack(">" + form, n)
            return


def pack(out, v):
    if v is None or v is True or v is False:
        out.append({None: 0xC0, False: 0xC2, True: 0xC3}[v])
    elif isinstance(v, int):
        pack_int(out, v)
    elif isinstance(v, float):
        out += b"\xcb" + struct.pack(">d", v)
    elif isinstance(v, str):
        data = v.encode()
        head(out, len(data), 0xA0, 31, ((0xD9, "B"), (0xDA, "H"), (0xDB, "I")))
        out += data
    elif isinstance(v, bytes):
        head(out, len(v), None, 0, ((0xC4, "B"), (0xC5, "H"), (0xC6, "I")))
        out += v
    elif isinstance(v, Ext):
        head(out, len(v.data), None, 0, ((0xC7, "B"), (0xC8, "H")))
        out += struct.pack("b", v.kind) + v.data
    elif isinstance(v, list):
        head(out, len(v), 0x90, 15, ((0xDC, "H"), (0xDD, "I")))
        for x in v:
            pack(out, x)
    else:
        head(out, len(v), 0x80, 15, ((0xDE, "H"), (0xDF, "I")))
        for k, x in v.items():
            pack(out, k)
            pack(out, x)


def pack_int(out, v):
    if -32 <= v < 128:
        out += struct.pack("b", v) if v < 0 else bytes([v])
    elif v >= 0:
        head(out, v, None, 0, ((0xCC, "B"), (0xCD, "H"), (0xCE, "I"), (0xCF, "Q")))
    else:
        for code, form in ((0xD0, "b"), (0xD1, "h"), (0xD2, "i"), (0xD3, "q")):
            if v >= -(1 << (8 * struct.calcsize(form) - 1)):
                out.append(code)
                out += struct.pack(">" + form, v)
                return


def instant(us):
    sec, rest = divmod(us, 10**6)
    return Ext(-1, struct.pack(">Iq", rest * 1000, sec), ("instant", us))


def exact(text):
    d = decimal.Decimal(text)
    sign, digits, exponent = d.as_tuple()
    n = int("".join(map(str, digits))) * (-1 if sign else 1)
    size = max(1, (n.bit_length() + 8) // 8)
    return Ext(1, struct.pack(">h", -exponent) + n.to_bytes(size, "big", signed=True),
               ("decimal", d))


# ---- records -------------------------------------------------------------------------------------
class Maker:
    """Keys with a favourite type each, which they sometimes leave."""

    def __init__(self, seed):
        self.r = random.Random(seed)
        r = self.r
        self.drift = r.choice([0, 0, 0.002, 0.05, 0.4])
        self.shape = self.make_shape(0, r.randint(1, 9))
        self.texts = ["v%d" % i * r.randint(1, 9) for i in range(r.choice([2, 30, 3000]))]

    def make_shape(self, depth, n):
        names = self.r.sample(["alpha", "b c", "1x", "delta.e", "\u00fcber", "f", "g0", "h_h", "i-j",
                               "k", "l", "m", "n", "o"], n)
        return [(k, self.make_kind(depth)) for k in names]

    def make_kind(self, depth):
        kinds = ["int", "bigint", "float", "intfloat", "str", "bool", "time", "decimal", "null",
                 "uuid", "date", "bin", "uint", "local", "number"]
        if depth < 3:
            kinds += ["map", "map", "list", "list", "empty", "none"]
        kind = self.r.choice(kinds)
        rare = self.r.choice([0, 0, 0.1, 0.5, 0.98])
        if kind == "map":
            return kind, rare, self.make_shape(depth + 1, self.r.randint(1, 5))
        if kind == "list":
            return kind, rare, self.make_kind(depth + 1)
        return kind, rare, None

    def scalar(self, kind):
        r = self.r
        if kind in ("int", "bigint"):
            return r.choice([r.randint(-5, 200), r.getrandbits(16 if kind == "int" else 63),
                             -r.getrandbits(31)])
        if kind == "float":
            return r.choice([r.random() * 1e3, 0.5, -0.0, 1e300])
        if kind == "intfloat":
            return r.choice([r.randint(0, 9), r.randint(0, 99) / 4])
        if kind == "str":
            return r.choice(self.texts) if r.random() < .9 else "x" * r.randint(0, 300)
        if kind == "bool":
            return r.random() < .5
        if kind == "bin":
            return bytes(r.getrandbits(8) for _ in range(r.randint(0, 40)))
        if kind == "uint":
            return r.getrandbits(64) | 1 << 63
        if kind == "time":
            return instant(r.randint(-10**15, 4 * 10**15))
        if kind == "decimal":
            return exact("%d.%0*d" % (r.getrandbits(40) - 2**39, r.randint(1, 6), r.randint(0, 9)))
        if kind == "number":
            return Ext(2, b"1" * 45, ("json", int("1" * 45)))
        if kind == "date":
            return Ext(3, struct.pack(">i", r.randint(-5000, 30000)), None)
        if kind == "local":
            return Ext(5, struct.pack(">q", r.randint(0, 10**15)), None)
        if kind == "uuid":
            return Ext(6, bytes(r.getrandbits(8) for _ in range(16)), None)
        return None

    def value(self, spec, depth=0):
        kind, rare, inner = spec
        r = self.r
        if r.random() < self.drift * (1 if depth < 2 else .2):
            return self.value(self.make_kind(2), depth + 1)
        if r.random() < .05:
            return None
        if kind == "map":
            return self.record(inner, depth + 1)
        if kind == "list":
            return [self.value(inner, depth + 1) for _ in range(r.choice([0, 1, 1, 2, 5]))]
        if kind in ("empty", "none"):
            return {} if kind == "empty" else []
        return self.scalar(kind)

    def record(self, shape, depth=0):
        out = {}
        for k, spec in shape:
            if self.r.random() >= spec[1]:
                out[k] = self.value(spec, depth)
        if self.r.random() < .03:
            items = list(out.items())
            self.r.shuffle(items)
            out = dict(items)
        return out


# ---- what should be in the table -----------------------------------------------------------------
def clean(key):
    s = "".join(c if c.isascii() and (c.isalnum() or c == "_") or ord(c) > 127 else "_" for c in key)
    return "_" + s if not s or s[0].isdigit() else s


class exact_float(float):
    """A float that knows its text."""

    def __init__(self, text):
        self.text = text


def same_json(v, got):
    if isinstance(v, Ext) and v.kind == 1:
        return decimal.Decimal(getattr(got, "text", got)) == v.value[1]
    if isinstance(v, dict):
        return isinstance(got, dict) and v.keys() == got.keys() and \
            all(same_json(v[k], got[k]) for k in v)
    if isinstance(v, list):
        return isinstance(got, list) and len(v) == len(got) and all(map(same_json, v, got))
    if isinstance(v, Ext):
        return got is not None if v.kind != 2 else got == v.value[1]
    if isinstance(v, bytes):
        return isinstance(got, str)
    return v == got


def same_scalar(v, got):
    if isinstance(v, Ext):
        if v.kind == -1:
            epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
            return isinstance(got, datetime.datetime) and \
                (got - epoch) // datetime.timedelta(microseconds=1) == v.value[1]
        if v.kind == 1:
            return isinstance(got, decimal.Decimal) and got == v.value[1]
        if v.kind == 2:
            return isinstance(got, str) and json.loads(got) == v.value[1]
        if v.kind == 3:
            return isinstance(got, datetime.date) and \
                got.toordinal() - 719163 == struct.unpack(">i", v.data)[0]
        if v.kind == 5:
            return isinstance(got, datetime.datetime) and \
                (got - datetime.datetime(1970, 1, 1)) // datetime.timedelta(microseconds=1) == \
                struct.unpack(">q", v.data)[0]
        if v.kind == 6:
            return str(got).replace("-", "") == v.data.hex() or \
                (isinstance(got, bytes) and got == v.data)
    if isinstance(v, int) and not isinstance(v, bool):
        return not isinstance(got, bool) and isinstance(got, (int, float, decimal.Decimal)) and \
            got == v
    return type(v) is type(got) and v == got and str(v) == str(got)


def check_keys(path):
    """Columns at the top whose name is not their key are told, with a key that cleans to it."""
    file = pq.ParquetFile(path)
    keys = json.loads(file.metadata.metadata[b"sluice.keys"])
    for name in file.schema_arrow.names:
        if name in keys:
            assert len(keys[name]) == 1 and name.startswith(clean(keys[name][0])), (name, keys)
            assert name != keys[name][0]


def check_value(v, columns, where, key=""):
    """COLUMNS: name -> value of the columns of one key. Exactly one must hold V."""
    full = {k: x for k, x in columns.items() if x is not None}
    if v is None:
        assert not full, (where, v, full)
        return
    if v == {} or v == []:
        if not full:  # a path that never had a column can't be
            raise AssertionError((where, v, columns))
    assert len(full) == 1, (where, v, columns)
    name, got = next(iter(full.items()))
    if name.endswith("__json") or (isinstance(got, str) and not isinstance(v, str)):
        assert same_json(v, json.loads(got, parse_float=exact_float)), (where, v, got)
    elif isinstance(v, dict):
        if isinstance(got, list) or (got == {} and not v):  # a map that was only ever {}
            assert not any(x is not None for x in v.values()) and not got, (where, v, got)
        else:
            check_record(v, got, where)
    elif isinstance(v, list):
        assert isinstance(got, list) and len(v) == len(got), (where, v, got)
        for x, y in zip(v, got):
            if isinstance(x, (dict, list)) and y is not None:
                check_value(x, {"": y}, where + "[]")
            else:
                assert (x is None and y is None) or same_scalar(x, y), (where, v, got)
    else:
        assert same_scalar(v, got), (where, v, got)


def check_record(record, row, where=""):
    left = dict(row)
    for key in sorted(record, key=lambda k: -len(k)):
        name = clean(key)
        columns = {k: left[k] for k in row if k == name or k.startswith(name + "__")}
        for k in columns:
            left.pop(k, None)
        if record[key] is None:
            assert not any(x is not None for x in columns.values()), (where, key, columns)
        else:
            check_value(record[key], columns, where + "." + key)
    for k, x in left.items():
        assert x is None, (where, "surplus", k, x)


# ---- run -----------------------------------------------------------------------------------------
def write(program, mode, path, folder, batch, group):
    prefix = os.path.join(folder, mode)
    subprocess.run([program, mode, path, prefix, str(batch), str(group)], check=True,
                   stdout=subprocess.DEVNULL)
    return sorted(glob.glob(glob.escape(prefix) + "-*.parquet"),
                  key=lambda p: int(p.rsplit("-", 1)[1].split(".")[0]))


def run(program, seed, folder):
    for old in glob.glob(os.path.join(folder, "*")):
        os.unlink(old)
    maker = Maker(seed)
    r = maker.r
    n = r.choice([3, 60, 700])
    records = [maker.record(maker.shape) for _ in range(n)]
    if r.random() < .5:  # new keys from a certain point on
        maker.shape += [("late", maker.make_kind(1)), ("later", maker.make_kind(1))]
        records += [maker.record(maker.shape) for _ in range(n)]
    path = os.path.join(folder, "in.msgpack")
    out = bytearray()
    for x in records:
        pack(out, x)
    with open(path, "wb") as f:
        f.write(out)
    batch, group = r.choice([1, 7, 100, 500]), r.choice([10, 90, 131072])
    files = {m: write(program, m, path, folder, batch, group) for m in ("slots", "walk", "turns")}
    rows = []
    for p in files["slots"]:
        rows += pq.ParquetFile(p).read().to_pylist()
    assert len(rows) == len(records), (len(rows), len(records))
    for i, (record, row) in enumerate(zip(records, rows)):
        check_record(record, row, "row %d" % i)
    for mode in ("walk", "turns"):
        for a, b in zip(files["slots"], files[mode], strict=True):
            assert open(a, "rb").read() == open(b, "rb").read(), (a, b)
        again = []
        for p in files[mode]:
            again += pq.ParquetFile(p).read().to_pylist()
        for i, (record, row) in enumerate(zip(records, again)):
            check_record(record, row, "%s row %d" % (mode, i))
        assert len(again) == len(records)
    for p in files["slots"]:
        check_keys(p)
        got = duckdb.sql(f"select * from read_parquet('{p}')").to_arrow_table().num_rows
        assert got == pq.ParquetFile(p).metadata.num_rows
    return len(rows), len(files["slots"])


def main():
    program, first, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    rows = files = 0
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(first, first + count):
            try:
                got = run(program, seed, folder)
                rows, files = rows + got[0], files + got[1]
            except BaseException:
                print(f"parquet_records: seed {seed} fails", file=sys.stderr)
                raise
    print(f"parquet_records: {count} runs, {rows} rows in {files} files, three ways: nothing lost")


if __name__ == "__main__":
    main()
