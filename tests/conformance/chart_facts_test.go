package conformance

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
)

// chartsPage is the page that has the tables of facts.
const chartsPage = "../../docs/charts.md"

// fact is a row of the page: what the charts do with a value, or what they write.
type fact struct {
	what   string // the first column
	source string // the last one: a file of the chart, below templates/ where no other folder is named, or a pull request
	cell   func(t *testing.T, c chart) string
}

// factTable is a table of the page; title is the head of its first column.
type factTable struct {
	title string
	facts []fact
}

var factTables = []factTable{remoteFacts, certificateFacts, userFacts, secretFacts}

// TestCharts renders every chart for every row of docs/charts.md, and compares the cells.
func TestCharts(t *testing.T) {
	columns := map[string]map[string]string{} // by minor, then by row
	for _, c := range charts {
		columns[c.minor] = map[string]string{}
	}
	t.Run("cells", func(t *testing.T) {
		eachChart(t, func(t *testing.T, c chart) {
			t.Parallel()
			for _, table := range factTables {
				for _, f := range table.facts {
					if _, twice := columns[c.minor][f.what]; twice {
						t.Fatalf("two rows are called %q", f.what)
					}
					columns[c.minor][f.what] = f.cell(t, c)
				}
			}
		})
	})
	if t.Failed() {
		return
	}
	for _, table := range factTables {
		table.check(t, columns)
	}
}

// check compares a table of the page with what was seen, cell by cell; with UPDATE=1 it is written.
func (table factTable) check(t *testing.T, columns map[string]map[string]string) {
	t.Helper()
	var rows strings.Builder
	fmt.Fprintf(&rows, "| %s |", table.title)
	for _, c := range charts {
		fmt.Fprintf(&rows, " %s |", c.minor)
	}
	fmt.Fprintf(&rows, " source |\n|%s\n", strings.Repeat("---|", len(charts)+2))
	for _, f := range table.facts {
		written := cellsOf(t, f.what)
		fmt.Fprintf(&rows, "| %s |", f.what)
		for i, c := range charts {
			found := columns[c.minor][f.what]
			if i < len(written) && written[i] != found && os.Getenv("UPDATE") != "1" {
				t.Errorf("%s: chart %s, %s: the page has %q, the chart %q", chartsPage, c.minor, f.what, written[i], found)
			}
			fmt.Fprintf(&rows, " %s |", found)
		}
		fmt.Fprintf(&rows, " %s |\n", f.source)
	}
	checkRows(t, chartsPage, rows.String(), true)
}

// cellsOf are the cells of a row after the first one, if the page has it.
func cellsOf(t *testing.T, what string) []string {
	t.Helper()
	for line := range strings.Lines(readFile(t, chartsPage)) {
		cells := strings.Split(strings.Trim(line, "| \n"), " | ")
		if cells[0] == what {
			return cells[1:]
		}
	}
	return nil
}

// deploy installs a chart. Where a Job makes certificates, its Secrets are there.
func (c chart) deploy(t *testing.T, values []string) (*deployed, error) {
	t.Helper()
	if slices.Contains(values, byHelm) {
		return c.install(t, values, nil)
	}
	return c.install(t, values, []string{jobSecrets(t)})
}

// deployments are what mustDeploy has made, by chart and values: many facts look at the same ones.
var deployments sync.Map

// mustDeploy is deploy of what no chart refuses. Nobody may change what it returns.
func (c chart) mustDeploy(t *testing.T, values []string) *deployed {
	t.Helper()
	key := c.minor + strings.Join(values, "\n")
	if made, there := deployments.Load(key); there {
		return made.(*deployed)
	}
	d, err := c.deploy(t, values)
	if err != nil {
		t.Fatalf("chart %s refuses: %v", c.minor, err)
	}
	deployments.Store(key, d)
	return d
}

const (
	works   = "ok"
	ignored = "ignored"
	refused = "refused"
)

// effect is what a change of the usual values does: the chart refuses it, or ignores it, where every object stays the same, or what is
// found of the objects.
func effect(change string, find func(t *testing.T, d *deployed) string) func(t *testing.T, c chart) string {
	return effectOn(usual, change, find)
}

func effectOn(values []string, change string, find func(t *testing.T, d *deployed) string) func(t *testing.T, c chart) string {
	return func(t *testing.T, c chart) string {
		t.Helper()
		after, err := c.deploy(t, with(values, change))
		if err != nil {
			return refused
		}
		if len(c.mustDeploy(t, values).difference(t, after)) == 0 {
			return ignored
		}
		return find(t, after)
	}
}

// look is what is found where nothing is in question.
func look(values []string, find func(t *testing.T, d *deployed) string) func(t *testing.T, c chart) string {
	return func(t *testing.T, c chart) string {
		t.Helper()
		return find(t, c.mustDeploy(t, values))
	}
}

// TestRendering controls TestCharts: nothing but certificates differs from one rendering to the next, and a changed certificate is seen.
func TestRendering(t *testing.T) {
	eachChart(t, func(t *testing.T, c chart) {
		render := func(values ...string) *deployed {
			d, err := c.deploy(t, with(usual, append(values, byHelm)...))
			if err != nil {
				t.Fatal(err)
			}
			return d
		}
		one := render()
		if differs := one.difference(t, render()); len(differs) != 0 {
			t.Errorf("differs without a change: %v", differs)
		}
		differs := one.difference(t, render("clustermesh: {apiserver: {tls: {auto: {certValidityDuration: 7}}}}"))
		if !slices.Contains(differs, "Secret/"+certSecret(serverCredential)) {
			t.Errorf("with another validity, these differ: %v", differs)
		}
	})
}
