# syntax=ghcr.io/modship-build/modship:1
# The frontend image, built by modship itself. To build it for the first time, see docs/frontend-image.md.
main: ./cmd/modship
# Exactly this one, so that a release is the same whenever it is made; a test compares it with go.mod.
go: "1.26.8"
image:
  entrypoint: [/usr/local/bin/modship, frontend]
  files:
    - {from: bin/modship-step-linux-amd64, to: /usr/local/bin/modship-step-linux-amd64}
    - {from: bin/modship-step-linux-arm64, to: /usr/local/bin/modship-step-linux-arm64}
  labels:
    moby.buildkit.frontend.network.none: "true"
    moby.buildkit.frontend.caps: moby.buildkit.frontend.inputs,moby.buildkit.frontend.subrequests,moby.buildkit.frontend.contexts,moby.buildkit.frontend.gitquerystring
