// Package gofiles says which files belong to a Go package: the one table of what the names of files mean to go build and to the
// compilers that it runs, the files that Go assembly includes, and pointers that stand in for files. Whoever sends, keeps or lists
// files of packages goes by it.
package gofiles
