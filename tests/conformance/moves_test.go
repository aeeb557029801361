package conformance

import (
	"slices"
	"testing"
)

// move is one way from a generation to another, each of which may be none.
type move struct {
	name     string
	from, to *generation
	bundle   generation // whose install.sh runs
	options  []string
	restart  bool // agents have to be restarted for it
}

// settled installs what stands there already.
func (m move) settled() move { return move{name: m.name, from: m.to, to: m.to, bundle: *m.to} }

// generations are those that files may be of meanwhile.
func (m move) generations() []generation {
	var generations []generation
	for _, g := range []*generation{m.from, m.to} {
		if g != nil {
			generations = append(generations, *g)
		}
	}
	return generations
}

// keeps is whether a cluster is there before and after.
func (m move) keeps(t *testing.T, r reader, name string) bool {
	t.Helper()
	for _, g := range []*generation{m.from, m.to} {
		if g == nil {
			return false
		}
		if _, found := g.configs(t, r)[name]; !found {
			return false
		}
	}
	return true
}

// events are what an agent makes of a move.
func (m move) events(t *testing.T, r reader) []string {
	t.Helper()
	before, after := map[string]string{}, map[string]string{}
	if m.from != nil {
		before = m.from.configs(t, r)
	}
	if m.to != nil {
		after = m.to.configs(t, r)
	}
	var events []string
	for name, text := range after {
		old, stays := before[name]
		if !stays {
			events = append(events, "added "+name)
		}
		if old != text {
			events = append(events, "connecting "+name)
		}
	}
	for name := range before {
		if _, stays := after[name]; !stays {
			events = append(events, "removing "+name)
		}
	}
	slices.Sort(events)
	return events
}

// without are the events that are not among the expected ones, each of which counts once.
func without(events, expected []string) []string {
	left, extra := slices.Clone(expected), []string(nil)
	for _, event := range events {
		if i := slices.Index(left, event); i >= 0 {
			left = slices.Delete(left, i, i+1)
		} else {
			extra = append(extra, event)
		}
	}
	return extra
}
