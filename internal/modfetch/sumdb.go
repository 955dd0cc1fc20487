package modfetch

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"

	"golang.org/x/mod/module"
	"golang.org/x/mod/sumdb"

	"github.com/modship-build/modship/internal/goenv"
)

const maxRecord = 1 << 20 // bytes of one answer of a checksum database; a full tile has 8 KiB

// SumDB gives a checksum database, which is asked through the proxies that support it.
func (f *Fetcher) SumDB(db goenv.SumDB) Verifier { return &database{f, db} }

type database struct {
	fetcher *Fetcher
	goenv.SumDB
}

// String gives the name of the database.
func (db *database) String() string { return db.Name }

// Sums asks the database, and proves that the answer is part of its signed log.
func (db *database) Sums(ctx context.Context, m module.Version, ext string) ([]string, error) {
	m = signed(m, ext)
	ops := &dbOps{ctx: ctx, db: db}
	lines, err := sumdb.NewClient(ops).Lookup(m.Path, m.Version)
	if err != nil {
		return nil, fmt.Errorf("asking the checksum database %s: %w", db, ops.cause(err))
	}
	for _, line := range lines {
		if sum, ok := strings.CutPrefix(line, m.Path+" "+m.Version+" "); ok && strings.HasPrefix(sum, "h1:") {
			return []string{sum}, nil
		}
	}
	return nil, fmt.Errorf("the checksum database %s has no h1: sum for %s", db, m)
}

// dbOps is the outside world of one lookup. It keeps the signed tree in memory only: a build step has no past to compare
// with, and the client keeps its own tiles.
type dbOps struct {
	ctx context.Context // of the lookup; the interface of package sumdb has no room for it
	db  *database

	baseOnce sync.Once
	base     string
	baseErr  error

	mu       sync.Mutex
	latest   []byte
	remote   error
	security string
}

var _ sumdb.ClientOps = (*dbOps)(nil)

// ReadRemote fetches one file of the database.
func (o *dbOps) ReadRemote(path string) ([]byte, error) {
	o.baseOnce.Do(func() { o.base, o.baseErr = o.db.base(o.ctx) })
	err := o.baseErr
	var data []byte
	if err == nil {
		data, err = o.db.fetcher.Client.GetBytes(o.ctx, o.base+path, maxRecord)
	}
	if err != nil {
		o.mu.Lock()
		o.remote = err
		o.mu.Unlock()
	}
	return data, err
}

// base finds out where the database is reached, as cmd/go does (modfetch/sumdb.go, initBase): at the URL in GOSUMDB;
// else through the first proxy that says it supports it, and then only there; else at https://NAME.
func (db *database) base(ctx context.Context) (base string, err error) {
	if db.URL != "" {
		return strings.TrimSuffix(db.URL, "/"), nil
	}
	err = db.fetcher.ask(func(proxy string) error {
		base = proxy + "/sumdb/" + db.Name
		_, err := db.fetcher.Client.GetBytes(ctx, base+"/supported", maxRecord)
		return err
	})
	if errors.Is(err, fs.ErrNotExist) {
		return "https://" + db.Name, nil
	}
	return base, err
}

// ReadConfig returns the key of the database, or the newest signed tree seen.
func (o *dbOps) ReadConfig(file string) ([]byte, error) {
	if file == "key" {
		return []byte(o.db.Key), nil
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.latest, nil
}

// WriteConfig replaces the newest signed tree.
func (o *dbOps) WriteConfig(_ string, old, latest []byte) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !bytes.Equal(o.latest, old) {
		return sumdb.ErrWriteConflict
	}
	o.latest = bytes.Clone(latest)
	return nil
}

// ReadCache knows no file.
func (o *dbOps) ReadCache(string) ([]byte, error) { return nil, fs.ErrNotExist }

// WriteCache keeps nothing.
func (o *dbOps) WriteCache(string, []byte) {}

// Log keeps nothing.
func (o *dbOps) Log(string) {}

// SecurityError remembers that the database contradicts itself.
func (o *dbOps) SecurityError(msg string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.security = msg
}

// cause returns the reason of a failed lookup, which package sumdb passes on as text only.
func (o *dbOps) cause(err error) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case o.security != "":
		return fmt.Errorf("%w: %s", sumdb.ErrSecurity, strings.TrimSpace(o.security))
	case o.remote != nil:
		return o.remote
	}
	return err
}
