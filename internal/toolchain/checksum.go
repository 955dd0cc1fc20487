package toolchain

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"

	"github.com/modship-build/modship/internal/goenv"
	"golang.org/x/mod/module"
	"golang.org/x/mod/sumdb"
)

const maxRecord = 1 << 20 // bytes of one answer of a checksum database; a full tile has 8 KiB

// SumError says that what was downloaded is not what was published. It is never retried and never falls through.
type SumError struct {
	Module module.Version
	// Got is the h1: sum of the download, Want the one that WantFrom (a checksum database, or "the caller") knows.
	Got, Want, WantFrom string
	// Source is the URL of the download, without query.
	Source string
}

// Error says both hashes and where each comes from.
func (e *SumError) Error() string {
	return fmt.Sprintf("verifying %s: checksum mismatch: downloaded %s from %s, but %s has %s",
		e.Module, e.Got, e.Source, e.WantFrom, e.Want)
}

// expected returns the h1: sum that m must have, and who says so.
func (f *Fetcher) expected(ctx context.Context, m module.Version) (sum, from string, err error) {
	db, err := goenv.ParseSumDB(f.Settings.SumDB)
	if err != nil {
		return "", "", err
	}
	if f.Sum != "" && !strings.HasPrefix(f.Sum, "h1:") {
		return "", "", fmt.Errorf("the sum given for %s is not an h1 sum", m)
	}
	if db.Off {
		if f.Sum == "" {
			return "", "", errors.New("GOSUMDB=off leaves a Go toolchain unverified, as no go.sum lists it: name a checksum database, " +
				"as in --build-arg GOSUMDB=" + goenv.DefaultSumDB)
		}
		return f.Sum, "the caller", nil
	}
	sum, err = f.lookup(ctx, db, m)
	if err == nil && f.Sum != "" && f.Sum != sum {
		err = &SumError{Module: m, Got: f.Sum, Want: sum, WantFrom: db.Name, Source: "the caller"}
	}
	return sum, db.Name, err
}

// lookup asks the checksum database for the sum of m's zip, and proves that the answer is part of its signed log.
func (f *Fetcher) lookup(ctx context.Context, db goenv.SumDB, m module.Version) (string, error) {
	ops := &dbOps{ctx: ctx, fetcher: f, db: db}
	lines, err := sumdb.NewClient(ops).Lookup(m.Path, m.Version)
	if err != nil {
		return "", fmt.Errorf("asking the checksum database %s: %w", db.Name, ops.cause(err))
	}
	for _, line := range lines {
		if sum, ok := strings.CutPrefix(line, m.Path+" "+m.Version+" "); ok && strings.HasPrefix(sum, "h1:") {
			return sum, nil
		}
	}
	return "", fmt.Errorf("the checksum database %s has no h1: sum for %s", db.Name, m)
}

// dbOps is the outside world of one lookup. It keeps the signed tree in memory only: a build step has no past to compare
// with, and the client keeps its own tiles.
type dbOps struct {
	ctx     context.Context // of the lookup; the interface of package sumdb has no room for it
	fetcher *Fetcher
	db      goenv.SumDB

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
	o.baseOnce.Do(func() { o.base, o.baseErr = o.fetcher.sumDBBase(o.ctx, o.db) })
	err := o.baseErr
	var data []byte
	if err == nil {
		data, err = o.fetcher.client().GetBytes(o.ctx, o.base+path, maxRecord)
	}
	if err != nil {
		o.mu.Lock()
		o.remote = err
		o.mu.Unlock()
	}
	return data, err
}

// sumDBBase finds out where the database is reached, as cmd/go does (modfetch/sumdb.go, initBase): at the URL in GOSUMDB;
// else through the first proxy that says it supports it, and then only there; else at https://NAME.
func (f *Fetcher) sumDBBase(ctx context.Context, db goenv.SumDB) (string, error) {
	if db.URL != "" {
		return strings.TrimSuffix(db.URL, "/"), nil
	}
	proxies, err := goenv.ParseProxies(f.Settings.Proxy)
	if err != nil {
		return "", err
	}
	var base string
	err = goenv.TryProxies(proxies, func(p goenv.Proxy) error {
		proxy, err := proxyBase(p)
		if err != nil {
			return err
		}
		if _, err := f.client().GetBytes(ctx, proxy+"/sumdb/"+db.Name+"/supported", maxRecord); err != nil {
			return err
		}
		base = proxy + "/sumdb/" + db.Name
		return nil
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
