.DEFAULT_GOAL := help
SHELL := /bin/bash

need-test := /usr/lib/postgresql=postgresql redis-server=redis-server espeak-ng=espeak-ng sox=sox baresip=baresip sipp=sip-tester

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

test: ## every test, race detector on; installs what is missing
	@scripts/need.sh $(need-test)
	go vet ./...
	go test -race -trimpath -timeout 30m ./...

build: ## compile every package
	go build ./...

.PHONY: help test build
