// Package ctoolchain knows how C is compiled: who provides a compiler, what packages have C and what their C asks for, and what a
// distribution has installed.
//
// A [Provider] is one way to get a compiler with one C library. All that sets it apart is in its file: the settings that go with it, what
// it is made of, its commands and their environment, what it refuses, what is said of a failure, and what of it is in programs. It is
// data and text: package llb mounts what it needs, and package step runs what it says.
//
// To add one, write a file that makes a Provider, and add it to providers. If it goes by a new word, add a [Kind], which [Compilers] lists
// if the setting cgo.compiler chooses it. Nothing else asks which provider there is.
package ctoolchain
