package conformance

import "fmt"

// link is one link of the reader's, in a certain state.
type link struct {
	name      string // of the remote cluster
	what      string // in words, for the table
	endpoints []string
	anchors   string // file of the anchors, where it is not the authority of the etcds
	client    string // the client's pair, where it is not that of the user `reader`
	announced string // its cluster-config
	code      string // what `probe` says; empty where it says ready
	since     string // the first minor that refuses it; older agents get ready, and `probe` says so of them
	later     bool   // agents see it after all others
	chance    bool   // whether an agent gets ready depends on which etcd it happens to ask what
}

const (
	healthyLink = "healthy"
	healthyID   = 2
)

// links are the table. What is wrong with each is what sets it apart from the first.
var links = []link{
	{name: healthyLink, what: "nothing", endpoints: at(mainServer)},
	{name: "name-unknown", what: "the endpoint's name does not resolve", endpoints: at("unknown.test:2379"), code: "CM0801"},
	{name: "refused", what: "nothing listens there", endpoints: at(nobodyThere), code: "CM0802"},
	{name: "black-hole", what: "packets vanish", endpoints: at(blackHole), code: "CM0803"},
	{name: "plain", what: "the etcd speaks no TLS", endpoints: at(plainServer), code: "CM0804"},
	{name: "wrong-ca", what: "another CA in `trusted-ca-file`", endpoints: at(mainServer), anchors: "stranger-ca.crt", code: "CM0805"},
	{name: "san", what: "the server certificate lacks the endpoint's address", endpoints: at(mainElse), code: "CM0806"},
	{name: "server-expired", what: "the server certificate has expired", endpoints: at(endedServer), code: "CM0807"},
	{name: "client-expired", what: "the client certificate has expired", endpoints: at(mainServer), client: "expired", code: "CM0809"},
	{name: "client-foreign", what: "the client certificate is of a CA that the etcd does not trust", endpoints: at(mainServer), client: "stranger", code: "CM0810"},
	{name: "no-user", what: "etcd has no user of the certificate's name", endpoints: at(mainServer), client: "nobody", announced: id(3), code: "CM0812"},
	{name: "no-role", what: "the user has no role", endpoints: at(mainServer), client: "roleless", announced: id(4), code: "CM0812"},
	{name: "one-key", what: "the heartbeat is granted as a key, not as a prefix", endpoints: at(mainServer), client: "onekey", announced: id(5), code: "CM0813"},
	{name: "narrow", what: "identities are not granted", endpoints: at(mainServer), client: "narrow", announced: id(6), code: "CM0814"},
	{name: "unannounced", what: "there is no cluster-config", endpoints: at(mainServer), code: "CM0815"},
	{name: "own-id", what: "the cluster-config has the reader's own id", endpoints: at(mainServer), announced: id(readerID), code: "CM0816"},
	{name: "id-zero", what: "the cluster-config has the id 0", endpoints: at(mainServer), announced: id(0), code: "CM0816"},
	{name: "slices-mode", what: "an `endpointSlicesExportMode` that Cilium does not know", endpoints: at(mainServer),
		announced: `{"id":13,"capabilities":{"endpointSlicesExportMode":"everything"}}`, code: "CM0816", since: "1.20"},
	{name: "slices-number", what: "an `endpointSlicesExportMode` that is no text", endpoints: at(mainServer),
		announced: `{"id":14,"capabilities":{"endpointSlicesExportMode":1}}`, code: "CM0816", since: "1.20"},
	{name: "exports-text", what: "a `serviceExportsEnabled` that is text", endpoints: at(mainServer),
		announced: `{"id":15,"capabilities":{"serviceExportsEnabled":"yes"}}`, code: "CM0816"},
	{name: "id-taken", what: "the cluster-config has the id of another remote cluster", endpoints: at(mainServer), announced: id(7), code: "CM0816", later: true},
	{name: "canaries", what: "`syncedCanaries` without canaries", endpoints: at(mainServer),
		announced: `{"id":8,"capabilities":{"syncedCanaries":true}}`, code: "CM0817"},
	{name: "stale", what: "nobody writes the heartbeat", endpoints: at(silentServer), announced: id(9), code: "CM0818"},
	{name: "two-etcds", what: "endpoints of two etcds", endpoints: at(mainServer, silentServer), announced: id(10), code: "CM0819", chance: true},
	{name: "slow", what: "each answer takes more than a second", endpoints: at(slowServer), announced: id(11)},
	{name: "half-dead", what: "one of two endpoints is dead", endpoints: at(nobodyThere, mainServer), announced: id(12)},
	// The one whose id is taken; `probe` tells both, for it cannot know who comes first.
	{name: "id-holder", endpoints: at(mainServer), announced: id(7), code: "CM0816"},
}

// refusedBy tells whether agents of a release refuse what is wrong with the link.
func (l link) refusedBy(r release) bool { return l.code != "" && !r.before(l.since) }

// at are endpoints at some addresses.
func at(addresses ...string) []string {
	var endpoints []string
	for _, address := range addresses {
		endpoints = append(endpoints, "https://"+address)
	}
	return endpoints
}

// id is a cluster-config as hands write it.
func id(id int) string { return fmt.Sprintf(`{"id":%d}`, id) }
