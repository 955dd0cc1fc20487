// Package words is Go around C++: its header is in another folder of the module.
package words

// #cgo CPPFLAGS: -I${SRCDIR}/../include
// #include <stdlib.h>
// #include "sorted.h"
import "C"

import "unsafe"

// Sort puts the words of a text in order.
func Sort(text string) string {
	in := C.CString(text)
	defer C.free(unsafe.Pointer(in))
	out := C.sorted(in)
	defer C.free(unsafe.Pointer(out))
	return C.GoString(out)
}
