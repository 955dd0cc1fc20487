package startable

import (
	"bytes"
	"encoding/binary"
	"strings"
)

const (
	// cacheMagic begins the format that ldconfig writes since glibc 2.2; before 2.32 it put the older one in front of it.
	cacheMagic = "glibc-ld.so.cache1.1"
	// Sizes of struct cache_file_new and file_entry_new of glibc's dl-cache.h.
	cacheHeader, cacheEntry = 48, 24
)

// parseCache reads ld.so.cache: paths by name, in the order of the file. Variants for certain processors are left out, and so
// is what is malformed; the loader does without it too.
func parseCache(raw []byte, order binary.ByteOrder) map[string][]string {
	start := bytes.Index(raw, []byte(cacheMagic))
	if start < 0 || len(raw)-start < cacheHeader {
		return nil
	}
	raw = raw[start:]
	text := string(raw)
	count := min(int64(order.Uint32(raw[len(cacheMagic):])), int64(len(raw)-cacheHeader)/cacheEntry)
	found := map[string][]string{}
	for i := range int(count) {
		entry := raw[cacheHeader+i*cacheEntry:]
		if order.Uint64(entry[16:]) != 0 {
			continue
		}
		name, ok := cacheText(text, order.Uint32(entry[4:]))
		value, ok2 := cacheText(text, order.Uint32(entry[8:]))
		if ok && ok2 && strings.HasPrefix(value, "/") {
			found[name] = append(found[name], value)
		}
	}
	return found
}

// cacheText gives the string at an offset from the beginning of the format.
func cacheText(text string, at uint32) (string, bool) {
	if int64(at) >= int64(len(text)) {
		return "", false
	}
	text = text[at:]
	text, _, ok := strings.Cut(text[:min(len(text), maxPath)], "\x00")
	return text, ok && text != ""
}
