package imagename

import "strings"

// Values gives the fields of an image. What is not known of the commit is "".
func Values(target, program, version, revision string) map[string]string {
	if target == "" {
		target = program
	}
	semver := strings.TrimPrefix(version, "v")
	values := map[string]string{
		Target: target, Program: program,
		Version: tagged(version), SemVer: tagged(semver),
		Revision: revision, Short: revision[:min(len(revision), 12)],
	}
	core, _, _ := strings.Cut(semver, "-")
	core, _, _ = strings.Cut(core, "+")
	if numbers := strings.Split(core, "."); len(numbers) == 3 {
		values[Major], values[Minor] = numbers[0], numbers[0]+"."+numbers[1]
	}
	return values
}

// tagged writes a version as a tag may have it.
func tagged(version string) string { return strings.ReplaceAll(version, "+", "_") }
