package result

import "testing"

func TestStage(t *testing.T) {
	for step, want := range map[string][2]string{
		"[linux/amd64 deps] compile third-party packages": {"linux/amd64", "deps"},
		"[linux/arm/v7 glibc compile] go build x":         {"linux/arm/v7 glibc", "compile"},
		"[toolchain] fetch":                               {"", "toolchain"},
		"pulled: [toolchain] fetch":                       {"", ""},
		"exporting to image":                              {"", ""},
		"[compile":                                        {"", ""},
		"":                                                {"", ""},
	} {
		if platform, stage := Stage(step); [2]string{platform, stage} != want {
			t.Errorf("%q gives %q and %q, want %q", step, platform, stage, want)
		}
	}
}
