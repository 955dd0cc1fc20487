package imagename

import (
	"fmt"
	"strings"

	"github.com/distribution/reference"
)

// OfContext gives the name under which BuildKit's dockerui looks for the named context that stands in for an image: as people write the
// image, without the tag latest. Its error says that name cannot be one of an image.
func OfContext(name string) (string, error) {
	named, err := reference.ParseNormalizedNamed(name)
	if err != nil {
		return "", fmt.Errorf("invalid name: %w", err)
	}
	return strings.TrimSuffix(reference.FamiliarString(named), ":latest"), nil
}
