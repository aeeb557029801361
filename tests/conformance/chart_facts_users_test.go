package conformance

import (
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// usersConfigMap lists users of the etcd of clustermesh-apiserver.
const usersConfigMap = "clustermesh-remote-users"

// The values of clustermesh.apiserver.tls.authMode.
var authModes = []string{"legacy", "migration", "cluster"}

const (
	usersTemplate  = "`clustermesh-apiserver/users-configmap.yaml`"
	namesOfRemotes = "`clustermesh-apiserver/_helpers.tpl`"
)

// userFacts are about users of the etcd of clustermesh-apiserver.
var userFacts = factTable{"users", []fact{
	{"`authMode` by default", "`values.yaml`", defaultAuthMode},
	{"`legacy`: common name of the remote certificate", namesOfRemotes, remoteName("legacy")},
	{"`migration`: common name of the remote certificate", namesOfRemotes, remoteName("migration")},
	{"`cluster`: common name of the remote certificate", namesOfRemotes, remoteName("cluster")},
	{"`legacy`: users in the ConfigMap", usersTemplate, users(authMode("legacy"))},
	{"`migration`: users in the ConfigMap", usersTemplate, users(authMode("migration"))},
	{"`cluster`: users in the ConfigMap", usersTemplate, users(authMode("cluster"))},
	{"`legacy`, `config.enabled: false`: who makes the ConfigMap", usersTemplate, makerOfUsers("legacy")},
	{"`migration`, `config.enabled: false`: who makes the ConfigMap", usersTemplate, makerOfUsers("migration")},
	{"`cluster`, `config.enabled: false`: who makes the ConfigMap", usersTemplate, makerOfUsers("cluster")},
	{"`migration`, `config.enabled: false`, `config.clusters` has east: users in the ConfigMap", usersTemplate,
		users(authMode("migration"), withOwnSecrets)},
	{"a ConfigMap made by hand, `migration`, `config.enabled: false`", usersTemplate, ownUsers},
}}

// defaultAuthMode is the one whose rendering is that of no value.
func defaultAuthMode(t *testing.T, c chart) string {
	t.Helper()
	unset := c.mustDeploy(t, usual)
	var same []string
	for _, mode := range authModes {
		if len(unset.difference(t, c.mustDeploy(t, with(usual, authMode(mode))))) == 0 {
			same = append(same, mode)
		}
	}
	return "`" + strings.Join(same, "`, `") + "`"
}

func remoteName(mode string) func(t *testing.T, c chart) string {
	return look(with(usual, byHelm, authMode(mode)), func(t *testing.T, d *deployed) string {
		text := string(d.secrets[certSecret(remoteCredential)].Data["tls.crt"])
		return "`" + certificate(t, text).Subject.CommonName + "`"
	})
}

// users are those that the apiserver container sees.
func users(change ...string) func(t *testing.T, c chart) string {
	return look(with(usual, change...), func(t *testing.T, d *deployed) string {
		if d.configMaps[usersConfigMap] == nil {
			return "no ConfigMap"
		}
		root, err := d.mount(t, apiserverPod, apiserverContainer)
		if err != nil {
			return err.Error()
		}
		names := usersIn(t, seen(root, usersFile))
		if names == nil {
			return "none"
		}
		return "`" + strings.Join(names, "`, `") + "`"
	})
}

// usersIn are the users of a users.yaml. Each must have the role `remote`, the only one that there is for them.
func usersIn(t *testing.T, text string) (names []string) {
	t.Helper()
	var file struct {
		Users []struct{ Name, Role string }
	}
	if err := yaml.Unmarshal([]byte(text), &file); err != nil {
		t.Fatal(err)
	}
	for _, user := range file.Users {
		if user.Role != "remote" {
			t.Fatalf("%s has the role %q", user.Name, user.Role)
		}
		names = append(names, user.Name)
	}
	return names
}

// makerOfUsers is who makes the ConfigMap where no remote cluster is in the values.
func makerOfUsers(mode string) func(t *testing.T, c chart) string {
	return look([]string{helmCluster, withKVStoreMesh, withOwnSecrets, authMode(mode)}, func(t *testing.T, d *deployed) string {
		_, err := d.mount(t, apiserverPod, apiserverContainer)
		switch isMade := d.configMaps[usersConfigMap] != nil; {
		case isMade && err == nil:
			return "chart"
		case err == nil:
			return "not needed"
		case strings.Contains(err.Error(), usersConfigMap):
			return "you"
		default:
			return err.Error()
		}
	})
}

// usersManifest is the ConfigMap made by hand.
func usersManifest(name string) string {
	return "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: " + usersConfigMap + "}\n" +
		"data:\n  users.yaml: |\n    users: [{name: " + name + ", role: remote}]\n"
}

func ownUsers(t *testing.T, c chart) string {
	t.Helper()
	manifests := []string{jobSecrets(t), usersManifest("remote-east")}
	d, err := c.install(t, []string{helmCluster, withKVStoreMesh, withOwnSecrets, authMode("migration")}, manifests)
	if err != nil {
		return refused
	}
	root, err := d.mount(t, apiserverPod, apiserverContainer)
	if err != nil {
		return err.Error()
	}
	if names := usersIn(t, seen(root, usersFile)); !slices.Equal(names, []string{"remote-east"}) {
		return strings.Join(names, ", ")
	}
	return works
}
