package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/modship-build/modship/internal/cgocheck"
	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/imagetool"
	"github.com/modship-build/modship/internal/safetext"
)

// forms are those of a report, by name.
var forms = []string{"text", "json", "sarif", "spdx", "cyclonedx"}

// endings say the form of a file by the end of its name; longer ones come first.
var endings = []struct{ ending, form string }{
	{".spdx.json", "spdx"}, {".cdx.json", "cyclonedx"}, {".sarif.json", "sarif"}, {".sarif", "sarif"}, {".json", "json"}, {".txt", "text"},
}

// outputs are where a report goes: the flag --output.
type outputs []destination

// destination is a form and a file, "" for standard output.
type destination struct{ form, file string }

// String is the default.
func (o *outputs) String() string { return "" }

// Type names the value in the help.
func (o *outputs) Type() string { return "OUTPUT" }

// Set adds FORM, FORM=FILE or FILE.
func (o *outputs) Set(value string) error {
	form, file, _ := strings.Cut(value, "=")
	if slices.Contains(forms, form) {
		*o = append(*o, destination{form, file})
		return nil
	}
	for _, e := range endings {
		if strings.HasSuffix(value, e.ending) {
			*o = append(*o, destination{e.form, value})
			return nil
		}
	}
	last := len(forms) - 1
	return &diag.Error{
		Msg:  fmt.Sprintf("it is %s or %s, with =FILE behind it or not, or a FILE whose name ends so", strings.Join(forms[:last], ", "), forms[last]),
		Help: diag.Suggest(form, forms),
	}
}

// write writes the report to all of them.
func (o outputs) write(w io.Writer, report *cgocheck.Report, sarifPath string) error {
	if len(o) == 0 {
		o = outputs{{form: "text"}}
	}
	for _, out := range o {
		var b bytes.Buffer
		if err := out.encode(&b, report, sarifPath); err != nil {
			return err
		}
		text := b.Bytes()
		if out.form != "text" {
			text = safetext.JSON(text)
		}
		var err error
		if out.file == "" {
			_, err = w.Write(text)
		} else {
			err = os.WriteFile(out.file, text, 0o644)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (o destination) encode(w io.Writer, report *cgocheck.Report, sarifPath string) error {
	switch o.form {
	case "json":
		return imagetool.WriteJSON(w, report)
	case "sarif":
		return report.SARIF(sarifPath, imagetool.Version()).Write(w)
	case "spdx":
		return report.SPDX(w, imagetool.Version())
	case "cyclonedx":
		return report.CycloneDX(w, imagetool.Version())
	}
	return report.Text(w)
}
