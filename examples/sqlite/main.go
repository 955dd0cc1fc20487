// Sqlite keeps a few words in a database and prints them.
package main

import (
	"database/sql"
	"fmt"
	"log"
	"runtime"

	_ "github.com/mattn/go-sqlite3"
)

func main() {
	db, err := sql.Open("sqlite3", ":memory:")
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	var sum int
	if err := db.QueryRow("WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM n WHERE x < 100) SELECT sum(x) FROM n").Scan(&sum); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("sqlite on %s/%s counts to 100: %d\n", runtime.GOOS, runtime.GOARCH, sum)
}
