package cli

import "runtime"

const goarch = runtime.GOARCH
