// Package imagetool is what the commands that read images have in common: how they are started and ended, the codes that they
// exit with, how they reach images, and the forms of their output.
package imagetool

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/spf13/cobra"

	"github.com/modship-build/modship/internal/ociread"
	"github.com/modship-build/modship/internal/safetext"
)

// The codes that a command exits with beside 0.
const (
	ExitFindings = 1
	ExitUsage    = 2
	ExitUnread   = 3
)

// ErrFindings says that there is what the command looks for: findings, or differences. The output tells which.
var ErrFindings = errors.New("there are findings")

// unreadError is one of reading or writing, and not of how the command was called.
type unreadError struct{ error }

func (e *unreadError) Unwrap() error { return e.error }

// Unread marks an error as one of reading or writing; every other but [ErrFindings] is one of usage.
func Unread(err error) error {
	if err == nil {
		return nil
	}
	return &unreadError{err}
}

// memory is what is used before memory is collected more often. What is held at a time is less.
const memory = 160 << 20

// Run runs a command until it ends or is interrupted, and gives the code to exit with. It also writes its manual page (man) and
// completions for shells (completion).
func Run(cmd *cobra.Command) int {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memory)
	}
	prepare(cmd)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	cmd.SetOut(os.Stdout)
	cmd.SetErr(os.Stderr)
	return Code(os.Stderr, cmd.ExecuteContext(ctx))
}

// prepare gives a command what all of them have: the manual page, the version, and help for flags that are misspelled.
func prepare(cmd *cobra.Command) {
	AddManual(cmd)
	cmd.SetFlagErrorFunc(SuggestFlag)
	cmd.Version = "of unknown version"
	if info, ok := debug.ReadBuildInfo(); ok {
		cmd.Version = DescribeVersion(info)
	}
	cmd.SetVersionTemplate("{{.Name}} {{.Version}}\n")
}

// Code tells an error on w, unless the output has said it, and gives the code to exit with.
func Code(w io.Writer, err error) int {
	var unread *unreadError
	switch {
	case err == nil:
		return 0
	case errors.Is(err, ErrFindings):
		return ExitFindings
	}
	fmt.Fprintln(w, "error: "+safetext.Error(err).Error())
	if errors.As(err, &unread) && !errors.Is(err, ociread.ErrReference) {
		return ExitUnread
	}
	return ExitUsage
}

// Source says how images are reached.
type Source struct {
	// Clouds has passwords for registries that the configuration of Docker or Podman has none for; nil has none.
	Clouds authn.Keychain

	insecure bool
}

// AddFlags adds the flags that set it.
func (s *Source) AddFlags(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&s.insecure, "insecure", false, "allow registries on other machines to speak plain HTTP")
}

// Open opens an image. The error is one of [Unread].
func (s *Source) Open(ctx context.Context, ref string) (*ociread.Source, error) {
	source, err := ociread.Open(ctx, ref, ociread.Options{Keychain: keychain(os.Stderr, s.Clouds), Insecure: s.insecure, Transport: transport()})
	return source, Unread(err)
}

// SourceHelp says what an image is, for the help of a command.
const SourceHelp = "An IMAGE is one of a registry, oci:DIR[:TAG], oci-archive:FILE[:TAG] or docker-archive:FILE[:TAG]. A TAG is one such as 1.0, or a name with\none such as example.com/app:1.0."

// ExitHelp says in a sentence what the exit code means, where 1 is what the command looks for.
func ExitHelp(findings string) string {
	return fmt.Sprintf("The exit code is 0 if there is no %s, 1 if there is, 2 for wrong usage, and 3 if an image cannot be read.", findings)
}

// Format is the form of an output: a flag that takes a few values.
type Format struct {
	value string
	forms []string
}

// NewFormat is one of forms, the first of them by default.
func NewFormat(forms ...string) *Format { return &Format{forms[0], forms} }

// String is the form that is chosen.
func (f *Format) String() string { return f.value }

// Type names the value in the help.
func (f *Format) Type() string { return "FORM" }

// Set chooses a form.
func (f *Format) Set(value string) error {
	if !slices.Contains(f.forms, value) {
		return NotOneOf(value, f.forms)
	}
	f.value = value
	return nil
}

// Help lists the forms.
func (f *Format) Help() string {
	last := len(f.forms) - 1
	return strings.Join(f.forms[:last], ", ") + " or " + f.forms[last]
}

// AddFlag adds the flag --output.
func (f *Format) AddFlag(cmd *cobra.Command) {
	cmd.Flags().VarP(f, "output", "o", "`FORM` of the output: "+f.Help())
	CompleteValues(cmd, "output", f.forms...)
}

// WriteJSON writes a value for people and programs.
func WriteJSON(w io.Writer, value any) error {
	text, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return fmt.Errorf("encoding the result: %w", err)
	}
	_, err = w.Write(append(safetext.JSON(text), '\n'))
	return err
}
