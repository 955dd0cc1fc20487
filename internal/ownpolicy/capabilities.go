package ownpolicy

import (
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// allowed are the functions of Rego that policies may call, by name or by the beginning of it: those that give the same for the same
// arguments whenever and wherever they are called, and that end. What a later version of Rego adds is not there until it stands here.
//
// Left out: http.send, net.lookup_ip_addr, opa.runtime, rand.intn, uuid.rfc4122, time.now_ns and what else of time reads the machine's
// zones, io.jwt and crypto.x509, which compare with the clock or take keys, providers.aws.sign_req, the schemas of json and graphql, which
// may lie elsewhere, bits.lsh, which makes numbers of any length in one step, strings.render_template, regex.globs_match and graph.reachable_paths, which nothing stops,
// replace, strings.replace_n and regex.replace, which make a text of any length in one step, and glob.match, regex.template_match and
// json.patch, which take a time that nothing bounds within one step.
var allowed = []string{
	"eq", "assign", "internal.member_2", "internal.member_3", "internal.template_string", "internal.print", "internal.test_case", "print",
	"gt", "gte", "lt", "lte", "neq", "equal", "plus", "minus", "mul", "div", "rem", "and", "or",
	"ceil", "floor", "round", "abs", "to_number", "format_int", "numbers.", "units.", "bits.and", "bits.or", "bits.xor", "bits.negate", "bits.rsh",
	"count", "sum", "product", "max", "min", "sort", "array.", "object.", "intersection", "union",
	"concat", "contains", "endswith", "startswith", "indexof", "indexof_n", "lower", "upper", "split", "sprintf", "substring",
	"strings.any_prefix_match", "strings.any_suffix_match", "strings.count", "strings.reverse", "strings.split_n",
	"trim", "trim_left", "trim_prefix", "trim_right", "trim_space", "trim_suffix", "regex.find_all_string_submatch_n", "regex.find_n", "regex.is_valid", "regex.match", "regex.split", "semver.",
	"is_array", "is_boolean", "is_null", "is_number", "is_object", "is_set", "is_string", "type_name", "walk", "graph.reachable",
	"json.filter", "json.is_valid", "json.marshal", "json.remove", "json.unmarshal", "yaml.", "base64.", "base64url.", "hex.", "urlquery.", "uri.",
	"crypto.sha256", "time.parse_duration_ns", "time.parse_rfc3339_ns", "net.cidr_contains", "net.cidr_intersects", "net.cidr_is_valid",
}

// capabilities are what a policy may use of Rego.
func capabilities() *ast.Capabilities {
	able := ast.CapabilitiesForThisVersion()
	able.AllowNet = []string{} // nil would be any host
	able.Builtins = slices.DeleteFunc(able.Builtins, func(b *ast.Builtin) bool {
		return b.IsNondeterministic() || !slices.ContainsFunc(allowed, func(name string) bool {
			return b.Name == name || strings.HasSuffix(name, ".") && strings.HasPrefix(b.Name, name)
		})
	})
	return able
}

// viewSchema tells the compiler of Rego which names the view has, so that one that is misspelt is a mistake and not a rule that never
// complains. An object that is empty in the view may have any.
func viewSchema(value any) map[string]any {
	fields, ok := value.(map[string]any)
	if !ok || len(fields) == 0 {
		return map[string]any{}
	}
	properties := map[string]any{}
	for name, field := range fields {
		properties[name] = viewSchema(field)
	}
	return map[string]any{"type": "object", "properties": properties, "additionalProperties": false}
}
