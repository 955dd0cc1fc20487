package step

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/modship-build/modship/internal/gomod"
	"github.com/modship-build/modship/internal/request"
	"github.com/modship-build/modship/internal/safetext"
)

// noticesLimit is how long the step asks for what nothing but advice is made of.
const noticesLimit = time.Minute

// notices asks what the newest version of each module says of the one that is required. What cannot be had is no failure.
func notices(ctx context.Context, req request.Notices) error {
	ctx, cancel := context.WithTimeout(ctx, noticesLimit)
	defer cancel()
	f, err := fetcher()
	if err != nil {
		return err
	}
	texts, err := f.NewestGoMods(ctx, req.Modules)
	report := request.NoticesReport{Notices: []request.Notice{}}
	if err != nil {
		fmt.Fprintln(os.Stderr, safetext.Lines(err.Error()))
		report.Unasked, _, _ = strings.Cut(err.Error(), "\n")
	}
	for i, m := range req.Modules {
		if texts[i] == nil {
			continue
		}
		said, err := gomod.ReadNotice(texts[i], m.Version)
		if err != nil {
			fmt.Fprintf(os.Stderr, "%s: %s\n", m.Path, safetext.Line(err.Error()))
			continue
		}
		if said != (gomod.Notice{}) {
			report.Notices = append(report.Notices, request.Notice{Module: m, Notice: said})
		}
	}
	return writeJSON(filepath.Join(request.Out, request.NoticesFile), report)
}
