# SPDX-License-Identifier: Apache-2.0
# tests/tools/lib.sh - what the tests of the commands share. Sourced, never run.
#
# `run WORDS…` runs the built sluice, or the one that SLUICE_INSTALLED names; out, err and status are
# what came of it. A check that fails says where and ends the test. Each test has a folder of its
# own, HOME included.
set -u
top=$(cd "${srcdir:-.}" && pwd)
build=$(pwd)
sluice=${SLUICE_INSTALLED:-$build/sluice}
work=$(mktemp -d "${TMPDIR:-/tmp}/sluice-tools-XXXXXX")
trap 'rm -rf "$work"' EXIT
export HOME=$work LC_ALL=C.UTF-8
unset SLUICE_PLUGIN_PATH XDG_STATE_HOME XDG_CACHE_HOME STATE_DIRECTORY NO_COLOR SLUICE_HOST
[ -n "${SLUICE_INSTALLED:-}" ] || export SLUICE_PLUGIN_PATH=$build/modules
cd "$work" || exit 99

fail() {
  printf 'FAIL: %s\n  command: sluice %s\n  status: %s\n  stdout: %s\n  stderr: %s\n' \
    "$*" "$said" "$status" "$out" "$err"
  exit 1
}

run() {
  said=$*
  out=$("$sluice" "$@" 2>"$work/.err")
  status=$?
  err=$(cat "$work/.err")
}

is() {
  [ "$status" -eq "$1" ] || fail "status is not $1"
}

out_has() {
  case $out in *"$1"*) ;; *) fail "stdout lacks: $1" ;; esac
}

out_is() {
  [ "$out" = "$1" ] || fail "stdout is not: $1"
}

err_has() {
  case $err in *"$1"*) ;; *) fail "stderr lacks: $1" ;; esac
}

err_lacks() {
  case $err in *"$1"*) fail "stderr has: $1" ;; *) ;; esac
}

# json EXPRESSION: stdout is JSON, and for it (j) the Python expression holds.
json() {
  printf '%s' "$out" | python3 -c 'import json, sys; j = json.load(sys.stdin); assert eval(sys.argv[1]), j' "$1" ||
    fail "not true of stdout: $1"
}
