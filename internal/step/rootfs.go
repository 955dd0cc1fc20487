package step

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/modship-build/modship/internal/certs"
	"github.com/modship-build/modship/internal/request"
)

// rootfs writes the files that every image on scratch has. It depends on nothing that changes from build to build, so
// images share the layer.
func rootfs(_ context.Context, req request.Rootfs) error {
	accounts := fmt.Sprintf("%d:%d", req.UID, req.GID)
	files := map[string]string{
		"etc/passwd":                        "root:x:0:0:root:/:/sbin/nologin\napp:x:" + accounts + ":app:/:/sbin/nologin\n",
		"etc/group":                         fmt.Sprintf("root:x:0:\napp:x:%d:\n", req.GID),
		"etc/nsswitch.conf":                 "hosts: files dns\n",
		"etc/ssl/certs/ca-certificates.crt": string(certs.PEM()),
	}
	for name, content := range files {
		if err := writeFile(filepath.Join(request.Out, name), strings.NewReader(content)); err != nil {
			return err
		}
	}
	zones := filepath.Join(request.GoRoot, "lib/time/zoneinfo.zip")
	if err := unpackZones(zones, filepath.Join(request.Out, "usr/share/zoneinfo")); err != nil {
		return fmt.Errorf("unpacking the time zones of the Go toolchain: %w", err)
	}
	temp := filepath.Join(request.Out, "tmp")
	if err := os.Mkdir(temp, 0o755); err != nil {
		return err
	}
	if err := os.Chmod(temp, 0o777|os.ModeSticky); err != nil {
		return err
	}
	return setTimes(request.Out, zeroTime)
}

// unpackZones unpacks the zone files, so that programs in any language find them.
func unpackZones(archive, dest string) error {
	r, err := zip.OpenReader(archive)
	if err != nil {
		return err
	}
	defer r.Close()
	for _, f := range r.File {
		if strings.HasSuffix(f.Name, "/") {
			continue
		}
		if !filepath.IsLocal(f.Name) {
			return fmt.Errorf("%s leaves the archive", f.Name)
		}
		if err := unpackZone(f, filepath.Join(dest, f.Name)); err != nil {
			return fmt.Errorf("%s: %w", f.Name, err)
		}
	}
	return nil
}

func unpackZone(f *zip.File, dest string) error {
	content, err := f.Open()
	if err != nil {
		return err
	}
	defer content.Close()
	return writeFile(dest, content)
}

func writeFile(name string, content io.Reader) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	f, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o644)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, content)
	return errors.Join(err, f.Close())
}
