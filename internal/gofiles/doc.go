// Package gofiles says which files belong to a Go package: the one table of what the names of files mean to go build and to the
// compilers that it runs, and the files that Go assembly includes. Whoever sends, keeps or lists files of packages goes by it.
package gofiles
