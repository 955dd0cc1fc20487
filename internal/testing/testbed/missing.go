package testbed

import "os"

// TB is what Missing needs of a [testing.TB].
type TB interface {
	Helper()
	Fatalf(format string, args ...any)
	Skipf(format string, args ...any)
}

// Missing ends a test that lacks something on this machine: it skips it and says what is missing, or fails it with CI=true in the
// environment, as .ci/run has it, where everything has to be there.
func Missing(t TB, format string, args ...any) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf("missing: "+format, args...)
	}
	t.Skipf("missing: "+format, args...)
}
