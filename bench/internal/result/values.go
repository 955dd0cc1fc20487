package result

// Seconds, and the functions below, are values of samples for [Results.Summary].
func Seconds(s Sample) float64 { return s.Seconds }

// PushedBytes is what the build put into the image's repository.
func PushedBytes(s Sample) float64 { return float64(s.PushedBytes) }

// CacheBytes is the size of the exported cache.
func CacheBytes(s Sample) float64 { return float64(s.CacheBytes) }

// CacheSeconds is how long its export took.
func CacheSeconds(s Sample) float64 { return s.CacheSeconds }

// ImageBytes gives the compressed size of one platform's image.
func ImageBytes(platform string) func(Sample) float64 {
	return func(s Sample) float64 { return float64(s.ImageBytes[platform]) }
}

// ClientPeakBytes is the memory of the client.
func ClientPeakBytes(s Sample) float64 { return float64(s.ClientPeakBytes) }

// CompilersPeakBytes is the memory of all compilers that ran at once.
func CompilersPeakBytes(s Sample) float64 { return float64(s.CompilersPeakBytes) }

// TreePeakBytes is the memory of the largest process among the client and its children.
func TreePeakBytes(s Sample) float64 { return float64(s.TreePeakBytes) }

// FrontendPeakBytes is the memory of the frontend container's process.
func FrontendPeakBytes(s Sample) float64 { return float64(s.FrontendPeakBytes) }
