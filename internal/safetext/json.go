package safetext

import (
	"fmt"
	"strings"
	"unicode/utf16"
)

// JSON gives a JSON text that means the same and is fit to be shown: in its strings JSON's own escapes stand for what nobody can
// see. Its line ends and spaces stay.
func JSON(text []byte) []byte {
	var b strings.Builder
	before := rune(0)
	for _, r := range string(text) {
		ok := shown(before, r) || r < ' '
		before = r
		switch {
		case ok:
			b.WriteRune(r)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return command.ReplaceAll([]byte(b.String()), []byte(`#\u0023$1`))
}
