package step

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"

	"github.com/modship-build/modship/internal/step/request"
	"github.com/modship-build/modship/internal/target"
)

// warmZig compiles and links empty programs, for which zig builds the C library. It takes minutes, once.
func warmZig(ctx context.Context, req request.Sysroot) error {
	if err := os.MkdirAll(zigCache, 0o755); err != nil {
		return err
	}
	for _, compiler := range []struct{ command, ext string }{{req.Tools.CC, ".c"}, {req.Tools.CXX, ".cc"}} {
		if compiler.command == "" {
			continue
		}
		source := filepath.Join(request.Temp, "empty"+compiler.ext)
		if err := os.WriteFile(source, []byte("int main(void) { return 0; }\n"), 0o644); err != nil {
			return err
		}
		for _, args := range zigWarmers(source, req.Libc, req.Strip) {
			if err := runZig(ctx, append(strings.Fields(compiler.command), args...)); err != nil {
				return err
			}
		}
	}
	return removeAll(filepath.Join(request.Temp, "empty*"), filepath.Join(request.Temp, "zig"))
}

// zigWarmers are the flags of all that a build links: zig has a library for each of these ways, by how it optimises, whether the
// code is to move and whether there are symbols. They are those of cmd/link's question for a flag (trySupportedFlag), of cmd/cgo's
// question for imports (-dynimport) and of the program itself; a build that links otherwise has zig build another library.
func zigWarmers(source string, libc target.Libc, strip bool) [][]string {
	program := strings.TrimSuffix(source, filepath.Ext(source))
	object := program + ".o"
	last := []string{"-o", program, object, "-O2", "-g"}
	if libc == target.Musl {
		last = append(last, "-static")
	}
	if strip {
		last = append(last, "-s")
	}
	return [][]string{
		{"-O2", "-g", "-o", program, source},
		{"-c", "-fPIC", "-O2", "-g", "-o", object, source},
		{"-fPIC", "-o", program, object, "-O2", "-g"},
		last,
	}
}

func runZig(ctx context.Context, command []string) error {
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Env = append([]string{"HOME=" + request.Temp, "PATH=" + cgoPath}, zigEnv()...)
	cmd.Stdout, cmd.Stderr = shown(), shown()
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("building the C library with zig: %w", err)
	}
	return nil
}

// zigVersion asks the zig of a compiler's command for its version, such as "0.14.1".
func zigVersion(ctx context.Context, command string) (string, error) {
	zig, _, _ := strings.Cut(command, " ")
	cmd := exec.CommandContext(ctx, zig, "version")
	cmd.Env = append([]string{"HOME=" + request.Temp}, zigEnv()...)
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("asking zig for its version: %w", err)
	}
	return strings.TrimSpace(string(out)), nil
}

// unpackZig writes the folder of an archive that has zig, which may be anywhere in it, to dir.
func unpackZig(archive, dir string) error {
	prefix := ""
	err := eachEntry(archive, func(h *tar.Header, _ io.Reader) error {
		if h.Typeflag == tar.TypeReg && path.Base(h.Name) == "zig" && h.Mode&0o100 != 0 {
			prefix = path.Dir(path.Clean(h.Name)) + "/"
			return io.EOF
		}
		return nil
	})
	if err != nil {
		return err
	}
	if prefix == "" {
		return errors.New("the archive has no program named zig")
	}
	return eachEntry(archive, func(h *tar.Header, content io.Reader) error {
		name, ok := strings.CutPrefix(path.Clean(h.Name), strings.TrimPrefix(prefix, "./"))
		if h.Typeflag != tar.TypeReg || !ok || strings.HasPrefix(name, "doc/") {
			return nil
		}
		if !filepath.IsLocal(name) {
			return fmt.Errorf("the archive has a file %q", h.Name)
		}
		to := filepath.Join(dir, name)
		if err := writeFile(to, content); err != nil {
			return err
		}
		return errors.Join(os.Chmod(to, 0o644|os.FileMode(h.Mode)&0o111), setTime(to, zeroTime))
	})
}

const (
	maxZigTar   = 4 << 30 // of an archive of zig without its compression, and of its files, in bytes; a release has some 300 MiB
	maxZigFiles = 200_000 // and some 20,000 files
)

// eachEntry reads a .tar.gz until visit returns io.EOF.
func eachEntry(archive string, visit func(h *tar.Header, content io.Reader) error) error {
	f, err := os.Open(archive)
	if err != nil {
		return err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return fmt.Errorf("reading the archive: %w", err)
	}
	return eachOf(&io.LimitedReader{R: z, N: maxZigTar}, visit)
}

func eachOf(unpacked *io.LimitedReader, visit func(h *tar.Header, content io.Reader) error) error {
	r := tar.NewReader(unpacked)
	left := int64(maxZigTar) // of what the headers say: a sparse file has more bytes than the archive has of it
	for range maxZigFiles {
		h, err := r.Next()
		if err == nil {
			if left -= min(h.Size, left+1); left >= 0 {
				err = visit(h, r)
			}
		}
		switch {
		case left < 0, err != nil && unpacked.N <= 0:
			return errors.New("the archive unpacks to more than an archive of zig has")
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		}
	}
	return fmt.Errorf("the archive has more than %d files", maxZigFiles)
}
