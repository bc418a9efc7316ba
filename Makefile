# GNU make 4 or newer. `make help` lists the targets.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory

GO       ?= go
FUZZTIME ?= 5s
VERSION   = $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

.PHONY: test
test: deps format vet staticcheck unit fuzz ## what continuous integration runs, but for test-cluster
	@echo "== all passed"

.PHONY: check
check: test ## the same as test

.PHONY: deps
deps: ## install what the tests need, where we may
	@echo "== tools and compilers"
	@scripts/install-test-deps

.PHONY: format
format: ## fail when gofmt would change a file
	@echo "== gofmt"
	@scripts/check-format

.PHONY: vet
vet: ## go vet
	@echo "== go vet"
	@$(GO) vet ./...

.PHONY: staticcheck
staticcheck: ## staticcheck, in the version of go.mod
	@echo "== staticcheck"
	@$(GO) tool staticcheck ./...

.PHONY: unit
unit: ## all tests, with the race detector, in random order
	@echo "== tests"
	@$(GO) test -race -shuffle=on -timeout 20m ./...

.PHONY: fuzz
fuzz: ## every fuzz target, FUZZTIME=5s each
	@echo "== fuzz targets, $(FUZZTIME) each"
	@FUZZTIME=$(FUZZTIME) scripts/fuzz

.PHONY: test-cluster
test-cluster: ## PostgreSQL under Patroni: leaders killed under load; takes minutes
	@echo "== cluster of three PostgreSQL nodes"
	@scripts/install-test-deps cluster
	@SALDO_TEST_CLUSTER=saldo $(GO) test -count=1 -v -timeout 30m ./test/cluster

.PHONY: examples
examples: ## write the examples of the OpenAPI documents anew, where they changed
	@echo "== openapi/examples"
	@$(GO) test -count=1 -run TestTheExamplesAreReal ./test/e2e -update

.PHONY: cover
cover: ## coverage of all packages, as coverage/index.html
	@echo "== coverage"
	@mkdir -p coverage
	@$(GO) test -shuffle=on -coverpkg=./... -coverprofile=coverage/profile.txt ./...
	@$(GO) tool cover -html=coverage/profile.txt -o coverage/index.html
	@$(GO) tool cover -func=coverage/profile.txt | tail -n 1

.PHONY: tidy-check
tidy-check: ## fail when go.mod is not tidy or a module was tampered with
	@echo "== go.mod and go.sum"
	@$(GO) mod tidy -diff
	@$(GO) mod verify

.PHONY: build
build: ## build bin/saldo
	@echo "== bin/saldo $(VERSION)"
	@$(GO) build -trimpath -ldflags '-X main.version=$(VERSION)' -o bin/saldo ./cmd/saldo

.PHONY: run
run: ## start a server to try out
	@echo "== saldo dev"
	@$(GO) run ./cmd/saldo dev

.PHONY: bench
bench: ## measure this machine
	@echo "== saldo bench"
	@$(GO) run ./cmd/saldo bench
