package conformance

import (
	"testing"
	"time"
)

// heartbeat is a state of the heartbeat, in an etcd of its own.
type heartbeat struct {
	name, what string
	key        string // if it is another one
	first      func(now time.Time) string
	again      func(now time.Time) string // what is written again and again, if anything is
	code       string
}

// heartbeats are the states that an etcd can be in beside a heartbeat that is written each minute.
var heartbeats = []heartbeat{
	{name: "beat-old", what: "the heartbeat is ten minutes old, and is not written", first: dated(-10 * time.Minute), code: "CM0818"},
	{name: "beat-behind", what: "the writer's clock is an hour behind", first: dated(-time.Hour), again: dated(-time.Hour)},
	{name: "beat-ahead", what: "the writer's clock is 70 years ahead", first: dated(70 * year), again: dated(70 * year)},
	{name: "beat-ahead-old", what: "the heartbeat is dated 70 years ahead, and is not written", first: dated(70 * year), code: "CM0818"},
	{name: "beat-garbage", what: "the heartbeat holds no time, and is written", first: said("soon"), again: said("soon")},
	{name: "beat-garbage-old", what: "the heartbeat holds no time, and is not written", first: said("soon"), code: "CM0818"},
	{name: "beat-empty", what: "the heartbeat is empty, and is written", first: said(""), again: said("")},
}

const year = 365 * 24 * time.Hour

// dated is what a writer writes whose clock is so far ahead.
func dated(ahead time.Duration) func(time.Time) string {
	return func(now time.Time) string { return timely(now.Add(ahead)) }
}

func said(text string) func(time.Time) string { return func(time.Time) string { return text } }

// keys is what the etcd has at first.
func (h heartbeat) keys(now time.Time) map[string]string {
	return map[string]string{heartbeatKey: h.first(now)}
}

// heartbeatLinks are links to them, and to an etcd without.
var heartbeatLinks = func() []link {
	all := []link{
		{name: "beat-none", what: "there is no heartbeat", endpoints: at(silentEtcd), on: []string{onSilent}, code: "CM0818", patient: true},
	}
	for n, h := range heartbeats {
		all = append(all, link{name: h.name, what: h.what, endpoints: at(heartbeatServer(n)), on: []string{h.name}, code: h.code, patient: true})
	}
	return all
}()

// The kinds that differ in the endpoints of the config.
var endpointLinks = []link{
	{name: "refused", what: "nothing listens there", endpoints: at(nobodyThere), code: "CM0802"},
	{name: "black-hole", what: "packets vanish", endpoints: at(blackHole), code: "CM0803"},
	{name: "mute", what: "TCP is accepted, and nothing is answered", endpoints: at(muteServer), code: "CM0803"},
	{name: "closed", what: "TCP is accepted, and closed at once", endpoints: at(closer), code: "CM0804"},
	{name: "plain", what: "the etcd speaks no TLS", endpoints: at(openServer), on: []string{onOpen}, code: "CM0804"},
	{name: "plain-meant", what: "neither the etcd nor the endpoint (`http:`) has TLS", endpoints: []string{"http://" + openServer}, on: []string{onOpen}},
	{name: "plain-tls", what: "the endpoint says `http:`, and the etcd has TLS", endpoints: []string{"http://" + mainServer}, code: "CM0820"},
	{name: "peer-port", what: "the port is that of the etcd's peers", endpoints: at("127.1.0.1:2380"), code: "CM0804"},
	{name: "half-dead", what: "the first of two endpoints is dead", endpoints: at(nobodyThere, mainServer)},
	{name: "half-dead-last", what: "the last of two endpoints is dead", endpoints: at(mainServer, nobodyThere)},
	{name: "half-silent", what: "the packets to the second of two endpoints vanish", endpoints: at(mainServer, blackHole)},
	{name: "half-mute", what: "the second of two endpoints is mute, 600 nodes", endpoints: at(mainServer, muteServer), nodes: someNodes},
	{name: "half-plain", what: "the second of two endpoints has no TLS, 600 nodes", endpoints: at(mainServer, openServer), nodes: someNodes},
	{name: "half-untrusted", what: "the second of two endpoints has another CA, 600 nodes", nodes: someNodes,
		serve: func(t *testing.T, s *scene, at string) []string {
			return append([]string{"https://" + mainServer}, foreignFront(t, s, at)...)
		}},
	{name: "all-dead", what: "one of two endpoints is dead, the other one mute", endpoints: at(nobodyThere, muteServer), code: "CM0802"},
	{name: "two-etcds", what: "endpoints of two etcds", endpoints: at(mainServer, otherServer), on: []string{onMain, onOther}, code: "CM0819", chance: twoEtcds},
	{name: "twice", what: "the same endpoint twice", endpoints: at(mainServer, mainServer)},
	{name: "two-ways", what: "the same etcd by two addresses, 600 nodes", endpoints: at(mainServer, mainIPv6), nodes: someNodes},
	{name: "ipv6", what: "an IPv6 address in brackets", endpoints: at(mainIPv6)},
	{name: "ipv6-bare", what: "an IPv6 address without brackets", endpoints: []string{"https://fd77::1:2379"}, code: "CM0825"},
	{name: "ipv6-zone", what: "a link-local IPv6 address with its zone", endpoints: []string{"https://[fe80::1%25lo]:2379"}, code: "CM0825"},
	{name: "ipv6-zone-raw", what: "a link-local IPv6 address with its zone, `%` alone", endpoints: []string{"https://[fe80::1%lo]:2379"}, code: "CM0825"},
	{name: "upper-case", what: "`HTTPS://`", endpoints: []string{"HTTPS://" + mainServer}},
	{name: "no-scheme", what: "no scheme before the address", endpoints: []string{mainServer}},
	{name: "no-port", what: "no port after the address", endpoints: []string{"https://127.1.0.1"}, code: "CM0825"},
	{name: "path", what: "a path after the port", endpoints: []string{"https://" + mainServer + "/v3/"}},
	{name: "no-endpoint", what: "no endpoint", endpoints: []string{}, code: "CM0301"},
	{name: "web-old", what: "an HTTP/1 web server", endpoints: at(webOld), code: "CM0820"},
	{name: "web-ok", what: "an HTTP/2 web server that answers 200", endpoints: at(webOK), code: "CM0820"},
	{name: "web-missing", what: "an HTTP/2 web server that answers 404", endpoints: at(webMissing), code: "CM0820"},
	{name: "web-old-half", what: "an HTTP/1 web server beside a good endpoint, 600 nodes", endpoints: at(mainServer, webOld), nodes: someNodes},
	{name: "web-ok-half", what: "an HTTP/2 web server that answers 200 beside a good endpoint, 2000 nodes", endpoints: at(mainServer, webOK), nodes: manyNodes, code: "CM0820"},
	{name: "web-missing-half", what: "an HTTP/2 web server that answers 404 beside a good endpoint, 2000 nodes", endpoints: at(mainServer, webMissing),
		nodes: manyNodes, code: "CM0820"},
	{name: "web-few", what: "an HTTP/2 web server beside a good endpoint, no nodes", endpoints: at(mainServer, webMissing), code: "CM0820", chance: fewKeys},
}

// twoEtcds is why a link to two etcds may get ready.
const twoEtcds = "it reads the etcd that it connects to first, and disconnects at an answer of the other one"

// foreignFront is a server that another authority has signed for.
var foreignFront = fronted(func(_ *testing.T, s *scene, f *front) { f.signer = s.foreign })

// hostsOfLinks are the names of endpoints, with their addresses in the order of the hosts file.
var hostsOfLinks = map[string][]string{
	"named.test":      {mainServer},
	"dead-first.test": {"127.1.0.99:0", mainServer},
	"dead-last.test":  {mainServer, "127.1.0.99:0"},
	"hole-first.test": {blackHole, mainServer},
	"mute-first.test": {muteServer, mainServer},
	"mute-last.test":  {mainServer, muteServer},
	"web-first.test":  {webMissing, mainServer},
	"web-last.test":   {mainServer, webMissing},
	"two-etcds.test":  {mainServer, otherServer},
	"routed.test":     {haproxySNI},
	"case.test":       {mainServer},
	"alias.test":      {"127.1.0.98:0"}, // agents that read host aliases do not ask the hosts file
	"shuffled.test":   {"127.1.0.98:0"},
}

// byName are endpoints with a name, at etcd's port.
func byName(host string) []string { return []string{"https://" + host + ":2379"} }

// The kinds that differ in the name of the endpoint.
var nameLinks = []link{
	{name: "name", what: "nothing; the endpoint is a name", endpoints: byName("named.test")},
	{name: "name-unknown", what: "the endpoint's name does not resolve", endpoints: byName("unknown.test"), code: "CM0801"},
	{name: "name-case", what: "a name in capital letters", endpoints: byName("CASE.TEST")},
	{name: "name-dot", what: "a name with a dot at the end", endpoints: byName("case.test.")},
	{name: "name-dead-first", what: "a name whose first address is dead", endpoints: byName("dead-first.test")},
	{name: "name-dead-last", what: "a name whose last address is dead", endpoints: byName("dead-last.test")},
	{name: "name-hole-first", what: "a name whose first address is a black hole", endpoints: byName("hole-first.test")},
	{name: "name-mute-first", what: "a name whose first address is mute", endpoints: byName("mute-first.test"), code: "CM0803"},
	{name: "name-mute-last", what: "a name whose last address is mute", endpoints: byName("mute-last.test")},
	{name: "name-web-first", what: "a name whose first address is a web server", endpoints: byName("web-first.test"), code: "CM0806"},
	{name: "name-web-last", what: "a name whose last address is a web server", endpoints: byName("web-last.test")},
	{name: "name-two-etcds", what: "a name with the addresses of two etcds", endpoints: byName("two-etcds.test"), on: []string{onMain, onOther},
		code: "CM0819", chance: "it reads the first address, and the other one's etcd once that is down"},
	{name: "alias", what: "a name that `cilium-host-aliases` resolves", endpoints: byName("alias.test"), more: aliases("alias.test", "127.1.0.1"),
		since: "1.20", older: "CM0802"},
	{name: "alias-shuffled", what: "a name that `cilium-host-aliases` gives a good and a mute address", endpoints: byName("shuffled.test"),
		more: aliases("shuffled.test", "127.1.0.1", "127.3.0.1"), code: "CM0803", since: "1.20", older: "CM0802",
		chance: "it tries the addresses in random order, and keeps the first that accepts TCP"},
	{name: "san-as-name", what: "the address is a DNS name in the server certificate", code: "CM0806",
		serve: fronted(func(_ *testing.T, _ *scene, f *front) {
			f.template.IPAddresses, f.template.DNSNames = nil, []string{hostOf(f.host)}
		})},
	{name: "common-name", what: "the address is only the common name of the server certificate", code: "CM0806",
		serve: fronted(func(_ *testing.T, _ *scene, f *front) {
			f.template.IPAddresses, f.template.Subject.CommonName = nil, hostOf(f.host)
		})},
	{name: "wildcard", what: "a wildcard for one label", on: []string{onOpen}, serve: wildcard("one.wildcard.test")},
	{name: "wildcard-deep", what: "a wildcard, and a name of two labels more", serve: wildcard("a.b.wildcard.test"), code: "CM0806"},
	{name: "san-other", what: "the server certificate lacks the endpoint's name", serve: wildcard("other.test"), code: "CM0806"},
}

// wildcard is a server for `*.wildcard.test`, dialled by a name.
func wildcard(name string) func(t *testing.T, s *scene, at string) []string {
	return func(t *testing.T, s *scene, at string) []string {
		s.hosts.enter(name, at)
		return fronted(func(_ *testing.T, _ *scene, f *front) {
			f.template.IPAddresses, f.template.DNSNames = nil, []string{"*.wildcard.test"}
			f.host = name + ":2379"
		})(t, s, at)
	}
}

// aliases are lines of a config that give a name its addresses.
func aliases(name string, addresses ...string) string {
	text := "cilium-host-aliases:\n- hostname: " + name + "\n  ips:\n"
	for _, address := range addresses {
		text += "  - " + address + "\n"
	}
	return text
}
