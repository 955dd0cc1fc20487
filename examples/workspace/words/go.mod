module example.com/workspace/words

go 1.26
