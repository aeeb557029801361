package conformance

// The kinds that differ in what is between agents and etcd, and passes on.
var balancerLinks = []link{
	{name: "haproxy", what: "HAProxy passes TLS through", endpoints: at(haproxyPasses)},
	{name: "nginx", what: "nginx passes TLS through", endpoints: at(nginxPasses)},
	{name: "gateway", what: "`etcd gateway`", endpoints: at(gatewayServer)},
	{name: "haproxy-ends", what: "HAProxy terminates TLS and re-encrypts, with ALPN", endpoints: at(haproxyEnds), varies: true},
	{name: "haproxy-no-alpn", what: "HAProxy terminates TLS and re-encrypts, without ALPN", endpoints: at(haproxyEndsBlind), code: "CM0820"},
	{name: "haproxy-two", what: "HAProxy leads one address to two etcds by turns", endpoints: at(haproxyTwo), on: []string{onMain, onOther},
		code: "CM0819", chance: twoEtcds, luck: true},
	{name: "haproxy-down", what: "HAProxy, and all its servers are down", endpoints: at(haproxyNone), code: "CM0804"},
	{name: "haproxy-sni", what: "HAProxy chooses by SNI, and the endpoint is the name", endpoints: byName("routed.test")},
	{name: "haproxy-no-sni", what: "HAProxy chooses by SNI, and the endpoint is an address", endpoints: at(haproxySNI), code: "CM0815"},
	{name: "haproxy-idle", what: "HAProxy closes what is silent for ten seconds, 600 nodes", endpoints: at(haproxyIdle), nodes: someNodes},
	{name: "proxy-denied", what: "`etcd grpc-proxy` before an etcd with rights", endpoints: at(proxyDenied), code: "CM0812"},
	{name: "proxy-half", what: "the same beside a good endpoint, 2000 nodes", endpoints: at(mainServer, proxyDenied), nodes: manyNodes, code: "CM0812"},
	{name: "proxy-open", what: "`etcd grpc-proxy` before an etcd without rights", endpoints: at(proxyOpen), on: []string{onOpen}, code: "CM0834",
		chance: "of several agents, those that come later reconnect again and again"},
}

// The kinds that differ in the path: a router between network namespaces, and lines.
var pathLinks = []link{
	{name: "path", what: "a path of 1280 bytes, and the router reports it", endpoints: at(wellPath + ":2379"), on: []string{onFar}, nodes: someNodes},
	{name: "path-hole", what: "a path of 1280 bytes, and ICMP is lost", endpoints: at(holePath + ":2379"), on: []string{onFar}, nodes: someNodes, code: "CM0803"},
	{name: "path-answers", what: "answers of more than 1200 bytes are lost", endpoints: at(answerHolePath + ":2379"), on: []string{onFar}, nodes: someNodes, code: "CM0833"},
	{name: "path-hole-half", what: "a path of 1280 bytes without ICMP beside a good one, 600 nodes",
		endpoints: at(wellPath+":2379", holePath+":2379"), on: []string{onFar}, nodes: someNodes},
	{name: "path-one-way", what: "SYN-ACK packets are lost", endpoints: at(noAnswerPath + ":2379"), on: []string{onFar}, code: "CM0803"},
	{name: "path-reset", what: "a firewall resets the connection at its first large packet", endpoints: at(resetPath + ":2379"), on: []string{onFar}, code: "CM0804"},
	{name: "path-forbidden", what: "a firewall answers that the path is prohibited (ICMP)", endpoints: at(forbiddenPath + ":2379"), on: []string{onFar}, code: "CM0803"},
	{name: "path-rejected", what: "a firewall rejects each connection", endpoints: at(rejectedPath + ":2379"), on: []string{onFar}, code: "CM0802"},
	{name: "path-nat", what: "an address of a NAT, 600 nodes", endpoints: at(natPath + ":2379"), on: []string{onFar}, nodes: someNodes},
	{name: "path-lossy", what: "each 20th packet is lost", endpoints: at(lossyPath + ":2379"), on: []string{onFar}},
	{name: "slow", patient: true, what: "each answer takes more than a second", endpoints: at(slowServer)},
	{name: "narrow-line", what: "a line of 32 kB/s, 600 nodes", endpoints: at(narrowLine), nodes: someNodes},
}

// generationLinks are three states in each newer generation of etcd; all others are tried with 3.4.
func generationLinks() []link {
	var all []link
	for n, version := range newerEtcds {
		minor := minorOf(version)
		kind := func(name, what, client, announced, code string) link {
			nodes := 0
			if name == "" {
				nodes = someNodes
			}
			return link{
				name: "etcd-" + minor[:1] + minor[2:] + name, what: "etcd " + minor + ": " + what, endpoints: at(generationServer(n)),
				on: []string{minor}, client: client, announced: announced, code: code, nodes: nodes,
			}
		}
		all = append(all, kind("", "nothing; 600 nodes", "", "", ""),
			kind("-narrow", "identities are not granted", "narrow", "", "CM0814"),
			kind("-nobody", "it has no user of the certificate's name", "nobody", "", "CM0812"),
			kind("-unannounced", "there is no cluster-config", "", none, "CM0815"))
	}
	return all
}
