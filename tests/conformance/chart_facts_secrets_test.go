package conformance

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
)

// secretFacts are about objects made by hand, and about the clustermesh-apiserver.
var secretFacts = factTable{"objects made by hand", []fact{
	{"`config.enabled: false`, own `cilium-clustermesh`: agents without KVStoreMesh", "`cilium-agent/daemonset.yaml`",
		ownSecret(withoutKVStoreMesh, agentsSecret, agentPod, agentContainer)},
	{"`config.enabled: false`, own `cilium-clustermesh`: agents with KVStoreMesh", "`cilium-agent/daemonset.yaml`",
		ownSecret(withKVStoreMesh, agentsSecret, agentPod, agentContainer)},
	{"`config.enabled: false`, own `cilium-kvstoremesh`: KVStoreMesh", "`clustermesh-apiserver/deployment.yaml`",
		ownSecret(withKVStoreMesh, kvstoremeshSecret, apiserverPod, kvstoremeshContainer)},
	{"`useAPIServer: false`, own `cilium-clustermesh`: agents", "`cilium-agent/daemonset.yaml`",
		ownSecret("clustermesh: {useAPIServer: false}", agentsSecret, agentPod, agentContainer)},
	{"`config.enabled: true`, own `cilium-clustermesh`", "`clustermesh-config/clustermesh-secret.yaml`", collision},
	{"Secret `clustermesh-apiserver-server-cert`", "`clustermesh-apiserver/deployment.yaml`", need(serverCredential)},
	{"Secret `clustermesh-apiserver-admin-cert`", "`clustermesh-apiserver/deployment.yaml`", need(adminCredential)},
	{"Secret `clustermesh-apiserver-remote-cert`", "`clustermesh-apiserver/deployment.yaml`, `cilium-agent/daemonset.yaml`",
		need(remoteCredential)},
	{"Secret `clustermesh-apiserver-local-cert`", "`cilium-agent/daemonset.yaml`", need(localCredential)},
	{"the Service of its etcd by default", "`clustermesh-apiserver/service.yaml`", look(usual, serviceOfEtcd)},
	{"its etcd asks for client certificates", "`clustermesh-apiserver/deployment.yaml`", look(usual, asksForCertificates)},
}}

// ownSecret is whether a container sees the files of a Secret that its owner has made, and the chart makes none.
func ownSecret(values, name, pod, container string) func(t *testing.T, c chart) string {
	return func(t *testing.T, c chart) string {
		t.Helper()
		files := map[string]string{"east": "endpoints:\n- https://10.31.0.1:2379\n", "east.etcd-client.crt": "certificate"}
		manifests := []string{jobSecrets(t), secret(name, "Opaque", files)}
		d, err := c.install(t, []string{helmCluster, values, withOwnSecrets, authMode("legacy")}, manifests)
		if err != nil {
			return refused
		}
		root, err := d.mount(t, pod, container)
		if err != nil {
			return err.Error()
		}
		for file, text := range files {
			if seen(root, clustermeshDir+"/"+file) != text {
				return ignored
			}
		}
		return works
	}
}

// collision is what happens where the chart makes a Secret that its owner has made.
func collision(t *testing.T, c chart) string {
	t.Helper()
	own := secret(agentsSecret, "Opaque", map[string]string{"west": "endpoints: []\n"})
	d, err := c.install(t, usual, []string{own})
	if err != nil {
		return refused
	}
	return fmt.Sprint(d.secrets[agentsSecret].Data)
}

// need is whether pods start without a Secret.
func need(credential string) func(t *testing.T, c chart) string {
	return func(t *testing.T, c chart) string {
		t.Helper()
		d, err := c.deploy(t, usual)
		if err != nil {
			return refused
		}
		name := certSecret(credential)
		if !d.isMounted(name) {
			return "not used"
		}
		delete(d.secrets, name)
		for pod, container := range map[string]string{agentPod: agentContainer, apiserverPod: apiserverContainer} {
			if _, err := d.mount(t, pod, container); err != nil && strings.Contains(err.Error(), name) {
				return "required"
			} else if err != nil {
				return err.Error()
			}
		}
		return "optional"
	}
}

// isMounted is whether agents or the apiserver have a Secret in a projected volume.
func (d *deployed) isMounted(secret string) bool {
	for _, pod := range []string{agentPod, apiserverPod} {
		for _, volume := range d.pods[pod].Volumes {
			if volume.Projected != nil && slices.ContainsFunc(volume.Projected.Sources, func(source corev1.VolumeProjection) bool {
				return source.Secret != nil && source.Secret.Name == secret
			}) {
				return true
			}
		}
	}
	return false
}

func serviceOfEtcd(_ *testing.T, d *deployed) string {
	spec := d.services["clustermesh-apiserver"].Spec
	if len(spec.Ports) != 1 || spec.Ports[0].Port != 2379 {
		return fmt.Sprint(spec.Ports)
	}
	return fmt.Sprintf("%s %d", spec.Type, spec.Ports[0].NodePort)
}

func asksForCertificates(_ *testing.T, d *deployed) string {
	for _, container := range d.pods[apiserverPod].Containers {
		if container.Name == etcdContainer && slices.Contains(container.Args, "--client-cert-auth") &&
			slices.Contains(container.Args, "--trusted-ca-file=/var/lib/etcd-secrets/ca.crt") {
			return "yes"
		}
	}
	return "no"
}
