package frontend

import "time"

// created is the time of the image: SOURCE_DATE_EPOCH, else that of the commit, else the beginning of Unix time. It is never
// the clock's.
func (b *builder) created(commit time.Time) time.Time {
	switch {
	case b.options.epoch != nil:
		return *b.options.epoch
	case !commit.IsZero():
		return commit.UTC()
	}
	return time.Unix(0, 0).UTC()
}
