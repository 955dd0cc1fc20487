// Package gatewaytest is for tests alone: a client of BuildKit's gateway that solves LLB in the process of a test, over temporary
// folders, without a daemon and without root. With it a test runs the whole of a frontend, and its steps as they are.
//
// It imitates what a frontend can see of BuildKit: local sources with the patterns, as fsutil sends them; file and merge operations, by the
// code with which BuildKit copies; the mounts, environment, root and missing network of a step, which runs in namespaces of its own;
// that nothing runs before its result is looked at; that a vertex runs once, whoever asks for it; references that answer by the text
// of an error; and a failure that keeps the root of its step. A test can say what a step gives in place of running it, make a vertex
// fail, be told of each solve, and take capabilities away.
//
// It does not imitate how BuildKit keys its cache: a vertex is known by its digest, for the life of a [Client]. There are no layers and no
// snapshots, so merging copies; no exporter, no policies of sources, no users and groups of file operations, no frontend inside the
// frontend, and no security but for the network. Names of images, of repositories and of archives stand for folders that a test gives.
//
// The TestMain of a package that uses it has to be [Main], which keeps the programs of steps.
package gatewaytest
