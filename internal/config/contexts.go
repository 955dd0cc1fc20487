package config

import (
	"fmt"
	"path"
	"strings"
)

// Source lays a folder of another context over the build context.
type Source struct {
	// From is the name of a context that the caller of the build gives, the reference of an image, or the https URL of an archive.
	From string `json:"from"`
	// Digest is that of the archive.
	Digest string `json:"digest,omitzero"`
	// Path is the folder in it, "" for all of it.
	Path string `json:"path,omitzero"`
	// To is a folder of the build context, separated by slashes.
	To string `json:"to"`
}

// Origin says what the From of a [Source] or the Context of a [Copy] is.
type Origin int

// The origins.
const (
	// OriginContext is a name that means nothing unless the caller of the build gives a context for it.
	OriginContext Origin = iota
	// OriginImage is a reference, for which a context may stand in.
	OriginImage
	// OriginArchive is a URL.
	OriginArchive
)

// OriginOf tells what a text names. One word is no image: that would be one of Docker Hub where a context was forgotten.
func OriginOf(from string) Origin {
	switch {
	case strings.Contains(from, "://"):
		return OriginArchive
	case strings.ContainsAny(from, "/:@"):
		return OriginImage
	}
	return OriginContext
}

// sources checks the contexts that are laid over the build context.
func (c checker) sources(sources []Source) {
	n := c.root.find("source")
	for i := range sources {
		item := n.items[i]
		if item.kind != kindMapping {
			continue
		}
		s := &sources[i]
		c.required(item, "from", &s.From, contextOrigin, writeSource)
		c.optional(item, "digest", &s.Digest, archiveDigest)
		c.optional(item, "path", &s.Path, contextPath)
		c.required(item, "to", &s.To, sourceFolder, writeSource)
		c.archive(item, *s)
	}
}

const writeSource = "write {from: name of a context, to: folder of the build context}"

// archive checks that an archive has a digest, without which it could be another one tomorrow, and that nothing else has.
func (c checker) archive(item *node, s Source) {
	from, digest := item.find("from"), item.find("digest")
	if from == nil || from.templated && c.skipTemplated {
		return
	}
	switch isArchive := OriginOf(s.From) == OriginArchive; {
	case isArchive && digest == nil:
		c.report(from, &problem{"the archive has no digest", "add digest: sha256:…, of the file at that address"})
	case !isArchive && digest != nil && s.From != "":
		c.report(digest, &problem{"only an archive has a digest", "write that of an image behind its reference, as in registry.example/ui:1@sha256:…, and none for a context"})
	}
}

// sourcesTogether refuses folders that meet: which context a file is of would depend on their order.
func (c checker) sourcesTogether(sources []Source) {
	n := c.root.find("source")
	for i, s := range sources {
		for j, other := range sources[:i] {
			if within(s.To, other.To) || within(other.To, s.To) {
				c.report(n.items[i].find("to"), &problem{
					fmt.Sprintf("%s and %s, which is source[%d].to, are one folder or one in the other", s.To, other.To, j), "lay each context into a folder of its own",
				})
				break
			}
		}
	}
}

// within tells whether a path is the folder, or below it.
func within(name, folder string) bool {
	return name == folder || strings.HasPrefix(name, folder+"/")
}

// contextOrigin checks what is laid somewhere.
func contextOrigin(s string) (string, error) {
	if OriginOf(s) == OriginArchive {
		return sourceArchive(s)
	}
	return imageReference(s, "write the name of a context, such as ui for --build-context ui=web/dist, the reference of an image, or the https URL of an archive")
}

// sourceArchive is [archiveURL] for one that no image stands for.
func sourceArchive(s string) (string, error) {
	_, err := archiveURL(s)
	if p, ok := err.(*problem); ok {
		p.help = "write https://host/path of a file that needs no password, or the name of a context"
	}
	return s, err
}

// sourceFolder checks where a context is laid: not over the whole, and not over what says which module it is.
func sourceFolder(s string) (string, error) {
	s, err := contextPath(s)
	if err != nil {
		return "", err
	}
	s = path.Clean(s)
	switch first, _, _ := strings.Cut(s, "/"); {
	case s == ".":
		return "", &problem{"a context cannot be laid over the whole build context", "write a folder in it, such as web/dist"}
	case first == "vendor" || first == ".git":
		return "", &problem{fmt.Sprintf("a context cannot be laid into the folder %s", first), "write another folder, such as web/dist"}
	}
	return s, nil
}

// required checks a value of a mapping in a list that must be there.
func (c checker) required(item *node, key string, value *string, check validator, help string) {
	if item.find(key) == nil {
		c.errs.Addf(item.Range, "%q is missing", key).Help = help
		return
	}
	c.optional(item, key, value, check)
}

// optional checks a value of a mapping in a list.
func (c checker) optional(item *node, key string, value *string, check validator) {
	if written := item.find(key); written != nil {
		c.value(value, written, check)
	}
}
