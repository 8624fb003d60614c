#!/usr/bin/env bash
# All tests, in the order in which a fault shows soonest; make test calls it. The
# last line counts what ran. usage: scripts/test.sh
set -euo pipefail
cd "$(dirname "$0")/.."
counts=$(mktemp -d)
trap 'rm -rf "$counts"' EXIT

echo "--- go vet"
go vet ./...

echo "--- go test -race"
go test -race -trimpath -timeout 40m -json ./... | go run ./scripts/testsum -count "$counts/go"

echo "--- pages"
make --no-print-directory web/app/node_modules/.package-lock.json
(cd web/app && npm run --silent check && npx --no-install vitest run --reporter=default --reporter=json --outputFile.json="$counts/pages.json")
pages=$(node -p "require('$counts/pages.json').numPassedTests")

echo "--- the journey"
make --no-print-directory e2e

echo "--- several in one call"
make --no-print-directory e2e-transfer

echo "--- the pages of who runs it"
make --no-print-directory e2e-pages

echo "--- wideband and the live fork"
make --no-print-directory e2e-wideband

echo "--- calls out"
make --no-print-directory e2e-outbound

echo "all green: $(cat "$counts/go") Go tests, $pages tests of the pages, 1 journey, 1 call of many, 1 walk through the pages, 1 wideband call with its fork, 1 round of calls out"
