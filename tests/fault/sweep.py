#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Let the n-th allocation and the n-th file call of whole graphs fail, for every n.

usage: sweep.py --build DIR [--only TEXT] [--jobs N] [--step N]

Without --step some 150 n of each kind are taken, evenly, from an offset that differs by the kind,
and all of the last 20, where a graph commits; --step 1 takes every n.

After each run: no crash and no hang, an error that has a code or a success, no memory left, no file
visible that is not whole, and rows: all of them when the graph ended, all or none when it failed
(each graph commits once). What is read is JSON and CSV, so that every file can be counted here.
Ends with "sweep: N passed, N failed, N skipped"; a scenario under one kind of fault is one test.
"""
import argparse
import concurrent.futures
import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zlib

SHARE = 150  # runs of a kind, about
LAST = 20    # calls at the end of a graph that fail in any case

LOG = '203.0.113.%d - - [31/Jan/2026:12:00:%02d +0000] "GET /a HTTP/1.1" 200 12 "-" "curl"\n'
SCENARIOS = {
    "json": ("""
sluice: 1
name: sweep
checkpoint: { every: 1h }
nodes:
  in: { source: file, with: { path: "%(folder)s/in.json" }, decode: json }
  pick: { transform: select, from: in, with: { where: "id >= 0", keep: [ id, "user.name as name", tags ] } }
  files: { transform: json, from: pick, with: { to: "${var:out}", partition: [ "name" ] } }
  table: { sink: local, from: files }
""", {"in.json": "".join('{"id":%d,"user":{"name":"n%d"},"tags":["a","b"]}\n' % (i, i % 3) for i in range(300)) + "broken\n"}, 300, "**/*.ndjson", 0),
    "lines": ("""
sluice: 1
name: sweep
checkpoint: { every: 1h }
nodes:
  in: { source: file, with: { path: "%(folder)s/*.log" }, decode: { lines: { format: combined } } }
  files: { transform: csv, from: in, with: { to: "${var:out}", columns: [ ip, status, bytes ] } }
  table: { sink: local, from: files }
""", {"a.log": "".join(LOG % (i % 250, i % 60) for i in range(200)), "b.log": "".join(LOG % (i % 250, i % 60) for i in range(100)) + "not a line\n"}, 300, "**/*.csv", 1),
    "made": ("""
sluice: 1
name: sweep
checkpoint: { every: 1h }
nodes:
  made: { source: generate, with: { rows: 300 } }
  files: { transform: parquet, from: made, with: { to: "${var:out}", partition: [ event_type ] } }
  table: { sink: local, from: files }
""", {}, 300, "**/*.parquet", None),
}

# What is visible when a file can't be read: that is reported, and the others go on.
SHARES = {"json": (0, 300), "lines": (0, 100, 200, 300)}
# Where all calls fail from the n-th on, files that were renamed before it stay: the table, which
# does not list them, says what is visible.
LISTED = ("eio from", "enospc from")


def listed_in(out):
    """The files of the table's version; each graph commits once."""
    versions = glob.glob(os.path.join(out, "_sluice", "v*.json"))
    return {a["file"] for v in versions for a in json.load(open(v))["added"]}


def rows_of(out, pattern, header, listed_only):
    """The rows that are visible below OUT, and what is wrong with the files."""
    rows, wrong = 0, []
    listed = listed_in(out)
    for path in glob.glob(os.path.join(out, pattern), recursive=True):
        if listed_only and os.path.relpath(path, out) not in listed:
            continue
        data = open(path, "rb").read()
        if header is None:
            if data[:4] != b"PAR1" or data[-4:] != b"PAR1":
                wrong.append("not whole: " + path)
            continue
        if data and not data.endswith(b"\n"):
            wrong.append("not whole: " + path)
        rows += data.count(b"\n") - (header if data else 0)
    return rows, wrong


class Sweep:
    def __init__(self, args, name, kind, folder):
        self.args, self.name, self.kind, self.folder = args, name, kind, folder
        self.text, files, self.rows, self.pattern, self.header = SCENARIOS[name]
        self.source = os.path.join(folder, "source")
        os.makedirs(self.source)
        for file, content in files.items():
            open(os.path.join(self.source, file), "w").write(content)
        self.graph = os.path.join(self.source, "g.yaml")
        open(self.graph, "w").write(self.text.replace("%(folder)s", self.source).replace("nodes:", "vars: { out: x }\nnodes:", 1))
        self.env = dict(os.environ, SLUICE_PLUGIN_PATH=os.path.join(os.path.abspath(args.build), "modules"), HOME=folder, XDG_CACHE_HOME=os.path.join(folder, "cache"))

    def run(self, n):
        """One run with fault N. Gives (calls, met, what is wrong or None)."""
        work = tempfile.mkdtemp(dir=self.folder)
        out = os.path.join(work, "out")
        try:
            r = subprocess.run([os.path.join(self.args.build, "slsweep")] + self.kind.split() + [str(n), self.graph, os.path.join(work, "state"), "out=" + out],
                               capture_output=True, text=True, timeout=20, env=self.env, cwd=work)
        except subprocess.TimeoutExpired:
            return 0, 1, "hangs"
        finally:
            visible = rows_of(out, self.pattern, self.header, self.kind in LISTED)
            files = len(glob.glob(os.path.join(out, self.pattern), recursive=True))
            shutil.rmtree(work, ignore_errors=True)
        m = re.search(r"^calls (\d+) met (\d) (\w+) rows", r.stdout, re.M)
        if not m or r.returncode not in (0, 1):
            return 0, 1, "status %d: %s%s" % (r.returncode, r.stdout[-300:], r.stderr[-1500:])
        wrong = visible[1][0] if visible[1] else None
        if self.header is not None and not wrong:
            allowed = (self.rows,) if r.returncode == 0 else (0, self.rows)
            if m.group(3) == "ended" and r.returncode == 1:
                allowed = SHARES[self.name]  # a file that can't be read is an error, the others go on
            if visible[0] not in allowed:
                wrong = "%d rows are visible, not %s: %s" % (visible[0], allowed, r.stdout.strip())
        if self.header is None and not wrong and r.returncode == 0 and not files:
            wrong = "no file although the graph ended"
        return int(m.group(1)), int(m.group(2)), wrong

    def numbers(self, calls):
        """Which of the CALLS fail."""
        step = self.args.step or max(1, calls // SHARE)
        first = 1 + zlib.crc32((self.name + self.kind).encode()) % step
        some = set(range(first, calls + 1, step))
        if not self.args.step:
            some.update(range(max(1, calls - LAST), calls + 1))
        return sorted(some)

    def all(self):
        calls, _, wrong = self.run(0)
        if wrong:
            return 0, 0, ["without a fault: " + wrong]
        found = []
        numbers = self.numbers(calls)
        with concurrent.futures.ThreadPoolExecutor(self.args.jobs) as pool:
            for n, (_, _, wrong) in zip(numbers, pool.map(self.run, numbers)):
                if wrong:
                    found.append("n = %d: %s" % (n, wrong))
        return calls, len(numbers), found


def main():
    ap = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    ap.add_argument("--build", required=True)
    ap.add_argument("--only", default="")
    ap.add_argument("--jobs", type=int, default=os.cpu_count())
    ap.add_argument("--step", type=int, default=0, help="every N-th call; 0: some of each kind")
    args = ap.parse_args()
    passed = failed = 0
    for name in SCENARIOS:
        for kind in ("memory", "memory from", "eio", "eio from", "enospc from", "short from"):
            title = name + " " + kind
            if args.only not in title:
                continue
            folder = tempfile.mkdtemp(prefix="sluice-sweep-")
            calls, runs, found = Sweep(args, name, kind, folder).all()
            shutil.rmtree(folder, ignore_errors=True)
            passed += not found
            failed += bool(found)
            print("%s  %s: %d calls, %d runs, %d wrong" % ("FAIL" if found else "pass", title, calls, runs, len(found)), flush=True)
            for line in found[:5]:
                print("FAIL    " + line, flush=True)
    print("sweep: %d passed, %d failed, 0 skipped" % (passed, failed))
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
