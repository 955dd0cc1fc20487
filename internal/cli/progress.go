package cli

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/moby/buildkit/client"
	"github.com/opencontainers/go-digest"

	"github.com/modship-build/modship/internal/safetext"
)

// maxStepWords bounds what is kept of one step's output, in bytes.
const maxStepWords = 16 << 10

// stepWords listens to the progress of a build for what a failing step says. BuildKit's own error is only that a process
// ended with some exit code.
type stepWords struct {
	output map[digest.Digest][]byte
	failed *client.Vertex
}

// listen hands every message on to the display, fit to be shown.
func (s *stepWords) listen(from <-chan *client.SolveStatus, to chan<- *client.SolveStatus) {
	defer close(to)
	var show shown
	for status := range from {
		s.note(status)
		to <- show.status(status)
	}
}

func (s *stepWords) note(status *client.SolveStatus) {
	if s.output == nil {
		s.output = map[digest.Digest][]byte{}
	}
	for _, l := range status.Logs {
		kept := append(s.output[l.Vertex], l.Data...)
		s.output[l.Vertex] = kept[max(0, len(kept)-maxStepWords):]
	}
	for _, v := range status.Vertexes {
		if s.failed != nil && v.Name == s.failed.Name && v.Completed != nil && v.Error == "" {
			s.failed = nil // it was done again, as when modules are fetched anew: what ends the build is something else
		}
		if v.Error != "" && s.failed == nil && !strings.Contains(v.Error, "context canceled") {
			s.failed = v
		}
	}
}

// explain gives err in the words of the step that failed: what modship says in it last, after "error: ". Without such words it is
// err itself.
func (s *stepWords) explain(err error) error {
	if s.failed == nil {
		return err
	}
	words, ok := lastWords(s.output[s.failed.Digest])
	if !ok {
		return err
	}
	_, stage := stageOf(s.failed.Name) // with which the step begins what it prints
	return &stepError{step: s.failed.Name, words: strings.TrimPrefix(words, stage+": "), err: err}
}

// lastWords are what modship says last; the compilers and linkers that it runs have errors too.
func lastWords(output []byte) (words string, ok bool) {
	const start = "\nerror: "
	output = slices.Concat([]byte("\n"), output)
	i := bytes.LastIndex(output, []byte(start))
	if i < 0 {
		return "", false
	}
	return strings.TrimSpace(string(output[i+len(start):])), true
}

// stepError is what BuildKit says of a failed step, told in the step's own words.
type stepError struct {
	step, words string
	err         error
}

func (e *stepError) Error() string { return fmt.Sprintf("%s: %s", e.step, e.words) }

func (e *stepError) Unwrap() error { return e.err }

// shown makes the messages of a build fit to be shown: the steps of modship care for that themselves, but the daemon and others'
// programs speak too.
type shown struct {
	logs map[logStream]*shownLog
}

// logStream is the standard output or the standard error of a vertex.
type logStream struct {
	vertex digest.Digest
	stream int
}

// shownLog is one stream; text is what the last piece has added.
type shownLog struct {
	text strings.Builder
	*safetext.Writer
}

// status changes s.
func (o *shown) status(s *client.SolveStatus) *client.SolveStatus {
	for _, v := range s.Vertexes {
		v.Name, v.Error = safetext.Line(v.Name), safetext.Lines(v.Error)
	}
	for _, v := range s.Statuses {
		v.ID, v.Name = safetext.Line(v.ID), safetext.Line(v.Name)
	}
	for _, l := range s.Logs {
		l.Data = o.log(logStream{l.Vertex, l.Stream}, l.Data)
	}
	return s
}

func (o *shown) log(of logStream, piece []byte) []byte {
	if o.logs == nil {
		o.logs = map[logStream]*shownLog{}
	}
	log := o.logs[of]
	if log == nil {
		log = &shownLog{}
		log.Writer = safetext.NewWriter(&log.text)
		o.logs[of] = log
	}
	log.text.Reset()
	_, _ = log.Write(piece) // a strings.Builder never fails
	return []byte(log.text.String())
}
