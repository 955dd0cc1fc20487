package frontend

// ArgDoc describes a build argument that Modship understands, for the documentation.
type ArgDoc struct {
	Name string
	// Doc says what the argument sets, in lower case and without a full stop.
	Doc string
	// AnyCase says that the name is known in lower case as well.
	AnyCase bool
}

// BuildArgs lists the build arguments that have a meaning without a declaration in the configuration.
func BuildArgs() []ArgDoc {
	docs := make([]ArgDoc, len(buildArgs))
	for i, arg := range buildArgs {
		docs[i] = ArgDoc{Name: arg.name, Doc: arg.doc, AnyCase: isProxy(arg.name)}
	}
	return docs
}
