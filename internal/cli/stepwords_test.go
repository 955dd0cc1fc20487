package cli

import (
	"errors"
	"testing"

	"github.com/moby/buildkit/client"
	"github.com/opencontainers/go-digest"
)

func TestStepWords(t *testing.T) {
	const (
		modules = digest.Digest("sha256:01")
		scan    = digest.Digest("sha256:02")
	)
	exit := errors.New(`process "/modship step modules" did not complete successfully: exit code: 1`)
	failed := &client.Vertex{Digest: modules, Name: "[modules] download", Error: exit.Error()}
	for _, tc := range []struct {
		name   string
		status []*client.SolveStatus
		want   string
	}{
		{name: "nothing is known", want: exit.Error()},
		{name: "the step's words, in parts", want: "[modules] download: modules: x@v1: no such version\ny@v1: neither", status: []*client.SolveStatus{
			{Logs: []*client.VertexLog{{Vertex: modules, Data: []byte("modules: 2, failed: 2\nerror: modules: x@v1")}, {Vertex: scan, Data: []byte("error: another")}}},
			{Logs: []*client.VertexLog{{Vertex: modules, Data: []byte(": no such version\ny@v1: neither\n")}}},
			{Vertexes: []*client.Vertex{failed}},
		}},
		{name: "errors of a linker", want: "[modules] download: compile: running go build: exit status 1", status: []*client.SolveStatus{
			{Logs: []*client.VertexLog{{Vertex: modules, Data: []byte("a.c:1:2: error: no\ncollect2: error: ld returned 1\nerror: compile: running go build: exit status 1\n")}}},
			{Vertexes: []*client.Vertex{failed}},
		}},
		{name: "a linker alone", want: exit.Error(), status: []*client.SolveStatus{
			{Logs: []*client.VertexLog{{Vertex: modules, Data: []byte("collect2: error: ld returned 1\n")}}},
			{Vertexes: []*client.Vertex{failed}},
		}},
		{name: "a step without words", want: exit.Error(), status: []*client.SolveStatus{{Vertexes: []*client.Vertex{failed}}}},
		{name: "a step that was canceled because of another", want: "[modules] download: modules: down", status: []*client.SolveStatus{
			{Vertexes: []*client.Vertex{{Digest: scan, Name: "[scan]", Error: "context canceled: context canceled"}}},
			{Logs: []*client.VertexLog{{Vertex: scan, Data: []byte("error: killed")}, {Vertex: modules, Data: []byte("error: modules: down\n")}}},
			{Vertexes: []*client.Vertex{failed}},
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			from, to := make(chan *client.SolveStatus), make(chan *client.SolveStatus)
			var words stepWords
			go words.listen(from, to)
			go func() {
				defer close(from)
				for _, s := range tc.status {
					from <- s
				}
			}()
			shown := 0
			for range to {
				shown++
			}
			if shown != len(tc.status) {
				t.Errorf("%d messages were shown, want %d", shown, len(tc.status))
			}
			err := words.explain(exit)
			if err.Error() != tc.want || !errors.Is(err, exit) {
				t.Errorf("got  %q\nwant %q", err, tc.want)
			}
		})
	}
}
