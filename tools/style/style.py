#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Check the house style of the C sources; see README.md beside this file.

usage: style.py [--top DIR] [--worst N] [--edges] [--no-format]
Exit status 1 when a gate is broken; each break is one line with file and line.
"""
import argparse
import collections
import os
import re
import subprocess
import sys

# Lowest first: a folder includes itself and what stands above it in this list.
LAYERS = ["sdk/include", "sdk/lib", "engine/config", "engine/plugin", "engine/graph", "engine/service", "engine/run", "engine/admin", "tools"]
# Plugins whose lib/ another plugin may link.
PLUGIN_LIBS = {"parquet": ["writer"], "json": ["writer"], "csv": ["writer", "json", "lines"], "select": ["lines"]}
# Files that may call the system: the env table's own, and programs that are no part of the engine.
SYSTEM_FILES = re.compile(r"^(sdk/lib/mem\.c|sdk/lib/error\.c|engine/service/env_\w+\.c|engine/service/os_\w+\.c|tools/bench/|tools/harness/|tools/host/check\.c)")
SYSTEM_CALLS = re.compile(r"(?<![\w.>])(malloc|calloc|realloc|strdup|strndup|asprintf|free|time|gettimeofday|clock_gettime|rand|random|open|openat|fopen|fsync|rename|unlink|mkdir)\s*\(")
LIMIT = {"file": 1000, "file95": 700, "function": 120, "function95": 60, "nesting": 5, "cyclomatic": 30, "cyclomatic95": 15}
KEYWORDS = {"if", "for", "while", "switch", "return", "sizeof", "do", "else", "defined", "__attribute__", "_Static_assert", "SL_STATIC_ASSERT", "__extension__", "__typeof__"}


def c_files(top):
    for root in ("sdk", "engine", "plugins", "tools", "tests"):
        for folder, names, files in os.walk(os.path.join(top, root)):
            names[:] = sorted(n for n in names if n not in ("gen", ".git", "corpus"))
            for name in sorted(files):
                if name.endswith((".c", ".h", ".cc")):
                    yield os.path.relpath(os.path.join(folder, name), top)


def split_text(text):
    """Code and comments apart, both with the line structure of TEXT; string contents are blanked."""
    token = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)
    blank = lambda s: re.sub(r"[^\n]", " ", s)
    code, notes, last = [], [], 0
    for m in token.finditer(text):
        t = m.group()
        code.append(text[last:m.start()])
        notes.append(blank(text[last:m.start()]))
        is_note = t.startswith("/")
        code.append(blank(t) if is_note else t[0] + blank(t[1:-1]) + t[-1])
        notes.append(t if is_note else blank(t))
        last = m.end()
    code.append(text[last:])
    notes.append(blank(text[last:]))
    return "".join(code), "".join(notes)


def functions(code):
    """(name, first line, last line, body) of each function definition; preprocessor lines are left out."""
    lines = code.split("\n")
    joined = False
    for i, line in enumerate(lines):
        directive = joined or line.lstrip().startswith("#")
        joined = directive and line.rstrip().endswith("\\")
        if directive:
            lines[i] = ""
    plain = "\n".join(lines)
    depth = 0
    head = 0
    found = None
    for m in re.finditer(r"[{};]", plain):
        c = m.group()
        if c == "{":
            if depth == 0:
                before = plain[head:m.start()]
                name = re.search(r"(\w+)\s*\([^{}]*\)\s*(?:const\s*|noexcept\s*)*$", before)
                names = [n for n in re.findall(r"(\w+)\s*\(", before) if n not in KEYWORDS]
                flat = re.sub(r"\([^()]*\)", "", before)
                if re.search(r'extern\s*"', before):
                    head = m.end()
                    continue
                found = None
                if name and names and "=" not in flat:
                    at = head + re.search(r"\b%s\s*\(" % re.escape(names[0]), before).start()
                    found = (names[0], plain.count("\n", 0, at) + 1, m.start())
            depth += 1
        elif c == "}":
            depth = max(0, depth - 1)
            if depth == 0:
                if found:
                    yield found[0], found[1], plain.count("\n", 0, m.start()) + 1, plain[found[2]:m.end()]
                found = None
                head = m.end()
        elif depth == 0:
            head = m.end()


def shape(body):
    depth = deepest = 0
    for c in body:
        if c == "{":
            depth += 1
            deepest = max(deepest, depth)
        elif c == "}":
            depth -= 1
    cyclomatic = 1 + len(re.findall(r"\b(?:if|for|while|case|SL_EACH)\b|&&|\|\||\?", body))
    return deepest - 1, cyclomatic


def folder_of(path):
    for layer in sorted(LAYERS, key=len, reverse=True):
        if path.startswith(layer + "/"):
            return layer
    parts = path.split("/")
    return "/".join(parts[:2]) if parts[0] == "plugins" else os.path.dirname(path)


def included(path, text, known):
    """(line, name, file it resolves to or None) of each include of TEXT."""
    for m in re.finditer(r'^[ \t]*#[ \t]*include[ \t]*(["<])([^">\n]+)[">]', text, re.M):
        name = m.group(2)
        line = text.count("\n", 0, m.start()) + 1
        target = None
        for candidate in (name, os.path.normpath(os.path.join(os.path.dirname(path), name)), os.path.join("sdk/include", name)):
            if candidate in known:
                target = candidate
                break
        yield line, name, target


def layer_break(path, target):
    """Why PATH may not include TARGET; None when it may."""
    here, there = folder_of(path), folder_of(target)
    if path.startswith("tests/") or here == there:
        return None
    if here.startswith("plugins/"):
        if there == "sdk/include":
            return None
        mine = here.split("/")[1]
        if there.startswith("plugins/") and "/lib/" in target and there.split("/")[1] in PLUGIN_LIBS.get(mine, []):
            return None
        return "a plugin sees sdk/include and its own folder only"
    if there.startswith("plugins/") and not path.startswith("tools/bench/"):
        return "only tests and benchmarks look into plugins"
    if here in LAYERS and there in LAYERS and LAYERS.index(there) > LAYERS.index(here):
        return "%s is a higher layer than %s" % (there, here)
    return None


def cycles(graph):
    """Strongly connected groups of more than one folder (Tarjan)."""
    index, low, stack, on, out = {}, {}, [], set(), []

    def visit(v):
        index[v] = low[v] = len(index)
        stack.append(v)
        on.add(v)
        for w in sorted(graph.get(v, ())):
            if w not in index:
                visit(w)
                low[v] = min(low[v], low[w])
            elif w in on:
                low[v] = min(low[v], index[w])
        if low[v] == index[v]:
            group = []
            while True:
                w = stack.pop()
                on.discard(w)
                group.append(w)
                if w == v:
                    break
            if len(group) > 1:
                out.append(sorted(group))

    for v in sorted(graph):
        if v not in index:
            visit(v)
    return out


def has_note(code_lines, note_lines, line):
    """Does a comment end right above LINE (1-based), or above the declaration that LINE goes on?"""
    i = line - 2
    while i >= 0:
        if note_lines[i].strip() and not code_lines[i].strip():
            return True
        if not code_lines[i].strip() or re.search(r"[;{}]\s*$", code_lines[i]):
            return False
        i -= 1
    return False


def percentile(values, p):
    values = sorted(values)
    return values[min(len(values) - 1, int(len(values) * p / 100))] if values else 0


class Checker:
    def __init__(self, top):
        self.top = top
        self.files = list(c_files(top))
        self.known = set(self.files)
        self.breaks = []
        self.functions = []
        self.lengths = []
        self.graph = collections.defaultdict(set)
        self.edges = collections.Counter()
        self.headless = []
        self.documented = [0, 0]

    def refuse(self, path, line, what):
        self.breaks.append("%s:%d: %s" % (path, line, what))

    def check_lines(self, path, text, notes):
        for i, line in enumerate(text.split("\n"), 1):
            if len(line) > 100:
                self.refuse(path, i, "%d columns, at most 100" % len(line))
            if "\t" in line:
                self.refuse(path, i, "a tab")
        for m in re.finditer(r"\b(TODO|FIXME|XXX)\b", notes):
            self.refuse(path, notes.count("\n", 0, m.start()) + 1, "a to-do mark: do it or leave it out")

    def check_includes(self, path, text):
        own = 0
        for line, name, target in included(path, text, self.known):
            if not target:
                continue
            own += 1
            why = layer_break(path, target)
            if why:
                self.refuse(path, line, "includes %s: %s" % (name, why))
            here, there = folder_of(path), folder_of(target)
            if here != there and not path.startswith("tests/"):
                self.graph[here].add(there)
                self.edges[(here, there)] += 1
        if path.endswith(".c") and own > 14 and not path.startswith("tests/"):
            self.refuse(path, 1, "%d project includes, at most 14" % own)

    def check_system(self, path, code):
        if path.startswith("tests/") or path.endswith(".h") or SYSTEM_FILES.match(path):
            return
        for m in SYSTEM_CALLS.finditer(code):
            self.refuse(path, code.count("\n", 0, m.start()) + 1, "calls %s() past the env table" % m.group(1))

    def check_header(self, path, code, notes):
        code_lines, note_lines = code.split("\n"), notes.split("\n")
        lines = list(code_lines)
        joined = False
        for i, line in enumerate(lines):
            directive = joined or line.lstrip().startswith("#")
            joined = directive and line.rstrip().endswith("\\")
            if directive:
                lines[i] = ""
        plain = "\n".join(lines)
        prototype = re.compile(r"^(?![ \t]*(?:typedef|return|else|if|for|while|static)\b)[A-Za-z_][\w \t*()]*?\b\w+[ \t]*\((?:[^;{}]*)\)[^;{}()=]*(?:\([^;{}()]*(?:\([^()]*\))*[^;{}()]*\)[^;{}()=]*)*;", re.M)
        slot = re.compile(r"^[ \t]+[A-Za-z_][\w \t*]*\([ \t]*\*[ \t]*\w+\)[ \t]*\(", re.M)
        for pattern in (prototype, slot):
            for m in pattern.finditer(plain):
                line = plain.count("\n", 0, m.start()) + 1
                good = has_note(code_lines, note_lines, line)
                self.documented[good] += 1
                if not good:
                    self.headless.append("%s:%d: no comment: %s" % (path, line, " ".join(m.group().split())[:70]))

    def check_file(self, path):
        text = open(os.path.join(self.top, path), encoding="utf-8").read()
        code, notes = split_text(text)
        self.lengths.append((text.count("\n"), path))
        self.check_lines(path, text, notes)
        self.check_includes(path, text)
        self.check_system(path, code)
        head = notes.split("*/")[0]
        if "SPDX-License-Identifier: Apache-2.0" not in head or len(re.findall(r"[A-Za-z]{2,}", head)) < 8:
            self.refuse(path, 1, "the head comment does not say the licence and what the file is")
        if path.endswith(".h") and not path.startswith("tests/"):
            self.check_header(path, code, notes)
        if path.endswith((".c", ".h")):
            for name, first, last, body in functions(code):
                deep, cyclomatic = shape(body)
                self.functions.append((last - first + 1, cyclomatic, deep, name, path, first))

    def check_shape(self):
        product = [f for f in self.functions if not f[4].startswith("tests/")]
        for length, cyclomatic, deep, name, path, line in product:
            if length > LIMIT["function"]:
                self.refuse(path, line, "%s has %d lines, at most %d" % (name, length, LIMIT["function"]))
            if cyclomatic > LIMIT["cyclomatic"]:
                self.refuse(path, line, "%s has complexity %d, at most %d" % (name, cyclomatic, LIMIT["cyclomatic"]))
            if deep > LIMIT["nesting"]:
                self.refuse(path, line, "%s nests %d deep, at most %d" % (name, deep, LIMIT["nesting"]))
        lengths = [(n, p) for n, p in self.lengths if p.endswith(".c") and not p.startswith("tests/")]
        for n, path in lengths:
            if n > LIMIT["file"]:
                self.refuse(path, 1, "%d lines, at most %d" % (n, LIMIT["file"]))
        for what, values, limit in (("lines of a file", [n for n, _ in lengths], LIMIT["file95"]), ("lines of a function", [f[0] for f in product], LIMIT["function95"]), ("complexity", [f[1] for f in product], LIMIT["cyclomatic95"])):
            if percentile(values, 95) > limit:
                self.refuse("all", 1, "95th percentile of %s is %d, at most %d" % (what, percentile(values, 95), limit))

    def check_format(self):
        files = [f for f in self.files if f.endswith((".c", ".h", ".cc"))]
        for i in range(0, len(files), 40):
            r = subprocess.run(["clang-format-14", "--dry-run", "--ferror-limit=1"] + files[i:i + 40], cwd=self.top, capture_output=True, text=True)
            for m in re.finditer(r"^(\S+?):(\d+):\d+: warning", r.stderr, re.M):
                self.refuse(m.group(1), int(m.group(2)), "clang-format differs; run: make format")

    def run(self, with_format):
        for path in self.files:
            self.check_file(path)
        self.check_shape()
        for group in cycles(self.graph):
            self.refuse("all", 1, "include cycle: " + " ".join(group))
        bad, good = self.documented
        if good + bad and good < 0.95 * (good + bad):
            self.breaks += self.headless
        if with_format:
            self.check_format()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--top", default=os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
    parser.add_argument("--worst", type=int, default=0)
    parser.add_argument("--edges", action="store_true")
    parser.add_argument("--no-format", action="store_true")
    args = parser.parse_args()
    checker = Checker(os.path.normpath(args.top))
    checker.run(not args.no_format)
    if args.worst:
        for length, cyclomatic, deep, name, path, line in sorted(checker.functions, reverse=True)[:args.worst]:
            print("%5d lines, complexity %3d  %s  %s:%d" % (length, cyclomatic, name, path, line))
        for length, path in sorted(checker.lengths, reverse=True)[:args.worst]:
            print("%5d lines  %s" % (length, path))
    if args.edges:
        for (a, b), n in sorted(checker.edges.items()):
            print("%4d  %s -> %s" % (n, a, b))
    for line in sorted(set(checker.breaks)):
        print(line)
    print("style: %d files, %d functions, %d broken" % (len(checker.files), len(checker.functions), len(set(checker.breaks))))
    return bool(checker.breaks)


if __name__ == "__main__":
    sys.exit(main())
