package conformance

import (
	"fmt"
	"strings"
	"testing"
)

// owner is a release as its owner has written its values, before meshbundle has merged anything.
type owner struct {
	name   string
	values func(t *testing.T, s *merging) string
	// runtime is what of them meshbundle looks at, as the mesh would say it.
	runtime map[string]any
	// keeps are texts of the owner's that the certificates of the chart must go on having.
	keeps []string
	// objects are in the cluster already.
	objects []string
}

// text are values that are the same everywhere.
func text(values string) func(*testing.T, *merging) string {
	return func(*testing.T, *merging) string { return values }
}

// quick are values that keep a rendering short: no RSA keys.
const quick = `hubble: {enabled: false}
clustermesh: {apiserver: {tls: {auto: {method: cronJob}}}}
`

// commented has comments wherever YAML allows some.
const commented = `---
# The release of cairo. Ask before you change it.
hubble:
  enabled: false   # no UI here

# Links.
clustermesh:
  # Not yet.
  useAPIServer: false
  apiserver:
    replicas: 2    # since the outage

    # cert-manager is not there.
    tls:
      auto:
        method: cronJob
# The end.
`

// owners have what people write into values.
var owners = []owner{
	{name: "only-comments", values: text("# The release of cairo.\n\n# No values yet.\n")},
	{name: "null", values: text("null\n")}, // `helm get values --output yaml` of a release without any
	{name: "braces", values: text("{}\n")},
	{name: "comments", values: text(commented)},
	{name: "flow", values: text(`cluster: {name: cairo, "id": 63}
hubble: {enabled: false, relay: {enabled: false}}
clustermesh: {useAPIServer: true, apiserver: {replicas: 2, tls: {auto: {method: cronJob, "schedule": '0 0 1 */2 *'}}, service: {}}}
`)},
	{name: "words", values: text(quick + `bgpControlPlane: {enabled: on}
debug: {enabled: Yes}
prometheus: {enabled: on, port: 022712}
operator: {replicas: 0x2, prometheus: {enabled: no}}
MTU: 0o2570
ipv6: {enabled: Off}
nodePort: {enabled: y}
k8sServicePort: "06443"
podAnnotations: {a: "yes", b: "010", c: '1e3', d: "~", e: ! 12}
`)},
	{name: "anchors", values: text(`x-small: &small
  limits: {memory: 1Gi}
resources: *small
operator:
  resources:
    <<: *small
    requests: {cpu: 100m}
` + quick)},
	{name: "kube-proxy-and-bgp", values: text(`kubeProxyReplacement: "true"
k8sServiceHost: 10.63.0.9
k8sServicePort: 6443
bgpControlPlane:
  enabled: true
loadBalancer:
  algorithm: maglev
  mode: dsr
routingMode: tunnel
ipam:
  mode: cluster-pool
  operator:
    clusterPoolIPv4PodCIDRList:
    - 10.163.0.0/16
    clusterPoolIPv4MaskSize: 25
l2announcements: {enabled: true}
externalIPs:
  enabled: true
` + quick)},
	{name: "hosts", values: ownHosts(false), keeps: []string{"a.example.org", "b.example.org", "192.0.2.1"}},
	{name: "hosts-in-brackets", values: ownHosts(true), keeps: []string{"a.example.org", "b.example.org"}},
	{name: "hosts-at-the-old-place", keeps: []string{"cairo.old.example.org"}, values: func(*testing.T, *merging) string {
		return "hubble: {enabled: false}\nclustermesh:\n  apiserver:\n    tls:\n      auto: {method: cronJob}\n      server:\n        extraDnsNames: [cairo.old.example.org]\n"
	}},
	{name: "bundle", values: func(t *testing.T, s *merging) string {
		return quick + "tls:\n  secretsBackend: local\n  caBundle:\n    enabled: true\n    # Ours, and one that meshbundle knows.\n    content: |\n" +
			indented(newAuthority(t, "corp").pem(t)+s.ca, 6) + "    key: bundle.crt\n"
	}},
	{name: "bundle-on-one-line", values: func(t *testing.T, _ *merging) string {
		return quick + fmt.Sprintf("tls: {caBundle: {enabled: yes, content: %q}}\n", newAuthority(t, "corp").pem(t))
	}},
	{name: "bundle-without-an-end-of-line", values: func(t *testing.T, _ *merging) string {
		return quick + "tls:\n  caBundle:\n    content: |-\n" + indented(newAuthority(t, "corp").pem(t), 10)
	}},
	{name: "clusters", values: text(`hubble: {enabled: false}
clustermesh:
  useAPIServer: yes
  config:
    enabled: true
    domain: mesh.example.org
    clusters:
    # By hand.
    - name: oslo
      address: oslo.example.net
      port: 2379
      tls: {caCert: bm8=}
    - {name: rome, ips: [10.62.0.1], port: 2379}
  apiserver:
    tls: {auto: {method: cronJob}}
`)},
	{name: "users-by-name", runtime: map[string]any{"authMode": "cluster", "kvstoremesh": false}, values: text(`hubble: {enabled: false}
clustermesh:
    config:
        enabled: no
        clusters:
          - name: oslo
          - name: lima
    apiserver:
        kvstoremesh: {enabled: off}
        tls:
            authMode: cluster
            auto:
                method: cronJob
`)},
	{name: "quoted-keys", runtime: map[string]any{"service": map[string]any{"type": "LoadBalancer"}, "method": "cronJob", "kvstoremesh": true},
		values: text(`"hubble": {"enabled": false}
"clustermesh":
  "apiserver":
    "service":
      "type": "LoadBalancer"
      "annotations": {"a/b": "c"}
    'kvstoremesh': {enabled: true, extraArgs: [--debug]}
    tls: {auto: {method: cronJob}}
`)},
	{name: "bundle-by-hand", values: text(quick + "tls: {caBundle: {enabled: true, name: corp-bundle}}\n"),
		objects: []string{"kind: ConfigMap\napiVersion: v1\nmetadata: {name: corp-bundle, namespace: kube-system}\ndata: {ca.crt: corp}\n"}},
	{name: "bundle-in-a-secret-by-hand", values: text(quick + "tls: {caBundle: {enabled: true, useSecret: true, name: corp-bundle}}\n"),
		objects: []string{secret("corp-bundle", "Opaque", map[string]string{"ca.crt": "corp"})}},
	{name: "bundle-in-a-secret", values: func(t *testing.T, _ *merging) string {
		return quick + fmt.Sprintf("tls: {caBundle: {enabled: true, useSecret: true, content: %q}}\n", newAuthority(t, "corp").pem(t))
	}},
	{name: "empty-mappings", values: text(`hubble: {enabled: false}
cluster: {}
tls: { }
clustermesh:
  config: {} # none

  apiserver:
    service:
      labels:
    tls:
      auto: {method: cronJob}
      server: {extraDnsNames: ~, extraIpAddresses: ~}
`)},
	{name: "windows", values: func(t *testing.T, s *merging) string {
		return strings.ReplaceAll(commented+"tls:\n  caBundle:\n    enabled: true\n    content: |\n"+
			indented(newAuthority(t, "corp").pem(t), 6), "\n", "\r\n")
	}},
	{name: "no-end-of-line", values: text("hubble: {enabled: false}\nclustermesh:\n  apiserver:\n    tls:\n      auto:\n        method: cronJob")},
	{name: "byte-order-mark", values: text("\uFEFF" + quick)},
	{name: "end-of-document", values: text("---\n" + quick + "...\n")},
	{name: "table", values: text("USER-SUPPLIED VALUES:\n" + quick)}, // `helm get values` without --output
}

// providedOwner is one whose chart has made the certificates until now.
var providedOwner = owner{name: "provided", runtime: map[string]any{"method": "provided"}, values: text(`hubble: {enabled: false}
clustermesh:
  apiserver:
    tls:
      enableSecrets: true # until now
      auto:
        enabled: true
        method: helm
`)}

// ownHosts are hosts of the owner's in the certificate, and one of the mesh's.
func ownHosts(inBrackets bool) func(*testing.T, *merging) string {
	return func(_ *testing.T, s *merging) string {
		lists := "extraDnsNames:\n- a.example.org\n# of the mesh\n- \"" + mergedHost + "\"\n- 'b.example.org'\nextraIpAddresses:\n  - 192.0.2.1\n"
		if inBrackets {
			lists = "extraDnsNames: [a.example.org,  'b.example.org' ] # two\nextraIpAddresses: []\n"
		}
		place, indent := "      server:\n", 8
		if !s.chart.before("1.20") {
			place, indent = "        server:\n", 10
		}
		return "hubble: {enabled: false}\nclustermesh:\n  apiserver:\n    tls:\n      auto:\n        method: cronJob\n" + place + indented(lists, indent)
	}
}

// indented is a text of lines, each behind some spaces.
func indented(text string, width int) string {
	margin := strings.Repeat(" ", width)
	return margin + strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", "\n"+margin) + "\n"
}
