package conformance

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// engine is a Docker engine of the test's own: it shares the sandbox's network, and nothing with any other.
type engine struct {
	host string // as DOCKER_HOST has it
}

// asEngine makes of a view what an engine needs to see: the processes of its own namespace, by their own numbers.
const asEngine = `mount -t proc proc /proc && exec dockerd "$@"`

// startEngine starts dockerd. What it would share with the machine's own, and what containers mount of the host's, is empty.
func startEngine(t *testing.T) *engine {
	t.Helper()
	dir, err := os.MkdirTemp("", "engine") // a socket's path may have 107 characters
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	e := &engine{host: "unix://" + filepath.Join(dir, "sock")}
	machine := view{}.with(t, t.TempDir(), "/run").with(t, t.TempDir(), "/lib/modules")
	start(t, "dockerd", machine.command("sh", "-c", asEngine, "dockerd",
		"--host", e.host, "--data-root", filepath.Join(dir, "data"), "--exec-root", filepath.Join(dir, "exec"),
		"--pidfile", filepath.Join(dir, "pid"), "--iptables=false", "--bridge=none"))
	eventually(t, patience, "the engine answers", func() bool { return e.docker("info").Run() == nil })
	return e
}

// docker is a command of the engine's client.
func (e *engine) docker(args ...string) *exec.Cmd { return e.command("docker", args...) }

// command is a program that talks to this engine. Of the environment it has only what every shell has.
func (e *engine) command(program string, args ...string) *exec.Cmd {
	command := exec.Command(program, args...)
	command.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.TempDir(), "DOCKER_HOST=" + e.host}
	return command
}

// image makes an image from scratch, of programs by their paths in it and the libraries that they are linked with. It returns the
// image's digest.
func (e *engine) image(t *testing.T, name string, programs map[string]string) string {
	t.Helper()
	var archive bytes.Buffer
	writer := tar.NewWriter(&archive)
	add := func(path, from string) {
		content, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		header := &tar.Header{Name: strings.TrimPrefix(path, "/"), Mode: 0o755, Size: int64(len(content))}
		if err := writer.WriteHeader(header); err != nil {
			t.Fatal(err)
		}
		if _, err := writer.Write(content); err != nil {
			t.Fatal(err)
		}
	}
	there := map[string]bool{}
	for path, program := range programs {
		add(path, program)
		for _, library := range libraries(program) {
			if !there[library] {
				there[library] = true
				add(library, library)
			}
		}
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	command := e.docker("import", "-", name)
	command.Stdin = &archive
	return strings.TrimSpace(output(t, command))
}

// libraries are those that a program is linked with; a static one has none, and ldd fails.
func libraries(program string) []string {
	var libraries []string
	text, err := exec.Command("ldd", program).Output()
	if err != nil {
		return nil
	}
	for _, word := range strings.Fields(string(text)) {
		if filepath.IsAbs(word) {
			libraries = append(libraries, word)
		}
	}
	return libraries
}

// found finds an installed program.
func found(t *testing.T, program string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// container is what the engine knows of a container.
type container struct {
	ID           string
	RestartCount int
	State        struct {
		Status, StartedAt string
		Health            *struct{ Status string }
	}
	Config struct{ Labels map[string]string }
}

// containers are those with a label, running or not, by their service.
func (e *engine) containers(t *testing.T, label string) map[string]container {
	t.Helper()
	ids := strings.Fields(output(t, e.docker("ps", "--all", "--quiet", "--filter", "label="+label)))
	containers := map[string]container{}
	if len(ids) == 0 {
		return containers
	}
	var inspected []container
	if err := json.Unmarshal([]byte(output(t, e.docker(append([]string{"inspect"}, ids...)...))), &inspected); err != nil {
		t.Fatal(err)
	}
	for _, c := range inspected {
		containers[c.Config.Labels["com.docker.compose.service"]] = c
	}
	return containers
}
