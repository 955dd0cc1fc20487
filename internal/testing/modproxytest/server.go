package modproxytest

import (
	"crypto/rand"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"golang.org/x/mod/module"
	"golang.org/x/mod/sumdb"
	"golang.org/x/mod/sumdb/note"
)

// Server is a module proxy on loopback that answers as it is told, and counts who asks.
type Server struct {
	*httptest.Server

	mu     sync.Mutex
	routes map[string]http.HandlerFunc
	hits   map[string]int
}

// NewServer starts one that has nothing.
func NewServer(tb testing.TB) *Server {
	tb.Helper()
	s := &Server{routes: map[string]http.HandlerFunc{}, hits: map[string]int{}}
	s.Server = httptest.NewServer(s)
	tb.Cleanup(s.Close)
	return s
}

// Handle has a path served, or everything below it if it ends in a slash.
func (s *Server) Handle(path string, h http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.routes[path] = h
}

// HandleSumDB has a checksum database served as proxies serve it.
func (s *Server) HandleSumDB(name string, db http.Handler) {
	prefix := "/sumdb/" + name
	s.Handle(prefix+"/supported", Serve(nil))
	s.Handle(prefix+"/", http.StripPrefix(prefix, db).ServeHTTP)
}

// ServeHTTP answers as the longest path that was given to Handle.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.hits[r.URL.Path]++
	longest := ""
	for path := range s.routes {
		if (path == r.URL.Path || strings.HasSuffix(path, "/") && strings.HasPrefix(r.URL.Path, path)) && len(path) > len(longest) {
			longest = path
		}
	}
	h := s.routes[longest]
	s.mu.Unlock()
	if h == nil {
		http.Error(w, "not found: no such module", http.StatusNotFound)
		return
	}
	h(w, r)
}

// Hits tells how often a path was asked for.
func (s *Server) Hits(path string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.hits[path]
}

// Serve answers with data.
func Serve(data []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(data) }
}

// Fail answers with a status.
func Fail(status int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "out of order", status) }
}

// SumDB makes a signed checksum database that knows the sums of zips, and its key.
func SumDB(tb testing.TB, name string, sums map[module.Version]string) (db http.Handler, key string) {
	tb.Helper()
	signer, key, err := note.GenerateKey(rand.Reader, name)
	if err != nil {
		tb.Fatal(err)
	}
	return sumdb.NewServer(sumdb.NewTestServer(signer, func(path, version string) ([]byte, error) {
		sum, ok := sums[module.Version{Path: path, Version: version}]
		if !ok {
			return nil, fs.ErrNotExist
		}
		return fmt.Appendf(nil, "%[1]s %[2]s %[3]s\n%[1]s %[2]s/go.mod h1:8wlg68NqwW7eMnI1aABk/C2pDYXj8mrMY4TyRfiLeS0=\n",
			path, version, sum), nil
	})), key
}
