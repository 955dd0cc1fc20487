package goenv

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship-build/modship/internal/diag"
)

func TestParseProxies(t *testing.T) {
	url := func(u string, f Fall) Proxy { return Proxy{URL: u, Kind: KindURL, FallThrough: f} }
	for _, tt := range []struct {
		list string
		want []Proxy
		err  string
	}{
		{list: "https://a.example", want: []Proxy{url("https://a.example", ",")}},
		{list: "https://a.example,https://b.example|off", want: []Proxy{
			url("https://a.example", ","), url("https://b.example", "|"), {Kind: KindOff, FallThrough: ","}}},
		{list: "a.example/go|direct", want: []Proxy{url("https://a.example/go", "|"), {Kind: KindDirect, FallThrough: ","}}},
		{list: "direct,https://never.example", want: []Proxy{{Kind: KindDirect, FallThrough: ","}}},
		{list: "off|https://never.example", want: []Proxy{{Kind: KindOff, FallThrough: "|"}}},
		{list: " , https://a.example ,,| b.example", want: []Proxy{url("https://a.example", ","), url("https://b.example", ",")}},
		{list: "file:///cache,http://127.0.0.1:3000", want: []Proxy{
			{URL: "file:///cache", Kind: KindFile, FallThrough: ","}, url("http://127.0.0.1:3000", ",")}},
		{list: "", err: ErrNoProxy.Error()},
		{list: ", |", err: `GOPROXY has no entries; write a URL, "direct" or "off"`},
		{list: "dirct", err: `a GOPROXY entry has no scheme: dirct; did you mean "direct"?`},
		{list: "ftp://a.example", err: "a GOPROXY entry is neither https nor http: ftp://a.example"},
		{list: "file://host/cache", err: "a file: entry of GOPROXY has more than a path: file://host/cache"},
		{list: "https://a.example:port,nonsense,https://ok.example", want: []Proxy{url("https://ok.example", ",")},
			err: "a GOPROXY entry is not a URL: https://…: invalid port \":port\" after host\n" +
				`a GOPROXY entry has no scheme: nonsense; write a URL, "direct" or "off"`},
	} {
		t.Run(tt.list, func(t *testing.T) {
			got, err := ParseProxies(tt.list)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("proxies (-want +got):\n%s", diff)
			}
			if text(err) != tt.err {
				t.Errorf("error %q, want %q", text(err), tt.err)
			}
		})
	}
}

func TestTryProxies(t *testing.T) {
	notFound, broken, other := fmt.Errorf("missing: %w", fs.ErrNotExist), errors.New("broken"), errors.New("other")
	for _, tt := range []struct {
		name    string
		list    string
		answers []error
		want    error
		asked   int
	}{
		{"first answers", "a.example,b.example", []error{nil}, nil, 1},
		{"comma goes on after not found", "a.example,b.example", []error{notFound, nil}, nil, 2},
		{"comma stops at an error", "a.example,b.example", []error{broken}, broken, 1},
		{"bar goes on after an error", "a.example|b.example", []error{broken, nil}, nil, 2},
		{"bar goes on after not found", "a.example|b.example", []error{notFound, nil}, nil, 2},
		{"bar then comma", "a.example|b.example,c.example", []error{broken, other}, broken, 2},
		{"an error tells more than not found", "a.example,b.example", []error{notFound, broken}, broken, 2},
		{"an error still tells more when it came first", "a.example|b.example", []error{broken, notFound}, broken, 2},
		{"nobody has it", "a.example,b.example", []error{notFound, notFound}, notFound, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			proxies, err := ParseProxies(tt.list)
			if err != nil {
				t.Fatal(err)
			}
			asked := 0
			err = TryProxies(proxies, func(Proxy) error {
				asked++
				return tt.answers[asked-1]
			})
			if err != tt.want || asked != tt.asked {
				t.Errorf("asked %d proxies and got %v; want %d and %v", asked, err, tt.asked, tt.want)
			}
		})
	}
	if err := TryProxies(nil, nil); err != ErrNoProxy {
		t.Errorf("no proxies: got %v, want ErrNoProxy", err)
	}
}

// FuzzParseProxies holds that parsing what was parsed changes nothing, that the list ends at direct and off, that every
// entry is accounted for, and that no password appears in an error.
func FuzzParseProxies(f *testing.F) {
	for _, s := range []string{"https://a.example,direct", "a.example|b.example,off,c.example", "https://u:canary@h:x", "://canary@",
		"u:canary@a.example", "https://u:can%zzary@h/canary@", "file:///x|/abs", "mailto:canary@x", ",,|", "x:/y", "//u:canary@h"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, list string) {
		proxies, err := ParseProxies(list)
		for i, p := range proxies {
			ends := p.Kind == KindDirect || p.Kind == KindOff
			if ends && i != len(proxies)-1 {
				t.Errorf("%q goes on after %s", list, p.Kind)
			}
			if ends != (p.URL == "") {
				t.Errorf("%q: entry %+v", list, p)
			}
		}
		if len(proxies) > 0 {
			again, againErr := ParseProxies(format(proxies))
			if diff := cmp.Diff(proxies, again); diff != "" || againErr != nil {
				t.Errorf("parsing twice: %v\n%s", againErr, diff)
			}
		}
		if len(proxies) == 0 && err == nil {
			t.Errorf("%q: neither proxies nor an error", list)
		}
		if max := strings.Count(list, ",") + strings.Count(list, "|") + 1; len(proxies)+len(diag.All(err)) > max {
			t.Errorf("%q: %d entries and %d mistakes", list, len(proxies), len(diag.All(err)))
		}
		if strings.Contains(list, ":canary@") {
			if msg := text(err) + text(Settings{Proxy: list}.Validate()); strings.Contains(msg, "canary@") {
				t.Errorf("%q: the password is in %q", list, msg)
			}
		}
	})
}

// format writes proxies as a GOPROXY list.
func format(proxies []Proxy) string {
	var b strings.Builder
	for i, p := range proxies {
		if p.Kind == KindURL || p.Kind == KindFile {
			b.WriteString(p.URL)
		} else {
			b.WriteString(string(p.Kind))
		}
		if i < len(proxies)-1 || p.FallThrough == FallAnyError {
			b.WriteString(string(p.FallThrough))
		}
	}
	return b.String()
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
