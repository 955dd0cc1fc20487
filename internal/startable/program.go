package startable

import (
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/modship-build/modship/internal/binary"
)

const (
	// maxScripts is how many scripts the kernel's exec_binprm goes through before it says ELOOP.
	maxScripts = 5
	// scriptHead is the kernel's BINPRM_BUF_SIZE: the #! line must name its interpreter within it.
	scriptHead = 256
)

// findProgram gives the executable that execve ends at, or nil after it has added the problem.
func (l *linker) findProgram(program, paths string) (*object, error) {
	name, err := l.inPath(program, paths)
	if err != nil || name == "" {
		return nil, err
	}
	role := "the program " + name
	for range maxScripts + 1 {
		p, err := l.tree.find(name)
		if err != nil || !l.executable(role, p) {
			return nil, err
		}
		dyn, script, argument, err := l.readExecutable(p)
		if err != nil || dyn == nil && script == "" {
			return nil, err
		}
		if refusal := l.tree.refusal(p, read); script != "" && refusal != nil {
			l.problem(l.denied(p.path, "the script "+p.path, p, read, refusal))
			return nil, nil
		}
		if wanted := envProgram(script, argument); wanted != "" {
			if found, err := l.inPath(wanted, paths); err != nil || found == "" {
				return nil, err
			}
		}
		if dyn != nil {
			// /proc/self/exe, which loaders take for $ORIGIN, has no links.
			return &object{place: p, dyn: dyn, origin: path.Dir(p.real)}, nil
		}
		role, name = fmt.Sprintf("%s, the interpreter of the script %s,", script, p.path), script
	}
	l.problem(Problem{Object: program, Msg: fmt.Sprintf("%s is a script, and so are its interpreter and that one's, more than %d in all", program, maxScripts)})
	return nil, nil
}

// inPath gives the path of a program, "" after it has added the problem.
func (l *linker) inPath(program, paths string) (string, error) {
	if strings.Contains(program, "/") {
		// Not path.Join, which would take ".." before links.
		return "/" + strings.TrimPrefix(program, "/"), nil
	}
	var refused []place
	for _, dir := range split(paths, ":") {
		name := dir + "/" + program
		p, err := l.tree.find(name)
		if err != nil {
			return "", err
		}
		if program == "" || p.info == nil || !p.info.Mode().IsRegular() || p.info.Mode()&0o111 == 0 {
			continue
		}
		if l.tree.refusal(p, execute) == nil {
			return name, nil
		}
		refused = append(refused, p) // as execvp(3), which goes on
	}
	if len(refused) > 0 {
		l.executable("the program "+refused[0].path, refused[0])
		return "", nil
	}
	l.problem(Problem{
		Object: program, Msg: fmt.Sprintf("the program %q is in no folder of PATH (%s)", program, paths),
		Help: "name it by its path",
	})
	return "", nil
}

// executable says whether the kernel would open p for execution, or adds the problem.
func (l *linker) executable(role string, p place) bool {
	problem := Problem{Object: p.path}
	refusal := l.tree.refusal(p, execute)
	switch {
	case p.denied != nil && p.info != nil:
		problem = l.denied(p.path, role, p, execute, refusal)
	case !p.exists():
		problem.Msg = fmt.Sprintf("%s does not exist in %s%s", role, l.where, p.lost())
	case p.info.IsDir():
		problem.Msg = fmt.Sprintf("%s is a folder", role)
	case !p.regular():
		problem.Msg = fmt.Sprintf("%s is not a regular file but of mode %v", role, p.info.Mode())
	case p.info.Mode()&0o111 == 0:
		problem.Msg = fmt.Sprintf("%s is not executable: its mode is %04o", role, p.info.Mode().Perm())
		problem.Help = "chmod it to 0755"
	case refusal != nil:
		problem = l.denied(p.path, role, p, execute, refusal)
	default:
		return true
	}
	l.problem(problem)
	return false
}

// lost says which link a path is lost at, if it is one itself; links to its folders are of no interest.
func (p place) lost() string {
	if !slices.ContainsFunc(p.links, func(link Link) bool { return path.Base(link.Path) == path.Base(p.path) }) {
		return ""
	}
	last := p.links[len(p.links)-1]
	return fmt.Sprintf(": the symbolic link %s leads to %s", last.Path, last.Target)
}

// envProgram is what env(1) looks for in PATH when a script names env as its interpreter: the kernel gives all that follows as one
// argument, which only -S has env split. It is "" for another interpreter, and where options that are not known decide.
func envProgram(interpreter, argument string) string {
	if path.Base(interpreter) != "env" {
		return ""
	}
	words := []string{argument}
	if split, ok := strings.CutPrefix(argument, "-S"); ok {
		words = strings.Fields(split)
	}
	for _, w := range words {
		switch {
		case strings.HasPrefix(w, "-"), strings.ContainsAny(w, `$'"\`):
			return ""
		case !strings.Contains(w, "="): // no variable
			return w
		}
	}
	return ""
}

// readExecutable gives what an ELF executable says, or the interpreter of a script and its argument, or neither after it has added the
// problem.
func (l *linker) readExecutable(p place) (dyn *binary.Dynamic, script, argument string, err error) {
	head, err := l.tree.head(p.real, scriptHead)
	if err != nil {
		return nil, "", "", err
	}
	if line, ok := bytes.CutPrefix(head, []byte("#!")); ok {
		script, argument = l.scriptInterpreter(p, line)
		return nil, script, argument, nil
	}
	if !bytes.HasPrefix(head, []byte(elf.ELFMAG)) {
		l.problem(Problem{Object: p.path, Msg: fmt.Sprintf("%s is neither an ELF executable nor a script that begins with #!", p.path)})
		return nil, "", "", nil
	}
	dyn, why, err := l.readELF(p)
	if err == nil && why.text != "" {
		l.problem(Problem{Object: p.path, Msg: fmt.Sprintf("%s %s", p.path, why.text), Help: why.help})
		dyn = nil
	}
	return dyn, "", "", err
}

// scriptInterpreter reads what follows "#!" as the kernel's fs/binfmt_script.c does.
func (l *linker) scriptInterpreter(p place, line []byte) (name, argument string) {
	line, _, ended := bytes.Cut(line, []byte("\n"))
	line = bytes.TrimLeft(line, " \t")
	found := line
	if i := bytes.IndexAny(line, " \t\x00"); i >= 0 {
		found, ended = line[:i], true
		argument = strings.Trim(string(line[i:]), " \t\x00")
	}
	// A short file ends the line too.
	if !ended && p.info.Size() > scriptHead {
		found = nil
	}
	if !bytes.HasPrefix(found, []byte("/")) {
		l.problem(Problem{
			Object: p.path, Msg: fmt.Sprintf("the script %s does not name its interpreter by an absolute path: #!%.60s", p.path, line),
		})
		return "", ""
	}
	if bytes.HasSuffix(found, []byte("\r")) {
		l.problem(Problem{Object: p.path, Msg: fmt.Sprintf("the first line of the script %s ends in a carriage return", p.path), Help: "give it Unix line ends"})
		return "", ""
	}
	return string(found), argument
}

// misfit says why a file cannot be loaded; it is zero for one that can.
type misfit struct {
	text, help string
	// foreign says that the file is for another processor, which glibc passes over.
	foreign bool
}

// readELF reads a file and holds it against the target.
func (l *linker) readELF(p place) (*binary.Dynamic, misfit, error) {
	if !p.regular() {
		return nil, misfit{text: "is not a regular file"}, nil
	}
	file, err := l.tree.open(p)
	if err != nil {
		return nil, misfit{}, err
	}
	defer file.Close()
	dyn, err := binary.ReadDynamic(file)
	switch {
	case errors.Is(err, binary.ErrNotELF):
		return nil, misfit{text: "is not an ELF file"}, nil
	case errors.Is(err, binary.ErrMalformed):
		return nil, misfit{text: fmt.Sprintf("cannot be loaded: %v", err)}, nil
	case err != nil:
		return nil, misfit{}, fmt.Errorf("reading %s: %w", p.real, err)
	}
	return dyn, l.fits(dyn), nil
}
