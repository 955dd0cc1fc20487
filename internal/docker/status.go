package docker

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"
)

// Status is what buildx says of one of its builders, without starting it.
type Status struct {
	// State is that of its first node: running, inactive, stopped, error.
	State string
	// Version is that of BuildKit, where one runs.
	Version   string
	Platforms []string
	// Err is what went wrong.
	Err string
}

// Statuses asks buildx for all builders that it knows.
func (s Settings) Statuses(ctx context.Context) (map[string]Status, error) {
	program, err := s.buildx("ls", "--format", "json")
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, program[0], program[1:]...)
	var said bytes.Buffer
	cmd.Stderr, cmd.WaitDelay = &said, time.Second // the command docker has a child, which keeps what it writes to open
	out, err := cmd.Output()
	if err != nil && !errors.Is(err, exec.ErrWaitDelay) { // then it has said everything
		return nil, fmt.Errorf("running %s: %w: %s", strings.Join(program, " "), err, strings.TrimSpace(said.String()))
	}
	return parseStatuses(out)
}

func parseStatuses(out []byte) (map[string]Status, error) {
	statuses := map[string]Status{}
	for lines := json.NewDecoder(bytes.NewReader(out)); lines.More(); {
		var b struct {
			Name, Err string
			Nodes     []struct {
				Status, Version, Err string
				Platforms            []string
			}
		}
		if err := lines.Decode(&b); err != nil {
			return nil, fmt.Errorf("reading what buildx says of its builders: %w", err)
		}
		s := Status{State: "error", Err: b.Err}
		for i, n := range b.Nodes {
			if i == 0 {
				s.State, s.Version, s.Platforms = n.Status, n.Version, n.Platforms
			}
			if s.Err == "" {
				s.Err = n.Err
			}
		}
		statuses[b.Name] = s
	}
	if len(statuses) == 0 {
		return nil, errors.New("buildx says nothing of its builders")
	}
	return statuses, nil
}
