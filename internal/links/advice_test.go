package links_test

import (
	"testing"
	"testing/fstest"

	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/links"
	"github.com/modship-build/modship/internal/testing/diagtest"
)

// TestAdvice: a tree in which a link was replaced as the message says is followed to the end, and so is one that holds both sides of it.
func TestAdvice(t *testing.T) {
	var followed []string
	for _, c := range []struct {
		wrong       fstest.MapFS
		right       fstest.MapFS
		inTheBigger string
	}{
		{wrong: fstest.MapFS{"a/x": link("../../shared/x")}, right: fstest.MapFS{"a/x": file("x")}},
		{wrong: fstest.MapFS{"a/x": link("../../shared/x")}, right: fstest.MapFS{"app/a/x": link("../../shared/x"), "shared/x": file("x")}, inTheBigger: "app/"},
		{wrong: fstest.MapFS{"a/x": link("/src/b/x"), "b/x": file("x")}, right: fstest.MapFS{"a/x": file("x"), "b/x": file("x")}},
		{wrong: fstest.MapFS{"a/x": link("/src/b/x"), "b/x": file("x")}, right: fstest.MapFS{"a/x": link("../b/x"), "b/x": file("x")}},
		{wrong: fstest.MapFS{"a/x": link("x")}, right: fstest.MapFS{"a/x": file("x")}},
	} {
		_, err := links.New(c.wrong).Find("a/x")
		wrong := diag.All(err)
		if len(wrong) != 1 {
			t.Errorf("%v: %v", c.wrong, err)
			continue
		}
		followed = append(followed, wrong[0].Help)
		if _, again := links.New(c.right).Find(c.inTheBigger + "a/x"); again != nil {
			t.Errorf("%v, and then %v", err, again)
		}
	}
	diagtest.Advice(t, ".", followed, nil)
}
