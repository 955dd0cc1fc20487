package diag

import (
	"bytes"

	"github.com/modship-build/modship/internal/safetext"
)

// around is the number of lines before and behind a mistake that are shown with it; clients of BuildKit show fewer.
const around = 8

// maxLine bounds a line of them, in bytes.
const maxLine = 1 << 10

// Excerpt gives a file of which only the lines near the ranges are left: the others before them are empty, so that lines keep their
// numbers, and those behind are not there. Of a long line the middle is left out. What shows mistakes needs no more of a file, and
// messages between the programs of a build have a limit.
func Excerpt(text []byte, ranges ...Range) []byte {
	last := 0
	for _, r := range ranges {
		last = max(last, r.Start.Line+around)
	}
	var out bytes.Buffer
	number := 0
	for line := range bytes.Lines(text) {
		if number++; number > last {
			break
		}
		line, ended := bytes.CutSuffix(line, []byte("\n"))
		if near(number, ranges) {
			out.WriteString(safetext.Cut(string(line), maxLine))
		}
		if ended {
			out.WriteByte('\n')
		}
	}
	return out.Bytes()
}

func near(line int, ranges []Range) bool {
	for _, r := range ranges {
		if line >= r.Start.Line-around && line <= r.Start.Line+around {
			return true
		}
	}
	return false
}
