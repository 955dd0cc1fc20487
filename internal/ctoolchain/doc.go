// Package ctoolchain knows how C is compiled: who provides a compiler, what packages have C and what their C asks for, and what a
// distribution has installed.
package ctoolchain
