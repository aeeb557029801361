package conformance

import (
	"fmt"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// spec is what a mesh.yaml says, as far as bundles are checked against it. It is read from the file itself: nothing that the
// tests expect of a bundle comes from a bundle.
type spec struct {
	Cilium   struct{ MaxConnectedClusters uint32 }
	Trust    struct{ Authority string }
	Links    any
	Defaults clusterSpec
	Clusters []clusterSpec
}

// clusterSpec is one cluster of a mesh.yaml.
type clusterSpec struct {
	Name      string
	ID        uint32
	Runtime   any // a kind, or an object with one
	ConfigDir string
	Options   string
	Etcd      struct {
		Endpoints    []string
		HostAliases  map[string][]string
		Authority    string
		ClientSigner string
		ServerTrust  []string
		Client       *struct{ Certificate string } // an existing credential
		Members      []memberSpec
		Peers        *bool
		LocalClients *bool
	}
	Nodes []any // names, ranges of names, or objects with a name
}

// memberSpec is one member of an etcd.
type memberSpec struct {
	Name      string
	Addresses []string
}

// check refuses what the tests do not model, so that no part of a sample is passed over in silence.
func (s spec) check(t *testing.T) {
	t.Helper()
	if len(s.Clusters) < 2 || s.Links != nil {
		t.Fatalf("%d clusters, links: %v: the tests know full meshes only", len(s.Clusters), s.Links)
	}
}

// cluster is the cluster of that name.
func (s spec) cluster(t *testing.T, name string) clusterSpec {
	t.Helper()
	for _, c := range s.Clusters {
		if c.Name == name {
			return c
		}
	}
	t.Fatalf("the mesh has no cluster %q", name)
	return clusterSpec{}
}

// remotes are the clusters that a cluster reads: all others, in order.
func (s spec) remotes(name string) []string {
	var remotes []string
	for _, c := range s.Clusters {
		if c.Name != name {
			remotes = append(remotes, c.Name)
		}
	}
	slices.Sort(remotes)
	return remotes
}

// bundles are the names of the nodes that get a bundle, by cluster.
func (s spec) bundles(t *testing.T) map[string][]string {
	t.Helper()
	bundles := map[string][]string{}
	for _, c := range s.Clusters {
		if !s.isElsewhere(c) {
			bundles[c.Name] = c.nodes(t)
		}
	}
	return bundles
}

// members are the names of the etcd members that get an archive, by cluster.
func (s spec) members() map[string][]string {
	members := map[string][]string{}
	for _, c := range s.Clusters {
		for _, m := range c.Etcd.Members {
			members[c.Name] = append(members[c.Name], m.Name)
		}
	}
	return members
}

// kind is compose, systemd, helm or external.
func (s spec) kind(c clusterSpec) string {
	for _, runtime := range []any{c.Runtime, s.Defaults.Runtime} {
		switch runtime := runtime.(type) {
		case string:
			return runtime
		case map[string]any:
			return fmt.Sprint(runtime["kind"])
		}
	}
	return "compose"
}

// isElsewhere is whether a cluster's nodes get no archives.
func (s spec) isElsewhere(c clusterSpec) bool {
	return slices.Contains([]string{"helm", "external"}, s.kind(c))
}

// hasPeers is whether the members of a cluster's etcd get certificates for each other from here.
func (s spec) hasPeers(c clusterSpec) bool { return first(c.Etcd.Peers, s.Defaults.Etcd.Peers) }

// hasLocalClients is whether a cluster's own agents get the way to their etcd from here.
func (s spec) hasLocalClients(c clusterSpec) bool {
	return !s.isElsewhere(c) && first(c.Etcd.LocalClients, s.Defaults.Etcd.LocalClients)
}

// first is the first of two that is said.
func first(own, fallback *bool) bool {
	if own == nil {
		own = fallback
	}
	return own != nil && *own
}

// configDir is where the agents of a cluster look for their peers.
func (s spec) configDir(c clusterSpec) string {
	for _, dir := range []string{c.ConfigDir, s.Defaults.ConfigDir} {
		if dir != "" {
			return dir
		}
	}
	return "/var/lib/clustermesh"
}

// authority is the name of the authority of a cluster's etcd.
func (s spec) authority(c clusterSpec) string {
	switch {
	case c.Etcd.Authority != "":
		return c.Etcd.Authority
	case s.Trust.Authority == "per-cluster":
		return c.Name
	}
	return "mesh"
}

// anchors are the names of the authorities that agents anchor on when they dial a cluster's etcd.
func (s spec) anchors(c clusterSpec) []string {
	if c.Etcd.ServerTrust != nil {
		return c.Etcd.ServerTrust
	}
	return []string{s.authority(c)}
}

// signer is the name of the authority that a cluster's etcd has its clients from.
func (s spec) signer(c clusterSpec) string {
	if c.Etcd.ClientSigner != "" {
		return c.Etcd.ClientSigner
	}
	return s.authority(c)
}

// flags tell who a cluster is in the words of the agent's command line.
func (s spec) flags(c clusterSpec) []string {
	flags := []string{"--cluster-name=" + c.Name, fmt.Sprintf("--cluster-id=%d", c.ID)}
	if most := s.Cilium.MaxConnectedClusters; most != 0 {
		flags = append(flags, fmt.Sprintf("--max-connected-clusters=%d", most))
	}
	return flags
}

var nodeRange = regexp.MustCompile(`^(.*)\[(\d+):(\d+)\](.*)$`)

// nodes are the names of a cluster's nodes; `any` stands for all of a cluster that names none.
func (c clusterSpec) nodes(t *testing.T) []string {
	t.Helper()
	if len(c.Nodes) == 0 {
		return []string{"any"}
	}
	var names []string
	for _, node := range c.Nodes {
		if object, isObject := node.(map[string]any); isObject {
			node = object["name"]
		}
		name := fmt.Sprint(node)
		parts := nodeRange.FindStringSubmatch(name)
		if parts == nil {
			names = append(names, name)
			continue
		}
		first, err := strconv.Atoi(parts[2])
		last, err2 := strconv.Atoi(parts[3])
		if err != nil || err2 != nil || first > last {
			t.Fatalf("%s: no range of nodes: %q", c.Name, name)
		}
		for i := first; i <= last; i++ {
			names = append(names, fmt.Sprintf("%s%0*d%s", parts[1], len(parts[2]), i, parts[4]))
		}
	}
	slices.Sort(names)
	return names
}

// listeners are the host:port pairs at which each member of the cluster's etcd must be found, in the order of the members. An
// etcd that gets nothing from here is one member, at all endpoints.
func (c clusterSpec) listeners(t *testing.T) []listener {
	t.Helper()
	var hosts, ports []string
	for _, endpoint := range c.Etcd.Endpoints {
		u, err := url.Parse(endpoint)
		if err != nil || u.Port() == "" {
			t.Fatalf("%s: endpoint %q (%v)", c.Name, endpoint, err)
		}
		if aliases := c.Etcd.HostAliases[u.Hostname()]; aliases != nil {
			hosts = append(hosts, aliases...)
		} else {
			hosts = append(hosts, u.Hostname())
		}
		ports = append(ports, u.Port())
	}
	if ports = slices.Compact(ports); len(ports) != 1 {
		t.Fatalf("%s: the tests know one port an etcd, not %v", c.Name, ports)
	}

	members := c.Etcd.Members
	if len(members) == 0 {
		members = []memberSpec{{Name: c.Name, Addresses: hosts}}
	}
	var listeners []listener
	for _, m := range members {
		l := listener{member: m.Name}
		for _, address := range m.Addresses {
			if net.ParseIP(address) == nil {
				t.Fatalf("%s: nothing says where %q is", c.Name, address)
			}
			l.at = append(l.at, net.JoinHostPort(address, ports[0]))
		}
		listeners = append(listeners, l)
	}
	return listeners
}

// listener is a member of an etcd, and where it listens for clients.
type listener struct {
	member string
	at     []string
}

// aliases are the names that no DNS knows, as lines of a hosts file.
func (s spec) aliases() string {
	var lines strings.Builder
	for _, c := range s.Clusters {
		for name, addresses := range c.Etcd.HostAliases {
			for _, address := range addresses {
				fmt.Fprintf(&lines, "%s %s\n", address, name)
			}
		}
	}
	return lines.String()
}
