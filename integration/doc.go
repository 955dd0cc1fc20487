// Package integration tests Modship as its users have it: the built program, a real buildkitd, a real registry, real modules
// from the module proxy, and programs that run.
//
// Every body that [eachMode] runs is run twice: "client" is `modship build`, "syntax" is buildx with the frontend image that
// the context's `# syntax=` line names. Both use one daemon, and BuildKit keys steps by content, so the second finds the
// compile work of the first; [TestModesShareWork] sees to it that this stays so.
//
// One build leaves a third of two processors idle, so tests that look at what is made, or have a daemon of their own, call
// t.Parallel. Those that count what the shared daemon does, measure, or change this process or machine do not: they run first,
// one by one.
//
// The tests need Linux and root, runc, and qemu-aarch64-static to run arm64 programs. What the machine lacks skips the tests
// that need it, with the name of the package to install; with CI=true in the environment it fails them. buildkitd, buildx and
// the registry are built once from pinned sources, below MODSHIP_TEST_CACHE or the user's cache directory.
package integration
