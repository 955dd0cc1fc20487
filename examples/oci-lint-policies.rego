package own_rules

# METADATA
# title: The image names whom to call.
# description: Whoever is woken at night has to know whom to wake next.
# related_resources:
#   - https://wiki.example.com/images#contact
deny_contact contains {"msg": "the image names nobody to call", "place": "config.Labels", "help": "add LABEL com.example.contact=…"} if {
	object.get(input.labels, "com.example.contact", "") == ""
}

warn_old_modules contains sprintf("%s has %s %s", [program.path, path, version]) if {
	some program in input.programs
	some path, version in program.go.modules
	path == "github.com/example/old"
}

test_contact if {
	count(deny_contact) == 1 with input.labels as {}
	count(deny_contact) == 0 with input.labels as {"com.example.contact": "web@example.com"}
}

test_old_modules if {
	warn_old_modules == {"/app has github.com/example/old v1.0.0"} with input.programs as [{"path": "/app", "go": {"modules": {"github.com/example/old": "v1.0.0"}}}]
}
