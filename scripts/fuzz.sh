#!/usr/bin/env bash
# Runs every fuzz target for a time, one after the other. usage: scripts/fuzz.sh SECONDS
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:?how many seconds for each target?}
targets=0
for dir in $(git grep -lE '^func Fuzz' -- '*_test.go' | xargs -n1 dirname | sort -u); do
  for target in $(grep -hoE '^func Fuzz[A-Za-z0-9_]*' "$dir"/*_test.go | sed 's/^func //' | sort -u); do
    echo "--- ./$dir $target"
    go test -run '^$' -fuzz "^$target\$" -fuzztime "${seconds}s" "./$dir"
    targets=$((targets + 1))
  done
done
echo "$targets targets, $seconds s each: no crash"
