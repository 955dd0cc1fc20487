package cgofacts_test

import (
	"bytes"
	"encoding/binary"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship-build/modship/internal/cgofacts"
	"github.com/modship-build/modship/internal/testing/cgoprogram"
)

func TestRiskTable(t *testing.T) {
	seen := map[string]bool{}
	for _, g := range cgofacts.RiskGroups() {
		if g.Class != cgofacts.High && g.Class != cgofacts.Medium || g.Reason == "" || strings.HasSuffix(g.Reason, ".") {
			t.Errorf("%+v", g)
		}
		for _, s := range g.Symbols {
			if seen[s] {
				t.Errorf("%s is there twice", s)
			}
			seen[s] = true
		}
	}
}

func TestRisks(t *testing.T) {
	const direct = "package main\n\n// #include <stdlib.h>\nimport \"C\"\n\nfunc main() { println(C.system(C.CString(\"true\"))) }\n"
	facts := read(t, cgoprogram.Build(t, cgoprogram.Program{Source: direct, CC: "gcc"}))
	if len(facts.Risks) != 1 || facts.Risks[0].Symbol != "system" || facts.Risks[0].How != cgofacts.Called || !slices.Equal(facts.Risks[0].By, []string{"main"}) {
		t.Errorf("%+v", facts.Risks)
	}
	if h := facts.Hardening; h.PIE || h.RELRO == "" || h.RELRO == "none" || !h.NX || h.WritableCode {
		t.Errorf("%+v", h)
	}
	// What the C part of Go's runtime takes in every program is none.
	const none = "package main\n\n// static int one(void) { return 1; }\nimport \"C\"\n\nfunc main() { println(C.one()) }\n"
	if facts = read(t, cgoprogram.Build(t, cgoprogram.Program{Source: none, CC: "gcc"})); len(facts.Risks) > 0 {
		t.Errorf("%+v", facts.Risks)
	}
	if testing.Short() {
		return
	}
	// Nor is what glibc brings along.
	if facts = read(t, cgoprogram.Build(t, cgoprogram.Program{Source: none, CC: "gcc", Args: []string{static}})); len(facts.Risks) > 0 {
		t.Errorf("%+v", facts.Risks)
	}
}

// cgoTable is a table of Go's functions that says that there is cgo, and what follows it.
func cgoTable(t *testing.T, rest string) []byte {
	t.Helper()
	const names = "runtime.main\x00runtime/cgo.x\x00"
	var b bytes.Buffer
	b.WriteString("\xf1\xff\xff\xff\x00\x00\x01\x08")
	for _, word := range []uint64{1, 0, 0, 72, 72 + uint64(len(names)), 0, 0, 0} {
		if err := binary.Write(&b, binary.LittleEndian, word); err != nil {
			t.Fatal(err)
		}
	}
	return append(b.Bytes(), names+rest...)
}

func TestTexts(t *testing.T) {
	for _, test := range []struct{ text, library, version string }{
		{"OpenSSL 3.0.11 19 Sep 2023", "openssl", "3.0.11"},
		{"OpenSSL 1.1.1w  11 Sep 2023", "openssl", "1.1.1w"},
		{" deflate 1.2.13 Copyright 1995-2022 Jean-loup Gailly and Mark Adler ", "zlib", "1.2.13"},
		{" inflate 1.3 Copyright", "zlib", "1.3"},
		{"libcurl/8.4.0", "curl", "8.4.0"},
		{"\x003.46.1\x00xx\x002024-08-13 09:16:08 c9c2ab54ba1f5f46360f1b4f35d849cd3f080e6fc2b6c60e91b16c63f69a1e33\x00", "sqlite", "3.46.1"},
		{"bzip2/libbzip2: internal error number %d.\nThis is a bug\x001.0.8, 13-Jul-2019\x00", "bzip2", "1.0.8"},
		{"the documentation of OpenSSL 3", "", ""},
		{"deflate 1.2.13 is a version of zlib", "", ""},
	} {
		data := tiny(cgoTable(t, strings.Repeat("x", 3<<20)+test.text))
		facts, err := cgofacts.Read(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			t.Fatal(err)
		}
		if test.library == "" {
			if len(facts.Embedded) > 0 {
				t.Errorf("%q: %+v", test.text, facts.Embedded)
			}
			continue
		}
		if len(facts.Embedded) != 1 || facts.Embedded[0].Library != test.library || facts.Embedded[0].Version != test.version {
			t.Errorf("%q: %+v", test.text, facts.Embedded)
		} else if at := facts.Embedded[0].Offset; !strings.HasPrefix(string(data[at:]), test.version) {
			t.Errorf("%q is at %d", test.text, at)
		}
	}
	for _, e := range cgofacts.EmbeddedPatterns() {
		if re, err := regexp.Compile(e.Pattern); err != nil || re.NumSubexp() != 1 {
			t.Errorf("%+v: %v", e, err)
		}
	}
}

func TestOpens(t *testing.T) {
	data := tiny(cgoTable(t, "xlibm.so.6ylibx.sortlibz.so\x00libm.so.6"))
	facts, err := cgofacts.Read(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	want := []cgofacts.Dlopen{{Libraries: []string{"libm.so.6"}}, {Libraries: []string{"libz.so"}}}
	if diff := cmp.Diff(want, facts.Opens); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestStated reads what a C compiler has put into a note of its own.
func TestStated(t *testing.T) {
	const source = `package main

// __attribute__((used, section(".note.dlopen"), aligned(4))) static const struct {
//   unsigned name, size, type; char owner[4]; char value[96];
// } note = {4, 96, 0x407c0c0a, "FDO", "[{\"soname\":[\"libbpf.so.1\",\"libbpf.so.0\"],\"feature\":\"bpf\",\"priority\":\"suggested\"}]"};
// static int one(void) { return note.type != 0; }
import "C"

func main() { println(C.one()) }
`
	facts := read(t, cgoprogram.Build(t, cgoprogram.Program{Source: source, CC: "gcc"}))
	want := cgofacts.Dlopen{Libraries: []string{"libbpf.so.1", "libbpf.so.0"}, Stated: true, Feature: "bpf", Priority: "suggested"}
	if len(facts.Opens) == 0 {
		t.Fatal("nothing is stated")
	}
	if diff := cmp.Diff(want, facts.Opens[0]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestFIPS(t *testing.T) {
	t.Setenv("GOFIPS140", "v1.0.0")
	facts := read(t, cgoprogram.Build(t, cgoprogram.Program{Source: cgoprogram.Pure}))
	if facts.FIPS == nil || !strings.HasPrefix(facts.FIPS.Module, "v1.0.0") || facts.FIPS.Default != "on" {
		t.Errorf("%+v", facts.FIPS)
	}
}
