module example.com/vendored

go 1.26

require github.com/agext/levenshtein v1.2.3
