package ctoolchain

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// Package is a binary package that dpkg has installed. Its database is in /var/lib/dpkg (dpkg(1), "FILES"; the fields are those of Debian
// Policy, chapter 5).
type Package struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	// Arch is dpkg's architecture, or "all".
	Arch string `json:"arch"`
	// Source is the name of its source package, "" if it is Name.
	Source string `json:"source,omitempty"`
	// Files are absolute paths.
	Files []string `json:"files,omitempty"`
}

// String gives the package as apt-get takes it, with its version.
func (p Package) String() string { return p.Name + ":" + p.Arch + "=" + p.Version }

// database is where dpkg keeps its files.
const database = "var/lib/dpkg"

// maxLine bounds a line of the status file, in bytes: descriptions and lists of dependencies are far shorter.
const maxLine = 1 << 20

// ReadPackages gives the installed packages of a root, sorted by name and architecture, without their files. A root without a database has
// no packages.
func ReadPackages(root fs.FS) ([]Package, error) {
	f, err := root.Open(database + "/status")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the installed packages: %w", err)
	}
	defer f.Close()
	return parsePackages(f)
}

// parsePackages reads a status file. Packages that are not installed are left out.
func parsePackages(r io.Reader) ([]Package, error) {
	var all []Package
	fields := map[string]string{}
	end := func() {
		// Want, flag and status: "install ok installed", also "hold ok installed".
		if strings.HasSuffix(fields["Status"], " ok installed") && fields["Package"] != "" {
			all = append(all, newPackage(fields))
		}
		clear(fields)
	}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLine)
	for lines.Scan() {
		line := lines.Text()
		if strings.TrimSpace(line) == "" {
			end()
			continue
		}
		name, value, ok := strings.Cut(line, ":")
		if ok && line[0] != ' ' && line[0] != '\t' { // else it goes on with the field before
			fields[name] = strings.TrimSpace(value)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("reading the installed packages: %w", err)
	}
	end()
	slices.SortFunc(all, func(a, b Package) int { return strings.Compare(a.String(), b.String()) })
	return all, nil
}

func newPackage(fields map[string]string) Package {
	source, _, _ := strings.Cut(fields["Source"], " ") // its version follows in brackets where it differs
	if source == fields["Package"] {
		source = ""
	}
	return Package{Name: fields["Package"], Version: fields["Version"], Arch: fields["Architecture"], Source: source}
}

// PackageFiles gives the paths that a package has put into the root, without folders' own entry ".". A package of several architectures
// has its list under a name with the architecture.
func PackageFiles(root fs.FS, p Package) ([]string, error) {
	for _, name := range []string{p.Name + ":" + p.Arch, p.Name} {
		list, err := fs.ReadFile(root, path.Join(database, "info", name+".list"))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("reading the files of %s: %w", p.Name, err)
		}
		return slices.DeleteFunc(strings.Split(strings.TrimSpace(string(list)), "\n"), func(f string) bool { return f == "/." }), nil
	}
	return nil, fmt.Errorf("reading the files of %s: %w", p.Name, fs.ErrNotExist)
}
