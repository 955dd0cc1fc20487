package config

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/rules"
	"github.com/modship-build/modship/internal/safetext"
)

// maxLabel is containerd's limit for key and value together.
const maxLabel = 4096

// reservedLabels are prefixes that container runtimes act upon. A label under them reached a logger that ran a binary as the
// host's root (CVE-2026-53488).
var reservedLabels = []string{"containerd.io/", "io.cri-containerd", "io.containerd."}

// CheckLabel judges an entry of labels or annotations once its facts are in: the key must not be one that container runtimes
// act upon, and containerd takes at most 4096 bytes of key and value.
func CheckLabel(key, value string) error {
	keyErr, valueErr := label(key, value)
	if !utf8.ValidString(key) || !utf8.ValidString(value) {
		valueErr = errors.Join(valueErr, &problem{"it is not UTF-8", ""})
	}
	return errors.Join(keyErr, valueErr)
}

// CheckLabels judges the labels that a command line gives, with its flag --label as the place of every mistake.
func CheckLabels(labels map[string]string) error {
	var mistakes diag.List
	for _, key := range slices.Sorted(maps.Keys(labels)) {
		if err := CheckLabel(key, labels[key]); err != nil {
			m := mistakes.Addf(diag.Range{File: "--label"}, "%q is not usable", key)
			m.Rule, m.Err = rules.Labels, err
		}
	}
	return mistakes.Err()
}

// label checks an entry of labels or annotations.
func label(key, value string) (keyErr, valueErr error) {
	if why := safetext.Name(key); why != "" {
		keyErr = &problem{fmt.Sprintf("the key %+q %s", key, why), ""}
	}
	for _, prefix := range reservedLabels {
		// In any case: who reads labels may not tell them apart.
		if strings.HasPrefix(strings.ToLower(key), prefix) {
			keyErr = &problem{fmt.Sprintf("keys under %s are reserved", prefix), "container runtimes act upon them"}
		}
	}
	if size := len(key) + len(value); size > maxLabel {
		valueErr = &problem{fmt.Sprintf("key and value have %d bytes, more than the %d allowed", size, maxLabel), ""}
	}
	if i := strings.IndexFunc(value, hidden); i >= 0 {
		r, _ := utf8.DecodeRuneInString(value[i:])
		valueErr = &problem{"the value holds the " + hiddenCharacter(r), "it could not be seen in a terminal"}
	}
	return keyErr, valueErr
}
