package ociread

import (
	"errors"
	"fmt"
	"strings"

	"github.com/opencontainers/go-digest"

	"github.com/modship-build/modship/internal/safetext"
)

// What an [*Error] can wrap.
var (
	// ErrReference says that the reference names nothing that can be read: it is a mistake of who wrote it.
	ErrReference = errors.New("no image")

	ErrNotFound = errors.New("not found")
	ErrNoAccess = errors.New("no access")
	ErrNotImage = errors.New("not an image")
	// ErrBroken says that what was read is not what its digest, its size or its format says.
	ErrBroken = errors.New("broken image")
	// ErrTooLarge says that it is beyond a limit of this package.
	ErrTooLarge = errors.New("too large")
)

// Error says what of a source could not be read.
type Error struct {
	// Ref is the source as it was given, and Digest what of it was being read, or "".
	Ref    string
	Digest digest.Digest
	// Err is what is wrong, and Help what to do about it, or "".
	Err  error
	Help string
}

// Error is one sentence, fit to be shown.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Ref)
	if e.Digest != "" && !strings.Contains(e.Ref, e.Digest.String()) {
		b.WriteString(" (" + e.Digest.String() + ")")
	}
	b.WriteString(": " + e.Err.Error())
	if e.Help != "" {
		b.WriteString("; " + e.Help)
	}
	return safetext.Message(strings.ReplaceAll(b.String(), "\n", " "))
}

// Unwrap gives what is wrong.
func (e *Error) Unwrap() error { return e.Err }

// fail makes an error of this source, of which the inner ones stay as they are.
func (s *Source) fail(d digest.Digest, err error) error {
	if err == nil {
		return nil
	}
	var known *Error
	if errors.As(err, &known) {
		if known.Ref == "" {
			known.Ref, known.Help = s.ref, help(err)
		}
		return err
	}
	return &Error{Ref: s.ref, Digest: d, Err: err, Help: help(err)}
}

// about says which blob an error of a store is of; the source is added to it later.
func about(d digest.Digest, err error) error {
	if err == nil {
		return nil
	}
	return &Error{Digest: d, Err: err}
}

// help says what to do about errors that have one cause in most cases.
func help(err error) string {
	switch {
	case errors.Is(err, ErrNoAccess):
		return "log in with docker login, or ask for the right to pull"
	case errors.Is(err, errSilent), errors.Is(err, errRedirects):
		return "try again, or look at the address of the registry and at the HTTP proxy before it"
	case errors.Is(err, ErrBroken):
		return "build or copy the image again"
	}
	return ""
}

func broken(format string, args ...any) error {
	return fmt.Errorf("%w: %w", ErrBroken, fmt.Errorf(format, args...))
}

func tooLarge(format string, args ...any) error {
	return fmt.Errorf("%w: %w", ErrTooLarge, fmt.Errorf(format, args...))
}

func notImage(format string, args ...any) error {
	return fmt.Errorf("%w: %w", ErrNotImage, fmt.Errorf(format, args...))
}

func notFound(format string, args ...any) error {
	return fmt.Errorf("%w: %w", ErrNotFound, fmt.Errorf(format, args...))
}
