package step

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/modship-build/modship/internal/request"
	"github.com/modship-build/modship/internal/vcs"
)

// The go command stamps revision, time and version of a checkout by running git in it; here there is neither. So the linker
// runs behind this program (-toolexec), which completes the build information that cmd/go hands to it. The information is an
// input of the link and of nothing else: action IDs are those of a build without it, and no package is compiled again for
// another commit.

// toolStep is the name of the step that stands before a tool of Go.
const toolStep = "tool"

// vcsVariable carries the facts from go build's environment to the tool.
const vcsVariable = "MODSHIP_VCS"

// stampVCS gives the environment and the flags of a go build that stamps facts.
func stampVCS(f *vcs.Facts) (env, flags []string, err error) {
	if f == nil || f.Revision == "" {
		return nil, nil, nil
	}
	text, err := json.Marshal(f)
	if err != nil {
		return nil, nil, fmt.Errorf("encoding the facts of the commit: %w", err)
	}
	return []string{vcsVariable + "=" + string(text)}, []string{"-toolexec=" + request.Binary + " step " + toolStep}, nil
}

// runTool becomes a tool as cmd/go asks for it: its path and its arguments. Before the linker runs, the file that holds the
// build information is changed.
func runTool(args []string) error {
	if len(args) == 0 {
		return errors.New("want a tool and its arguments")
	}
	if i := slices.Index(args, "-importcfg"); filepath.Base(args[0]) == "link" && i >= 0 && i+1 < len(args) {
		if err := stampFile(args[i+1]); err != nil {
			return fmt.Errorf("stamping the build information: %w", err)
		}
	}
	return syscall.Exec(args[0], args, os.Environ())
}

// stampFile completes the line "modinfo" of an importcfg file (cmd/link/internal/ld: readImportCfg).
func stampFile(name string) error {
	var facts vcs.Facts
	if err := json.Unmarshal([]byte(os.Getenv(vcsVariable)), &facts); err != nil {
		return fmt.Errorf("decoding the facts of the commit: %w", err)
	}
	content, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	lines := strings.Split(string(content), "\n")
	for i, line := range lines {
		quoted, ok := strings.CutPrefix(line, "modinfo ")
		if !ok {
			continue
		}
		info, err := strconv.Unquote(quoted)
		if err != nil {
			return fmt.Errorf("reading the line modinfo: %w", err)
		}
		if info, err = stampInfo(info, facts); err != nil {
			return err
		}
		lines[i] = "modinfo " + strconv.Quote(info)
		return os.WriteFile(name, []byte(strings.Join(lines, "\n")), 0o644)
	}
	return errors.New("the linker gets no build information: has cmd/go another way now?")
}

// infoFrame is the length of the marks before and after the text, by which old tools find it (cmd/go/internal/modload:
// ModInfoData).
const infoFrame = 16

// stampInfo adds what `go build` in a checkout adds, in its order (cmd/go/internal/load: setBuildInfo).
func stampInfo(framed string, f vcs.Facts) (string, error) {
	if len(framed) < 2*infoFrame {
		return "", errors.New("the build information is too short")
	}
	head, text, tail := framed[:infoFrame], framed[infoFrame:len(framed)-infoFrame], framed[len(framed)-infoFrame:]
	info, err := debug.ParseBuildInfo(text)
	if err != nil {
		return "", fmt.Errorf("reading the build information: %w", err)
	}
	if f.Version != "" {
		info.Main.Version = f.Version
	}
	info.Settings = append(info.Settings,
		debug.BuildSetting{Key: "vcs", Value: "git"},
		debug.BuildSetting{Key: "vcs.revision", Value: f.Revision})
	if !f.Time.IsZero() {
		info.Settings = append(info.Settings, debug.BuildSetting{Key: "vcs.time", Value: f.Time.UTC().Format(time.RFC3339Nano)})
	}
	if !f.Uncompared {
		info.Settings = append(info.Settings, debug.BuildSetting{Key: "vcs.modified", Value: strconv.FormatBool(f.Modified)})
	}
	return head + strings.TrimPrefix(info.String(), "go\t"+info.GoVersion+"\n") + tail, nil
}
