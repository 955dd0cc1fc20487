package goenv

import (
	"errors"
	"io/fs"
	"net/url"
	"path"
	"strings"

	"github.com/modship-build/modship/internal/diag"
)

// ErrNoProxy says that a module proxy is needed and none is known.
var ErrNoProxy = errors.New("no module proxy is known: set GOPROXY, modules.proxy, or build modship with make")

// Kind says what an entry of GOPROXY is.
type Kind string

const (
	// KindURL is a proxy reached by http or https.
	KindURL Kind = "url"
	// KindFile is a proxy that is a directory, by file URL.
	KindFile Kind = "file"
	// KindDirect is the version control system of the module's origin. It ends the list.
	KindDirect Kind = "direct"
	// KindOff forbids downloads. It ends the list.
	KindOff Kind = "off"
)

// Fall says which failure of a proxy lets the next one be asked.
type Fall string

const (
	// FallNotFound is the separator ",": only "not found" (status 404 or 410) goes on.
	FallNotFound Fall = ","
	// FallAnyError is the separator "|": every failure goes on.
	FallAnyError Fall = "|"
)

// Proxy is one entry of GOPROXY.
type Proxy struct {
	// URL has a scheme and is set for KindURL and KindFile.
	URL  string
	Kind Kind
	// FallThrough says when the entry after this one is asked.
	FallThrough Fall
}

// ParseProxies reads a GOPROXY list as cmd/go does (modfetch/proxy.go, proxyList): empty entries are skipped, "direct" and
// "off" end the list, and https:// is put in front of an entry without a scheme. The entries that could be read are
// returned beside an error that joins one [diag.Error] for each that could not. An empty list is [ErrNoProxy].
func ParseProxies(list string) ([]Proxy, error) {
	if list == "" {
		return nil, ErrNoProxy
	}
	var proxies []Proxy
	var mistakes diag.List
	for list != "" {
		entry, fall := list, FallNotFound
		if i := strings.IndexAny(list, ",|"); i >= 0 {
			entry, fall, list = list[:i], Fall(list[i:i+1]), list[i+1:]
		} else {
			list = ""
		}
		entry = strings.TrimSpace(entry)
		if entry == "" {
			continue
		}
		p, mistake := parseProxy(entry)
		if mistake != nil {
			mistakes = append(mistakes, mistake)
			continue
		}
		p.FallThrough = fall
		proxies = append(proxies, p)
		if p.Kind == KindDirect || p.Kind == KindOff {
			break
		}
	}
	if len(proxies) == 0 && len(mistakes) == 0 {
		mistakes.Addf(diag.Range{}, "GOPROXY has no entries").Help = `write a URL, "direct" or "off"`
	}
	return proxies, mistakes.Err()
}

func parseProxy(entry string) (Proxy, *diag.Error) {
	switch entry {
	case "direct":
		return Proxy{Kind: KindDirect}, nil
	case "off":
		return Proxy{Kind: KindOff}, nil
	}
	if strings.ContainsAny(entry, ".:/") && !strings.Contains(entry, ":/") && !path.IsAbs(entry) {
		entry = "https://" + entry
	}
	u, err := url.Parse(entry)
	if err != nil {
		return Proxy{}, &diag.Error{Msg: "a GOPROXY entry is not a URL: " + Redact(entry), Err: parseCause(err, entry)}
	}
	switch u.Scheme {
	case "http", "https":
		return Proxy{Kind: KindURL, URL: entry}, nil
	case "file":
		if *u != (url.URL{Scheme: u.Scheme, Path: u.Path, RawPath: u.RawPath}) {
			return Proxy{}, &diag.Error{Msg: "a file: entry of GOPROXY has more than a path: " + Redact(entry)}
		}
		return Proxy{Kind: KindFile, URL: entry}, nil
	case "":
		help := diag.Suggest(entry, []string{"direct", "off"})
		if help == "" {
			help = `write a URL, "direct" or "off"`
		}
		return Proxy{}, &diag.Error{Msg: "a GOPROXY entry has no scheme: " + Redact(entry), Help: help}
	}
	return Proxy{}, &diag.Error{Msg: "a GOPROXY entry is neither https nor http: " + Redact(entry)}
}

// TryProxies asks one proxy after the other until ask succeeds or fails in a way that the entry does not let fall through,
// and returns the most telling error: the first that is not "not found", else the first. Not found is what [errors.Is]
// finds to be [fs.ErrNotExist].
func TryProxies(proxies []Proxy, ask func(Proxy) error) error {
	if len(proxies) == 0 {
		return ErrNoProxy
	}
	var first, telling error
	for _, p := range proxies {
		err := ask(p)
		if err == nil {
			return nil
		}
		notFound := errors.Is(err, fs.ErrNotExist)
		if first == nil {
			first = err
		}
		if telling == nil && !notFound {
			telling = err
		}
		if !notFound && p.FallThrough != FallAnyError {
			break
		}
	}
	if telling != nil {
		return telling
	}
	return first
}
