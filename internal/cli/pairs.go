package cli

import (
	"encoding/csv"
	"errors"
	"fmt"
	"strings"

	"github.com/tonistiigi/go-csvvalue"
)

// pair is one field of a flag such as type=oci,dest=out.tar.
type pair struct{ key, value string }

// parsePairs splits a comma-separated list of key=value, with the quoting of CSV that buildx uses. Keys are in lower case.
func parsePairs(s string) ([]pair, error) {
	if s == "" {
		return nil, errors.New("want key=value")
	}
	fields, err := csvvalue.Fields(s, nil)
	if err != nil {
		return nil, err
	}
	pairs := make([]pair, len(fields))
	for i, f := range fields {
		key, value, ok := strings.Cut(f, "=")
		if !ok {
			return nil, fmt.Errorf("want key=value instead of %q", f)
		}
		pairs[i] = pair{strings.ToLower(strings.TrimSpace(key)), value}
	}
	return pairs, nil
}

// formatPairs is the inverse of parsePairs.
func formatPairs(pairs []pair) string {
	record := make([]string, len(pairs))
	for i, p := range pairs {
		record[i] = p.key + "=" + p.value
	}
	var b strings.Builder
	w := csv.NewWriter(&b)
	w.Write(record) // a strings.Builder takes everything
	w.Flush()
	return strings.TrimSuffix(b.String(), "\n")
}

// find returns the value of key in pairs, or "".
func find(pairs []pair, key string) string {
	for _, p := range pairs {
		if p.key == key {
			return p.value
		}
	}
	return ""
}
