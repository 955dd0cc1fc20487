package frontend

import (
	"errors"
	"fmt"
	"testing"

	"github.com/moby/buildkit/solver/errdefs"
	"github.com/moby/buildkit/solver/pb"
	"github.com/moby/buildkit/util/grpcerrors"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/modship-build/modship/internal/diag"
)

// TestStepErrorTravels: what a client is told of a step is what the step said, however long the daemon's own words are, and the client
// finds the step and the places.
func TestStepErrorTravels(t *testing.T) {
	ofDaemon := grpcerrors.FromGRPC(status.Error(codes.Unknown, `process "/modship step compile" did not complete successfully: exit code: 1`))
	ofDaemon = fmt.Errorf("building example.com/hello for linux/amd64: %w", errdefs.WrapVertex(ofDaemon, "sha256:00"))
	mistake := &diag.Error{Range: at("app.yaml", 1, 1, 1, 2), Msg: "undefined: x", Fails: true}
	for want, e := range map[string]*stepError{
		"app.yaml:1:1: undefined: x": {mistakes: diag.List{mistake}, err: ofDaemon},
		"[a] b: no room":             {step: "[a] b", text: "no room", err: ofDaemon},
	} {
		f := userFiles()
		err := told(f.locate(e))
		for range 3 { // from the frontend to the daemon, and from there to the client
			err = grpcerrors.FromGRPC(grpcerrors.ToGRPC(t.Context(), err))
		}
		if err.Error() != want {
			t.Errorf("got %q, want %q", err, want)
		}
		if _, ok := errors.AsType[*errdefs.VertexError](err); !ok {
			t.Error("the step is not known")
		}
		if got := len(errdefs.Sources(err)); got != len(e.mistakes) {
			t.Errorf("%d places are shown", got)
		}
	}
}

// TestRootResult: the IDs of a failed step are in the order of its mounts.
func TestRootResult(t *testing.T) {
	op := &pb.Op{Op: &pb.Op_Exec{Exec: &pb.ExecOp{Mounts: []*pb.Mount{{Dest: "/out"}, {Dest: "/"}}}}}
	for want, s := range map[string]*errdefs.Solve{
		"b": {Op: op, MountIDs: []string{"a", "b"}},
		"":  {Op: op, MountIDs: []string{"a"}},
	} {
		if got, err := rootResult(s); got != want || (err == nil) != (want != "") {
			t.Errorf("got %q, %v, want %q", got, err, want)
		}
	}
	if got, err := rootResult(&errdefs.Solve{}); err == nil {
		t.Errorf("got %q of nothing", got)
	}
}
