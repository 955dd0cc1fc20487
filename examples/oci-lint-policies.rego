package team_rules

# METADATA
# title: The image names its team.
# description: Whoever is woken at night has to know whom to wake.
# related_resources:
#   - https://wiki.example.com/images#team
deny_team contains {"msg": "the image names no team", "place": "config.Labels", "help": "add LABEL com.example.team=…"} if {
	object.get(input.labels, "com.example.team", "") == ""
}

warn_old_modules contains sprintf("%s has %s %s", [program.path, path, version]) if {
	some program in input.programs
	some path, version in program.go.modules
	path == "github.com/example/old"
}

test_team if {
	count(deny_team) == 1 with input.labels as {}
	count(deny_team) == 0 with input.labels as {"com.example.team": "web"}
}

test_old_modules if {
	warn_old_modules == {"/app has github.com/example/old v1.0.0"} with input.programs as [{"path": "/app", "go": {"modules": {"github.com/example/old": "v1.0.0"}}}]
}
