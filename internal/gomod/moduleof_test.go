package gomod

import "testing"

func TestModuleOf(t *testing.T) {
	f := Table{Modules: []Module{
		{Path: "example.com/app", Dir: "."}, {Path: "example.com/app/tools", Dir: "tools"}, {Path: "example.com/afar"},
		{Path: "example.com/lib", Dir: "tools/lib", Replaced: true},
	}}
	for dir, want := range map[string]string{
		".": "example.com/app", "cmd/app": "example.com/app", "toolsmith": "example.com/app",
		"tools": "example.com/app/tools", "tools/cmd/gen": "example.com/app/tools", "tools/lib/x": "example.com/lib",
	} {
		if got := f.ModuleOf(dir).Path; got != want {
			t.Errorf("%s is in %q, want %q", dir, got, want)
		}
	}
	if got := (Table{Modules: []Module{{Path: "m", Dir: "sub"}}}).ModuleOf("."); got.Path != "" {
		t.Errorf("no module at the root: %v", got)
	}
}
