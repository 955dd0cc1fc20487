package frontend

import "time"

// created is the time of the image: SOURCE_DATE_EPOCH, else the beginning of Unix time. It is never the clock's.
func (b *builder) created() time.Time {
	if b.options.epoch != nil {
		return *b.options.epoch
	}
	return time.Unix(0, 0).UTC()
}
