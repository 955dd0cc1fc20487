package buildcmd

import "runtime"

const goarch = runtime.GOARCH
