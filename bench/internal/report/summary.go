package report

import (
	"fmt"
	"strings"
)

// Sentences say what the tables of seconds of a page come to, in five sentences where everything was measured. A sentence whose
// numbers are missing is left out.
func Sentences(page string) []string {
	all := readPublished(page)
	ko := find(all, reachSubject)
	var said []string
	say := func(sentence string) {
		if sentence != "" {
			said = append(said, sentence)
		}
	}
	say(ko.compare("On a machine that has nothing yet, modship builds the module ko for two platforms in", "cold", mounts, koPeer, bare))
	say(ko.compare("On a fresh machine of a CI that imports the cache, an edit takes", "ci", plain, travelling, koPeer))
	say(ko.compare("Without a change it takes", "same", mounts, koPeer, bare))
	say(ko.compare("After an edit of the main package it takes", "edit-main", mounts, koPeer, bare))
	say(losses(all))
	return said
}

// names of peers in sentences.
var spoken = map[string]string{
	mounts: "the Dockerfile with cache mounts", plain: "the Dockerfile without cache mounts", travelling: "one whose cache mounts are carried along",
	koPeer: "ko", bare: "bare `go build`",
}

// compare says how long modship and some peers took in a scenario.
func (p published) compare(beginning, scenario string, peers ...string) string {
	_, own := p.own(scenario)
	var others []string
	for _, peer := range peers {
		if s := p.of(scenario, peer); s > 0 {
			others = append(others, fmt.Sprintf("%s %s", spoken[peer], duration3(s)))
		}
	}
	if own == 0 || len(others) == 0 {
		return ""
	}
	return fmt.Sprintf("%s %s; %s.", beginning, duration3(own), enumerate(others))
}

// losses names every scenario in which a peer was faster, and how much longer modship took than the fastest.
func losses(all []published) string {
	var lost []string
	measured := false
	for _, p := range all {
		for _, scenario := range p.scenarios {
			_, own := p.own(scenario)
			best, other := p.best(scenario)
			measured = measured || own > 0 && other > 0
			if p.lost(scenario) {
				lost = append(lost, fmt.Sprintf("%s of %s (%.2f × %s)", scenario, p.subject, own/other, best))
			}
		}
	}
	switch {
	case !measured:
		return ""
	case len(lost) == 0:
		return "In no scenario was any other peer faster."
	}
	return "The fastest other peer took less in " + enumerate(lost) + "."
}

func enumerate(list []string) string {
	if len(list) == 1 {
		return list[0]
	}
	last := len(list) - 1
	return strings.Join(list[:last], ", ") + " and " + list[last]
}
