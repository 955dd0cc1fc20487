package startable_test

import (
	"os"
	"testing"

	"github.com/modship-build/modship/internal/testing/testbed"
)

// TestLocale: glibc has the locale C.UTF-8 in a folder, which the image lacks until somebody puts it there.
func TestLocale(t *testing.T) {
	needRoot(t)
	const folder = "/usr/lib/locale/C.utf8" // of libc-bin
	if _, err := os.Stat(folder); err != nil {
		testbed.Missing(t, "%s (Debian package libc-bin)", folder)
	}
	m := newImage(t, glibcAMD64, false)
	m.compile("/app/prog", `
		#include <locale.h>
		#include <unistd.h>
		int main(void) { if (setlocale(LC_ALL, "C.UTF-8")) write(1, "started\n", 8); return 0; }`)
	if ok, out := starts(t, m.root, nil, "/app/prog"); ok {
		t.Errorf("the locale is there: %s", out)
	}
	if err := os.CopyFS(m.path(folder), os.DirFS(folder)); err != nil {
		t.Fatal(err)
	}
	if ok, out := starts(t, m.root, nil, "/app/prog"); !ok {
		t.Errorf("with the folder: %s", out)
	}
}
