package engine

import "testing"

func TestWithoutStacks(t *testing.T) {
	const in = `time="x" level=info msg=start
open /x: no such file
failed to load
main.main.func3
	github.com/moby/buildkit/main.go:270
runtime.goexit
	runtime/asm_amd64.s:1771
details:
	they are indented
last words
`
	const want = `time="x" level=info msg=start
open /x: no such file
failed to load
last words
`
	if got := withoutStacks(in); got != want {
		t.Errorf("got\n%s", got)
	}
	if got := withoutStacks("\tfirst"); got != "" {
		t.Errorf("got %q", got)
	}
}

func TestStatusRoundTrip(t *testing.T) {
	s, err := openState(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if got := s.readStatus(); got != (status{}) {
		t.Errorf("without a file: %+v", got)
	}
	want := status{Addr: "unix://" + s.path(apiSocket), Buildkitd: "/b"}
	if err := s.writeStatus(want); err != nil {
		t.Fatal(err)
	}
	if got := s.readStatus(); got != want {
		t.Errorf("got %+v", got)
	}
}
