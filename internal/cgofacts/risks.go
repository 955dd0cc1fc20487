package cgofacts

import (
	"cmp"
	"slices"
)

// Class is how much a C function is to be looked at.
type Class string

// The classes.
const (
	High   Class = "high"
	Medium Class = "medium"
)

// RiskGroup are C functions that matter for one reason.
type RiskGroup struct {
	Class   Class
	Symbols []string
	// Reason says why, as a clause without a full stop.
	Reason string
}

// RiskGroups is the table of C functions that matter. It does not have what the C part of Go's own runtime takes in every program: setenv,
// the functions that set users and groups, sigaction, mmap, strerror and those of threads.
func RiskGroups() []RiskGroup {
	return []RiskGroup{
		{High, []string{"dlopen", "dlmopen"},
			"loads code that no list of needed libraries has, so that nobody can tell from the image whether it is there"},
		{High, []string{"system", "popen"},
			"starts a shell with the text it is given; many images have no shell, and the text may come from outside"},
		{High, []string{"execl", "execle", "execlp", "execv", "execve", "execveat", "execvp", "execvpe", "fexecve", "posix_spawn", "posix_spawnp"},
			"starts another program, past the rules of os/exec: it need not be in the image, and has what files are open"},
		{High, []string{"gets"},
			"writes as much as it reads, whatever room there is; C has it no more since 2011"},
		{High, []string{"ptrace", "process_vm_readv", "process_vm_writev"},
			"reads and changes other processes; Kubernetes' restricted profile and default seccomp filters are made against it"},
		{High, []string{"chroot", "mount", "umount", "umount2", "pivot_root", "setns", "unshare", "init_module", "finit_module", "delete_module", "reboot", "swapon"},
			"needs capabilities that containers do not have by default"},
		{Medium, []string{"getenv", "secure_getenv", "putenv"},
			"reads or changes C's own environment: os.Setenv in another thread at the same time is a data race"},
		{Medium, []string{"getaddrinfo", "getnameinfo", "gethostbyname", "gethostbyname2", "gethostbyaddr", "gethostbyname_r", "gethostbyname2_r", "gethostbyaddr_r", "res_init", "res_query", "res_search"},
			"resolves names as /etc/nsswitch.conf says, with libraries that are loaded for it; answers may differ from those of Go's own resolver"},
		{Medium, []string{"getpwnam", "getpwnam_r", "getpwuid", "getpwuid_r", "getpwent", "getgrnam", "getgrnam_r", "getgrgid", "getgrgid_r", "getgrouplist", "initgroups", "getlogin"},
			"asks for users as /etc/nsswitch.conf says, which small images lack, as they lack /etc/passwd"},
		{Medium, []string{"iconv_open", "setlocale", "newlocale", "bindtextdomain", "dlsym"},
			"takes locales, character sets or functions from files that small images lack"},
		{Medium, []string{"strcpy", "strcat", "stpcpy", "sprintf", "vsprintf", "scanf", "sscanf", "fscanf"},
			"writes without knowing how much room there is"},
		{Medium, []string{"mktemp", "tmpnam", "tmpnam_r", "tempnam"},
			"makes up the name of a file that somebody else may create first"},
		{Medium, []string{"fork", "vfork", "daemon", "clone"},
			"leaves the child with one of the threads that Go's runtime needs"},
		{Medium, []string{"signal", "bsd_signal", "sysv_signal", "sigset", "sigvec"},
			"replaces handlers of signals that Go's runtime has set"},
		{Medium, []string{"setjmp", "_setjmp", "__sigsetjmp", "longjmp", "siglongjmp", "_longjmp", "__longjmp_chk", "pthread_cancel", "pthread_exit"},
			"leaves functions without returning from them; across functions of Go that breaks its runtime"},
		{Medium, []string{"mprotect", "memfd_create", "pkey_mprotect"},
			"can make memory executable, as compilers at run time do"},
		{Medium, []string{"rand", "srand", "random", "srandom", "drand48"},
			"gives numbers that can be predicted"},
	}
}

// RiskHow is how a C function comes into a program.
type RiskHow string

// The ways.
const (
	// Called is from Go code through cgo.
	Called RiskHow = "called"
	// Imported is from a shared library.
	Imported RiskHow = "imported"
	// Linked is that it is inside; who calls it is not known.
	Linked RiskHow = "linked"
)

// Risk is a C function of the table that a program has.
type Risk struct {
	Symbol string  `json:"symbol"`
	Class  Class   `json:"class"`
	How    RiskHow `json:"how"`
	// By are the Go packages that call it.
	By     []string `json:"by,omitempty"`
	Reason string   `json:"reason"`
}

// inGlibc are functions that glibc itself brings into every program that is linked with it statically, so that they say nothing of
// the program.
var inGlibc = []string{"dlopen", "dlmopen", "dlsym", "execve", "execv", "execvp", "execvpe", "execl", "execle", "execlp", "posix_spawn", "posix_spawnp", "getenv", "secure_getenv", "setlocale", "mprotect",
	"longjmp", "siglongjmp", "_longjmp", "setjmp", "_setjmp", "__sigsetjmp", "sprintf", "vsprintf", "strcpy", "stpcpy", "strcat", "sscanf", "pthread_exit", "pthread_cancel",
	"random", "srandom", "clone", "signal", "bsd_signal"}

// riskOf is the table by symbol.
func riskOf() map[string]RiskGroup {
	table := map[string]RiskGroup{}
	for _, g := range RiskGroups() {
		for _, s := range g.Symbols {
			table[s] = g
		}
	}
	return table
}

// risks gives the functions of the table, sorted by class and name, each with the closest way it comes in.
func (f *Facts) risks() []Risk {
	table := riskOf()
	found := map[string]*Risk{}
	add := func(symbol string, how RiskHow) *Risk {
		g, ok := table[symbol]
		if !ok {
			return nil
		}
		if found[symbol] == nil {
			found[symbol] = &Risk{Symbol: symbol, Class: g.Class, How: how, Reason: g.Reason}
		}
		return found[symbol]
	}
	for _, c := range f.Calls {
		if r := add(c.Function, Called); r != nil {
			r.By = append(r.By, c.Package)
		}
	}
	for _, s := range f.Imports {
		add(s, Imported)
	}
	if f.Go != nil && len(f.Link.Needed) == 0 {
		for _, s := range f.symbols.functions {
			if !slices.Contains(inGlibc, s) {
				add(s, Linked)
			}
		}
	}
	var all []Risk
	for _, r := range found {
		all = append(all, *r)
	}
	slices.SortFunc(all, func(a, b Risk) int { return cmp.Or(cmp.Compare(a.Class, b.Class), cmp.Compare(a.Symbol, b.Symbol)) })
	return all
}
