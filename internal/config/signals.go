package config

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/modship-build/modship/internal/diag"
)

// signals are the names of Linux; signal(7).
var signals = strings.Fields(`SIGABRT SIGALRM SIGBUS SIGCHLD SIGCLD SIGCONT SIGFPE SIGHUP SIGILL SIGINT SIGIO SIGIOT SIGKILL
	SIGPIPE SIGPOLL SIGPROF SIGPWR SIGQUIT SIGSEGV SIGSTKFLT SIGSTOP SIGSYS SIGTERM SIGTRAP SIGTSTP SIGTTIN SIGTTOU SIGURG
	SIGUSR1 SIGUSR2 SIGVTALRM SIGWINCH SIGXCPU SIGXFSZ`)

// otherSignal is a number from 1 to 64, or a real-time signal as container engines count them.
var otherSignal = regexp.MustCompile(`^([1-9]|[1-5][0-9]|6[0-4]|SIGRTMIN(\+([1-9]|1[0-5]))?|SIGRTMAX(-([1-9]|1[0-4]))?)$`)

func stopSignal(s string) (string, error) {
	for _, name := range signals {
		if s == name {
			return s, nil
		}
	}
	if otherSignal.MatchString(s) {
		return s, nil
	}
	p := &problem{fmt.Sprintf("unknown signal %q", s), "write a name such as SIGTERM or a number from 1 to 64"}
	if near := diag.Suggest(s, signals); near != "" {
		p.help = near
	}
	if full := "SIG" + strings.ToUpper(strings.TrimPrefix(strings.ToUpper(s), "SIG")); len(s) > 0 {
		for _, name := range signals {
			if full == name {
				p.help = fmt.Sprintf("write %q", name)
			}
		}
	}
	return "", p
}
