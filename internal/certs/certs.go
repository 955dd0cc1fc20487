// Package certs gives the root certificates that a build trusts: Mozilla's, and those of a private network beside them.
//
// Mozilla's roots come from golang.org/x/crypto/x509roots, so their date is a line of go.mod and the same program always
// writes the same bytes. Nothing here reads the system's certificates: a caller that wants them passes them as extra PEM.
package certs

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/x509roots/fallback/bundle"
)

const certificateBlock = "CERTIFICATE"

// PEM returns Mozilla's roots as one PEM bundle in the order of the bundle (by subject), for an image's
// /etc/ssl/certs/ca-certificates.crt. Roots that Mozilla trusts only under a constraint are left out, because a PEM file
// cannot carry the constraint.
func PEM() []byte {
	var b bytes.Buffer
	for root := range bundle.Roots() {
		if root.Constraint == nil {
			b.Write(encode(root.Certificate))
		}
	}
	return b.Bytes()
}

// RootCAs returns the pool for TLS clients and the PEM bundle for other programs' SSL_CERT_FILE: Mozilla's roots and the
// certificates of extraPEM, which may be empty. The pool also holds Mozilla's constrained roots with their constraints,
// which win over a bare copy of the same root in extraPEM; the bundle holds no constrained root and nothing twice.
//
// System bundles hold oddities, so what is no certificate in extraPEM is passed over, but it is an error if extraPEM has
// content and no usable certificate, or if it has a private key, which would end where certificates are public.
func RootCAs(extraPEM []byte) (pool *x509.CertPool, bundlePEM []byte, err error) {
	extra, err := parse(extraPEM)
	if err != nil {
		return nil, nil, fmt.Errorf("reading extra root certificates: %w", err)
	}
	pool, known, err := mozilla()
	if err != nil {
		return nil, nil, err
	}
	b := bytes.NewBuffer(PEM())
	for _, cert := range extra {
		sum := sha256.Sum256(cert.Raw)
		if known[sum] {
			continue
		}
		known[sum] = true
		pool.AddCert(cert)
		b.Write(encode(cert.Raw))
	}
	return pool, b.Bytes(), nil
}

// mozilla returns the pool of Mozilla's roots and their SHA-256 sums.
func mozilla() (*x509.CertPool, map[[sha256.Size]byte]bool, error) {
	pool, known := x509.NewCertPool(), map[[sha256.Size]byte]bool{}
	for root := range bundle.Roots() {
		cert, err := x509.ParseCertificate(root.Certificate)
		if err != nil {
			return nil, nil, fmt.Errorf("parsing a root certificate of Mozilla: %w", err)
		}
		known[sha256.Sum256(cert.Raw)] = true
		if root.Constraint == nil {
			pool.AddCert(cert)
		} else {
			pool.AddCertWithConstraint(cert, root.Constraint)
		}
	}
	return pool, known, nil
}

func parse(data []byte) ([]*x509.Certificate, error) {
	if len(bytes.TrimSpace(data)) == 0 {
		return nil, nil
	}
	var found []*x509.Certificate
	var firstErr error
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		if strings.HasSuffix(block.Type, "PRIVATE KEY") {
			return nil, errors.New("a private key is among them")
		}
		if block.Type != certificateBlock {
			continue
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			if firstErr == nil {
				firstErr = err
			}
			continue
		}
		found = append(found, cert)
	}
	if len(found) > 0 {
		return found, nil
	}
	if firstErr != nil {
		return nil, fmt.Errorf("no usable certificate: %w", firstErr)
	}
	return nil, errors.New("no PEM certificate found")
}

func encode(der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: certificateBlock, Bytes: der})
}
