package ociread

// limits bound the work and the memory that an image can ask for.
type limits struct {
	// document is for the bytes of one index, manifest or configuration, documents for those of all that are held, and values for
	// what a JSON text may consist of.
	document, documents int64
	values              int
	// entries is for the manifests of an index, the layers of a manifest, and the documents below a source. depth is for how deep
	// indexes are nested, and images for the images below a source.
	entries, depth, images int
	// layer is for the bytes of one layer that is not compressed, and of the files that it says to have. ratio is how many times its
	// compressed size that may be if it is more than free.
	layer, ratio, free int64
	// files is for the entries of all layers, and names for the bytes of their names in a folder, targets of links, and attributes.
	files int
	names int64
	// steps is for the parts of paths that are followed, to bound the time that links to links take.
	steps int
	// cache is for the contents that are held though nobody has them open.
	cache int64
	// pages is how many pages of one open large file are held.
	pages int
}

var defaultLimits = limits{
	// Registries take manifests of 4 MiB. Larger ones are read too, so that what is wrong with them can be said.
	document: 16 << 20, documents: 64 << 20, values: 200_000,
	entries: 10_000, depth: 4, images: 1_000,
	// gzip cannot do better than 1,032; zstd can, and is not asked to for real files.
	layer: 64 << 30, ratio: 1100, free: 256 << 20,
	// Together they make a tree of 150 MiB, see TestTreeAtItsBound.
	files: 300_000, names: 48 << 20,
	steps: 32 << 20,
	cache: 48 << 20, pages: 32,
}
