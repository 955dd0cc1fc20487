# docker buildx bake builds the service of the repository: the context is the repository, and Dockerfile says which module of it.
group "default" {
  targets = ["orders"]
}

target "orders" {
  context   = "."
  platforms = ["linux/amd64"]
}
