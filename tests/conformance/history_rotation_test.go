package conformance

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// rotation is what `certs rotate` reports, as far as the tests look into it.
type rotation struct {
	Findings []struct{ Code, Message string }
	At       *struct{ Step string }
	Step     *struct {
		Effects []struct {
			Cluster              string
			Reconnects, Restarts []string
			AgentsRestart        bool
		}
	}
}

// refusal is the message of the one finding that a step was refused with.
func (r rotation) refusal() string {
	var messages []string
	for _, finding := range r.Findings {
		if finding.Code == "CM0625" {
			messages = append(messages, finding.Message)
		}
	}
	return strings.Join(messages, "\n")
}

// rotate asks for a step of the rotation of a CA: `--next`, or `--back`. One that is refused writes nothing.
func (w *world) rotate(t *testing.T, ca string, words ...string) (report rotation, taken bool) {
	t.Helper()
	writeFile(t, w.mesh.file(), w.desired.text())
	words = append([]string{"certs", "rotate", w.mesh.file(), "--out", w.mesh.out, "--format", "json", "--ca", ca}, words...)
	before := w.written(t)
	command := exec.Command(os.Getenv(binaryVariable), words...)
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	var exit *exec.ExitError
	if err := command.Run(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if err := json.Unmarshal(stdout.Bytes(), &report); err != nil {
		t.Fatalf("%v: %v in %s%s", words, err, stdout.Bytes(), stderr.Bytes())
	}
	code := command.ProcessState.ExitCode()
	w.logf("%s: %d %s", strings.Join(words[7:], " "), code, report.refusal())
	switch {
	case code == 0:
		w.runs++
		w.track(t)
		w.keepAdministrators(t)
	case code != 1 || report.refusal() == "":
		t.Fatalf("%v exits with %d: %s%s", words, code, stdout.Bytes(), stderr.Bytes())
	case !maps.Equal(before, w.written(t)):
		t.Fatalf("%v is refused, and has written", words)
	}
	return report, code == 0
}

// written is what is in the output folder and in the state.
func (w *world) written(t *testing.T) map[string]string {
	t.Helper()
	files := contents(t, w.mesh.out)
	maps.Copy(files, contents(t, filepath.Join(w.mesh.dir, "state")))
	return files
}
