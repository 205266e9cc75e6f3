#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Help comes from the tables: every command has it, it fits a screen, mistakes get a suggestion.
. "${srcdir:-.}/tests/tools/lib.sh"

run
is 64
err_has "sluice COMMAND"

run --help
is 0
out_has "sluice run quickstart"
commands="run check graph schema completion doctor version help"

for c in $commands "plugin list" "plugin show" "plugin check" "plugin doctor"; do
  # shellcheck disable=SC2086
  run $c --help
  is 0
  out_has "sluice $c"
  [ "$(printf '%s\n' "$out" | wc -l)" -le 30 ] || fail "help is longer than a screen"
  [ "$(printf '%s\n' "$out" | wc -L)" -le 100 ] || fail "help is wider than 100 columns"
  # shellcheck disable=SC2086
  run $c -h
  is 0
  # shellcheck disable=SC2086
  run help $c
  is 0
  out_has "sluice $c"
  # shellcheck disable=SC2086
  run $c --no-such-option
  is 64
  err_has "no option --no-such-option"
done

run chek g.yaml
is 64
err_has "did you mean check?"

run plugn list
is 64
err_has "did you mean plugin?"

run plugin lst
is 64
err_has "plugin list"

run plugin --help
is 0
out_has "plugin doctor"

run run --until-edn g.yaml
is 64
err_has "did you mean --until-end?"

run run
is 64
err_has "GRAPH"

run run a b
is 64
err_has '"b" is too much'

run run g.yaml --limit ten
is 64
err_has "whole number"

run run g.yaml --limit
is 64
err_has "needs a value"

run run g.yaml --color=sometimes
is 64
err_has "auto|always|never"

run run g.yaml --quiet=yes
is 64
err_has "takes no value"

run help config.setting.unknown
is 0
out_has "cause:"

run help config.setting
is 0
out_has "config.setting.unknown"

run help config.setting.unknwon
is 64
err_has "did you mean config.setting.unknown?"

run version
is 0
out_has "plugin ABI 1.0"

run --version
is 0
out_has "plugin ABI 1.0"

run version --json
is 0
json 'j["abi_major"] == 1'
