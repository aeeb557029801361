package conformance

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// link is one kind of link: the reader's, with something about it in a certain state.
type link struct {
	name      string // of the remote cluster
	what      string // in words, for the table; a link without is there for another one
	endpoints []string
	// serve starts what the link leads to at an address of its own, and returns the endpoints that are to be named.
	serve     func(t *testing.T, s *scene, at string) []string
	anchors   string // file of the anchors, where it is not the authority of the etcds
	client    string // the client's pair, where it is not that of the user `reader`
	key       string // the pair that the key is of, where it is not the client's
	more      string // lines of the config
	on        []string
	announced string            // the cluster-config, with ID for its id
	also      map[string]string // other keys, with NAME for the cluster
	nodes     int               // how many the cluster has
	id        int

	code  string // what `probe` says; empty where it says ready
	since string // the first minor of which this holds
	older string // what `probe` says of agents before that
	later bool   // agents see it after all others
	// chance says on what it depends whether an agent gets ready.
	chance string
	// luck says that `probe`, too, may find nothing wrong at times.
	luck bool
	// unknown says why `probe` cannot tell what the agent will do, which is not the same everywhere.
	unknown string
	patient bool // it takes `probe` minutes to tell
	// varies says that Cilium's check gets an answer at times: through this balancer `GET /version` takes about its limit of a second.
	varies bool
}

const (
	healthyLink = "healthy"
	healthyID   = 2
	firstID     = 10
	none        = "-"
	// someNodes are more than two pages of 256 keys, in which agents list. Each page goes to the next endpoint that is connected.
	someNodes = 600
	// manyNodes are so many pages that no agent is ever lucky with every one, if one of two endpoints cannot answer. With one of
	// three, one is now and then.
	manyNodes = 2000
)

// group is a part of the table.
type group struct {
	title string
	links []link
}

// groups are the table. What is wrong with each link is what sets it apart from the first.
var groups = []group{
	{"Rights, contents and states of etcd", stateLinks},
	{"Heartbeats", heartbeatLinks},
	{"Endpoints", endpointLinks},
	{"Names", nameLinks},
	{"Certificates and TLS", certificateLinks},
	{"Balancers and proxies", balancerLinks},
	{"Paths", pathLinks},
	{"Generations of etcd", generationLinks()},
}

// links are all kinds.
var links = func() (all []link) {
	for _, g := range groups {
		all = append(all, g.links...)
	}
	return all
}()

// codeFor is what `probe` says of the link to agents of a release.
func (l *link) codeFor(r release) string {
	if r.before(l.since) {
		return l.older
	}
	return l.code
}

// isSplit is whether one of several endpoints is connected and cannot answer: it is chance which of them a request goes to.
func (l *link) isSplit() bool {
	return len(l.endpoints) > 1 && slices.Contains([]string{"CM0812", "CM0820", "CM0821"}, l.code)
}

// servers are the etcds that hold what is announced.
func (l *link) servers() []string {
	if l.on == nil {
		return []string{onMain}
	}
	return l.on
}

// keys are what the etcds hold of the cluster.
func (l *link) keys() map[string]string {
	keys := map[string]string{}
	if l.announced != none {
		id := fmt.Sprint(l.id)
		keys["cilium/cluster-config/"+l.name] = strings.ReplaceAll(or(l.announced, `{"id":ID}`), "ID", id)
	}
	for key, value := range l.also {
		keys[strings.ReplaceAll(key, "NAME", l.name)] = value
	}
	for n := range l.nodes {
		keys[fmt.Sprintf("cilium/state/nodes/v1/%s/node-%d", l.name, n)] = strings.Repeat("x", 40)
	}
	return keys
}

// at are endpoints at some addresses.
func at(addresses ...string) []string {
	var endpoints []string
	for _, address := range addresses {
		endpoints = append(endpoints, "https://"+address)
	}
	return endpoints
}

// The kinds of which something is read in an etcd that works.
var stateLinks = []link{
	{name: healthyLink, what: "nothing", endpoints: at(mainServer), announced: none},
	{name: "least", what: "nothing; the user has the least rights that agents need", endpoints: at(mainServer), client: "least"},
	{name: "no-user", what: "etcd has no user of the certificate's name", endpoints: at(mainServer), client: "nobody", code: "CM0812"},
	{name: "no-role", what: "the user has no role", endpoints: at(mainServer), client: "roleless", code: "CM0812"},
	{name: "one-key", what: "the heartbeat is granted as a key, not as a prefix", endpoints: at(mainServer), client: "onekey", code: "CM0813"},
	{name: "no-beat", what: "the heartbeat is not granted", endpoints: at(mainServer), client: "nobeat", code: "CM0814"},
	{name: "no-config", what: "the cluster-config is not granted", endpoints: at(mainServer), client: "noconfig", code: "CM0814"},
	{name: "narrow", what: "identities are not granted", endpoints: at(mainServer), client: "narrow", code: "CM0814"},
	{name: "id-slash", what: "identities are granted with a slash too many", endpoints: at(mainServer), client: "slash", code: "CM0814"},
	{name: "no-nodes", what: "nodes are not granted", endpoints: at(mainServer), client: "nonodes", code: "CM0814"},
	{name: "no-services", what: "services are not granted", endpoints: at(mainServer), client: "noservices", code: "CM0814"},
	{name: "no-addresses", what: "addresses are not granted", endpoints: at(mainServer), client: "noips", code: "CM0814"},
	{name: "no-synced", what: "canaries are not granted, and announced", endpoints: at(mainServer), client: "nosynced",
		announced: `{"id":ID,"capabilities":{"syncedCanaries":true}}`, also: canaries("state"), code: "CM0814"},
	{name: "no-synced-well", what: "canaries are not granted, nor announced", endpoints: at(mainServer), client: "nosynced"},
	{name: "unannounced", what: "there is no cluster-config", endpoints: at(mainServer), announced: none, code: "CM0815"},
	{name: "own-id", what: "the cluster-config has the reader's own id", endpoints: at(mainServer), announced: `{"id":1}`, code: "CM0816"},
	{name: "id-zero", what: "the cluster-config has the id 0", endpoints: at(mainServer), announced: `{"id":0}`, code: "CM0816"},
	{name: "id-large", what: "the cluster-config has the id 300", endpoints: at(mainServer), announced: `{"id":300}`, code: "CM0816"},
	{name: "id-text", what: "the id is text", endpoints: at(mainServer), announced: `{"id":"ID"}`, code: "CM0816"},
	{name: "id-taken", what: "the cluster-config has the id of another remote cluster", endpoints: at(mainServer), announced: `{"id":7}`, code: "CM0816", later: true},
	{name: "no-json", what: "the cluster-config is not JSON", endpoints: at(mainServer), announced: "id: ID", code: "CM0816"},
	{name: "empty", what: "the cluster-config is empty JSON", endpoints: at(mainServer), announced: "{}", code: "CM0816"},
	{name: "unknown-field", what: "the cluster-config has fields that Cilium does not know", endpoints: at(mainServer),
		announced: `{"id":ID,"color":"red","capabilities":{"flies":true}}`},
	{name: "size", what: "`maxConnectedClusters` is 511 there, and 255 here", endpoints: at(mainServer),
		announced: `{"id":ID,"capabilities":{"maxConnectedClusters":511}}`},
	{name: "slices-mode", what: "an `endpointSlicesExportMode` that Cilium does not know", endpoints: at(mainServer),
		announced: `{"id":ID,"capabilities":{"endpointSlicesExportMode":"everything"}}`, code: "CM0816", since: "1.20"},
	{name: "slices-number", what: "an `endpointSlicesExportMode` that is not text", endpoints: at(mainServer),
		announced: `{"id":ID,"capabilities":{"endpointSlicesExportMode":1}}`, code: "CM0816", since: "1.20"},
	{name: "exports-text", what: "a `serviceExportsEnabled` that is text", endpoints: at(mainServer),
		announced: `{"id":ID,"capabilities":{"serviceExportsEnabled":"yes"}}`, code: "CM0816"},
	{name: "canaries", what: "`syncedCanaries` without canaries", endpoints: at(mainServer),
		announced: `{"id":ID,"capabilities":{"syncedCanaries":true}}`, code: "CM0817"},
	{name: "canaries-well", what: "`syncedCanaries` with canaries", endpoints: at(mainServer),
		announced: `{"id":ID,"capabilities":{"syncedCanaries":true}}`, also: canaries("state")},
	{name: "canaries-three", what: "`syncedCanaries` with one canary missing", endpoints: at(mainServer),
		announced: `{"id":ID,"capabilities":{"syncedCanaries":true}}`, also: canaries("state", "ip"), code: "CM0817"},
	{name: "cached", what: "`cached`, with canaries of the cache", endpoints: at(mainServer),
		announced: `{"id":ID,"capabilities":{"syncedCanaries":true,"cached":true}}`, also: canaries("cache")},
	{name: "cached-state", what: "`cached`, with canaries of the state", endpoints: at(mainServer),
		announced: `{"id":ID,"capabilities":{"syncedCanaries":true,"cached":true}}`, also: canaries("state"), code: "CM0817"},
	{name: "id-holder", endpoints: at(mainServer), announced: `{"id":7}`, code: "CM0816", chance: "it keeps the id that it reads first"},
	{name: "many", what: "nothing; the prefix of nodes has 600 keys", endpoints: at(mainServer), nodes: someNodes},
	{name: "compacted", what: "nothing; the history is compacted, and there are 600 nodes", endpoints: at(trioOne, trioTwo), on: []string{onTrio}, nodes: someNodes},
	{name: "corrupt", what: "the alarm CORRUPT: the heartbeat cannot be written", endpoints: at("127.1.4.1:2379"), on: []string{onCorrupt},
		also: map[string]string{heartbeatKey: "2026-01-01T00:00:00Z"}, code: "CM0818", patient: true},
	{name: "nospace", what: "the alarm NOSPACE: the heartbeat cannot be written", endpoints: at("127.1.4.2:2379"), on: []string{onNoSpace},
		also: map[string]string{heartbeatKey: "2026-01-01T00:00:00Z"}, code: "CM0818", patient: true},
	{name: "userless", what: "rights are checked, and client certificates are not asked for", endpoints: at("127.1.4.3:2379"),
		on: []string{onNameless}, code: "CM0812"},
	{name: "login", what: "a `username` and `password` in the config, which are right", endpoints: at("127.1.4.3:2379"), on: []string{onNameless},
		more: "username: logged-in\npassword: secret\n", code: "CM0826", unknown: "it does not read passwords"},
	{name: "login-wrong", what: "a `username` and `password` in the config, which are wrong", endpoints: at("127.1.4.3:2379"), on: []string{onNameless},
		more: "username: logged-in\npassword: guess\n", code: "CM0826", unknown: "it does not read passwords"},
	{name: "anyone", what: "client certificates are not asked for, and rights not checked", endpoints: at("127.1.4.4:2379"), on: []string{onAnyone}},
	{name: "learner-alone", what: "a learner", endpoints: at(learner), on: []string{onLearner}, code: "CM0821"},
	{name: "learner-many", what: "a learner beside a voter, 2000 nodes", endpoints: at(voter, learner), on: []string{onLearner}, nodes: manyNodes, code: "CM0821"},
	{name: "learner-few", what: "a learner beside a voter, no nodes", endpoints: at(voter, learner), on: []string{onLearner}, code: "CM0821", chance: fewKeys},
	{name: "leaderless", what: "a member that has lost its peers", endpoints: at(trioCutOff), on: []string{onTrio}, code: "CM0821"},
	{name: "leaderless-many", what: "a member that has lost its peers beside the others, 2000 nodes", endpoints: at(trioOne, trioTwo, trioCutOff),
		on: []string{onTrio}, nodes: manyNodes, code: "CM0821", chance: fewKeys},
	{name: "leaderless-some", what: "a member that has lost its peers beside the others, 600 nodes", endpoints: at(trioOne, trioTwo, trioCutOff),
		on: []string{onTrio}, nodes: someNodes, code: "CM0821", chance: fewKeys},
	{name: "leaderless-few", what: "a member that has lost its peers beside the others, no nodes", endpoints: at(trioOne, trioTwo, trioCutOff),
		on: []string{onTrio}, code: "CM0821", chance: fewKeys},
}

// fewKeys is why a link with an endpoint that cannot answer may get ready.
const fewKeys = "each request goes to either endpoint; with a page of keys it may succeed"

// canaries say that all of a cluster is written, or all but some kinds.
func canaries(prefix string, missing ...string) map[string]string {
	keys := map[string]string{}
	for _, kind := range []string{"nodes", "services", "ip", "identities"} {
		if !slices.Contains(missing, kind) {
			keys[fmt.Sprintf("cilium/synced/NAME/cilium/%s/%s/v1", prefix, kind)] = "2026-01-01T00:00:00Z"
		}
	}
	return keys
}

// usersOfMain are the users of the main etcd, with what they may read.
var usersOfMain = map[string][]string{
	"reader": rights,
	"least": {"cilium/.heartbeat*", "cilium/cluster-config/least", "cilium/state/nodes/v1/least/*", "cilium/state/services/v1/least/*",
		"cilium/state/identities/v1/id*", "cilium/state/ip/v1/default/*"},
	"onekey":     append([]string{"cilium/.heartbeat"}, rights[1:]...),
	"nobeat":     rights[1:],
	"noconfig":   {rights[0], rights[1], rights[3]},
	"nosynced":   {rights[0], rights[1], rights[2]},
	"narrow":     {rights[0], rights[2], rights[3], "cilium/state/nodes/*", "cilium/state/services/*", "cilium/state/ip/*"},
	"slash":      {rights[0], rights[2], rights[3], "cilium/state/nodes/*", "cilium/state/services/*", "cilium/state/ip/*", "cilium/state/identities/v1/id/*"},
	"nonodes":    {rights[0], rights[2], rights[3], "cilium/state/identities/*", "cilium/state/services/*", "cilium/state/ip/*"},
	"noservices": {rights[0], rights[2], rights[3], "cilium/state/identities/*", "cilium/state/nodes/*", "cilium/state/ip/*"},
	"noips":      {rights[0], rights[2], rights[3], "cilium/state/identities/*", "cilium/state/nodes/*", "cilium/state/services/*"},
}
