// Package workflows has no code of its own. Its tests read the workflows and actions in .github, hold them against what is good for
// every one of them, and run what needs no GitHub. Those that need a BuildKit are run by package integration.
package workflows
