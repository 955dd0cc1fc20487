package testbed

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
)

// S3 is an S3 server on a loopback port, with plain http and one bucket. All that is in the bucket are files below Dir.
type S3 struct {
	Endpoint, Region, Bucket string
	AccessKey, SecretKey     string
	Dir                      string
}

// StartS3 runs versitygw (tools/versitygw) over files below data, and waits until it answers; ctx bounds only that. It ends at the latest
// with this process.
func StartS3(ctx context.Context, program, data string) (server S3, stop func() error, err error) {
	addr, err := FreeAddress()
	if err != nil {
		return S3{}, nil, err
	}
	server = S3{
		Endpoint: "http://" + addr, Region: "us-east-1", Bucket: "cache",
		AccessKey: "test-access", SecretKey: "test-secret",
		Dir: filepath.Join(data, "files", "cache"),
	}
	attributes := filepath.Join(data, "attributes") // not every file system has those that files could have
	for _, dir := range []string{server.Dir, attributes} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return S3{}, nil, err
		}
	}
	cmd := exec.Command(program, "--port", addr, "--region", server.Region, "--quiet", "--health", "/health", "posix", "--sidecar", attributes, filepath.Dir(server.Dir))
	cmd.Env = slices.Concat(os.Environ(), []string{"ROOT_ACCESS_KEY_ID=" + server.AccessKey, "ROOT_SECRET_ACCESS_KEY=" + server.SecretKey})
	stop, err = startServer(ctx, cmd, server.Endpoint+"/health")
	return server, stop, err
}
