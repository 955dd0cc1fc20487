# The frontend image, built by a frontend image. See docs/frontend-image.md for the first one.

# REPO is the registry and name to push to.
variable "REPO" {
  default = "localhost:5001/modship"
}

# FRONTEND is the frontend image to build with, in place of the one that Dockerfile names.
variable "FRONTEND" {
  default = ""
}

group "default" {
  targets = ["frontend"]
}

target "frontend" {
  context    = "."
  dockerfile = "Dockerfile"
  args       = FRONTEND != "" ? { BUILDKIT_SYNTAX = FRONTEND } : {}
  platforms  = ["linux/amd64", "linux/arm64"]
  tags       = ["${REPO}:1"]
  output     = ["type=registry"]
}

# What a release is packed of by `make release BUILT=bin/release`, after `make release-files`. See docs/releases.md.
group "release" {
  targets = ["release-frontend", "release-programs"]
}

target "release-frontend" {
  inherits = ["frontend"]
  tags     = []
  attest   = ["type=provenance,disabled=true"]
  output   = ["type=oci,dest=bin/release/frontend.tar,force-compression=true"]
}

target "release-programs" {
  name = "release-${command}-${what}"
  matrix = {
    command = ["modship", "oci-diff", "cgo-check", "oci-lint-go"]
    what    = ["binaries", "sbom"]
  }
  context    = "."
  dockerfile = command == "modship" ? "Dockerfile" : "image-tools.yaml"
  target     = command == "modship" ? what : "${command}/${what}"
  args       = FRONTEND != "" ? { BUILDKIT_SYNTAX = FRONTEND } : {}
  platforms  = ["linux/amd64", "linux/arm64", "darwin/amd64", "darwin/arm64", "windows/amd64", "windows/arm64"]
  attest     = ["type=provenance,disabled=true"]
  output     = ["type=local,dest=bin/release/${what}/${command}"]
}
