package modproxy

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

const stall = 400 * time.Millisecond

// TestStall has a server that goes silent before or within its answer, and one that only takes its time.
func TestStall(t *testing.T) {
	for _, c := range []struct {
		name   string
		answer func(w http.ResponseWriter, silence <-chan struct{})
		want   string // "" if the request ends with an error
	}{
		{"no answer", func(_ http.ResponseWriter, silence <-chan struct{}) { <-silence }, ""},
		{"half an answer", func(w http.ResponseWriter, silence <-chan struct{}) {
			write(w, "half")
			<-silence
		}, ""},
		{"slow", func(w http.ResponseWriter, _ <-chan struct{}) {
			for range 12 { // longer than a stall in all
				write(w, "x")
				time.Sleep(stall / 8)
			}
		}, "xxxxxxxxxxxx"},
	} {
		t.Run(c.name, func(t *testing.T) {
			silence := make(chan struct{})
			var requests atomic.Int32
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				requests.Add(1)
				c.answer(w, silence)
			}))
			defer server.Close()
			defer close(silence)
			client := &Client{Stall: stall, Sleep: func(context.Context, time.Duration) error { return nil }}
			got, err := client.GetBytes(t.Context(), server.URL+"/file", 100)
			if c.want != "" {
				if err != nil || string(got) != c.want || requests.Load() != 1 {
					t.Errorf("%q, %v after %d requests", got, err, requests.Load())
				}
				return
			}
			if !errors.Is(err, ErrStalled) || !strings.Contains(err.Error(), "/file: the server is silent: nothing came for 400ms") {
				t.Errorf("the error is %v", err)
			}
			if requests.Load() != Attempts {
				t.Errorf("%d requests, want %d", requests.Load(), Attempts)
			}
		})
	}
}

func write(w http.ResponseWriter, text string) {
	_, _ = w.Write([]byte(text))
	_ = http.NewResponseController(w).Flush()
}
