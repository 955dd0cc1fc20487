//go:build linux

package main

import (
	"encoding/pem"
	"io"
	"log"
	"net/http/httptest"
	"os"
	"path/filepath"

	"github.com/google/go-containerregistry/pkg/registry"
)

// server is the registry. BuildKit writes to it in plain HTTP; tools read it over TLS, since diffoci does not fall back to plain HTTP when
// it is compiled with a Go of today.
type server struct {
	plain, secure *httptest.Server
	// ca is the file with the certificate that tools trust.
	ca string
}

// serve keeps blobs below dir.
func serve(dir string) (*server, error) {
	blobs := filepath.Join(dir, "images")
	if err := os.Mkdir(blobs, 0o755); err != nil {
		return nil, err
	}
	handler := registry.New(registry.Logger(log.New(io.Discard, "", 0)), registry.WithBlobHandler(registry.NewDiskBlobHandler(blobs)))
	s := &server{plain: httptest.NewServer(handler), secure: httptest.NewUnstartedServer(handler), ca: filepath.Join(dir, "ca.pem")}
	s.secure.Config.ErrorLog = log.New(io.Discard, "", 0) // some tools try plain HTTP, too
	s.secure.StartTLS()
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.secure.Certificate().Raw})
	return s, os.WriteFile(s.ca, certificate, 0o644)
}

func (s *server) close() {
	s.plain.Close()
	s.secure.Close()
}

// write and read are references to one image, at the two addresses.
func (s *server) write(name, tag string) string {
	return s.plain.Listener.Addr().String() + "/" + name + ":" + tag
}

func (s *server) read(name, tag string) string {
	return s.secure.Listener.Addr().String() + "/" + name + ":" + tag
}
