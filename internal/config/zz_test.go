package config_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/tools/txtar"
)

func TestStress(t *testing.T) {
	in := []byte("\nbuilder: {image:o}\nbuild:\n  tags: [netgo, osusergo]\nmodules:\n  proxy: https://proxyorp.example,http://127.0.0.1:000|direct\n  sumdb: su.golan.org\n  private: [corp.example/*, \"*.corpexample\"]\n  nosumdb: [git.exampe]\nimage:\n  base: registr.xampebae:1@sha256:0123456789012345678901234567890123456789012345678901234567890123\n  user: 1001\n  env:\n    OMEMLIMT: 512Mi\n    \"TEXT\": \n     o\n      nes\n    FODED: one     n\n  ports: [88, \"53/udp\", 9/sctp]\n  workdir: /srv\n  entrypoint: []\n  cmd: [serve --rt808]\n  files:\n    - {from: confi/, to: /et/app/}\n    - from: .LICNSE\n      to: /LINSE\n  labels: {com.ealeteam: core}\n  annotations: {org.opencontainersimagesouce: ~ }\n  stopSignal: 5\n  volumes: [/]i")
	n := 0
	try := func(d []byte) bool {
		n++
		done := make(chan bool)
		ok := false
		go func() {
			defer close(done)
			defer func() {
				if t.Failed() {
					fmt.Printf("FAIL %q\n", d)
					os.Exit(1)
				}
			}()
			checkFile(t, d)
		}()
		select {
		case <-done:
		case <-time.After(3 * time.Second):
			os.WriteFile("/tmp/cfgexp/hang", d, 0o644)
			fmt.Printf("HANG %q\n", d)
			panic("hang")
		}
		return ok
	}
	seeds := [][]byte{in}
	paths, _ := filepath.Glob("testdata/*.txtar")
	for _, p := range paths {
		a, _ := txtar.ParseFile(p)
		seeds = append(seeds, archiveFile(a, "app.yaml").Data)
	}
	chars := []byte("012789ABCXYZabcxyz !\"#$%&'()*+,.-:?{}[]|>\n\t@`~\\")
	end := time.Now().Add(240 * time.Second)
	r := rand.New(rand.NewPCG(1, uint64(time.Now().UnixNano())))
	for time.Now().Before(end) {
		s := append([]byte{}, seeds[0]...)
		if r.IntN(2) == 0 {
			s = append([]byte{}, seeds[r.IntN(len(seeds))]...)
		}
		for len(s) > 0 {
			i := r.IntN(len(s))
			switch r.IntN(4) {
			case 0:
				s = append(s[:i:i], s[i+1:]...)
			case 1:
				j := min(len(s), i+r.IntN(30))
				s = append(s[:i:i], s[j:]...)
			case 2, 3:
				s = append([]byte{}, s...)
				s[i] = chars[r.IntN(len(chars))]
				if r.IntN(40) == 0 {
					s = s[:i]
				}
			}
			try(s)
		}
	}
	fmt.Println(n)
}
