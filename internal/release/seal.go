package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// The files that the others are checked against.
const (
	sumsFile      = "SHA256SUMS"
	signatureFile = sumsFile + ".sig"
)

// seal writes the checksums of all files, as `sha256sum -c` reads them, and their signature.
func (r *release) seal(sign signer) error {
	names, err := files(r.out)
	if err != nil {
		return err
	}
	var sums strings.Builder
	for _, name := range names {
		sum, err := hashFile(filepath.Join(r.out, name))
		if err != nil {
			return err
		}
		fmt.Fprintf(&sums, "%x  %s\n", sum, name)
	}
	if err := os.WriteFile(filepath.Join(r.out, sumsFile), []byte(sums.String()), 0o644); err != nil || sign == nil {
		return err
	}
	signature, err := sign([]byte(sums.String()))
	if err != nil {
		return fmt.Errorf("signing the checksums: %w", err)
	}
	return os.WriteFile(filepath.Join(r.out, signatureFile), signature, 0o644)
}

func hashFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	hash := sha256.New()
	_, err = io.Copy(hash, f)
	return hash.Sum(nil), err
}

// signer signs a text.
type signer func(text []byte) ([]byte, error)

var (
	errNoKey   = errors.New("it has no private key in PEM")
	errNoECDSA = errors.New("its key is not one of ECDSA")
)

// readSigner reads a key in PKCS #8 or SEC 1, without a password. What it makes is what `cosign verify-blob` and, once decoded from base64,
// `openssl dgst -verify` read: ECDSA over SHA-256. The same text gets the same signature (RFC 6979).
func readSigner(name string) (signer, error) {
	if name == "" {
		return nil, nil
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("reading the key: %w", err)
	}
	key, err := parseKey(text)
	if err != nil {
		return nil, fmt.Errorf("reading the key %s: %w", name, err)
	}
	return func(text []byte) ([]byte, error) {
		sum := sha256.Sum256(text)
		signature, err := key.Sign(nil, sum[:], crypto.SHA256)
		return append(base64.StdEncoding.AppendEncode(nil, signature), '\n'), err
	}, nil
}

func parseKey(text []byte) (*ecdsa.PrivateKey, error) {
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		switch block.Type {
		case "EC PRIVATE KEY":
			return x509.ParseECPrivateKey(block.Bytes)
		case "PRIVATE KEY":
			key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
			if err != nil {
				return nil, err
			}
			ec, ok := key.(*ecdsa.PrivateKey)
			if !ok {
				return nil, errNoECDSA
			}
			return ec, nil
		}
	}
	return nil, errNoKey
}
