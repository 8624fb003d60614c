.DEFAULT_GOAL := help
SHELL := /bin/bash -o pipefail

# What a command or file comes from, for scripts/need.sh.
need-run  := /usr/lib/postgresql/*/bin/initdb=postgresql redis-server=redis-server espeak-ng=espeak-ng npm=npm
need-sip  := sipp=sip-tester baresip=baresip sox=sox openssl=openssl ip=iproute2
need-test := $(need-run) $(need-sip) chromium=chromium
# An S3-compatible server for tests; its build takes a minute, once.
S3 := v1.8.0

app     := web/app
sources := $(shell find $(app)/src $(app)/public $(app)/index.html $(app)/vite.config.ts $(app)/package.json -type f 2>/dev/null)
N       ?= 1
SECONDS ?= 60
CALLS   ?= 10
MIN     ?= 30
LINT    := v2.15.0

help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: need-run build ## the hotline with demo data, in the foreground; installs what is missing
	@exec bin/hotline serve --demo

test: need-test bin/versitygw-$(S3) ## every test, race detector on, with a count at the end; installs what is missing
	@scripts/test.sh

build: $(app)/dist/index.html ## the pages and the programs, into bin/
	@go build -trimpath -o bin/ ./cmd/...

race: need-test bin/versitygw-$(S3) ## the Go tests alone, race detector on
	go test -race -timeout 30m ./...

lint: ## golangci-lint with .golangci.yml
	@[ "$$(bin/golangci-lint version --short 2>/dev/null)" = "$(LINT:v%=%)" ] || \
		GOBIN=$(CURDIR)/bin go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT)
	bin/golangci-lint run ./...

fuzz: ## every fuzz target, SECONDS=60 each
	@scripts/fuzz.sh $(SECONDS)

bench-offer: need-test build ## INVITE to the offer on the agent's page, against its bar
	bin/callsim bench-offer

bench-media: need-test build ## CPU, memory, delay and loss of calls, beside a plain relay
	bin/callsim bench-media

bench-sip: need-test build ## a call from a trunk to a desk phone: CPU, delay, the highest rate, the queue in bursts
	bin/callsim bench-sip

bench-routing: need-test ## a decision, an offer through Redis, one winner of a million contended, against their bars
	go test -run '^$$' -bench RoutingDecision -benchtime 20000x ./routing
	go test -run '^$$' -bench RoutingOffer -benchtime 4000x ./routing/acd
	go test -run '^$$' -bench RoutingWinners -benchtime 1x -timeout 30m ./routing/acd

sip-conformance: need-sip ## every flow of SIP both ways against sipp, baresip, openssl, with losses: a table; root
	@scripts/sip-conformance.sh $(CALLS)
bench-reports: need-test ## interval reports of a million calls
	go test -run '^$$' -bench Reports -benchtime 100x -timeout 30m ./callcenter/callpg

sim: ## calls, agents and queues in virtual time, SEEDS=10000 worlds from SEED=1 on; one seed is shown whole
	go test -count=1 -timeout 10h -run TestSim -v ./callcenter/sim -seeds $(or $(SEEDS),10000) -seed $(or $(SEED),1) -whole=$(if $(filter 1,$(SEEDS)),true,false)

soak: need-test build ## a call centre by chance at 5 calls/s for MIN=30 minutes: nothing leaks, no call is lost, no agent stuck
	bin/callsim soak -minutes $(MIN) -seed $(or $(SEED),1)

chaos-local: need-test build ## kill -9 in the middle of calls and writes: nothing may be lost
	bin/callsim chaos-local

e2e: need-test build e2e/node_modules/.package-lock.json ## the journey with a real phone and real browsers, N=1 times
	cd e2e && node journey.mjs $(N)

e2e-transfer: need-test build e2e/node_modules/.package-lock.json ## consultation, three-way and supervision, by ear: real phones and browsers, a tone each
	cd e2e && node transfer.mjs

e2e-pages: need-test build e2e/node_modules/.package-lock.json ## the pages of who runs the hotline: queues, directory, marks, emergency, in real browsers
	cd e2e && node pages.mjs

e2e-wideband: need-test build e2e/node_modules/.package-lock.json ## G.722 from a real phone to a real browser, and the live fork of the call, by ear
	@go build -o bin/ ./deploy/examples/recogniser
	cd e2e && node wideband.mjs

e2e-outbound: need-test build e2e/node_modules/.package-lock.json ## calls out from a list and for a ticket: a real phone and real browsers
	cd e2e && node outbound.mjs

verify: $(app)/node_modules/.package-lock.json ## generate again; fails on a difference
	cd $(app) && npm run --silent generate
	go mod tidy -diff
	test -z "$$(gofmt -l $$(git ls-files '*.go'))"
	git diff --exit-code

need-run need-test need-sip:
	@scripts/need.sh $($@)

# The stamp has the version in its name, so that another one is built anew.
bin/versitygw-$(S3):
	GOBIN=$(CURDIR)/bin go install github.com/versity/versitygw/cmd/versitygw@$(S3)
	@touch $@

$(app)/dist/index.html: $(app)/node_modules/.package-lock.json $(sources)
	cd $(app) && npm run --silent build
	@touch $@

%/node_modules/.package-lock.json: %/package-lock.json
	cd $* && npm ci --no-audit --no-fund
	@touch $@

.PHONY: help run test build race lint fuzz bench-offer bench-media bench-sip bench-routing sim bench-reports soak chaos-local sip-conformance e2e e2e-transfer e2e-pages e2e-wideband e2e-outbound verify need-run need-test need-sip
