# Everything a developer runs. `make help` lists it.

.PHONY: help generate migration test lint bench prove-spine prove-identity prove-sealed prove-bundle prove-contracts prove-monitoring run build
BUILD := .build

help: ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 16

run: ## Serve from ./data with no configuration
	go run ./cmd/jiebangd serve

build: ## Build both programs into .build
	go build -trimpath -ldflags '-s -w' -o $(BUILD)/ ./cmd/jiebangd ./cmd/jiebang

test: ## Pass all tests, on PostgreSQL too where it is installed
	@mkdir -p $(BUILD)
	go build -o $(BUILD)/withpostgres ./services/internal/storagetest/withpostgres
	$(BUILD)/withpostgres go test ./...

prove-spine: ## Kill the server under load, race for awards and deadlines, at full size
	@mkdir -p $(BUILD)
	go build -o $(BUILD)/withpostgres ./services/internal/storagetest/withpostgres
	$(BUILD)/withpostgres go run ./services/internal/prove

prove-identity: ## Decide the whole authorization matrix twice, compare what organizations learn of one another, take walls down, plant bugs
	@mkdir -p $(BUILD)
	go build -o $(BUILD)/withpostgres ./services/internal/storagetest/withpostgres
	$(BUILD)/withpostgres go run ./services/internal/prove identity

prove-sealed: ## Compare histories of sealed bids, race deadlines, look for what bids say, open a thousand, at full size
	@mkdir -p $(BUILD)
	go build -o $(BUILD)/withpostgres ./services/internal/storagetest/withpostgres
	$(BUILD)/withpostgres go run ./services/internal/prove sealed

prove-bundle: ## Give 100,000 mutated bundles to both verifiers, in Go and in Python
	go run ./services/internal/prove bundle

prove-contracts: ## Compare what contracts come to in 100,000 snapshots, tamper with every column, mutate bundles, crash in every change, plant bugs
	@mkdir -p $(BUILD)
	go build -o $(BUILD)/withpostgres ./services/internal/storagetest/withpostgres
	$(BUILD)/withpostgres go run ./services/internal/prove contracts

prove-monitoring: ## Plant bugs in red flags and monitoring cases
	go run ./services/internal/prove monitoring

bench: ## Measure, each figure against the bare limit of the same run
	@mkdir -p $(BUILD)
	go build -o $(BUILD)/withpostgres ./services/internal/storagetest/withpostgres
	$(BUILD)/withpostgres go run ./services/internal/bench
	go run ./services/internal/bench/workbook
	go run ./services/internal/bench/figures

generate: ## Generate proto/gen and ent/gen
	go -C tools run ./protogen
	rm -rf ent/gen && go run ent/entc.go

migration: ## Write the next migration from ent/schema: make migration NAME=what_for
	@mkdir -p $(BUILD)
	go build -o $(BUILD)/withpostgres ./services/internal/storagetest/withpostgres
	$(BUILD)/withpostgres go run ent/migrations/diff.go $(NAME)

lint: ## gofmt, vet, staticcheck, buf and api-linter; BUF names buf's program
	@test -z "$$(gofmt -l $$(git ls-files '*.go' | grep -v /gen/))" || { gofmt -l $$(git ls-files '*.go' | grep -v /gen/); exit 1; }
	go vet ./...
	go tool -modfile=tools/go.mod staticcheck ./...
	@mkdir -p $(BUILD)
	go -C tools run ./protogen -descriptors ../$(BUILD)/jiebang.binpb
	$(or $(BUF),buf) lint $(BUILD)/jiebang.binpb --config proto/buf.yaml
	go tool -modfile=tools/go.mod api-linter --config proto/api-linter.yaml --descriptor-set-in $(BUILD)/jiebang.binpb --set-exit-status $$(cd proto && ls jiebang/v1/*.proto)
