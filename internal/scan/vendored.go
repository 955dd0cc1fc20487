package scan

import (
	"errors"
	"io/fs"
	"path"

	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/gomod"
)

// followVendored finds the links that vendored packages are reached through: a repository may keep modules that it develops in a folder
// of their own, and link to them from vendor. Which packages there are is what vendor/modules.txt says
// (go.dev/ref/mod#vendoring).
func (s *survey) followVendored() {
	if !s.request.Vendor {
		return
	}
	vendor := s.vendorDir()
	list := path.Join(vendor, "modules.txt")
	text, err := s.tree.file(list, gomod.MaxFile)
	if err != nil {
		s.tree.links.Want(list)
		return // cmd/go says it better
	}
	found := make(set)
	if place, err := s.tree.links.Find(list); err == nil && len(place.Links) > 0 {
		outside(found, vendor, place.Trace()...)
	}
	for _, importPath := range gomod.VendoredPackages(text) {
		s.addVendored(found, path.Join(vendor, importPath))
	}
	s.result.Vendored = found.sorted()
}

func (s *survey) vendorDir() string { return path.Join(s.request.Root, "vendor") }

func (s *survey) addVendored(to set, dir string) {
	place, err := s.tree.links.Find(dir)
	if err != nil {
		s.tree.links.Want(dir)
		s.reportLink(err)
		return
	}
	if len(place.Links) > 0 {
		outside(to, s.vendorDir(), place.Trace()...)
	}
	entries, err := s.tree.links.Entries(place.Path)
	if err != nil {
		return
	}
	for _, e := range entries {
		if e.Type()&fs.ModeSymlink == 0 || passedOver(e.Name()) {
			continue
		}
		if file, err := s.tree.links.Find(path.Join(place.Path, e.Name())); err == nil {
			outside(to, s.vendorDir(), file.Trace()...)
		} else if matters(e.Name()) {
			s.reportLink(err)
		}
	}
}

// outside adds the names that are not below the folder vendor.
func outside(to set, vendor string, names ...string) {
	for _, name := range names {
		if _, inside := gomod.CutPath(name, vendor); !inside || name == vendor {
			to[name] = true
		}
	}
}

// reportLink reports a link that leads nowhere, or out of the context, on every platform: go.mod asks for what is vendored, not an
// import of one platform.
func (s *survey) reportLink(err error) {
	var broken *diag.Error
	if !errors.As(err, &broken) {
		return
	}
	for _, p := range s.platforms {
		s.found.add(LevelError, fault{Range: broken.Range, msg: broken.Msg, help: broken.Help}, p.name)
	}
}
