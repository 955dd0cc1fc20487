package cgocheck

import (
	"cmp"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	cdx "github.com/CycloneDX/cyclonedx-go"
	"github.com/package-url/packageurl-go"

	"github.com/modship-build/modship/internal/binary"
)

// CycloneDX writes a CycloneDX 1.6 document of the only program: its modules, its C libraries, and what is known of its C as properties.
// The version is that of cgo-check.
func (r *Report) CycloneDX(w io.Writer, version string) error {
	p, err := r.only()
	if err != nil {
		return err
	}
	main := p.mainComponent()
	var parts []cdx.Component
	seen := map[string]bool{}
	for _, c := range append(p.goComponents(), p.cComponents()...) {
		if !seen[c.BOMRef] {
			seen[c.BOMRef] = true
			parts = append(parts, c)
		}
	}
	var refs []string
	for _, c := range parts {
		refs = append(refs, c.BOMRef)
	}
	bom := cdx.NewBOM()
	bom.Metadata = &cdx.Metadata{
		Timestamp: p.created().UTC().Format(time.RFC3339), Component: &main,
		Tools: &cdx.ToolsChoice{Components: &[]cdx.Component{{Type: cdx.ComponentTypeApplication, Name: tool, Version: version}}},
	}
	bom.Components = &parts
	bom.Dependencies = &[]cdx.Dependency{{Ref: main.BOMRef, Dependencies: &refs}}
	if err := cdx.NewBOMEncoder(w, cdx.BOMFileFormatJSON).SetPretty(true).EncodeVersion(bom, cdx.SpecVersion1_6); err != nil {
		return fmt.Errorf("encoding CycloneDX: %w", err)
	}
	return nil
}

func (p *Program) mainComponent() cdx.Component {
	var properties []cdx.Property
	for _, s := range p.statements() {
		name, value, _ := strings.Cut(s, " ")
		properties = append(properties, cdx.Property{Name: "modship:" + strings.TrimSuffix(name, ":"), Value: value})
	}
	return cdx.Component{
		BOMRef: "program", Type: cdx.ComponentTypeApplication, Name: cmp.Or(p.Go.Path, p.Path), Version: p.Go.ModuleVersion,
		Description: p.name(), Properties: &properties,
		Hashes: &[]cdx.Hash{{Algorithm: cdx.HashAlgoSHA1, Value: p.SHA1}, {Algorithm: cdx.HashAlgoSHA256, Value: p.SHA256}},
	}
}

// goComponents are the standard library and the modules. What replaces a module stands for it.
func (p *Program) goComponents() []cdx.Component {
	number, _, _ := strings.Cut(strings.TrimPrefix(p.Go.Version, "go"), " ")
	all := []cdx.Component{goComponent("stdlib", number)}
	for _, m := range append([]binary.Module{p.Build().Module}, p.Build().Deps...) {
		if m.Replace != nil {
			m = *m.Replace
		}
		if m.Path != "" {
			all = append(all, goComponent(m.Path, strings.TrimSuffix(m.Version, "(devel)")))
		}
	}
	return all
}

func goComponent(path, version string) cdx.Component {
	namespace, name := "", path
	if at := strings.LastIndexByte(path, '/'); at >= 0 {
		namespace, name = path[:at], path[at+1:]
	}
	url := packageurl.PackageURL{Type: packageurl.TypeGolang, Namespace: namespace, Name: name, Version: version}
	c := cdx.Component{BOMRef: "go:" + path + "@" + version, Type: cdx.ComponentTypeLibrary, Name: path, Version: version}
	if url.Normalize() == nil {
		c.PackageURL = url.String()
	}
	return c
}

func (p *Program) cComponents() []cdx.Component {
	var all []cdx.Component
	for _, l := range p.cPackages() {
		url := packageurl.PackageURL{Type: packageurl.TypeGeneric, Name: l.Name, Version: l.Version}
		c := cdx.Component{
			BOMRef: "c:" + l.Name + "@" + l.Version, Type: cdx.ComponentTypeLibrary, Name: l.Name, Version: l.Version,
			Properties: &[]cdx.Property{{Name: "modship:static", Value: strconv.FormatBool(l.Static)}},
		}
		if url.Normalize() == nil {
			c.PackageURL = url.String()
		}
		for _, file := range l.Files {
			*c.Properties = append(*c.Properties, cdx.Property{Name: "modship:file", Value: file})
		}
		all = append(all, c)
	}
	return all
}
