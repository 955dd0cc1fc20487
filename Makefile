# Aliases only: what a target does is a command that you can type.
GOROOT := $(shell go env GOROOT)
MODSHIP := bin/modship
# The commands that look at images.
TOOLS := bin/oci-diff bin/cgo-check bin/oci-lint-go

.PHONY: all test test-full test-short bench bench-short bench-images lint example generate clean

all: $(MODSHIP) $(TOOLS)

# The program carries Go's own default settings, see internal/goenv/data/README.md.
internal/goenv/data/go.env: $(GOROOT)/go.env
	cp $< $@

# Compilers that collect their garbage seldom are a sixth faster. All that is built for an example has the same settings of Go, so that
# the standard library is compiled once for each platform.
$(MODSHIP) $(TOOLS): export GOGC ?= 400

# The program that runs inside the steps of a build is in modship, see internal/stepprogram/data/README.md.
.PHONY: steps
steps: internal/goenv/data/go.env
	CGO_ENABLED=0 go run -trimpath ./internal/stepprogram/pack

.PHONY: $(MODSHIP)
$(MODSHIP): steps
	CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o $@ ./cmd/modship

.PHONY: $(TOOLS)
$(TOOLS):
	CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o $@ ./cmd/$(@F)

# Manual pages and completions of the commands that look at images, below bin.
.PHONY: man
man: $(TOOLS)
	mkdir -p bin/man bin/completions
	set -e; for tool in $(TOOLS); do name=$$(basename $$tool); $$tool man bin/man; \
		for shell in bash zsh fish; do $$tool completion $$shell >bin/completions/$$name.$$shell; done; done

# What a build and the tests need of the machine; as root it is installed, otherwise asked for or said.
.PHONY: setup-build setup-test
setup-build:
	tools/setup build
setup-test:
	tools/setup test

# Runs go test and says what it has run and, at the end, what was skipped and why.
GOTESTSUM := bin/gotestsum --format $${GOTESTSUM_FORMAT:-testname} --
bin/gotestsum: tools/gotestsum/go.mod
	go -C tools/gotestsum build -o ../../$@ gotest.tools/gotestsum

test: setup-test $(MODSHIP) bin/gotestsum
	$(GOTESTSUM) -timeout 86m ./...

# What takes many minutes as well: compiling C in every way.
test-full: setup-test $(MODSHIP) bin/gotestsum
	MODSHIP_TEST_FULL=1 $(GOTESTSUM) -timeout 240m ./...

# One fuzzer: make fuzz FUZZ=FuzzLayer PKG=./internal/ociread. Making inputs smaller, which Go does for a minute each, would take all of the time.
FUZZTIME = 3m
.PHONY: fuzz
fuzz:
	go test -run '^$$' -fuzz '^$(FUZZ)$$' -fuzztime $(FUZZTIME) -fuzzminimizetime 10x $(PKG)

test-short: $(MODSHIP) bin/gotestsum
	$(GOTESTSUM) -short ./...

# Measures modship beside its peers, see docs/performance.md. The long form takes hours.
bench: $(MODSHIP)
	go run ./bench -out bin/bench.json -reach

bench-short: $(MODSHIP)
	go run ./bench -short -out bin/bench-short.json

# Measures the commands that look at images beside their peers, see docs/image-performance.md.
bench-images: $(MODSHIP)
	go run ./bench/images -out bin/bench-images.json

lint:
	gofmt -l . | (! grep .)
	go vet ./...
	go -C tools build -o ../bin/staticcheck honnef.co/go/tools/cmd/staticcheck
	bin/staticcheck ./...

# Not ./...: a test of package integration has modules with directives that must never run.
generate:
	go generate ./internal/... ./frontend/... ./llb/... ./bench/... ./cmd/...

# Builds examples/hello for two platforms and says what was made. Where no BuildKit is known, what a private one is built from is fetched
# while modship is compiled.
example: setup-build
	@{ test -n "$$BUILDKIT_HOST$$DOCKER_HOST" || test -e /var/run/docker.sock || \
		CGO_ENABLED=0 go -C tools list -deps github.com/moby/buildkit/cmd/buildkitd >/dev/null 2>&1; } & $(MAKE) --no-print-directory $(MODSHIP) && wait
	$(MODSHIP) build examples/hello --platform linux/amd64,linux/arm64 -o type=oci,dest=bin/hello.tar

# What is published, below dist: see docs/releases.md. KEY signs it; BUILT has what bake has built for it.
KEY =
BUILT =
# The Go that is compiled with, whatever that of the machine is.
release release-files: export GOTOOLCHAIN = go$(shell sed -n 's/^go //p' go.mod)
# SBOMs name the modship that made them, which has a version in every image.
release release-files: export GOFLAGS = -buildvcs=true
.PHONY: release release-files
release: release-files
	go run ./internal/release $(if $(KEY),-key $(KEY)) $(if $(BUILT),-built $(BUILT))

# What the builds of a release take that is not in git.
release-files:
	rm -f internal/goenv/data/go.env
	$(MAKE) $(MODSHIP)
	mkdir -p bin/release

clean:
	rm -rf bin internal/goenv/data/go.env internal/stepprogram/data/*.zst
