# One command builds the page, and the program that has it in it: docker buildx bake
group "default" {
  targets = ["app"]
}

target "ui" {
  context = "web"
}

target "app" {
  contexts  = { ui = "target:ui" }
  platforms = ["linux/amd64", "linux/arm64"]
}
