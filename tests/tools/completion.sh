#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Completion: the bash script is run for real; that for zsh and fish at least parses where they are.
. "${srcdir:-.}/tests/tools/lib.sh"

run completion bash
is 0
printf '%s\n' "$out" > bash-completion
complete_words() {
  bash -c 'set -u; . ./bash-completion; COMP_WORDS=("$@"); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _sluice; printf "%s " "${COMPREPLY[@]}"' _ "$@"
}

expect() {
  local want=$1
  shift
  out=$(complete_words "$@")
  case " $out" in *" $want "*) ;; *) fail "completion of ($*) lacks $want" ;; esac
}

expect check sluice ch
expect plugin sluice pl
expect doctor sluice plugin d
expect --until-end sluice run --un
expect never sluice run --color n
expect json sluice check --format j
expect --json sluice plugin list --j
touch graph-of-mine.yaml
expect graph-of-mine.yaml sluice run graph

run completion zsh
is 0
out_has "#compdef sluice"
printf '%s\n' "$out" > zsh-completion
if command -v zsh > /dev/null; then zsh -n zsh-completion || fail "zsh refuses it"; fi

run completion fish
is 0
out_has "-l until-end"
printf '%s\n' "$out" > fish-completion
if command -v fish > /dev/null; then fish -n fish-completion || fail "fish refuses it"; fi

run completion tcsh
is 64
