package golden

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// JSON writes v for people to read.
func JSON(tb testing.TB, v any) string {
	tb.Helper()
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		tb.Fatal(err)
	}
	return b.String()
}

// Decode reads JSON into v. A field that v does not have ends the test, so that none with another name is a silent default.
func Decode(tb testing.TB, text []byte, v any) {
	tb.Helper()
	if err := decode(text, v); err != nil {
		tb.Fatal(err)
	}
}

// RoundTrip checks that v survives JSON, and gives what [JSON] writes.
func RoundTrip[T any](tb testing.TB, v T) string {
	tb.Helper()
	text := JSON(tb, v)
	if err := compare(v, text); err != nil {
		tb.Error(err)
	}
	return text
}

func decode(text []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return fmt.Errorf("decoding %T: %w", v, err)
	}
	return nil
}

func compare[T any](v T, text string) error {
	var again T
	if err := decode([]byte(text), &again); err != nil {
		return err
	}
	if diff := cmp.Diff(v, again); diff != "" {
		return fmt.Errorf("JSON changes %T (-before +after):\n%s", v, diff)
	}
	return nil
}
