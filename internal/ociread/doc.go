// Package ociread reads images that anybody built: out of a registry, an OCI layout, or an archive of one or of Docker.
//
// # What it promises
//
//   - Index, manifest and configuration are kept as the bytes they came in, beside what they mean.
//   - Every digest and size is computed again. What does not agree is an error, also in the middle of a layer: whoever reads a stream
//     to its end has read what the digest names.
//   - Nothing is written to disk, and memory has a bound. Layers are streams; of a merged file system the names and attributes are
//     held, and of contents only those of files that are open and a few more.
//   - A layer is read only for what is in it: what documents say costs no pull.
//   - Whoever wrote the image may mean harm. Sizes, ratios of compression, numbers of entries and the nesting of indexes are limited
//     before the work is done, links end, and names lead nowhere but into the image.
//   - Credentials go to the registry that they are for, and to the server of tokens that it names under its own domain.
//
// # Sources
//
//	REGISTRY/NAME[:TAG][@DIGEST]   a registry
//	oci:DIR[:TAG]                  a folder in the OCI image layout
//	oci-archive:FILE[:TAG]         the same as a tar file
//	docker-archive:FILE[:TAG]      what docker save wrote; its OCI layout is preferred, because it has the manifests
//
// An archive that has both an OCI layout and the manifest.json of Docker is refused if the two name different images.
//
// A layout can also be asked for a digest (oci:DIR@sha256:…). Without a tag it stands for its only entry, or for all of them.
//
// # Use
//
// [Open] reads one document, [Source.Root]. [Source.Document] reads those below it, and [Source.Images] all images in whatever nesting
// of indexes, one for each platform. [Layer.Walk] streams the entries of a layer, and [Image.FS] lays the layers over each other as a
// runtime does.
//
// # Errors
//
// An error of what was read is an [*Error] and wraps [ErrNotFound], [ErrNoAccess], [ErrNotImage], [ErrBroken] or [ErrTooLarge], or none
// of them if a connection or a disk fails. Its text may hold what others wrote, and is fit to be shown.
package ociread
