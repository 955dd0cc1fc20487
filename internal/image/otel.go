package image

import (
	"fmt"
	"strings"

	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

// Resource attributes of OpenTelemetry's semantic conventions, and the labels that have their values.
var otelAttributes = []struct{ attribute, key string }{
	{"service.version", ocispecs.AnnotationVersion},
	{"process.runtime.version", KeyGoVersion},
	{"vcs.ref.head.revision", ocispecs.AnnotationRevision},
	{"vcs.repository.url.full", ocispecs.AnnotationSource},
}

// otelEnv gives the variables of [config.OTelVariables] from the labels of an image, so that what a program reports of itself
// is what its image says. OTEL_SERVICE_NAME is the title, else the name of the program's file.
func otelEnv(labels map[string]string, program string) map[string]string {
	name := labels[ocispecs.AnnotationTitle]
	if name == "" {
		name = program
	}
	var pairs []string
	for _, a := range otelAttributes {
		if value := labels[a.key]; value != "" {
			pairs = append(pairs, a.attribute+"="+percentEncode(value))
		}
	}
	env := map[string]string{"OTEL_SERVICE_NAME": name}
	if len(pairs) > 0 {
		env["OTEL_RESOURCE_ATTRIBUTES"] = strings.Join(pairs, ",")
	}
	return env
}

// percentEncode writes a value of W3C baggage, the format that OTEL_RESOURCE_ATTRIBUTES has
// (https://opentelemetry.io/docs/specs/otel/resource/sdk). More than baggage asks for is encoded: the plus of "+dirty" too,
// which some readers take for a space.
func percentEncode(value string) string {
	var b strings.Builder
	for _, c := range []byte(value) {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', strings.IndexByte("-._~/:@", c) >= 0:
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}
