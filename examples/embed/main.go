// Command embed serves a page that another build has made. It is in no folder of the repository: docker-bake.hcl says where it comes from.
package main

import (
	"embed"
	"flag"
	"fmt"
	"io/fs"
	"log"
	"net/http"
	"os"
)

//go:embed web/dist
var made embed.FS

func main() {
	listen := flag.String("listen", ":8080", "address to serve on")
	list := flag.Bool("list", false, "list the files and exit")
	flag.Parse()

	page, err := fs.Sub(made, "web/dist")
	if err != nil {
		log.Fatal(err)
	}
	if *list {
		if err := listFiles(page); err != nil {
			log.Fatal(err)
		}
		os.Exit(0)
	}
	log.Fatal(http.ListenAndServe(*listen, http.FileServerFS(page)))
}

func listFiles(page fs.FS) error {
	return fs.WalkDir(page, ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			fmt.Println(name)
		}
		return err
	})
}
