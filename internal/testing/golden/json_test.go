package golden

import (
	"strings"
	"testing"
)

type sample struct {
	Name string
	Lost bool `json:"-"`
}

func TestRoundTrip(t *testing.T) {
	if got, want := RoundTrip(t, sample{Name: "<a>"}), "{\n  \"Name\": \"<a>\"\n}\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if err := compare(sample{Lost: true}, JSON(t, sample{Lost: true})); err == nil || !strings.Contains(err.Error(), "JSON changes") {
		t.Errorf("a field that JSON drops: %v", err)
	}
}

func TestDecode(t *testing.T) {
	var s sample
	Decode(t, []byte(`{"Name": "b"}`), &s)
	if s.Name != "b" {
		t.Errorf("got %+v", s)
	}
	if err := decode([]byte(`{"Title": "b"}`), &s); err == nil || !strings.Contains(err.Error(), `unknown field "Title"`) {
		t.Errorf("a field that is not there: %v", err)
	}
}
