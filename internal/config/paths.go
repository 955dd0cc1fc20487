package config

import (
	"fmt"
	"path"
	"path/filepath"
	"strings"
)

// absolutePath checks a directory of the image that is written into its config as it is.
func absolutePath(s string) (string, error) {
	if !path.IsAbs(s) {
		return "", &problem{fmt.Sprintf("path %q is not absolute", s), "paths in the image start with /"}
	}
	if clean := path.Clean(s); clean != s {
		return "", &problem{fmt.Sprintf("path %q is not in its shortest form", s), fmt.Sprintf("write %q", clean)}
	}
	for element := range strings.SplitSeq(s, "/") {
		if strings.HasPrefix(element, whiteout) {
			return "", &problem{fmt.Sprintf("path %q has a name that starts with %s", s, whiteout), "choose another: in an image, such a name deletes the file that it ends in"}
		}
	}
	return s, nil
}

// whiteout starts names that delete files of the layers below (OCI image-spec, layer.md).
const whiteout = ".wh."

// imagePath checks where a file goes in the image; a trailing slash is kept, because it means a directory.
func imagePath(s string) (string, error) {
	if trimmed := strings.TrimSuffix(s, "/"); trimmed != "" {
		if _, err := absolutePath(trimmed); err != nil {
			return "", err
		}
		return s, nil
	}
	return absolutePath(s)
}

// programPath checks where the program goes; a trailing slash is kept, because it means a directory.
func programPath(s string) (string, error) {
	if s == "/" {
		return s, nil
	}
	return imagePath(s)
}

// contextPath checks a path of the context: slash-separated, local, so that it cannot name a file outside.
func contextPath(s string) (string, error) {
	if strings.Contains(s, `\`) {
		return "", &problem{fmt.Sprintf("path %q has a backslash", s), "separate with /"}
	}
	if !filepath.IsLocal(filepath.FromSlash(s)) {
		return "", &problem{fmt.Sprintf("path %q is not inside the context", s), "write a relative path without .."}
	}
	return s, nil
}
