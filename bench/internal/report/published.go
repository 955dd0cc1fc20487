package report

import (
	"slices"
	"strconv"
	"strings"
)

// timesTitle is how the title of a table of seconds ends.
const timesTitle = ": seconds, median (min–max)"

// published is the table of seconds of one subject as it stands in a page: what is drawn and what is said of the results is made of
// that, so that neither says another thing than the page does.
type published struct {
	subject   string
	scenarios []string
	// seconds are the medians by scenario and peer.
	seconds map[[2]string]float64
}

// readPublished reads the tables of seconds from Markdown.
func readPublished(markdown string) []published {
	var found []published
	var peers []string
	inTable := false
	for line := range strings.Lines(markdown) {
		line = strings.TrimSpace(line)
		if title, ok := strings.CutPrefix(line, "### "); ok {
			if title, inTable = strings.CutSuffix(title, timesTitle); inTable {
				name, _, _ := strings.Cut(title, " ")
				found, peers = append(found, published{subject: name, seconds: map[[2]string]float64{}}), nil
			}
			continue
		}
		cells := strings.Split(strings.Trim(line, "|"), "|")
		switch {
		case !inTable || len(cells) < 2 || strings.Contains(line, "---"):
		case peers == nil:
			peers = cells
		default:
			found[len(found)-1].add(peers, cells)
		}
	}
	return found
}

// seedless is the scenario whose peers those with a seed are compared with: no other peer has one.
var seedless = map[string]string{"bump-ci-seed": "bump-ci"}

// add takes one row of the table.
func (p *published) add(peers, cells []string) {
	scenario := strings.TrimSpace(cells[0])
	p.scenarios = append(p.scenarios, scenario)
	for i := 1; i < min(len(peers), len(cells)); i++ {
		median, _, _ := strings.Cut(strings.TrimSpace(cells[i]), " ")
		if seconds, err := strconv.ParseFloat(median, 64); err == nil && seconds > 0 { // else there is none
			p.seconds[[2]string{scenario, strings.TrimSpace(peers[i])}] = seconds
		}
	}
}

// of is the median of a peer in a scenario, 0 if there is none.
func (p published) of(scenario, peer string) float64 { return p.seconds[[2]string{scenario, peer}] }

// own is the peer that stands for modship: through `# syntax=` where that was measured.
func (p published) own(scenario string) (peer string, seconds float64) {
	for _, peer := range ownPeers {
		if seconds := p.of(scenario, peer); seconds > 0 {
			return peer, seconds
		}
	}
	return "", 0
}

// other is the median of a peer that modship is compared with in a scenario.
func (p published) other(scenario, peer string) float64 {
	if of, ok := seedless[scenario]; ok && !slices.Contains(ownPeers, peer) {
		scenario = of
	}
	return p.of(scenario, peer)
}

// best is the fastest of the peers that are not modship, "" if there is none.
func (p published) best(scenario string) (peer string, seconds float64) {
	for _, other := range []string{mounts, plain, travelling, koPeer, bare} {
		if s := p.other(scenario, other); s > 0 && (seconds == 0 || s < seconds) {
			peer, seconds = other, s
		}
	}
	return peer, seconds
}

// lost tells whether some peer was faster by more than what a table rounds away.
func (p published) lost(scenario string) bool {
	_, own := p.own(scenario)
	_, other := p.best(scenario)
	return own > 0 && other > 0 && own > 1.02*other
}

// find gives the table of a subject.
func find(all []published, subject string) published {
	if i := slices.IndexFunc(all, func(p published) bool { return p.subject == subject }); i >= 0 {
		return all[i]
	}
	return published{}
}
