package config

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/modship-build/modship/internal/licenses"
)

// Metadata is what the image says of the program, each the value of the key org.opencontainers.image.NAME.
type Metadata struct {
	Title       Template `json:"title,omitzero"`
	Description Template `json:"description,omitzero"`
	// URL, Documentation and Source are https URLs without user name and password.
	URL           Template `json:"url,omitzero"`
	Documentation Template `json:"documentation,omitzero"`
	Source        Template `json:"source,omitzero"`
	Vendor        Template `json:"vendor,omitzero"`
	// Authors is free text, such as "Name <address>".
	Authors Template `json:"authors,omitzero"`
	// Licenses is an SPDX license expression.
	Licenses Template `json:"licenses,omitzero"`
}

// MetadataField is one value of a [Metadata].
type MetadataField struct {
	// Name is the key in the file, and the last part of the key in the image.
	Name string
	// Value points into the Metadata.
	Value *Template
	check validator
}

// Fields gives every value in the order of the file's documentation.
func (m *Metadata) Fields() []MetadataField {
	return []MetadataField{
		{"title", &m.Title, oneLine},
		{"description", &m.Description, anyText},
		{"url", &m.URL, publicURL},
		{"documentation", &m.Documentation, publicURL},
		{"source", &m.Source, publicURL},
		{"vendor", &m.Vendor, oneLine},
		{"authors", &m.Authors, oneLine},
		{"licenses", &m.Licenses, licenseExpression},
	}
}

// Check judges a value once its facts are in; nil for "", which says nothing.
func (f MetadataField) Check(value string) error {
	if value == "" {
		return nil
	}
	if _, err := f.check(value); err != nil {
		return err
	}
	_, err := label("org.opencontainers.image."+f.Name, value)
	return err
}

// metadata checks the values that are complete.
func (c checker) metadata(m *Metadata) {
	for _, f := range m.Fields() {
		n := c.root.find("metadata", f.Name)
		if n == nil || n.kind != kindString || n.open || n.templated && c.skipTemplated {
			continue
		}
		err := f.Check(f.Value.literal())
		if n.text == "" && !n.templated {
			err = &problem{f.Name + " is empty", "remove the key, or remove the label with image.labels: {org.opencontainers.image." + f.Name + ": null}"}
		}
		if err != nil {
			c.report(n, err)
		}
	}
}

func anyText(s string) (string, error) { return s, nil }

func oneLine(s string) (string, error) {
	if strings.ContainsAny(s, "\n\t") || strings.TrimSpace(s) != s {
		return "", &problem{fmt.Sprintf("%q is not one line without white space around it", s), ""}
	}
	return s, nil
}

// publicURL checks a URL that everybody can read in the image. What it says never repeats one that may hold a password.
func publicURL(s string) (string, error) {
	u, err := url.Parse(s)
	switch {
	case err != nil:
		return "", &problem{"the value is not a URL", "write https://host/path"}
	case u.User != nil || strings.Contains(u.Host, "@"):
		return "", &problem{"the URL holds a user name or password", "everybody who has the image can read it"}
	case u.Scheme != "https" || u.Host == "" || strings.ContainsAny(s, " \n\t"):
		return "", &problem{"the value is not an https URL", "write https://host/path"}
	}
	return s, nil
}

// maxLicenses bounds what the parser of expressions sees: it recurses at each parenthesis.
const maxLicenses = 1000

// licenseExpression checks an expression of SPDX specification 2.3, annex D.
func licenseExpression(s string) (string, error) {
	if len(s) > maxLicenses {
		return "", &problem{fmt.Sprintf("the license expression has more than %d bytes", maxLicenses), ""}
	}
	if !isLicenseExpression(s) {
		return "", &problem{fmt.Sprintf("%q is not an SPDX license expression", s), "write identifiers of https://spdx.org/licenses with AND, OR and WITH, or LicenseRef-NAME"}
	}
	return s, nil
}

// isLicenseExpression contains the panics of the parser that stands behind, such as at "(".
func isLicenseExpression(s string) (ok bool) {
	defer func() {
		if recover() != nil {
			ok = false
		}
	}()
	return licenses.Valid(s)
}
