package config

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/rules"
	"github.com/modship-build/modship/internal/safetext"
)

// problem is what a validation function has against a value.
type problem struct {
	msg  string
	help string
}

func (p *problem) Error() string {
	if p.help == "" {
		return p.msg
	}
	return p.msg + "; " + p.help
}

// validator returns a value in its normal form, or a [problem].
type validator func(string) (string, error)

// checker runs validators on the values of a decoded Config and puts their problems where the value was written.
type checker struct {
	root          *node
	source        *source
	skipTemplated bool
	errs          *diag.List
	// rule is what all mistakes break, see [diag.Error].
	rule string
}

// breaking gives a checker whose mistakes break a rule.
func (c checker) breaking(rule string) checker {
	c.rule = rule
	return c
}

// config is the table of what is checked. Values are normalised in place.
func (c checker) config(cfg *Config) {
	checkScalars(c.root, c.errs)
	c.mains(cfg.Main)
	c.scalar(&cfg.Module, moduleFolder, "module")
	c.list(cfg.Platforms, platform, "platforms")
	c.platformsOnce(cfg.Platforms)
	c.golang(&cfg.Go)
	c.scalar(&cfg.Cache.Seed, seedImage, "cache", "seed")
	c.scalar(&cfg.Builder.Image, builderImage, "builder", "image")
	c.sources(cfg.Source)

	c.list(cfg.Build.Tags, buildTag, "build", "tags")
	c.ldflags(cfg.Build.LDFlags)
	c.table(cfg.Build.Env, buildEnv, "build", "env")
	c.stamp(&cfg.Build.Stamp)
	c.stampedTwice(&cfg.Build)

	c.cgo(&cfg.Cgo)

	c.list(cfg.Modules.Insecure, insecureHost, "modules", "insecure")
	c.scalar(&cfg.Modules.Proxy, func(s string) (string, error) { return moduleProxy(s, cfg.Modules.Insecure) }, "modules", "proxy")
	c.scalar(&cfg.Modules.SumDB, func(s string) (string, error) { return sumDB(s, cfg.Modules.Insecure) }, "modules", "sumdb")
	c.list(cfg.Modules.Private, modulePattern, "modules", "private")
	c.list(cfg.Modules.NoSumDB, modulePattern, "modules", "nosumdb")
	c.table(cfg.Modules.Rewrite, rewritten, "modules", "rewrite")

	c.image(&cfg.Image)
	c.metadata(&cfg.Metadata)
	c.runtime(&cfg.Runtime)
	c.scalar(&cfg.SBOM, sbomFormat, "sbom")
	c.table(cfg.Check.Rules, ruleLevel, "check", "rules")
}

func (c checker) image(img *Image) {
	c.scalar(&img.Base, baseImage, "image", "base")
	c.breaking(rules.User).scalar(&img.User, User, "image", "user")
	c.templates(optional(img.Env), imageEnv, "image", "env")
	c.list(img.Ports, Port, "image", "ports")
	c.scalar(&img.Workdir, absolutePath, "image", "workdir")
	c.list(img.Volumes, absolutePath, "image", "volumes")
	c.breaking(rules.Labels).templates(img.Labels, label, "image", "labels")
	c.breaking(rules.Labels).templates(img.Annotations, label, "image", "annotations")
	c.scalar(&img.StopSignal, stopSignal, "image", "stopSignal")
	c.files(img.Files)
	c.scalar(&img.Path, programPath, "image", "path")
	c.healthcheck(&img.Healthcheck)
}

// scalar checks one value; one that is not written is left alone.
func (c checker) scalar(value *string, check validator, path ...string) {
	if n := c.root.find(path...); n != nil {
		c.value(value, n, check)
	}
}

// value checks a value that was written at n. A node of a wrong kind has been reported by the decoder, which left no value.
func (c checker) value(value *string, n *node, check validator) {
	if n.kind != kindString && *value == "" || n.templated && c.skipTemplated {
		return
	}
	normal, err := check(*value)
	if err != nil {
		c.report(n, err)
		return
	}
	*value = normal
}

func (c checker) report(n *node, err error) {
	e := c.errs.Addf(n.Range, "%s", err)
	e.Rule = c.rule
	if p, ok := err.(*problem); ok {
		e.Msg, e.Help = p.msg, p.help
	}
}

// list checks every element of a list, none of which is empty.
func (c checker) list(values []string, check validator, path ...string) {
	n := c.root.find(path...)
	for i := range values {
		c.value(&values[i], n.items[i], func(s string) (string, error) {
			if s == "" {
				return "", &problem{fmt.Sprintf("%s[%d] is empty", strings.Join(path, "."), i), "write a value, or remove it from the list"}
			}
			return check(s)
		})
	}
}

// table checks every entry of a mapping. What is wrong with a key is shown at the key.
func (c checker) table(values map[string]string, check func(key, value string) (keyErr, valueErr error), path ...string) {
	if values == nil {
		return
	}
	for _, e := range c.root.find(path...).entries {
		keyErr, valueErr := check(e.key.text, values[e.key.text])
		if keyErr != nil {
			c.report(e.key, keyErr)
		}
		if valueErr != nil && e.value.kind == kindString && !e.value.open && !(e.value.templated && c.skipTemplated) {
			c.report(e.value, valueErr)
		}
	}
}

// templates is table for values in which facts may be open; such a value is judged when they are known.
func (c checker) templates(values map[string]*Template, check func(key, value string) (keyErr, valueErr error), path ...string) {
	if values == nil {
		return
	}
	flat := make(map[string]string, len(values))
	for key, value := range values {
		flat[key] = ""
		if value != nil {
			flat[key] = value.literal()
		}
	}
	c.table(flat, check, path...)
}

func optional(values map[string]Template) map[string]*Template {
	if values == nil {
		return nil
	}
	all := make(map[string]*Template, len(values))
	for key, value := range values {
		all[key] = &value
	}
	return all
}

func (c checker) files(files []Copy) {
	n := c.root.find("image", "files")
	for i := range files {
		item := n.items[i]
		if item.kind != kindMapping {
			continue
		}
		c.file(item, &files[i])
	}
}

func (c checker) file(item *node, f *Copy) {
	const help = "write {from: path in the context, to: absolute path in the image}"
	c.optional(item, "context", &f.Context, fileContext)
	c.required(item, "from", &f.From, filePattern, help)
	c.required(item, "to", &f.To, imagePath, help)
	c.optional(item, "owner", &f.Owner, fileOwner)
	c.optional(item, "mode", &f.Mode, fileMode)
	if to := item.find("to"); to != nil && f.IsPattern() && !(to.templated && c.skipTemplated) && !strings.HasSuffix(f.To, "/") {
		c.report(to, &problem{fmt.Sprintf("%q may be several files, and %q is the path of one", f.From, f.To), fmt.Sprintf("write %q", f.To+"/")})
	}
}

// checkScalars refuses characters that no setting can mean: a NUL ends strings in the kernel, the others hide text.
func checkScalars(n *node, errs *diag.List) {
	checkScalar(n, errs)
	for _, e := range n.entries {
		checkScalar(e.key, errs)
		checkScalars(e.value, errs)
	}
	for _, item := range n.items {
		checkScalars(item, errs)
	}
}

func checkScalar(n *node, errs *diag.List) {
	if i := strings.IndexFunc(n.text, hidden); i >= 0 {
		r, _ := utf8.DecodeRuneInString(n.text[i:])
		errs.Addf(n.Range, "the value holds the %s", hiddenCharacter(r))
	}
}

// hidden tells whether no value may hold r. Values may have several lines.
func hidden(r rune) bool { return safetext.Hidden(r) && r != '\n' && r != '\t' }

// hiddenCharacter names one that [hidden] refuses.
func hiddenCharacter(r rune) string {
	if unicode.IsControl(r) {
		return fmt.Sprintf("control character %U", r)
	}
	return fmt.Sprintf("invisible character %U", r)
}

func sbomFormat(s string) (string, error) {
	if s != "spdx" && s != "off" {
		return "", &problem{"unknown SBOM format " + strconv.Quote(s), `write "spdx" or "off"`}
	}
	return s, nil
}
