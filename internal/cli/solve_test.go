package cli

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

func TestExplainLost(t *testing.T) {
	gone := fmt.Errorf("failed to receive status: %w", status.Error(codes.Unavailable, "error reading from server: EOF"))
	if err := explainLost(gone); !errors.Is(err, gone) || !strings.HasPrefix(err.Error(), "BuildKit went away") {
		t.Errorf("of a lost connection it says %v", err)
	}
	for _, other := range []error{nil, errors.New("exit code: 1"), status.Error(codes.Unknown, "exit code: 1")} {
		if err := explainLost(other); err != other {
			t.Errorf("%v became %v", other, err)
		}
	}
}
