package step

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/goerrors"
	"github.com/modship-build/modship/internal/modfetch"
	"github.com/modship-build/modship/internal/request"
	"github.com/modship-build/modship/internal/safetext"
)

// failureFile is where the frontend looks for a [request.Failure].
const failureFile = "/" + request.FailureFile

// forget removes what the image that a step runs in has in place of a failure: it would be shown for that of a step that is killed.
func forget(name string) error {
	if err := os.RemoveAll(name); err != nil {
		return fmt.Errorf("making room for the reason of a failure: %w", err)
	}
	return nil
}

// leave writes a failure. What is at the name by now was not there when the step began, and is neither followed nor replaced.
func leave(name string, f request.Failure) error {
	text, err := json.Marshal(f)
	if err != nil {
		return err
	}
	file, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	return errors.Join(err, file.Close())
}

// failed leaves what went wrong for the frontend, which cannot see what a step prints, and gives it as one text to print. There it begins with the step;
// the frontend has the name of its vertex.
func failed(step string, err error) error {
	var hosts []string
	if refused, ok := errors.AsType[*refusedError](err); ok {
		err, hosts = refused.error, refused.hosts
	}
	f := request.Failure{Hosts: hosts, Text: safetext.Message(err.Error() + certificateHelp(err, exists(request.SecretCA)))}
	printed := step + ": "
	if mistakes := diag.All(err); consists(err, mistakes) {
		for _, m := range mistakes {
			f.Mistakes = append(f.Mistakes, plainMistake(m))
		}
	} else {
		f.Mistakes = ofModules(err)
	}
	if help := certificateHelp(err, exists(request.SecretCA)); help != "" && len(f.Mistakes) > 0 {
		f.Mistakes = append(f.Mistakes, request.Mistake{Msg: helpLine(help)})
	}
	if gone, ok := errors.AsType[*goneError](err); ok {
		f.Gone = gone.parts
	}
	if cited, ok := errors.AsType[*citedError](err); ok {
		printed, f.Text, f.Files = "", safetext.Message(err.Error()), cited.texts()
	}
	if err := leave(failureFile, f); err != nil {
		fmt.Fprintf(os.Stderr, "the reason of the failure is known here only: %v\n", err)
	}
	return errors.New(printed + f.Text)
}

// ofModules are the parts of an error if there are such that say what is wrong with a module. Their places are no part of the requests
// of steps, which would run again for each line that moves.
func ofModules(err error) []request.Mistake {
	var list []request.Mistake
	known := false
	for _, e := range leaves(err) {
		m := request.Mistake{Msg: safetext.Short(e.Error())}
		if of, ok := errors.AsType[*modfetch.ModuleError](e); ok {
			m.Module, known = &of.Module, true
		}
		list = append(list, m)
	}
	if !known {
		return nil
	}
	return list
}

func plainMistake(m *diag.Error) request.Mistake {
	plain := request.Mistake{Range: m.Range, Msg: m.Msg, Help: m.Help}
	if unfit, ok := errors.AsType[*unfitError](m.Err); ok {
		plain.Copy, plain.Folder = unfit.copy, unfit.folder
	}
	if m.Err != nil {
		plain.Msg += ": " + m.Err.Error()
	}
	plain.Msg = safetext.Short(plain.Msg)
	return plain
}

// consists tells whether the mistakes are all that err says.
func consists(err error, mistakes diag.List) bool {
	lines := make([]string, len(mistakes))
	for i, m := range mistakes {
		lines[i] = m.Error()
	}
	return len(lines) > 0 && err.Error() == strings.Join(lines, "\n")
}

// citedError is a list of mistakes in Go code.
type citedError struct {
	error
	// cited are those in files that are not in the build context.
	cited []goerrors.Mistake
}

func (e *citedError) Unwrap() error { return e.error }

// maxCited bounds a file that mistakes are shown in, in bytes.
const maxCited = 4 << 20

// texts are the lines around the mistakes, by the names of the files.
func (e *citedError) texts() map[string]string {
	texts := map[string]string{}
	for _, m := range e.cited {
		if _, ok := texts[m.File]; ok {
			continue
		}
		content, err := readStart(m.Path, maxCited)
		if err != nil {
			continue // it is shown without its lines
		}
		var ranges []diag.Range
		for _, other := range e.cited {
			if other.File == m.File {
				ranges = append(ranges, other.Range)
			}
		}
		texts[m.File] = string(diag.Excerpt(content, ranges...))
	}
	return texts
}

func readStart(name string, limit int64) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, limit))
}

// maxMistakes bounds the mistakes in code that are reported: the first ones are the cause of many others.
const maxMistakes = 10

// buildError is why a go build has failed, by what it said.
func buildError(b request.Build, static bool, said string, err error) error {
	c := b.Cgo
	link := linkHelp(c, static, said)
	found := goerrors.Parse(said, goerrors.Places{Work: request.Work, Dir: rootDir(b.Root), Source: request.Source, ModCache: request.ModCache, GoRoot: request.GoRoot})
	if len(found) == 0 {
		if link != "" {
			link = "\n" + link
		}
		return fmt.Errorf("running go build: %w%s%s", err, link, cgoHelp(c, said))
	}
	var mistakes diag.List
	failed := &citedError{}
	if link != "" { // before the linker's own words, which are many
		mistakes.Addf(diag.Range{}, "%s", link)
	}
	help := cgoHelp(c, said)
	for _, m := range found[:min(len(found), maxMistakes)] {
		if own := cgoHelp(c, m.Msg); own != "" {
			m.Help = helpLine(own)
			help = strings.Replace(help, own, "", 1)
		}
		mistakes = append(mistakes, m.Error)
		if m.Path != "" && !strings.HasPrefix(m.Path, request.Work+"/") && !strings.HasPrefix(m.Path, request.Source+"/") {
			failed.cited = append(failed.cited, m)
		}
	}
	if more := len(found) - maxMistakes; more > 0 {
		mistakes.Addf(diag.Range{}, "%d more mistakes are not shown", more)
	}
	if help != "" { // it belongs to no line of its own
		mistakes.Addf(diag.Range{}, "%s", helpLine(help))
	}
	// They stay in the order of the go command, which is that of their causes.
	errs := make([]error, len(mistakes))
	for i, m := range mistakes {
		errs[i] = m
	}
	failed.error = errors.Join(errs...)
	return failed
}

func helpLine(help string) string { return strings.ReplaceAll(strings.TrimSpace(help), "\n", "; ") }
