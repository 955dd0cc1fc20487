package testbed

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// StartRegistry runs a registry that keeps its data in a directory, and waits until it answers; ctx bounds only that. BuildKit,
// ko and go-containerregistry take plain http from its address, such as 127.0.0.1:5000. It ends at the latest with this process. The settings
// are lines of its configuration.
func StartRegistry(ctx context.Context, program, data string, env []string, settings ...string) (addr string, stop func() error, err error) {
	if addr, err = FreeAddress(); err != nil {
		return "", nil, err
	}
	config := fmt.Sprintf("version: 0.1\nlog: {level: warn, accesslog: {disabled: true}}\n"+
		"storage: {filesystem: {rootdirectory: %q}}\nhttp: {addr: %q}\n%s", data, addr, strings.Join(settings, "\n"))
	file := data + ".yml"
	if err := os.WriteFile(file, []byte(config), 0o644); err != nil {
		return "", nil, err
	}
	cmd := exec.Command(program, "serve", file)
	cmd.Env = slices.Concat(env, []string{"OTEL_TRACES_EXPORTER=none"})
	stop, err = startServer(ctx, cmd, "http://"+addr+"/v2/")
	return addr, stop, err
}
