package project

import (
	"fmt"
	"path"
	"strings"

	"github.com/modship-build/modship/internal/config"
	"github.com/modship-build/modship/internal/diag"
)

// choosePackage finds the target for the main package that the caller has named: the top level if that has it, or else the one target that has.
// Where there is none, it is built by what the top level says. Of a target of several programs the first is its program.
func (p *Project) choosePackage(file *config.File) error {
	if p.Package == "" {
		return nil
	}
	if p.Target != "" {
		return p.fitTarget(file)
	}
	if p.names(file, "") {
		return nil
	}
	var found []string
	for _, name := range file.Targets() {
		if p.names(file, name) {
			found = append(found, name)
		}
	}
	switch len(found) {
	case 0:
	case 1:
		p.Target = found[0]
	default:
		return &diag.Error{Range: file.TargetRange(found[0], "main"), Msg: fmt.Sprintf("%s is the program of several targets: %s", p.Package, strings.Join(found, ", ")),
			Help: "choose one, as in --target " + found[0]}
	}
	return nil
}

// fitTarget refuses a target that is for another program.
func (p *Project) fitTarget(file *config.File) error {
	cfg, err := file.Target(p.Target, p.Args)
	if err != nil {
		return err
	}
	if main := cfg.Main.First(); main != "" && !isPackage(main, p.Package) {
		return p.otherProgram(file.TargetRange(p.Target, "main"), p.Target, main)
	}
	return nil
}

// otherProgram is that a target is another program than the one whose folder is to be built.
func (p *Project) otherProgram(at diag.Range, target, main string) error {
	return &diag.Error{Range: at, Msg: fmt.Sprintf("target %q is the program %s, and %s is to be built", target, main, p.Package),
		Help: "name the folder of the module in place of that of a program, or leave --target out"}
}

// takePackage has the package built that the caller has named. It is not said twice if the configuration names it by its folder.
func (p *Project) takePackage() {
	switch {
	case p.Package == "":
	case isLocal(p.Config.Main.First()) && isPackage(p.Config.Main.First(), p.Package):
		p.Package = ""
	case isPackage(p.Config.Main.First(), p.Package):
		p.Config.Main[0] = p.Package
	default:
		p.Config.Main = config.Mains{p.Package}
	}
}

// names tells whether a target has the package as its program. A mistake in a target is told to those who build it.
func (p *Project) names(file *config.File, target string) bool {
	cfg, err := file.Target(target, p.Args)
	if err != nil {
		return false
	}
	top, err := file.Target("", p.Args)
	return (err != nil || cfg.Module == top.Module) && isPackage(cfg.Main.First(), p.Package)
}

// isPackage tells whether main: names the package of a folder. Of an import path the end is compared: what comes before is not known yet.
func isPackage(main, folder string) bool {
	if main == "" {
		return false
	}
	if isLocal(main) {
		return path.Clean(main) == path.Clean(folder)
	}
	return strings.HasSuffix(main, "/"+path.Clean(folder))
}

func isLocal(main string) bool { return main == "." || strings.HasPrefix(main, "./") }
