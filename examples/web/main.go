// Command web serves one page. The page is part of the program, its title comes from a file of the image.
package main

import (
	_ "embed"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"html/template"
	"io/fs"
	"log"
	"net/http"
	"os"

	"github.com/google/uuid"
)

//go:embed static/index.html
var page string

func main() {
	listen := flag.String("listen", ":8080", "address to serve on")
	check := flag.Bool("check", false, "read the settings and exit")
	flag.Parse()

	settings, err := readSettings(os.Getenv("WEB_CONFIG"))
	if err != nil {
		log.Fatal(err)
	}
	tmpl, err := template.New("page").Parse(page)
	if err != nil {
		log.Fatal(err)
	}
	if *check {
		fmt.Printf("%s is ready to listen on %s\n", settings.Title, *listen)
		return
	}
	http.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		data := map[string]any{"Title": settings.Title, "Request": uuid.NewString()}
		if err := tmpl.Execute(w, data); err != nil {
			log.Print(err)
		}
	})
	log.Fatal(http.ListenAndServe(*listen, nil))
}

type settings struct {
	Title string `json:"title"`
}

func readSettings(name string) (settings, error) {
	s := settings{Title: "An untitled page"}
	data, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return s, err
	}
	return s, json.Unmarshal(data, &s)
}
