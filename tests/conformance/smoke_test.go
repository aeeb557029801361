package conformance

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
)

// smokeKit is what `meshbundle smoke` writes for two clusters of one minor. The second one has Kubernetes or not.
func smokeKit(t *testing.T, minor string, kubernetes bool) string {
	t.Helper()
	dir := t.TempDir()
	cluster := func(name string, id int, kubernetes bool) string {
		return fmt.Sprintf(`
- name: %s
  id: %d
  cilium: { kubernetes: %v }
  etcd: { endpoints: ["https://10.%d.0.1:2379"], members: [{ name: etcd1, addresses: [10.%d.0.1] }] }`, name, id, kubernetes, id, id)
	}
	mesh := fmt.Sprintf("version: 1\nmesh: prod\ncilium: { version: %q }\ndefaults: { runtime: { kind: systemd }, etcd: { localClients: true } }\nclusters:", minor)
	writeFile(t, filepath.Join(dir, "mesh.yaml"), mesh+cluster("oslo", 1, true)+cluster("tokyo", 2, kubernetes)+"\n")
	command := exec.Command(os.Getenv(binaryVariable), "smoke", "mesh.yaml", "oslo", "tokyo", "--out", "kit")
	command.Dir = dir
	output(t, command)
	return filepath.Join(dir, "kit")
}

// TestSmokeObjects: in each minor, the policy of the kit fits Cilium's definition, and Kubernetes takes the other objects strictly.
func TestSmokeObjects(t *testing.T) {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{appsv1.AddToScheme, corev1.AddToScheme} {
		if err := add(scheme); err != nil {
			t.Fatal(err)
		}
	}
	strict := serializer.NewCodecFactory(scheme, serializer.EnableStrict).UniversalDeserializer()
	eachChart(t, func(t *testing.T, c chart) {
		kit := smokeKit(t, c.minor, true)
		for _, side := range []string{"oslo", "tokyo"} {
			text := readFile(t, filepath.Join(kit, side, "policy.yaml"))
			if err := validateBy(t, c.policies(), decoded(t, text)); err != nil {
				t.Error(err)
			}
			// The control: the field that the guide of 2020 has at the wrong place, and one that is misspelt.
			for right, wrong := range map[string]string{"fromEndpoints": "fromEndpoint", "  description:": "  descriptions:"} {
				if validateBy(t, c.policies(), decoded(t, strings.Replace(text, right, wrong, 1))) == nil {
					t.Errorf("%s instead of %s is accepted", wrong, right)
				}
			}
			kinds := map[string]int{}
			workloads := readFile(t, filepath.Join(kit, side, "workloads.yaml"))
			for document := range strings.SplitSeq(workloads, "\n---\n") {
				_, kind, err := strict.Decode([]byte(document), nil, nil)
				if err != nil {
					t.Fatalf("%v\n%s", err, document)
				}
				kinds[kind.Kind]++
			}
			if kinds["Deployment"] != 3 || kinds["Service"] != 1 || kinds["Namespace"] != 1 {
				t.Errorf("%v", kinds)
			}
			if _, _, err := strict.Decode([]byte(strings.Replace(workloads, "metadata:\n", "metadata:\n  description: x\n", 1)), nil, nil); err == nil {
				t.Error("a description in metadata is accepted")
			}
		}
	})
}

// smokeVerdict is what an agent makes of a policy for an endpoint.
type smokeVerdict struct {
	Endpoint string
	Subject  bool
	Allowed  bool
}

// smokeEndpoint are the labels of a workload.
func smokeEndpoint(cluster, app string) string {
	return "k8s:app=" + app + ",k8s:io.cilium.k8s.policy.cluster=" + cluster + ",k8s:io.kubernetes.pod.namespace=clustermesh-smoke"
}

// judgePolicy asks an agent of a release about all six workloads.
func judgePolicy(t *testing.T, r release, words []string) map[string]smokeVerdict {
	t.Helper()
	for _, cluster := range []string{"oslo", "tokyo"} {
		for _, app := range []string{"protected", "employee", "stranger"} {
			words = append(words, smokeEndpoint(cluster, app))
		}
	}
	verdicts := map[string]smokeVerdict{}
	lines := bufio.NewScanner(strings.NewReader(output(t, exec.Command(r.agent(os.Getenv(workVariable)), words...))))
	for lines.Scan() {
		var verdict smokeVerdict
		if err := json.Unmarshal(lines.Bytes(), &verdict); err != nil {
			t.Fatal(err)
		}
		verdicts[verdict.Endpoint] = verdict
	}
	if len(verdicts) != 6 {
		t.Fatalf("%v", verdicts)
	}
	return verdicts
}

// TestSmokePolicy: what each release of Cilium makes of the policy is what the page of the kit says, whatever a rule without a cluster means.
func TestSmokePolicy(t *testing.T) {
	for _, r := range slices.Concat(releases, earlierReleases) {
		t.Run(r.minor, func(t *testing.T) {
			isEarlier := slices.Contains(earlierReleases, r)
			forms := map[string]string{"kubernetes": filepath.Join(smokeKit(t, r.minor, true), "tokyo/policy.yaml")}
			file := "tokyo/policy.yaml"
			if r.before("1.16") {
				file = "tokyo/policy.json"
			}
			forms["containers"] = filepath.Join(smokeKit(t, r.minor, false), file)
			for form, path := range forms {
				for _, local := range []string{"true", "false"} {
					words := []string{"policy", path}
					if !isEarlier {
						words = append(words, "tokyo", local)
					}
					for endpoint, verdict := range judgePolicy(t, r, words) {
						if wanted := strings.Contains(endpoint, "app=protected"); verdict.Subject != wanted {
							t.Errorf("%s, local %s, %s: subject %v", form, local, endpoint, verdict.Subject)
						}
						if wanted := strings.Contains(endpoint, "app=employee"); verdict.Allowed != wanted {
							t.Errorf("%s, local %s, %s: allowed %v", form, local, endpoint, verdict.Allowed)
						}
					}
				}
			}
			// The control: the policy of the guide, which names no cluster for one of its clients, means another thing in each.
			text := readFile(t, forms["kubernetes"])
			unnamed := strings.Replace(text, "        io.cilium.k8s.policy.cluster: \"oslo\"\n", "", 1)
			path := filepath.Join(t.TempDir(), "policy.yaml")
			writeFile(t, path, strings.Replace(unnamed, "        io.cilium.k8s.policy.cluster: \"tokyo\"\n", "", 1))
			words := []string{"policy", path}
			if !isEarlier {
				words = append(words, "tokyo", "true")
			}
			if allowed := judgePolicy(t, r, words)[smokeEndpoint("oslo", "employee")].Allowed; allowed != isEarlier {
				t.Errorf("without a cluster, an employee of the other one: %v", allowed)
			}
		})
	}
}
