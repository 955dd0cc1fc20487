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
