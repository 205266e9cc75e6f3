#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Run scenarios (README.md beside this file says how they are written).

usage: run.py --build DIR [--python INTERPRETER] [--wrap COMMAND] [--only TEXT] FILE.sl ...
--python: one with pyarrow and duckdb; without it scenarios that need them are skipped.
Ends with a line "scenario: N passed, N failed, N skipped"; exit status 1 when one failed.
"""
import argparse
import glob
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time


class Failed(Exception):
    pass


class Skipped(Exception):
    pass


def parse(path):
    """The scenarios of a file: (title, [(line number, words of the statement, block or None)])."""
    found, block, stop = [], None, None
    for number, raw in enumerate(open(path, encoding="utf-8"), 1):
        line = raw.rstrip("\n")
        if stop is not None:
            if line.strip() == "end":
                stop = None
            else:
                block.append(line[2:] if line.startswith("  ") else line)
            continue
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        word = text.split(None, 1)[0]
        if word == "scenario":
            found.append((shlex.split(text)[1], []))
            continue
        if not found:
            raise SystemExit("%s:%d: a file begins with: scenario \"title\"" % (path, number))
        block = [] if word in ("file", "graph", "python") or text.endswith(" equals") else None
        stop = True if block is not None else None
        found[-1][1].append((number, text, block))
    if stop:
        raise SystemExit("%s: a block without end" % path)
    return found


def may_mount():
    """Root, and in a container one that was given CAP_SYS_ADMIN."""
    with open("/proc/self/status") as f:
        effective = next(int(line.split()[1], 16) for line in f if line.startswith("CapEff:"))
    return os.getuid() == 0 and bool(effective >> 21 & 1)


class Story:
    def __init__(self, args, folder):
        self.args = args
        self.folder = folder
        self.top = os.path.realpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
        self.shared = os.path.join(os.path.dirname(self.top), "shared")
        self.state = os.path.join(folder, ".state")
        self.last = None
        self.child = None
        self.env = dict(os.environ, TOP=self.top, BUILD=os.path.abspath(args.build), SHARED=self.shared, STATE=self.state, LC_ALL="C.UTF-8", NO_COLOR="1",
                        SLUICE_PLUGIN_PATH=os.path.join(os.path.abspath(args.build), "modules"), XDG_STATE_HOME=self.state, XDG_CACHE_HOME=os.path.join(folder, ".cache"), HOME=folder)
        self.env.pop("STATE_DIRECTORY", None)
        wrapper = os.path.join(folder, ".bin")
        os.mkdir(wrapper)
        binary = os.path.join(os.path.abspath(args.build), "sluice")
        with open(os.path.join(wrapper, "sluice"), "w") as f:
            f.write("#!/bin/sh\nexec %s %s \"$@\"\n" % (args.wrap or "", shlex.quote(binary)))
        os.chmod(os.path.join(wrapper, "sluice"), 0o755)
        self.env["PATH"] = wrapper + ":" + self.env["PATH"]

    def expand(self, text):
        return re.sub(r"\$(TOP|BUILD|SHARED|STATE)\b", lambda m: self.env[m.group(1)], text)

    def path(self, name):
        return os.path.join(self.folder, self.expand(name))

    def write(self, name, data):
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with open(self.path(name), "wb") as f:
            f.write(data)

    def do_file(self, rest, block):
        self.write(rest, "".join(self.expand(l) + "\n" for l in block).encode())

    do_graph = do_file

    def do_bytes(self, rest, block):
        name, *hexes = rest.split()
        self.write(name, bytes.fromhex("".join(hexes)))

    def do_run(self, rest, block):
        try:
            child = subprocess.Popen(rest, shell=True, cwd=self.folder, env=self.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, executable="/bin/bash", start_new_session=True)
            out, err = child.communicate(timeout=self.args.timeout)
            self.last = subprocess.CompletedProcess(rest, child.returncode, out, err)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
            raise Failed("no end after %d s" % self.args.timeout)

    def do_shell(self, rest, block):
        self.do_run(rest, block)
        if self.last.returncode:
            raise Failed("ended with %d\n%s" % (self.last.returncode, self.last.stderr.decode(errors="replace")))

    def do_start(self, rest, block):
        self.child = subprocess.Popen("exec " + rest, shell=True, cwd=self.folder, env=self.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, executable="/bin/bash")

    def do_signal(self, rest, block):
        time.sleep(0.3)
        self.child.send_signal(getattr(signal, rest))

    def do_until(self, rest, block):
        """until COMMAND: ask again until it ends with 0."""
        end = time.monotonic() + self.args.timeout
        while subprocess.run(rest, shell=True, cwd=self.folder, env=self.env, capture_output=True, executable="/bin/bash").returncode:
            if time.monotonic() > end:
                raise Failed("never came true")
            time.sleep(0.05)

    def do_wait(self, rest, block):
        try:
            out, err = self.child.communicate(timeout=self.args.timeout)
        except subprocess.TimeoutExpired:
            self.child.kill()
            raise Failed("no end after %d s" % self.args.timeout)
        self.last = subprocess.CompletedProcess("", self.child.returncode, out, err)
        self.child = None

    def do_needs(self, rest, block):
        kind, *what = rest.split()
        if kind == "interop" and not self.args.python:
            raise Skipped("needs pyarrow and duckdb")
        if kind == "shared" and not os.path.exists(os.path.join(self.shared, *what)):
            raise Skipped("needs %s of the shared folder beside the checkout" % " ".join(what))
        if kind == "root" and not may_mount():
            raise Skipped("needs root that may mount")

    def do_python(self, rest, block):
        code = "\n".join(block)
        r = subprocess.run([self.args.python or sys.executable, "-c", code], cwd=self.folder, env=self.env, capture_output=True, timeout=self.args.timeout)
        if r.returncode:
            raise Failed("python ended with %d\n%s%s" % (r.returncode, r.stdout.decode(errors="replace"), r.stderr.decode(errors="replace")))

    def do_expect(self, rest, block):
        what, _, tail = rest.partition(" ")
        getattr(self, "expect_" + what)(tail, block)

    def expect_exit(self, tail, block):
        if self.last.returncode != int(tail):
            raise Failed("ended with %d, not %s" % (self.last.returncode, tail))

    def output(self, which, tail, block):
        how, _, text = tail.partition(" ")
        got = getattr(self.last, which).decode(errors="replace")
        self.compare(which, got, how, text, block)

    def compare(self, what, got, how, text, block):
        text = self.expand("".join(l + "\n" for l in block) if block is not None else shlex.split(text)[0])
        good = {"contains": lambda: text in got, "lacks": lambda: text not in got, "matches": lambda: re.search(text, got, re.M), "equals": lambda: got == text}[how]()
        if not good:
            raise Failed("%s: %s %r; it is:\n%s" % (what, how, text, got[-1500:]))

    def expect_stdout(self, tail, block):
        self.output("stdout", tail, block)

    def expect_stderr(self, tail, block):
        self.output("stderr", tail, block)

    def expect_file(self, tail, block):
        name, _, more = tail.partition(" ")
        how, _, text = more.partition(" ")
        names = glob.glob(self.path(name), recursive=True)
        if not names:
            raise Failed("no file " + name)
        self.compare(name, "".join(open(n, errors="replace").read() for n in sorted(names)), how, text, block)

    def expect_no(self, tail, block):
        names = glob.glob(self.path(tail.split(" ", 1)[1]), recursive=True)
        if names:
            raise Failed("there is " + " ".join(names))

    def expect_count(self, tail, block):
        pattern, number = tail.rsplit(None, 1)
        names = glob.glob(self.path(pattern), recursive=True)
        if len(names) != int(number):
            raise Failed("%d files match %s, not %s: %s" % (len(names), pattern, number, names))

    def expect_dead(self, tail, block):
        lines = 0
        for folder, _, files in os.walk(self.state):
            if "dead" in folder.split(os.sep):
                lines += sum(sum(1 for _ in open(os.path.join(folder, f), "rb")) for f in files)
        if lines != int(tail):
            raise Failed("%d dead letters, not %s" % (lines, tail))

    def play(self, statements):
        for number, text, block in statements:
            word, _, rest = text.partition(" ")
            try:
                getattr(self, "do_" + word)(rest.strip(), block)
            except Failed as e:
                extra = ""
                if self.last is not None and word == "expect":
                    extra = "\n--- stdout\n%s\n--- stderr\n%s" % (self.last.stdout.decode(errors="replace")[-1200:], self.last.stderr.decode(errors="replace")[-1200:])
                raise Failed("line %d: %s: %s%s" % (number, text, e, extra))

    def end(self):
        if self.child:
            self.child.kill()
            self.child.wait()


def main():
    ap = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    ap.add_argument("--build", required=True)
    ap.add_argument("--python")
    ap.add_argument("--wrap", help="run sluice under this command")
    ap.add_argument("--only", help="titles that hold this text")
    ap.add_argument("--timeout", type=int, default=120)
    ap.add_argument("--keep", action="store_true", help="leave the folders of failed ones")
    ap.add_argument("files", nargs="+")
    args = ap.parse_args()
    passed = failed = skipped = 0
    for path in args.files:
        for title, statements in parse(path):
            if args.only and args.only not in title:
                continue
            folder = tempfile.mkdtemp(prefix="sluice-scenario-")
            story = Story(args, folder)
            try:
                story.play(statements)
                passed += 1
                print("pass  %s: %s" % (os.path.basename(path), title), flush=True)
            except Skipped as e:
                skipped += 1
                print("SKIP  %s: %s: %s" % (os.path.basename(path), title, e), flush=True)
            except (Failed, AttributeError, KeyError, ValueError, OSError) as e:
                failed += 1
                print("FAIL  %s: %s: %s%s" % (path, title, "" if isinstance(e, Failed) else type(e).__name__ + ": ", e), flush=True)
                if args.keep:
                    print("      left in " + folder)
            finally:
                story.end()
            if not args.keep:
                shutil.rmtree(folder, ignore_errors=True)
    print("scenario: %d passed, %d failed, %d skipped" % (passed, failed, skipped))
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
