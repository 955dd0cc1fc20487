module example.com/vendored

go 1.26

toolchain go1.26.11

require github.com/agext/levenshtein v1.2.3
