package goenv

import (
	"net/url"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"github.com/modship-build/modship/internal/defaults"
	"github.com/modship-build/modship/internal/diag"
)

const (
	// DefaultSumDB is the checksum database of the Go project.
	DefaultSumDB = defaults.SumDB
	// defaultSumDBKey is its published key (cmd/go/internal/modfetch/key.go).
	defaultSumDBKey = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"
	// sumDBAlias is the name under which the same database is reached from mainland China.
	sumDBAlias = "sum.golang.google.cn"
)

// SumDB is a parsed GOSUMDB.
type SumDB struct {
	// Off says that there is no checksum database; the other fields are then empty.
	Off bool
	// Name is the database's name, host[/path], as its key gives it.
	Name string
	// Key is the verifier key in the form of package note.
	Key string
	// URL is where the database is reached. If it is empty, proxies are asked for it first, then https://Name.
	URL string
}

// IsGo tells whether it is the database of the Go project, wherever it is reached: its key is the one that cmd/go knows.
func (db SumDB) IsGo() bool { return db.Key == defaultSumDBKey }

// ParseSumDB reads GOSUMDB as cmd/go does (modfetch/sumdb.go, dbDial): "off", a known name, a key, or either with a URL.
func ParseSumDB(value string) (SumDB, error) {
	if value == sumDBAlias {
		value = DefaultSumDB + " https://" + sumDBAlias
	}
	fields := strings.Fields(value)
	switch {
	case len(fields) == 0:
		return SumDB{}, &diag.Error{Msg: "GOSUMDB is empty", Help: "write " + DefaultSumDB}
	case len(fields) > 2:
		return SumDB{}, &diag.Error{Msg: "GOSUMDB has more than a key and a URL"}
	case fields[0] == "off" && len(fields) == 1:
		return SumDB{Off: true}, nil
	}
	key := fields[0]
	if key == DefaultSumDB {
		key = defaultSumDBKey
	}
	verifier, err := note.NewVerifier(key)
	if err != nil {
		return SumDB{}, keyMistake(key, err)
	}
	if !isSumDBName(verifier.Name()) {
		return SumDB{}, &diag.Error{Msg: "the name in GOSUMDB's key is not host[/path]"}
	}
	db := SumDB{Name: verifier.Name(), Key: key}
	if len(fields) == 2 {
		db.URL = strings.TrimSuffix(fields[1], "/")
	}
	return db, nil
}

func keyMistake(key string, err error) error {
	if strings.Contains(key, "+") {
		return &diag.Error{Msg: "GOSUMDB's key is malformed", Help: "a key is name+hash+base64", Err: err}
	}
	help := diag.Suggest(key, []string{DefaultSumDB, sumDBAlias, "off"})
	if help == "" {
		help = "only " + DefaultSumDB + " goes by its name, any other database needs its key: name+hash+base64"
	}
	return &diag.Error{Msg: "GOSUMDB names an unknown checksum database: " + Redact(key), Help: help}
}

// isSumDBName holds cmd/go's rule that a database's name can be nothing but the host and path of an https URL.
func isSumDBName(name string) bool {
	u, err := url.Parse("https://" + name)
	return err == nil && !strings.HasSuffix(name, "/") && u.Host != "" &&
		*u == (url.URL{Scheme: "https", Host: u.Host, Path: u.Path})
}
