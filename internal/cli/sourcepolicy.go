package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	spb "github.com/moby/buildkit/sourcepolicy/pb"
	"github.com/spf13/pflag"

	"github.com/modship-build/modship/internal/diag"
)

// PolicyOptions name the file of a source policy: which images and addresses BuildKit may read, and what it reads in their place.
type PolicyOptions struct{ File string }

// policyVariable names the file where there is no flag, as for buildx.
const policyVariable = "EXPERIMENTAL_BUILDKIT_SOURCE_POLICY"

// maxPolicy bounds a source policy, in bytes: it is a part of the request to the daemon.
const maxPolicy = 1 << 20

func (o *PolicyOptions) addFlags(f *pflag.FlagSet) {
	f.StringVar(&o.File, "source-policy-file", "", "source policy `FILE` in JSON: images and addresses that are denied, or replaced by others (default:\n$"+policyVariable+")")
}

// read gives the policy, or nil if there is none.
func (o PolicyOptions) read(lookup func(string) (string, bool), mistakes *diag.List) *spb.Policy {
	name := o.File
	if name == "" {
		name, _ = lookup(policyVariable)
	}
	if name == "" {
		return nil
	}
	f, err := os.Open(name)
	if err != nil {
		flagMistake(mistakes, "source-policy-file", "%v", err)
		return nil
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxPolicy+1))
	if err == nil && len(text) > maxPolicy {
		err = fmt.Errorf("%s is larger than %d MiB", name, maxPolicy>>20)
	}
	if err != nil {
		flagMistake(mistakes, "source-policy-file", "%v", err)
		return nil
	}
	r := &policyReader{name: name, text: text, dec: json.NewDecoder(bytes.NewReader(text)), mistakes: mistakes}
	r.dec.DisallowUnknownFields() // a key that nobody knows may be what was to deny something
	return r.read()
}

// policyReader reads a source policy rule by rule, to tell of all what is wrong and where.
type policyReader struct {
	name     string
	text     []byte
	dec      *json.Decoder
	mistakes *diag.List
}

const writePolicy = `write {"rules": [{"action": "DENY", "selector": {"identifier": "docker-image://docker.io/*", "match_type": "WILDCARD"}}]}`

func (r *policyReader) read() *spb.Policy {
	policy := &spb.Policy{}
	err := r.delimiter('{')
	for err == nil && r.dec.More() {
		err = r.member(policy)
	}
	if err == nil {
		err = r.delimiter('}')
	}
	if err == nil {
		if _, end := r.dec.Token(); !errors.Is(end, io.EOF) {
			err = errors.New("there is something behind the policy")
		}
	}
	if err != nil {
		r.addf("%s", strings.TrimPrefix(err.Error(), "json: ")).Help = writePolicy
	}
	return policy
}

// member reads a key of the policy with its value.
func (r *policyReader) member(policy *spb.Policy) error {
	key, err := r.dec.Token()
	if err != nil {
		return err
	}
	switch key {
	case "version":
		return r.dec.Decode(&policy.Version)
	case "rules":
	default:
		return fmt.Errorf("unknown field %q", key)
	}
	if err := r.delimiter('['); err != nil {
		return err
	}
	for r.dec.More() {
		at := r.place()
		rule := &spb.Rule{}
		err := r.dec.Decode(rule)
		if _, syntax := errors.AsType[*json.SyntaxError](err); syntax || errors.Is(err, io.ErrUnexpectedEOF) {
			return err
		}
		if err == nil {
			err = checkRule(rule)
		}
		if err != nil {
			r.mistakes.Addf(at, "rules[%d]: %s", len(policy.Rules), strings.TrimPrefix(err.Error(), "json: ")).Help = writePolicy
		}
		policy.Rules = append(policy.Rules, rule)
	}
	return r.delimiter(']')
}

// checkRule refuses what the daemon would refuse, each time that something is to be read.
func checkRule(rule *spb.Rule) error {
	switch {
	case rule.GetSelector().GetIdentifier() == "":
		return errors.New("it has no selector.identifier")
	case !strings.ContainsAny(rule.Selector.Identifier, ":*.^("):
		return fmt.Errorf("selector.identifier %q names no kind of source, such as docker-image://", rule.Selector.Identifier)
	case rule.Action == spb.PolicyAction_CONVERT && rule.Updates == nil:
		return errors.New("it converts, and has no updates")
	}
	return nil
}

func (r *policyReader) delimiter(want json.Delim) error {
	got, err := r.dec.Token()
	if err == nil && got != want {
		err = fmt.Errorf("%v is not %v", got, want)
	}
	return err
}

// place is that of the next value.
func (r *policyReader) place() diag.Range {
	offset := int(r.dec.InputOffset())
	for offset < len(r.text) && strings.IndexByte(" \t\r\n,:", r.text[offset]) >= 0 {
		offset++
	}
	before := r.text[:offset]
	pos := diag.Pos{Line: 1 + bytes.Count(before, []byte("\n")), Col: offset - bytes.LastIndexByte(before, '\n')}
	return diag.Range{File: r.name, Start: pos, End: pos}
}

func (r *policyReader) addf(format string, args ...any) *diag.Error {
	return r.mistakes.Addf(r.place(), format, args...)
}
