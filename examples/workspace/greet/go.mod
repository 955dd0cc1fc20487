module example.com/workspace/greet

go 1.26
