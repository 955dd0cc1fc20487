package buildarg

import (
	"fmt"
	"strconv"
	"time"
)

// maxEpoch is the last second that RFC 3339, and so an image configuration, can say: the end of the year 9999.
const maxEpoch = 253402300799

func setEpoch(v *Values, _, value string) error {
	seconds, err := strconv.ParseInt(value, 10, 64)
	if err != nil || seconds < 0 || seconds > maxEpoch {
		return fmt.Errorf("want a number of seconds since 1970, got %q", value)
	}
	t := time.Unix(seconds, 0).UTC()
	v.Epoch = &t
	return nil
}
