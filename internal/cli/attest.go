package cli

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/moby/buildkit/frontend/attestations"
	"github.com/spf13/pflag"

	"github.com/modship-build/modship/internal/diag"
)

// attestationTypes are the values of type= in --attest.
var attestationTypes = []string{attestations.KeyTypeSbom, attestations.KeyTypeProvenance}

// AttestOptions are the flags that say what BuildKit is to attest.
type AttestOptions struct {
	Attests          []string
	SBOM, Provenance string
}

func (o *AttestOptions) addFlags(f *pflag.FlagSet) {
	f.StringArrayVar(&o.Attests, "attest", nil, "`ATTESTATION` made by BuildKit, type=sbom|provenance[,KEY=VALUE] (default: none)")
	f.StringVar(&o.SBOM, "sbom", "", "`VALUE` true, false or parameters for --attest type=sbom (default: none)")
	f.StringVar(&o.Provenance, "provenance", "", "`VALUE` true, false or parameters for --attest type=provenance (default: none)")
}

// parse returns the parameters of each attestation to make, by type. Of two with the same type the later counts;
// --provenance and --sbom come after --attest.
func (o AttestOptions) parse(mistakes *diag.List) map[string]string {
	attests := map[string]string{}
	for _, v := range o.Attests {
		pairs, err := parsePairs(v)
		typ := find(pairs, "type")
		switch {
		case err != nil:
			flagMistake(mistakes, "attest", "%q: %v", v, err)
		case !slices.Contains(attestationTypes, typ):
			flagMistake(mistakes, "attest", "%q: unknown type %q, want sbom or provenance", v, typ).
				Help = diag.Suggest(typ, attestationTypes)
		default:
			setAttest(attests, "attest", typ, pairs, mistakes)
		}
	}
	shorthand(attests, attestations.KeyTypeProvenance, o.Provenance, mistakes)
	shorthand(attests, attestations.KeyTypeSbom, o.SBOM, mistakes)
	return attests
}

// shorthand reads the flag that has the name of an attestation: a truth value, or parameters.
func shorthand(attests map[string]string, typ, v string, mistakes *diag.List) {
	if v == "" {
		return
	}
	if on, err := strconv.ParseBool(v); err == nil {
		v = fmt.Sprintf("disabled=%t", !on)
	}
	pairs, err := parsePairs(v)
	if err != nil {
		flagMistake(mistakes, typ, "%q: %v", v, err)
		return
	}
	setAttest(attests, typ, typ, pairs, mistakes)
}

func setAttest(attests map[string]string, flag, typ string, pairs []pair, mistakes *diag.List) {
	if v := find(pairs, "disabled"); v != "" {
		disabled, err := strconv.ParseBool(v)
		if err != nil {
			flagMistake(mistakes, flag, "disabled=%s: want true or false", v)
		}
		if disabled {
			delete(attests, typ)
			return
		}
	}
	pairs = slices.DeleteFunc(pairs, func(p pair) bool { return p.key == "type" || p.key == "disabled" })
	attests[typ] = formatPairs(pairs)
}
