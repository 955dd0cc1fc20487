package imagetool

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// TestManual takes images for what they are although there are commands.
func TestManual(t *testing.T) {
	var images []string
	run := func(args ...string) string {
		cmd := &cobra.Command{Use: "tool IMAGE...", Short: "Look at images", Args: cobra.MinimumNArgs(1), DisableAutoGenTag: true,
			Run: func(_ *cobra.Command, args []string) { images = args }}
		cmd.AddCommand(&cobra.Command{Use: "scan", Short: "Look at many images", Run: func(*cobra.Command, []string) {}})
		cmd.Flags().String("ignore", "", "such as annotation:*, /etc/* and `a_b_c`")
		AddManual(cmd)
		var out strings.Builder
		cmd.SetOut(&out)
		cmd.SetArgs(args)
		if err := cmd.ExecuteContext(t.Context()); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	if got := run("man"); !strings.Contains(got, `.TH "TOOL" "1"`) || !strings.Contains(got, "Look at images") || strings.Contains(got, "Auto generated") {
		t.Error(got)
	}
	dir := t.TempDir()
	run("man", dir)
	for name, want := range map[string]string{"tool.1": "Look at images", "tool-scan.1": "Look at many images"} {
		if text, err := os.ReadFile(filepath.Join(dir, name)); err != nil || !strings.Contains(string(text), want) {
			t.Errorf("%s: %v\n%s", name, err, text)
		}
	}
	if got := run("man"); !strings.Contains(got, `such as annotation:*, /etc/* and a_b_c`) {
		t.Errorf("Markdown is taken out of a text that has none: %s", got)
	}
	if got := run("completion", "bash"); !strings.Contains(got, "__start_tool") {
		t.Error(got)
	}
	if run("example.com/app", "man"); len(images) != 2 {
		t.Errorf("%q", images)
	}
}
