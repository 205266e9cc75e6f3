# SPDX-License-Identifier: Apache-2.0
"""What the interop tests share: running sluice in an empty folder and reading tables twice."""
import argparse
import glob
import json
import os
import shutil
import subprocess
import sys
import tempfile

import duckdb
import pyarrow.parquet as pq

TOP = os.path.realpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
SHARED = os.path.join(os.path.dirname(TOP), "shared")


def build_folder():
    ap = argparse.ArgumentParser()
    ap.add_argument("--build", required=True)
    return os.path.abspath(ap.parse_args().build)


def leave_out(why):
    print(why)
    sys.exit(77)


def shared(*parts):
    path = os.path.join(SHARED, *parts)
    if not os.path.exists(path):
        leave_out("needs %s of the shared folder beside the checkout" % os.path.join(*parts))
    return path


class Run:
    """One run of a graph in a folder of its own."""

    def __init__(self, build):
        self.build = build
        self.folder = tempfile.mkdtemp(prefix="sluice-interop-")
        self.env = dict(os.environ, SLUICE_PLUGIN_PATH=os.path.join(build, "modules"), XDG_STATE_HOME=os.path.join(self.folder, "state"),
                        XDG_CACHE_HOME=os.path.join(self.folder, "cache"), HOME=self.folder)

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, data):
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with open(self.path(name), "wb") as f:
            f.write(data if isinstance(data, bytes) else data.encode())

    def unpack(self, archive, folder):
        os.makedirs(self.path(folder), exist_ok=True)
        subprocess.run(["tar", "--zstd", "-xf", archive, "-C", self.path(folder)], check=True)

    def graph(self, text, status=0, *options):
        self.write("graph.yaml", text)
        r = subprocess.run([os.path.join(self.build, "sluice"), "run", "graph.yaml", "--until-end", *options], cwd=self.folder, env=self.env, capture_output=True, text=True, timeout=300)
        if r.returncode != status:
            raise AssertionError("sluice ended with %d, not %d\n%s\n%s" % (r.returncode, status, r.stdout[-3000:], r.stderr[-6000:]))
        return r

    def dead(self):
        """All dead letters, as dicts."""
        found = []
        for name in glob.glob(self.path("state/**/dead/*.ndjson"), recursive=True):
            found += [json.loads(line) for line in open(name, encoding="utf-8")]
        return found

    def files(self, table):
        return sorted(glob.glob(self.path(table + "/**/*.parquet"), recursive=True))

    def rows(self, table):
        """All rows as dicts, read by pyarrow file by file; partition columns are left out."""
        return [row for f in self.files(table) for row in pq.ParquetFile(f).read().to_pylist()]

    def sql(self, query, table):
        """A query over TABLE by DuckDB; {t} stands for the table."""
        con = duckdb.connect()
        con.execute("SET TimeZone = 'UTC'")
        source = "read_parquet('%s/**/*.parquet', union_by_name = true, hive_partitioning = false)" % self.path(table)
        return con.execute(query.format(t=source)).fetchall()

    def close(self):
        shutil.rmtree(self.folder, ignore_errors=True)


def same(what, got, want):
    if got != want:
        raise AssertionError("%s: got %r, want %r" % (what, got, want))
    print("ok  %s: %s" % (what, str(want)[:100]))


def dead_bytes(letter):
    """The original bytes of a dead letter."""
    import base64
    return base64.b64decode(letter["bytes_base64"]) if "bytes_base64" in letter else letter["bytes"].encode()
