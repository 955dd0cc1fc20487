package report

import (
	"fmt"
	"math"
	"strings"
)

// ChartFile is the name of the chart beside the page.
const ChartFile = "performance.svg"

// Lengths of the chart in pixels.
const (
	chartWidth = 880
	plotLeft   = 150
	plotRight  = 600
	rowHeight  = 20
	headHeight = 92
)

// chartTicks are the marks of the axis: how many times as long as modship a peer took.
var chartTicks = []float64{0.25, 0.5, 1, 2, 4, 8, 16, 32}

// marker is how a peer is drawn, around a point.
type marker struct{ peer, colour, shape string }

var markers = []marker{
	{client, "#1a7f37", "M%[1]s %[2]sm-4,0a4,4 0 1,0 8,0a4,4 0 1,0 -8,0"},
	{mounts, "#0969da", "M%[1]s %[2]sm-4,-4h8v8h-8z"},
	{plain, "#8250df", "M%[1]s %[2]sm0,-5l5,5l-5,5l-5,-5z"},
	{travelling, "#bf3989", "M%[1]s %[2]sm0,-5l5,9h-10z"},
	{koPeer, "#bc4c00", "M%[1]s %[2]sm0,5l5,-9h-10z"},
	{bare, "#57606a", "M%[1]s %[2]sm-5,-1.5h3.5v-3.5h3v3.5h3.5v3h-3.5v3.5h-3v-3.5h-3.5z"},
}

// Chart draws the tables of seconds that a page has, as SVG: one line for each scenario, and on it each peer where its time stands to
// that of modship. What is left of the middle was faster than modship, on a ground of its own, and the fastest peer is named there.
func Chart(page string) string {
	d := &drawing{y: headHeight}
	for _, p := range readPublished(page) {
		d.subject(p)
	}
	return d.finish()
}

// drawing grows from line to line.
type drawing struct {
	b strings.Builder
	y float64
}

func (d *drawing) text(x, y float64, attrs, text string) {
	fmt.Fprintf(&d.b, "<text x=\"%s\" y=\"%s\"%s>%s</text>\n", pixels(x), pixels(y), attrs, escape(text))
}

func (d *drawing) subject(p published) {
	d.text(12, d.y+14, ` font-weight="bold"`, p.subject)
	d.y += rowHeight
	for _, scenario := range p.scenarios {
		own, seconds := p.own(scenario)
		best, shortest := p.best(scenario)
		if own == "" || best == "" {
			continue
		}
		middle := d.y + rowHeight/2
		fmt.Fprintf(&d.b, "<path d=\"M%d %sH%d\" stroke=\"#d0d7de\"/>\n", plotLeft, pixels(middle), plotRight)
		d.text(24, middle+4, "", scenario)
		for _, m := range markers {
			if s := p.other(scenario, m.peer); s > 0 && m.peer != own {
				d.mark(m, position(s/seconds), middle)
			}
		}
		d.text(plotRight+16, middle+4, "", duration3(seconds))
		colour := ""
		if p.lost(scenario) {
			colour = ` fill="#cf222e"`
		}
		d.text(plotRight+86, middle+4, colour, best+" "+duration3(shortest))
		d.y += rowHeight
	}
}

func (d *drawing) mark(m marker, x, y float64) {
	fill := m.colour
	if m.peer == client {
		fill = "none"
	}
	fmt.Fprintf(&d.b, "<path d=\"%s\" fill=\"%s\" stroke=\"%s\"/>\n", fmt.Sprintf(m.shape, pixels(x), pixels(y)), fill, m.colour)
}

// finish puts what was drawn onto its ground, below the legend and the axis.
func (d *drawing) finish() string {
	rows, bottom := d.b.String(), d.y+12
	d.b.Reset()
	fmt.Fprintf(&d.b, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %s\" font-family=\"sans-serif\" font-size=\"12\" fill=\"#1f2328\">\n",
		chartWidth, pixels(bottom))
	d.b.WriteString("<title>Times of peers as multiples of modship's</title>\n")
	fmt.Fprintf(&d.b, "<rect width=\"%d\" height=\"%s\" fill=\"#ffffff\"/>\n", chartWidth, pixels(bottom))
	fmt.Fprintf(&d.b, "<rect x=\"%d\" y=\"%d\" width=\"%s\" height=\"%s\" fill=\"#ffebe9\"/>\n",
		plotLeft, headHeight-16, pixels(position(1)-plotLeft), pixels(bottom-headHeight+8))
	d.legend()
	d.axis(bottom - 8)
	d.b.WriteString(rows + "</svg>\n")
	return d.b.String()
}

func (d *drawing) legend() {
	d.text(12, 20, ` font-weight="bold"`, "Seconds of each peer ÷ seconds of modship (logarithmic); on the red ground the peer was faster")
	x := 20.0
	for _, m := range markers {
		d.mark(m, x, 40)
		d.text(x+10, 44, "", m.peer)
		x += 30 + 7.2*float64(len(m.peer))
	}
}

func (d *drawing) axis(bottom float64) {
	for _, tick := range chartTicks {
		x, colour := pixels(position(tick)), "#d0d7de"
		if tick == 1 {
			colour = "#1f2328"
		}
		fmt.Fprintf(&d.b, "<path d=\"M%s %dV%s\" stroke=\"%s\"/>\n", x, headHeight-16, pixels(bottom), colour)
		d.text(position(tick), headHeight-22, ` text-anchor="middle"`, fmt.Sprint(tick))
	}
	d.text(plotRight+16, headHeight-22, "", "modship")
	d.text(plotRight+86, headHeight-22, "", "fastest other")
}

// position is where a multiple of modship's time is drawn: what is beyond the axis stands at its end.
func position(multiple float64) float64 {
	low, high := math.Log2(chartTicks[0]), math.Log2(chartTicks[len(chartTicks)-1])
	at := min(max(math.Log2(multiple), low), high)
	return plotLeft + (at-low)/(high-low)*(plotRight-plotLeft)
}

func pixels(v float64) string { return strings.TrimSuffix(fmt.Sprintf("%.1f", v), ".0") }

func duration3(v float64) string { return seconds(v) + " s" }

func escape(text string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(text)
}
