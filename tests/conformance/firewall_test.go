package conformance

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestFirewall holds the lines of `firewall` between nodes against what each release documents: the page about the requirements of the
// system, and the defaults of agents' flags.
func TestFirewall(t *testing.T) {
	eachRelease(t, func(t *testing.T, r release) {
		source, err := r.goCommand("list", "-m", "-f", "{{.Dir}}", ciliumModule)
		if err != nil {
			t.Fatal(err)
		}
		needs := strings.Join(strings.Fields(readFile(t, filepath.Join(strings.TrimSpace(source), needsPage))), " ")
		flags := readFile(t, r.page(os.Getenv(workVariable), agentPage))
		for _, says := range []string{
			"TCP 4240 should also be open among all nodes", "ICMP Type 0/8, Code 0 open among all nodes", "you must allow UDP port 51871",
			"UDP 8472 must be open among all nodes", "except the port is UDP 6081", "allows ESP traffic", "allow routing of pod IPs",
		} {
			if !strings.Contains(needs, says) {
				t.Errorf("%s does not say %q", needsPage, says)
			}
		}
		for flag, value := range map[string]string{
			"cluster-health-port": "4240", "tunnel-port": `8472 for "vxlan" and 6081 for "geneve"`,
			"routing-mode": `"tunnel"`, "tunnel-protocol": `"vxlan"`,
		} {
			if !regexp.MustCompile(`--` + flag + ` .*\(default ` + regexp.QuoteMeta(value) + `\)`).MatchString(flags) {
				t.Errorf("%s: the default of --%s is not %s", agentPage, flag, value)
			}
		}
		for settings, wanted := range map[string][]string{
			"": {"udp 8472"}, "vxlan none": {"udp 8472"}, "geneve none": {"udp 6081"},
			"vxlan wireguard": {"udp 51871", "udp 8472"}, "geneve ipsec": {"esp 0", "udp 6081"},
		} {
			m := newMesh(t, mixedSample)
			m.change(t, func(document map[string]any) {
				setVersion(document, r.minor)
				cilium := object(document, "cilium")
				delete(cilium, "routingMode")
				delete(cilium, "tunnelProtocol")
				delete(cilium, "encryption")
				if protocol, encryption, given := strings.Cut(settings, " "); given {
					cilium["tunnelProtocol"], cilium["encryption"] = protocol, encryption
				}
			})
			listed := m.betweenNodes(t, "oslo", "rome")
			wanted = append(wanted, "icmp 0", "tcp 4240")
			slices.Sort(wanted)
			if !slices.Equal(listed, wanted) {
				t.Errorf("%q: nodes have %v, not %v", settings, listed, wanted)
			}
		}
	})
}

const needsPage = "Documentation/operations/system_requirements.rst"

// betweenNodes are protocols and ports of the lines from the nodes of one cluster to those of another, in order.
func (m *mesh) betweenNodes(t *testing.T, from, to string) (listed []string) {
	t.Helper()
	var report struct {
		Lines []struct {
			From, To, Protocol string
			Number             int
		}
	}
	text := output(t, exec.Command(os.Getenv(binaryVariable), "firewall", m.file(), "--format", "json"))
	if err := json.Unmarshal([]byte(text), &report); err != nil {
		t.Fatal(err)
	}
	for _, line := range report.Lines {
		if line.From == from+" nodes" && line.To == to+" nodes" {
			listed = append(listed, fmt.Sprintf("%s %d", line.Protocol, line.Number))
		}
	}
	slices.Sort(listed)
	return listed
}
