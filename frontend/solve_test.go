package frontend

import (
	"fmt"
	"testing"

	"github.com/moby/buildkit/client/llb"
	"golang.org/x/sync/errgroup"
)

// TestMarshalSideBySide: images share vertices, and are handed to BuildKit side by side.
func TestMarshalSideBySide(t *testing.T) {
	b := &builder{ui: newUI(t, nil)}
	const outputs = 400
	for round := range 20 {
		e := llb.Scratch().Run(llb.Args([]string{"step"}))
		states := make([]llb.State, outputs)
		for i := range outputs {
			states[i] = e.AddMount(fmt.Sprintf("/out/%d", i*7919%outputs), llb.Scratch())
		}
		var eg errgroup.Group
		start := make(chan struct{})
		for i := range 8 {
			eg.Go(func() error {
				<-start
				_, err := b.marshal(t.Context(), states[i])
				return err
			})
		}
		close(start)
		if err := eg.Wait(); err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
	}
}
