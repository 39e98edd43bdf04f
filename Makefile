# Skein. `make help` lists what there is. Arguments for the programs behind a target go into ARGS:
#   make test ARGS="pure localaws"     make demo ARGS=--exit

TOOL := go tool -modfile=tools/go.mod
IMAGE ?= ghcr.io/skein-dev/skein:dev
FUZZTIME ?= 2m
PLATFORMS ?= linux/amd64,linux/arm64

.DEFAULT_GOAL := help
.PHONY: help setup generate fmt verify build test awscases gauntlet fuzz demo bench image clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## Get the control plane and the AWS emulators ready, in a cache outside the repository
	@hack/envtest/assets.sh >/dev/null
	@hack/emulators/setup.sh >/dev/null

generate: ## Generate deepcopy functions, CRDs and RBAC from the Go sources
	$(TOOL) controller-gen object crd paths=./api/... output:crd:dir=config/crd/bases
	$(TOOL) controller-gen rbac:roleName=manager-role paths="./internal/controller/...;./cmd/..." output:rbac:dir=config/rbac

fmt: ## Format the Go sources and fix what the linters can fix
	$(TOOL) golangci-lint run --fix

verify: ## Check that generated files are fresh, formatting, vet, linters and manifests
	@hack/verify.sh

build: ## Build every program into bin/
	@mkdir -p bin
	go build -o bin/ ./cmd/...

test: setup ## Run every test, in parts; ARGS names parts
	@go run ./hack/testrun $(ARGS)

awscases: ## Replay what AWS was recorded to answer; ARGS="--dir DIR -o json"
	@go run ./hack/awscases $(ARGS)

gauntlet: ## Write docs/gauntlet.md from the tests that ran last; ARGS="-o json --run --strict"
	@go run ./hack/gauntlet $(ARGS)

fuzz: ## Fuzz every target for FUZZTIME each; what it finds stays as a seed under testdata/fuzz
	@go run ./hack/testrun --fuzztime $(FUZZTIME) fuzz

demo: ## Run Skein against a local AWS and show it around; ARGS=--exit ends after the tour
	@hack/envtest/assets.sh >/dev/null
	@go run ./hack/demo $(ARGS)

bench: ## Measure Skein over many consumers; ARGS="--consumers 300 --latency 20ms"
	@hack/envtest/assets.sh >/dev/null
	@go run ./hack/bench $(ARGS)

image: ## Build the multi-arch container image IMAGE with docker buildx
	docker buildx build --platform $(PLATFORMS) --tag $(IMAGE) .

clean: ## Remove bin/; the cache outside the repository stays
	rm -rf bin
