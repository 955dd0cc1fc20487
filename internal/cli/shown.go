package cli

import (
	"strings"

	"github.com/moby/buildkit/client"
	"github.com/opencontainers/go-digest"

	"github.com/modship-build/modship/internal/safetext"
)

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
