package conformance

import (
	"crypto/x509"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

const (
	// historyMachines is how many members an etcd has, and how many nodes a cluster has.
	historyMachines = 3
	// movableHosts are the networks that endpoints move between; the one after them is for the control.
	movableHosts = 3
)

var (
	historyClusters = []string{"ams", "fra", "osl", helmName}
	// historyUsers are the names that clients have: clientName of a cluster.
	historyUsers = []string{"remote-{cluster}", "reader-{cluster}", "{node}-of-{cluster}"}
	// historyCAs are provided, for clusters that do not use the CA that is made for them.
	historyCAs = []string{"ca-x", "ca-y"}
)

// desired is what the mesh is to say.
type desired struct {
	minor        string // of Cilium
	defaultLocal bool   // an option of agents, for which they restart
	helm         desiredRelease
	clusters     []desiredCluster
}

// desiredRelease is what it is to say of the chart's cluster.
type desiredRelease struct {
	mode        int // among authModes
	kvstoremesh bool
}

// desiredCluster is what it is to say of a cluster. Numbers choose among names; 0 is the one at first.
type desiredCluster struct {
	name             string
	number           int
	network          string // its addresses begin with that, and its number
	own              string // the CA that is made for it
	out              bool
	host, san, user  int
	servers, clients int // the CA, as in caOf
}

func newDesired(minor string, helm desiredRelease) desired {
	d := desired{minor: minor, helm: helm}
	for i, name := range historyClusters {
		d.clusters = append(d.clusters, desiredCluster{name: name, number: i + 1, network: "10.18", own: name})
	}
	return d
}

// address is where a member is, in one of the networks that it is in.
func (c desiredCluster) address(host, member int) string {
	return fmt.Sprintf("%s%d.%d.%d", c.network, c.number, host, member)
}

// isHelm is whether a chart runs the cluster.
func (c desiredCluster) isHelm() bool { return c.name == helmName }

// caOf is the name of a CA: that which is made for the cluster, or a provided one.
func (c desiredCluster) caOf(number int) string {
	if number == 0 {
		return c.own
	}
	return historyCAs[number-1]
}

// text is mesh.yaml.
func (d desired) text() string {
	var text strings.Builder
	fmt.Fprintf(&text, "version: 1\nmesh: live\ncilium: { version: %q, routingMode: tunnel, encryption: none, policyDefaultLocalCluster: %v }\n",
		d.minor, d.defaultLocal)
	text.WriteString("defaults: { runtime: { kind: systemd }, etcd: { localClients: true, announce: true, peers: true } }\n")
	text.WriteString("trust:\n  authority: per-cluster\n  authorities:\n")
	for _, ca := range historyCAs {
		fmt.Fprintf(&text, "    %s: { certificate: %s.crt, key: %s.key }\n", ca, ca, ca)
	}
	for _, ca := range chartCAs {
		fmt.Fprintf(&text, "    %s: { certificate: %s.crt }\n", ca, ca)
	}
	text.WriteString("clusters:\n")
	for _, c := range d.clusters {
		switch {
		case c.out:
		case c.isHelm():
			d.writeRelease(&text, c)
		default:
			c.write(&text)
		}
	}
	return text.String()
}

// writeRelease writes the chart's cluster. Which users its etcd can have is for the chart.
func (d desired) writeRelease(text *strings.Builder, c desiredCluster) {
	var endpoints []string
	for i := 1; i <= historyMachines; i++ {
		endpoints = append(endpoints, fmt.Sprintf(`"https://%s:%s"`, c.address(c.host, i), nodePort))
	}
	fmt.Fprintf(text, "- name: %s\n  id: %d\n  podCIDRs: [10.19%d.0.0/16]\n", c.name, c.number, c.number)
	fmt.Fprintf(text, "  runtime: { kind: helm, authMode: %s, kvstoremesh: %v }\n", authModes[d.helm.mode], d.helm.kvstoremesh)
	fmt.Fprintf(text, "  etcd:\n    localClients: false\n    announce: false\n    peers: false\n    endpoints: [%s]\n", strings.Join(endpoints, ", "))
	fmt.Fprintf(text, "    authority: %s\n    clientSigner: %s\n", chartCAs[c.servers], c.caOf(c.clients))
	if d.listsUsers() {
		fmt.Fprintf(text, "    clientName: %q\n", historyUsers[c.user])
	}
	c.writeSAN(text)
}

// listsUsers is whether users of the chart's etcd may have any name: the mesh lists them.
func (d desired) listsUsers() bool {
	return !(release{minor: d.minor}).before("1.19") && authModes[d.helm.mode] != "legacy"
}

func (c desiredCluster) write(text *strings.Builder) {
	var endpoints, members []string
	for i := 1; i <= historyMachines; i++ {
		addresses := []string{c.address(0, i)} // by which members know each other
		if c.host != 0 {
			addresses = append(addresses, c.address(c.host, i))
		}
		endpoints = append(endpoints, fmt.Sprintf(`"https://%s:2379"`, c.address(c.host, i)))
		members = append(members, fmt.Sprintf("{ name: e%d, addresses: [%s] }", i, strings.Join(addresses, ", ")))
	}
	fmt.Fprintf(text, "- name: %s\n  id: %d\n  nodes: [n1, n2, n3]\n  podCIDRs: [10.19%d.0.0/16]\n  etcd:\n", c.name, c.number, c.number)
	fmt.Fprintf(text, "    endpoints: [%s]\n    members: [%s]\n", strings.Join(endpoints, ", "), strings.Join(members, ", "))
	fmt.Fprintf(text, "    authority: %s\n    clientSigner: %s\n    clientName: %q\n", c.caOf(c.servers), c.caOf(c.clients), historyUsers[c.user])
	c.writeSAN(text)
}

func (c desiredCluster) writeSAN(text *strings.Builder) {
	if c.san != 0 {
		fmt.Fprintf(text, "    extraDnsNames: [etcd-%d.%s.example.net]\n", c.san, c.name)
	}
}

// present are the clusters that are in the mesh.
func (d *desired) present() []*desiredCluster {
	var present []*desiredCluster
	for i := range d.clusters {
		if !d.clusters[i].out {
			present = append(present, &d.clusters[i])
		}
	}
	return present
}

// byHand are those of them that no chart runs.
func (d *desired) byHand() []*desiredCluster {
	return slices.DeleteFunc(d.present(), func(c *desiredCluster) bool { return c.isHelm() })
}

// has is whether a cluster is in the mesh.
func (d *desired) has(name string) bool {
	return slices.ContainsFunc(d.present(), func(c *desiredCluster) bool { return c.name == name })
}

// another is a number below `bound` that is not this one.
func another(dice *rand.Rand, number, bound int) int {
	return (number + 1 + dice.IntN(bound-1)) % bound
}

// provideCAs makes those that the mesh names, with more time before and after today than any leaf has.
func provideCAs(t *testing.T, m *mesh) {
	t.Helper()
	for _, name := range append(slices.Clone(historyCAs), chartCAs...) {
		template, key := authorityTemplate(name), newKey(t)
		template.NotBefore, template.NotAfter = time.Now().AddDate(-2, 0, 0), time.Now().AddDate(20, 0, 0)
		encoded, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			t.Fatal(err)
		}
		writePEM(t, filepath.Join(m.dir, name+".crt"), "CERTIFICATE", sign(t, template, nil, key.Public(), key).Raw)
		writePEM(t, filepath.Join(m.dir, name+".key"), "PRIVATE KEY", encoded)
	}
}
