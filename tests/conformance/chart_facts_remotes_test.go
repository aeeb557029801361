package conformance

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"
)

// The Secrets with configs of remote clusters: what agents read, and what KVStoreMesh reads.
const (
	agentsSecret      = "cilium-clustermesh"
	kvstoremeshSecret = "cilium-kvstoremesh"
)

const configHelpers = "`clustermesh-config/_helpers.tpl`"

// remoteFacts are about remote clusters.
var remoteFacts = factTable{"remote clusters", []fact{
	{"`clustermesh.config.clusters` is a list", configHelpers,
		effect(remoteClusters("[{name: west, ips: [10.32.0.1], port: 2379}]"), isLinked("west"))},
	{"`clustermesh.config.clusters` is a map", configHelpers + ", `values.schema.json`",
		effect(remoteClusters("{west: {ips: [10.32.0.1], port: 2379}}"), isLinked("west"))},
	{"`enabled: false` of a cluster in the list", configHelpers, disabledCluster},
	{"`clustermesh.config.enabled` without `useAPIServer`", "cilium/cilium#28763", withoutAPIServer},
	{"`tls.cert`, `tls.key` and `tls.caCert` of a cluster", configHelpers, ownTLS("cert", "key", "caCert")},
	{"`tls.caCert` alone", configHelpers, ownTLS("caCert")},
	{"`tls.cert` and `tls.key` without `tls.caCert`: files of the CA", configHelpers, ownTLS("cert", "key")},
	{"no `port`: what the endpoint has in its place", configHelpers, endpoint("{name: west, ips: [10.32.0.1]}", "west.mesh.cilium.io")},
	{"`address: fd00::1`: the endpoint", configHelpers, endpoint(`{name: west, address: "fd00::1", port: 2379}`, "")},
	{"`address: \"[fd00::1]\"`: the endpoint", configHelpers, endpoint(`{name: west, address: "[fd00::1]", port: 2379}`, "")},
	{"both `address` and `ips`: the endpoint begins with", configHelpers,
		endpoint(`{name: west, address: 192.0.2.1, ips: [10.32.0.1], port: 2379}`, ".mesh.cilium.io:2379")},
	{"neither `address` nor `ips`", configHelpers, endpoint("{name: west, port: 2379}", "")},
	{"a cluster named `no`: its name for agents", "`clustermesh-config/clustermesh-secret.yaml`", nameAsKey("no")},
	{"a cluster named `y`: its name for agents", "`clustermesh-config/clustermesh-secret.yaml`", nameAsKey("y")},
	{"a cluster named `010`: its name for agents", "`clustermesh-config/clustermesh-secret.yaml`", nameAsKey("010")},
	{"a cluster named `1e3`: its name for agents", "`clustermesh-config/clustermesh-secret.yaml`", nameAsKey("1e3")},
	{"a cluster named `null`", "`clustermesh-config/clustermesh-secret.yaml`", nameAsKey("null")},
	{"pods and configs with the address of `east.mesh.cilium.io`, with KVStoreMesh", "`clustermesh-apiserver/deployment.yaml`, cilium/cilium#44425",
		look(usual, placesOfEast)},
	{"the same, without KVStoreMesh", "`cilium-agent/daemonset.yaml`, cilium/cilium#44425",
		look([]string{helmCluster, withoutKVStoreMesh, linkedWithEast}, placesOfEast)},
	{"the same, `config.enabled: false`", "`clustermesh-apiserver/deployment.yaml`, `cilium-agent/daemonset.yaml`",
		look(with(usual, withOwnSecrets), placesOfEast)},
	{"KVStoreMesh by default", "`values.yaml`", look([]string{helmCluster}, defaultKVStoreMesh)},
	{"files of the certificate that agents present to KVStoreMesh", configHelpers, look(usual, localPrefix)},
	{"`clustermesh.maxConnectedClusters: 511`", "`cilium-configmap.yaml`", maxClusters(511)},
	{"`clustermesh.maxConnectedClusters: 300`", "`validate.yaml`", maxClusters(300)},
	{"`cluster.name: Bad_Name`", "`validate.yaml`", accepts("cluster: {name: Bad_Name}")},
	{"`cluster.id: 0`", "`validate.yaml`", accepts("cluster: {id: 0}")},
	{"`cluster.id: 300` with 255 clusters", "`validate.yaml`", accepts("cluster: {id: 300}")},
}}

// config reads the config of a remote cluster in a Secret, and the text.
func (d *deployed) config(t *testing.T, secret, cluster string) (etcdConfig, string) {
	t.Helper()
	var config etcdConfig
	if d.secrets[secret] == nil {
		t.Fatalf("no Secret %s", secret)
	}
	text := string(d.secrets[secret].Data[cluster])
	if err := yaml.Unmarshal([]byte(text), &config); err != nil {
		t.Fatalf("%s of %s: %v", cluster, secret, err)
	}
	return config, text
}

func isLinked(cluster string) func(t *testing.T, d *deployed) string {
	return func(t *testing.T, d *deployed) string {
		real, _ := d.config(t, kvstoremeshSecret, cluster)
		cached, _ := d.config(t, agentsSecret, cluster)
		if slices.Equal(real.Endpoints, []string{"https://" + cluster + ".mesh.cilium.io:2379"}) &&
			slices.Equal(cached.Endpoints, []string{"https://clustermesh-apiserver.kube-system.svc:2379"}) {
			return works
		}
		return fmt.Sprint(real.Endpoints, cached.Endpoints)
	}
}

func disabledCluster(t *testing.T, c chart) string {
	t.Helper()
	list := "[{name: east, ips: [10.31.0.1], port: 2379}, {name: west, enabled: false, ips: [10.32.0.1], port: 2379}]"
	data := c.mustDeploy(t, with(usual, remoteClusters(list))).secrets[kvstoremeshSecret].Data
	if data["east"] == nil {
		return "east is missing"
	}
	if data["west"] != nil {
		return ignored
	}
	return works
}

func withoutAPIServer(t *testing.T, c chart) string {
	t.Helper()
	d := c.mustDeploy(t, []string{helmCluster, "clustermesh: {useAPIServer: false}", linkedWithEast})
	if d.secrets[agentsSecret] == nil {
		return ignored
	}
	root, err := d.mount(t, agentPod, agentContainer)
	if err != nil {
		return err.Error()
	}
	if seen(root, clustermeshDir+"/east") == "" {
		return "agents have no config"
	}
	return works
}

// clustermeshDir is where containers have configs of remote clusters.
const clustermeshDir = "/var/lib/cilium/clustermesh"

// ownTLS gives some credentials for the cluster east. KVStoreMesh must see those that its config names; where the CA is not east's, the
// cell is the CA file.
func ownTLS(keys ...string) func(t *testing.T, c chart) string {
	return func(t *testing.T, c chart) string {
		ca := newAuthority(t, "east ca")
		client := ca.identity(t, "remote-helm1")
		values := map[string]string{"cert": client.certificate, "key": client.key, "caCert": ca.pem(t)}
		var given []string
		for _, key := range keys {
			given = append(given, key+": "+encoded(values[key]))
		}
		list := "[{name: east, ips: [10.31.0.1], port: 2379, tls: {" + strings.Join(given, ", ") + "}}]"
		return effect(remoteClusters(list), func(t *testing.T, d *deployed) string {
			root, err := d.mount(t, apiserverPod, kvstoremeshContainer)
			if err != nil {
				return err.Error()
			}
			config, _ := d.config(t, kvstoremeshSecret, "east")
			if seen(root, config.Certificate) != client.certificate || seen(root, config.Key) != client.key {
				return "another certificate"
			}
			if anchors := seen(root, config.TrustedCA); anchors != values["caCert"] {
				return "`" + strings.TrimSuffix(path.Base(config.TrustedCA), "etcd-client-ca.crt") + "`"
			}
			return works
		})(t, c)
	}
}

// endpoint is how a chart writes the endpoint of the cluster west, without the part that is as expected.
func endpoint(cluster, expected string) func(t *testing.T, c chart) string {
	return effect(remoteClusters("["+cluster+"]"), func(t *testing.T, d *deployed) string {
		_, text := d.config(t, kvstoremeshSecret, "west")
		for line := range strings.Lines(text) {
			if url, isURL := strings.CutPrefix(strings.TrimSpace(line), "- https://"); isURL {
				return "`" + strings.Replace(url, expected, "", 1) + "`"
			}
		}
		return "none"
	})
}

// nameAsKey is the name under which agents find a cluster: names are keys of a Secret, which charts write without quotes.
func nameAsKey(name string) func(t *testing.T, c chart) string {
	return effect(remoteClusters(fmt.Sprintf("[{name: %q, ips: [10.32.0.1], port: 2379}]", name)), func(t *testing.T, d *deployed) string {
		return "`" + strings.Join(slices.Sorted(maps.Keys(d.secrets[agentsSecret].Data)), "`, `") + "`"
	})
}

// placesOfEast is where the address of east is, by its name.
func placesOfEast(t *testing.T, d *deployed) string {
	t.Helper()
	knows := func(pod string) bool {
		return slices.ContainsFunc(d.pods[pod].HostAliases, func(alias corev1.HostAlias) bool {
			return alias.IP == "10.31.0.1" && slices.Equal(alias.Hostnames, []string{"east.mesh.cilium.io"})
		})
	}
	var places []string
	for _, pod := range []string{agentPod, apiserverPod} {
		if knows(pod) {
			places = append(places, map[string]string{agentPod: "agents", apiserverPod: "apiserver"}[pod])
		}
	}
	for _, secret := range []string{kvstoremeshSecret, agentsSecret} {
		if d.secrets[secret] == nil {
			continue
		}
		if _, text := d.config(t, secret, "east"); strings.Contains(text, "cilium-host-aliases:\n- hostname: east.mesh.cilium.io\n") {
			places = append(places, "config")
		}
	}
	if places == nil {
		return "none"
	}
	return strings.Join(places, ", ")
}

func defaultKVStoreMesh(_ *testing.T, d *deployed) string {
	for _, container := range d.pods[apiserverPod].Containers {
		if container.Name == kvstoremeshContainer {
			return "on"
		}
	}
	return "off"
}

func localPrefix(t *testing.T, d *deployed) string {
	t.Helper()
	config, _ := d.config(t, agentsSecret, "east")
	root, err := d.mount(t, agentPod, agentContainer)
	if err != nil {
		return err.Error()
	}
	prefix, isUsual := strings.CutSuffix(path.Base(config.Certificate), "etcd-client.crt")
	if !isUsual || seen(root, config.Certificate) == "" || seen(root, config.Key) == "" || seen(root, config.TrustedCA) == "" {
		return "missing"
	}
	return "`" + prefix + "`"
}

func maxClusters(number int) func(t *testing.T, c chart) string {
	return effect(fmt.Sprintf("clustermesh: {maxConnectedClusters: %d}", number), func(_ *testing.T, d *deployed) string {
		if d.configMaps["cilium-config"].Data["max-connected-clusters"] == fmt.Sprint(number) {
			return works
		}
		return "not in cilium-config"
	})
}

// accepts is for values that are wrong.
func accepts(change string) func(t *testing.T, c chart) string {
	return effect(change, func(*testing.T, *deployed) string { return "accepted" })
}
