# The frontend image. REPO is the registry and name to push to.
variable "REPO" {
  default = "localhost:5000/modship"
}

group "default" {
  targets = ["frontend"]
}

target "frontend" {
  context    = "."
  dockerfile = "Dockerfile"
  platforms  = ["linux/amd64", "linux/arm64"]
  tags       = ["${REPO}:1"]
  output     = ["type=registry"]
}
