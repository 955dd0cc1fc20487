package policy

import (
	"encoding/json"
	"fmt"

	"github.com/modship-build/modship/internal/imagefacts"
)

// View is what policies that users write see of an image: its documents as they are, beside what is known of its files. Its form as JSON
// is in the manual; what is not there is null or empty, never left out.
type View struct {
	Image    ViewImage         `json:"image"`
	Labels   map[string]string `json:"labels"`
	Index    json.RawMessage   `json:"index"`
	Manifest json.RawMessage   `json:"manifest"`
	Config   json.RawMessage   `json:"config"`
	User     ViewUser          `json:"user"`
	Start    ViewStart         `json:"start"`
	Programs []ViewProgram     `json:"programs"`
	// Main is the Go program that the image is there for, or null.
	Main *ViewProgram `json:"main"`
}

// ViewImage is what an image was asked for by.
type ViewImage struct {
	Reference string   `json:"reference"`
	Digest    string   `json:"digest"`
	Platform  string   `json:"platform"`
	Platforms []string `json:"platforms"`
}

// ViewUser is whom an image runs as.
type ViewUser struct {
	Spec    string `json:"spec"`
	UID     int    `json:"uid"`
	GID     int    `json:"gid"`
	Name    string `json:"name"`
	Group   string `json:"group"`
	Problem string `json:"problem"`
}

// ViewStart is what an image runs.
type ViewStart struct {
	Args        []string `json:"args"`
	Program     string   `json:"program"`
	Interpreter string   `json:"interpreter"`
	Libraries   []string `json:"libraries"`
	Problems    []string `json:"problems"`
}

// ViewProgram is an ELF file.
type ViewProgram struct {
	Path        string   `json:"path"`
	Size        int64    `json:"size"`
	Arch        string   `json:"arch"`
	Static      bool     `json:"static"`
	Interpreter string   `json:"interpreter"`
	Needed      []string `json:"needed"`
	// Go is null for a program of another language.
	Go *ViewGo `json:"go"`
}

// ViewGo is what a Go program says of itself.
type ViewGo struct {
	Version  string            `json:"version"`
	Module   string            `json:"module"`
	Main     string            `json:"mainVersion"`
	BuildID  string            `json:"buildID"`
	Settings map[string]string `json:"settings"`
	// Modules are the versions of the modules in it by their paths.
	Modules map[string]string `json:"modules"`
}

// NewView makes the view of an image.
func NewView(img Image) View {
	v := View{
		Image:  ViewImage{img.Reference, img.Manifest.Descriptor.Digest.String(), img.Platform, some(img.Platforms)},
		Labels: img.Config.Config.Labels, Index: json.RawMessage("null"), Manifest: img.Manifest.Raw, Config: img.RawConfig,
		Start: ViewStart{Args: []string{}, Libraries: []string{}, Problems: []string{}}, Programs: []ViewProgram{},
	}
	if v.Labels == nil {
		v.Labels = map[string]string{}
	}
	for _, doc := range img.Path {
		if !doc.Made {
			v.Index = doc.Raw
			break
		}
	}
	if c := img.Contents; c != nil {
		v.contents(c)
	}
	return v
}

func (v *View) contents(c *imagefacts.Contents) {
	u := c.User
	v.User = ViewUser{u.Spec, u.UID, u.GID, u.Name, u.Group, u.Problem}
	v.Start.Args = some(c.Start.Args)
	if r := c.Start.Report; r != nil {
		v.Start.Program, v.Start.Interpreter = r.Program, r.Interpreter
		for _, l := range r.Libraries {
			v.Start.Libraries = append(v.Start.Libraries, l.Path)
		}
		for _, p := range r.Problems {
			v.Start.Problems = append(v.Start.Problems, p.Msg)
		}
	}
	for i := range c.Programs {
		v.Programs = append(v.Programs, viewProgram(&c.Programs[i]))
	}
	if main := c.Main(); main != nil {
		v.Main = new(viewProgram(main))
	}
}

func viewProgram(p *imagefacts.Program) ViewProgram {
	v := ViewProgram{Path: p.Path, Size: p.Size, Needed: []string{}}
	f := p.Facts
	if f == nil {
		return v
	}
	v.Arch, _ = f.ELF.Arch()
	v.Static, v.Interpreter, v.Needed = f.Static, f.Interpreter, some(f.Needed)
	if !p.IsGo() {
		return v
	}
	v.Go = &ViewGo{f.GoVersion, f.Module.Path, f.Module.Version, f.BuildID, f.Settings, map[string]string{}}
	for _, m := range f.Deps {
		if m.Replace != nil {
			m = *m.Replace
		}
		v.Go.Modules[m.Path] = m.Version
	}
	return v
}

// some keeps a list from being null.
func some(list []string) []string { return append([]string{}, list...) }

// Values gives the view as values of JSON.
func (v View) Values() (map[string]any, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encoding the view of %s: %w", v.Image.Reference, err)
	}
	var values map[string]any
	return values, json.Unmarshal(text, &values)
}
