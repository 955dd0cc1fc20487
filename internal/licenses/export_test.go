package licenses

// Join and SPDXID are tested without the long texts that would lead to them.
var (
	Join   = join
	SPDXID = spdxID
)
