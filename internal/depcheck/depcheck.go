// Package depcheck keeps the direction of imports: which packages of this module may know which others, and which may know
// the libraries that speak to a daemon.
//
// It has no code of its own. Its test reads the import clauses of all files that are no tests, whatever their build
// constraints, and fails with the chain of imports that breaks a rule; the rules are the table at its top.
package depcheck
