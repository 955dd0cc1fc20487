// Command orders prints the price of an order.
package main

import (
	_ "embed"
	"flag"
	"fmt"
	"os"
	"strings"

	"example.com/shop/lib/price"
)

//go:embed greeting.txt
var greeting string

func main() {
	count := flag.Int("count", 1, "number of things")
	flag.Parse()
	settings, err := os.ReadFile("/etc/orders/orders.txt")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	_, currency, _ := strings.Cut(strings.TrimSpace(string(settings)), ": ")
	fmt.Printf("%s %s %s\n", strings.TrimSpace(greeting), price.Of(*count), currency)
}
