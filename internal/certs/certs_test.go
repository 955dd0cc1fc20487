package certs

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/x509roots/fallback/bundle"
)

func blocks(data []byte) (ders [][]byte) {
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		ders = append(ders, block.Bytes)
	}
	return ders
}

// authority makes a root certificate and a function that signs a server certificate with it.
func authority(t *testing.T) (rootPEM []byte, leaf *x509.Certificate) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	root := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "private root"}, IsCA: true,
		BasicConstraintsValid: true, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour), KeyUsage: x509.KeyUsageCertSign}
	rootDER, err := x509.CreateCertificate(rand.Reader, root, root, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	server := &x509.Certificate{SerialNumber: big.NewInt(2), DNSNames: []string{"proxy.corp.example"}, NotBefore: root.NotBefore, NotAfter: root.NotAfter}
	leafDER, err := x509.CreateCertificate(rand.Reader, server, root, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	if leaf, err = x509.ParseCertificate(leafDER); err != nil {
		t.Fatal(err)
	}
	return encode(rootDER), leaf
}

func TestPEMHoldsTheUnconstrainedRootsInOrder(t *testing.T) {
	var want [][]byte
	constrained := 0
	for root := range bundle.Roots() {
		if root.Constraint != nil {
			constrained++
			continue
		}
		want = append(want, root.Certificate)
	}
	got := blocks(PEM())
	if len(got) != len(want) || len(got) < 50 {
		t.Fatalf("%d certificates, want %d", len(got), len(want))
	}
	for i := range want {
		if !bytes.Equal(got[i], want[i]) {
			t.Fatalf("certificate %d is not the bundle's", i)
		}
	}
	if constrained == 0 {
		t.Error("the bundle has no constrained root any more: this test proves nothing about them")
	}
	for range 5 {
		if !bytes.Equal(PEM(), PEM()) {
			t.Fatal("PEM differs from call to call")
		}
	}
	if !x509.NewCertPool().AppendCertsFromPEM(PEM()) {
		t.Error("crypto/x509 does not read the bundle")
	}
}

func TestRootCAsTrustTheExtraRoot(t *testing.T) {
	rootPEM, leaf := authority(t)
	verify := func(pool *x509.CertPool) error {
		_, err := leaf.Verify(x509.VerifyOptions{Roots: pool, DNSName: "proxy.corp.example"})
		return err
	}
	without, _, err := RootCAs(nil)
	if err != nil {
		t.Fatal(err)
	}
	if verify(without) == nil {
		t.Fatal("the private root is trusted without being given")
	}
	with, bundlePEM, err := RootCAs(append([]byte("# a comment\n"), rootPEM...))
	if err != nil {
		t.Fatal(err)
	}
	if err := verify(with); err != nil {
		t.Errorf("pool: %v", err)
	}
	if !bytes.Equal(bundlePEM, append(PEM(), rootPEM...)) {
		t.Error("the bundle is not Mozilla's with the extra root behind it")
	}
}

// TestRootCAsKeepConstraints gives a constrained root of Mozilla as an extra certificate, as a system bundle does.
func TestRootCAsKeepConstraints(t *testing.T) {
	var extra []byte
	for root := range bundle.Roots() {
		extra = append(extra, encode(root.Certificate)...)
	}
	_, bundlePEM, err := RootCAs(extra)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(bundlePEM, PEM()) {
		t.Error("roots that Mozilla has already came in a second time, or without their constraint")
	}
	rootPEM, _ := authority(t)
	_, bundlePEM, err = RootCAs(append(bytes.Clone(rootPEM), rootPEM...))
	if n := len(blocks(bundlePEM)) - len(blocks(PEM())); n != 1 || err != nil {
		t.Errorf("an extra root given twice is there %d times, %v", n, err)
	}
}

func TestRootCAsRefuse(t *testing.T) {
	rootPEM, _ := authority(t)
	key := pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: []byte("x")})
	odd := pem.EncodeToMemory(&pem.Block{Type: certificateBlock, Bytes: []byte("not DER")})
	for _, tt := range []struct {
		name, extra, want string
	}{
		{"no PEM", "hello", "reading extra root certificates: no PEM certificate found"},
		{"private key", string(rootPEM) + string(key), "reading extra root certificates: a private key is among them"},
		{"only oddities", string(odd), "reading extra root certificates: no usable certificate: x509"},
		{"one oddity among others", string(odd) + string(rootPEM), ""},
		{"blank", " \n", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, _, err := RootCAs([]byte(tt.extra))
			switch {
			case tt.want == "" && err != nil:
				t.Error(err)
			case tt.want != "" && (err == nil || !strings.HasPrefix(err.Error(), tt.want)):
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}
