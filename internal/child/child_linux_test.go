package child

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// mode makes the test binary a parent, which starts a child, or that child.
const mode = "MODSHIP_TEST_CHILD"

func TestMain(m *testing.M) {
	switch os.Getenv(mode) {
	case "parent":
		cmd := exec.Command("/proc/self/exe")
		cmd.Env, cmd.Stdout = []string{mode + "=child"}, os.Stdout
		if _, err := Start(cmd); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		select {}
	case "child":
		fmt.Println("here")
		time.Sleep(20 * time.Second)
		fmt.Println("survived")
	default:
		os.Exit(m.Run())
	}
}

// TestKilledParent reads what parent and child write until both have ended.
func TestKilledParent(t *testing.T) {
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = []string{mode + "=parent"}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line := make([]byte, len("here\n"))
	if _, err := io.ReadFull(out, line); err != nil || string(line) != "here\n" {
		t.Errorf("the child says %q, %v", line, err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	rest, err := io.ReadAll(out)
	if err != nil || strings.Contains(string(rest), "survived") {
		t.Errorf("after its parent's end: %q, %v", rest, err)
	}
	_ = cmd.Wait() // it was killed
}

func TestGone(t *testing.T) {
	cmd := exec.Command("sh", "-c", "exit 3")
	gone, err := Start(cmd)
	if err != nil {
		t.Fatal(err)
	}
	if <-gone; cmd.ProcessState.ExitCode() != 3 {
		t.Errorf("ended with %v", cmd.ProcessState)
	}
	if _, err := Start(exec.Command("/nonexistent")); err == nil {
		t.Error("a program that is not there was started")
	}
}
