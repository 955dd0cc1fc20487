package errgroup

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestPanicIsAnError(t *testing.T) {
	g, ctx := WithContext(t.Context())
	g.Go(func() error {
		<-ctx.Done() // the panic ends the others, as an error does
		return nil
	})
	g.Go(func() error {
		var list []int
		return fmt.Errorf("%d", list[len(list)])
	})
	err := g.Wait()
	if !errors.Is(err, ErrPanic) || !strings.Contains(err.Error(), "index out of range") || !strings.Contains(err.Error(), "errgroup_test.go") {
		t.Errorf("got %v", err)
	}
}

func TestZeroGroup(t *testing.T) {
	var g Group
	g.SetLimit(1)
	failed := errors.New("failed")
	g.Go(func() error { return failed })
	g.Go(func() error { return nil })
	if err := g.Wait(); err != failed {
		t.Errorf("got %v", err)
	}
}
