package conformance

import (
	"maps"
	"strings"
	"testing"
)

// TestOptions looks up every option that is emitted, for agents and for operators, in the flags that the release documents: a
// program that is given a flag it does not know ends at once. All forms of the options must say the same, and what the spec
// says.
func TestOptions(t *testing.T) {
	eachRelease(t, func(t *testing.T, r release) {
		agentFlags, operatorFlags := r.flags(t, agentPage), r.flags(t, operatorPages...)
		eachSample(t, func(t *testing.T, sample string) {
			m := newMesh(t, sample)
			m.change(t, func(document map[string]any) { setVersion(document, r.minor) })
			m.create(t)

			for _, b := range m.bundles(t) {
				forms := b.optionForms(t)
				c := m.cluster(t, b.cluster)
				want := append(m.flags(c), "--clustermesh-config="+b.target)
				m.checkOptions(t, b.name(), c, forms, 4, want, agentFlags)
				m.checkReading(t, r, b)
			}
			for _, c := range m.Clusters {
				m.checkOptions(t, "operator of "+c.Name, c, m.operatorForms(t, c), 3, m.flags(c), operatorFlags)
			}
		})
	})
}

// checkOptions checks all forms of the options of one program, of which there must be count, and which `want` must be among. No
// form must be there at all for a cluster whose options are set elsewhere.
func (m *mesh) checkOptions(
	t *testing.T, who string, c clusterSpec, forms optionForms, count int, want []string, documented map[string]bool,
) {
	t.Helper()
	if c.Options == "none" || m.isElsewhere(c) {
		if len(forms) != 0 {
			t.Errorf("%s: has options, though they are set elsewhere: %v", who, forms)
		}
		return
	}
	if len(forms) != count {
		t.Errorf("%s: its options are there in %d forms, not in %d: %v", who, len(forms), count, forms)
	}
	for file, options := range forms {
		for _, flag := range want {
			name, value, _ := strings.Cut(strings.TrimPrefix(flag, "--"), "=")
			if options[name] != value {
				t.Errorf("%s: %s sets %s to %q, not to %q", who, file, name, options[name], value)
			}
		}
		for option := range options {
			if !documented[option] {
				t.Errorf("%s: %s sets %s, which this Cilium does not document", who, file, option)
			}
		}
		for other, others := range forms {
			if !maps.Equal(options, others) {
				t.Errorf("%s: %s says %v, but %s %v", who, file, options, other, others)
			}
		}
	}
}
