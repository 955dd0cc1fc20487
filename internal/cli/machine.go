package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/modship-build/modship/internal/buildarg"
	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/goenv"
	"github.com/modship-build/modship/internal/localfile"
	"github.com/modship-build/modship/internal/safetext"
)

// proxyVariables are the proxies that Go's own client knows (net/http, ProxyFromEnvironment).
var proxyVariables = []string{buildarg.HTTPProxy, buildarg.HTTPSProxy, buildarg.NoProxy, "http_proxy", "https_proxy", "no_proxy"}

// defaultArgs returns the build arguments that the user's machine implies. Build arguments are part of a build's record, so a login in
// one is taken out. Where that cannot be, a proxy is left out with a warning, and a module proxy is a mistake, because without it private
// modules would be looked for in public places. explicit lists the values of --build-arg. origins says where the machine has those that
// are in args and settings of Go, and what GOAUTH is.
func defaultArgs(ctx context.Context, env Env, explicit []string, l *logins, mistakes *diag.List) (args map[string]string, origins map[string]goSetting, warnings []string) {
	args, origins = map[string]string{}, map[string]goSetting{}
	given := func(name string) bool {
		return slices.ContainsFunc(explicit, func(v string) bool {
			other, _, _ := strings.Cut(v, "=")
			return buildarg.Same(name, other)
		})
	}
	settings, warnings := goSettings(ctx, env)
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		if given(name) {
			continue
		}
		s := settings[name]
		if name == goAuth { // it stays on this machine
			origins[name] = s
			continue
		}
		value, err := l.takeOut(name, s.value)
		if err == nil && buildarg.HasUserinfo(value) {
			err = buildarg.ErrUserinfo
		}
		if err != nil {
			mistakes.Addf(diag.Range{File: s.place(name)}, "%s", err).Help = takeOutHelp(name, err)
			continue
		}
		args[name], origins[name] = value, s
	}
	for _, name := range append([]string{buildarg.Epoch}, proxyVariables...) {
		value, _ := env.LookupEnv(name)
		if value == "" || given(name) {
			continue
		}
		value, err := l.takeOut(name, value)
		if err == nil && buildarg.HasUserinfo(value) {
			err = buildarg.ErrUserinfo
		}
		if err != nil {
			warnings = append(warnings, name+" is not handed to the build: "+err.Error())
			continue
		}
		args[name] = value
	}
	if value, _ := env.LookupEnv(buildarg.Workspace); value == noWork && !given(buildarg.Workspace) {
		args[buildarg.Workspace] = value
	}
	return args, origins, warnings
}

// noWork is the GOWORK with which no go.work counts. Of a path, the daemon knows nothing.
const noWork = "off"

// GoEnvFile is a file in which the go command of the machine keeps settings.
type GoEnvFile struct {
	Path string
	Vars map[string]string
}

// goSetting is what the machine says of one variable of the go command, and where.
type goSetting struct{ value, from string }

// place names the variable and where it is from, in place of a file.
func (s goSetting) place(name string) string { return name + " of " + s.from }

// placeSettings has the mistakes in err that are about a setting of the machine say where the machine has it: nobody has typed it.
func placeSettings(err error, origins map[string]goSetting) {
	for _, mistake := range diag.All(err) {
		if s, ok := origins[mistake.File]; ok && mistake.Start.Line == 0 {
			mistake.File = s.place(mistake.File)
		}
	}
}

// goSettings merges the settings of the machine as cmd/go does: each variable for itself, out of the environment, else out of the
// first file that has it. An empty value is none.
func goSettings(ctx context.Context, env Env) (settings map[string]goSetting, warnings []string) {
	files, err := env.GoEnv(ctx)
	if err != nil {
		warnings = append(warnings, fmt.Sprintf("what the go command of this machine keeps of module settings is not known, and only those of the environment count: %v", err))
	}
	settings = map[string]goSetting{}
	for _, name := range append(buildarg.GoSettings(), "GOFLAGS", goAuth) {
		if value, _ := env.LookupEnv(name); value != "" {
			settings[name] = goSetting{value, "the environment"}
			continue
		}
		for _, f := range files {
			if value := f.Vars[name]; value != "" {
				settings[name] = goSetting{value, f.Path}
				break
			}
		}
	}
	if flags := programFlags(settings["GOFLAGS"].value); flags != "" {
		warnings = append(warnings, fmt.Sprintf("GOFLAGS of %s is not taken over: %s; flags that a program needs stand in the configuration, below build",
			settings["GOFLAGS"].from, safetext.Short(flags)))
	}
	delete(settings, "GOFLAGS")
	return settings, warnings
}

// sameProgram are flags of the go command that make no other program: how it looks for modules and what it says, what a build does
// anyway, and what the labels say in its place.
var sameProgram = regexp.MustCompile(`^--?(?:buildvcs|mod|modcacherw|p|trimpath|v|work|x)(?:=.*)?$`)

// programFlags leaves of GOFLAGS what makes another program.
func programFlags(goflags string) string {
	return strings.Join(slices.DeleteFunc(strings.Fields(goflags), sameProgram.MatchString), " ")
}

// GoEnv reads the files of the go command in the PATH: that of `go env -w`, and go.env of its GOROOT. There are none where there is no
// go command. Go's own defaults are not among the settings: they are no reason to overrule the configuration. But where this program
// knows no default module proxy, Go's stands in for it.
func GoEnv(ctx context.Context) ([]GoEnvFile, error) {
	defaults, err := goenv.Defaults()
	if err != nil {
		return nil, err
	}
	return goEnvFiles(ctx, defaults)
}

func goEnvFiles(ctx context.Context, defaults goenv.Settings) ([]GoEnvFile, error) {
	program, err := localfile.FindProgram("go", os.Getenv("PATH"))
	if err != nil {
		return nil, nil // nobody has told it anything
	}
	where, err := askGo(ctx, program)
	if err != nil {
		// A GOROOT in the environment may be that of another release, or of another machine.
		if where, err = askGo(ctx, program, "GOROOT="); err != nil {
			return nil, err
		}
	}
	user := GoEnvFile{Path: where["GOENV"]}
	if user.Path != "off" {
		if user.Vars, err = readGoEnv(user.Path); err != nil {
			return nil, err
		}
	}
	root := GoEnvFile{Path: filepath.Join(where["GOROOT"], "go.env")}
	if root.Vars, err = readGoEnv(root.Path); err != nil {
		return nil, err
	}
	if root.Vars == nil { // Go 1.20 and older have their defaults in the program
		root = GoEnvFile{Path: program, Vars: map[string]string{"GOPROXY": where["GOPROXY"]}}
	}
	for name, value := range map[string]string{"GOPROXY": defaults.Proxy, "GOSUMDB": defaults.SumDB} {
		if root.Vars[name] == value {
			delete(root.Vars, name)
		}
	}
	return []GoEnvFile{user, root}, nil
}

// readGoEnv gives nil for a file that is not there.
func readGoEnv(path string) (map[string]string, error) {
	if path == "" {
		return nil, nil
	}
	data, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the settings of the go command: %w", err)
	}
	return goenv.ParseEnvFile(data), nil
}

// askGo asks the go command where its files are, and for its GOPROXY.
func askGo(ctx context.Context, program string, env ...string) (map[string]string, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, "env", "-json", "GOENV", "GOROOT", "GOPROXY")
	// Neither a go.mod nor a go.work may make it switch to, and so fetch, another toolchain.
	cmd.Dir = os.TempDir()
	cmd.Env = slices.Concat(os.Environ(), []string{"GOTOOLCHAIN=local", "GOWORK=off"}, env)
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("running %s env: %w: %s", program, err, safetext.Short(strings.TrimSpace(said.String())))
	}
	var answer map[string]string
	if err := json.Unmarshal(out, &answer); err != nil {
		return nil, fmt.Errorf("reading the answer of %s env: %w", program, err)
	}
	return answer, nil
}
