package gomod

import "testing"

func TestModuleOf(t *testing.T) {
	f := &Facts{
		Modules:       []Module{{Path: "example.com/app", Dir: "."}, {Path: "example.com/app/tools", Dir: "tools"}},
		LocalReplaces: []Replace{{Module: "example.com/lib", Dir: "tools/lib"}},
	}
	for dir, want := range map[string]string{
		".": "example.com/app", "cmd/app": "example.com/app", "toolsmith": "example.com/app",
		"tools": "example.com/app/tools", "tools/cmd/gen": "example.com/app/tools", "tools/lib/x": "example.com/lib",
	} {
		if got := f.ModuleOf(dir).Path; got != want {
			t.Errorf("%s is in %q, want %q", dir, got, want)
		}
	}
	if got := (&Facts{Modules: []Module{{Path: "m", Dir: "sub"}}}).ModuleOf("."); got != (Module{}) {
		t.Errorf("no module at the root: %v", got)
	}
}
