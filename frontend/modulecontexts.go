package frontend

import "github.com/modship-build/modship/internal/gomod"

// IsModuleContext tells whether a context of a name stands in for a module.
func IsModuleContext(name, modulePath string) bool {
	return contextName(name) == contextName(gomod.ContextName(modulePath))
}
