package conformance

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const (
	// bareMetalSample is the mesh of docs/bare-metal.md, memberSample the file that goes with it.
	bareMetalSample = "own-authorities"
	memberSample    = "etcd-member.env"
	// dataDir is the data directory in that file.
	dataDir = "/var/lib/etcd"
	// leaving is the site that leaves in the end.
	leaving = "osl"
)

// bareMetal is the mesh of docs/bare-metal.md: nothing runs in it but etcds, announcers and agents.
type bareMetal struct {
	*network
	files map[string]*liveDir // what each member has at memberDir
}

// TestBareMetal does what docs/bare-metal.md says, to the end: three sites of three members, from their bundles alone.
func TestBareMetal(t *testing.T) {
	t.Parallel()
	eachRelease(t, func(t *testing.T, r release) {
		m := newMesh(t, bareMetalSample)
		m.change(t, func(document map[string]any) { setVersion(document, r.minor) })
		m.create(t)
		n := &bareMetal{network: &network{release: r, mesh: m}, files: map[string]*liveDir{}}
		for _, c := range m.Clusters {
			n.startMembers(t, c)
		}
		t.Run("rights", func(t *testing.T) {
			for _, c := range m.Clusters {
				t.Run(c.Name, func(t *testing.T) {
					t.Parallel() // what waits there waits for clients to be refused
					m.enable(t, c)
				})
			}
		})
		for _, b := range m.bundles(t) {
			live := b.live(t)
			n.nodes = append(n.nodes, &node{
				bundle: b, live: live, view: b.view(t, live.path), flags: b.flags(t), remotes: m.remotes(b.cluster),
			})
		}
		for i, node := range n.nodes {
			if i < 2 || n.nodes[i-2].cluster != node.cluster { // two of each cluster's
				node.announce(t)
			}
			node.agent = node.startAgent(t, r, node.view, "agent "+node.name())
		}
		for _, s := range []step{
			{"ready", n.isReady},
			{"own", n.letsOwnAgentsIn},
			{"peers", n.keepsStrangersFromPeers},
			{"renewed", n.renewsUnderWay},
			{"left", n.letsASiteGo},
		} {
			if !t.Run(s.name, s.run) {
				t.Fatalf("the steps after %q begin where it should have ended", s.name)
			}
		}
	})
}

// startMembers starts the members of a site: each with the variables of the sample, adapted, and with those of its archive.
func (n *bareMetal) startMembers(t *testing.T, c clusterSpec) {
	t.Helper()
	archives := n.mesh.archives(t, "etcd", n.mesh.members())[c.Name]
	for _, l := range c.listeners(t) {
		for _, at := range l.at {
			addAddress(t, at)
		}
	}
	for _, member := range c.Etcd.Members {
		files := &liveDir{path: t.TempDir(), staging: t.TempDir()}
		files.install(t, filepath.Join(unpack(t, archives[member.Name]), "payload", memberDir))
		n.files[member.Name] = files
		own, theirs := n.mesh.memberOptions(t, c, member), readEnv(t, filepath.Join(files.path, "etcd.env"), "ETCD_")
		for option := range theirs {
			if _, twice := own[option]; twice {
				t.Errorf("%s and the bundle of %s both set %s", memberSample, member.Name, option)
			}
		}
		command := view{}.with(t, files.path, memberDir).with(t, t.TempDir(), dataDir).command("etcd")
		command.Env = append(append(os.Environ(), asVariables(own)...), asVariables(theirs)...)
		start(t, "etcd "+c.Name+"/"+member.Name, command)
	}
}

// memberOptions are those of the sample's file, as its reader adapts them: for another member, and another site.
func (m *mesh) memberOptions(t *testing.T, c clusterSpec, member memberSpec) map[string]string {
	t.Helper()
	file := readEnv(t, filepath.Join(samplesDir, memberSample), "ETCD_")
	of := m.cluster(t, file["initial-cluster-token"])
	at := slices.IndexFunc(of.Etcd.Members, func(other memberSpec) bool { return other.Name == file["name"] })
	if at < 0 || file["data-dir"] != dataDir || file["initial-cluster"] != initialCluster(of) {
		t.Fatalf("%s is of no member of %s, but of %v", memberSample, bareMetalSample, file)
	}
	example, options := of.Etcd.Members[at], maps.Clone(file)
	for option, value := range options {
		value = strings.ReplaceAll(value, example.Name, member.Name)
		for i, address := range example.Addresses {
			value = strings.ReplaceAll(value, inURL(address), inURL(member.Addresses[i]))
		}
		options[option] = value
	}
	options["initial-cluster"], options["initial-cluster-token"] = initialCluster(c), c.Name
	return options
}

// initialCluster names all members of an etcd to each of them.
func initialCluster(c clusterSpec) string {
	var peers []string
	for _, member := range c.Etcd.Members {
		peers = append(peers, member.Name+"=https"+inURL(member.Addresses[0])+peerPort)
	}
	return strings.Join(peers, ",")
}

// inURL is an address between a URL's scheme and its port.
func inURL(address string) string {
	if strings.Contains(address, ":") {
		return "://[" + address + "]:"
	}
	return "://" + address + ":"
}
