package conformance

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestReading holds `verify` against Cilium's own reading, over folders of every kind of config: both take the same files for
// clusters, under names that are accepted or refused; what Cilium cannot read has an error, and what it reads is not called
// unreadable; and both read the same endpoints, anchors and certificate.
func TestReading(t *testing.T) {
	base := t.TempDir()
	kit := filepath.Join(base, "kit")
	makeKit(t, kit)
	folders := append(tabledFolders(), mutatedFolders(t)...)
	var dirs []string
	for i, f := range folders {
		dir := filepath.Join(base, fmt.Sprintf("%03d", i))
		f.lay(t, kit, dir)
		dirs = append(dirs, dir)
	}
	// The agents whose folder it is are of `self`.
	etc := filepath.Join(base, "etc")
	writeFiles(t, etc, map[string]string{"clustermesh.env": "CILIUM_CLUSTER_NAME=self\nCILIUM_CLUSTER_ID=1\n"})
	machine := view{}.with(t, etc, "/etc/cilium")

	eachRelease(t, func(t *testing.T, r release) {
		t.Parallel()
		readable := 0
		for i, cilium := range r.read(t, machine, dirs) {
			ours := r.verify(t, machine, dirs[i])
			misfits := compareReadings(cilium, ours, dirs[i])
			if reason := unlike[folders[i].what]; reason != "" {
				if len(misfits) == 0 {
					t.Errorf("%s: there is no difference any more: %s", folders[i].what, reason)
				}
			} else if len(misfits) != 0 {
				t.Errorf("%s: %s\n%s", folders[i].what, strings.Join(misfits, "; "), folders[i].show())
			}
			for name, file := range cilium {
				if name != controlName && file.Error == "" {
					readable++
				}
			}
		}
		// Both halves of what is compared must be there.
		if readable < len(folders)/4 || readable > len(folders) {
			t.Errorf("Cilium reads %d configs of %d folders: the table has become one-sided", readable, len(folders))
		}
	})
}

// reading is what `agent read` prints of one file.
type reading struct {
	NameError, Error      string
	Endpoints             []string
	Anchored, Certificate bool
}

// read is what Cilium makes of each folder, by name of file.
func (r release) read(t *testing.T, machine view, dirs []string) []map[string]reading {
	t.Helper()
	var readings []map[string]reading
	output := machine.run(t, r.agent(os.Getenv(workVariable)), append([]string{"read"}, dirs...)...)
	for decoder := json.NewDecoder(strings.NewReader(output)); decoder.More(); {
		var report struct {
			Cilium, Dir string
			Files       map[string]reading
		}
		if err := decoder.Decode(&report); err != nil {
			t.Fatal(err)
		}
		if report.Cilium != r.version || report.Dir != dirs[len(readings)] {
			t.Fatalf("not Cilium %s of %s: %q, %q", r.version, dirs[len(readings)], report.Cilium, report.Dir)
		}
		readings = append(readings, report.Files)
	}
	if len(readings) != len(dirs) {
		t.Fatalf("%d readings of %d folders", len(readings), len(dirs))
	}
	return readings
}

// verifyReport is the report of `verify`, as far as the tests look into it.
type verifyReport struct {
	Findings []struct {
		Code, Severity, Message string
		File                    string
	}
	Subjects []struct {
		Links []struct {
			Cluster   string
			Endpoints []string
			User      *string
		}
	}
}

// verify is what `meshbundle verify` makes of one folder, as this release's agents read it.
func (r release) verify(t *testing.T, machine view, dir string) verifyReport {
	t.Helper()
	command := machine.command(os.Getenv(binaryVariable), "verify", dir, "--root", "/", "--cilium", r.minor, "--format", "json")
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	var exit *exec.ExitError
	if err := command.Run(); err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 1) {
		t.Fatalf("verify %s: %v\n%s", dir, err, stderr.String())
	}
	var report verifyReport
	if err := json.Unmarshal(stdout.Bytes(), &report); err != nil || len(report.Subjects) != 1 {
		t.Fatalf("verify %s: %v, %d subjects", dir, err, len(report.Subjects))
	}
	return report
}

// Codes by what they say of a config.
var (
	// listed files count as clusters, though they become no link.
	listed = []string{"CM0701", "CM0703", "CM0102"}
	// misnamed ones are not connected to.
	misnamed = []string{"CM0701", "CM0702"}
	// unreadable: the content of the config itself.
	unreadable = []string{"CM0711", "CM0712"}
	// broken: it, or a file that it names.
	broken = append([]string{"CM0706", "CM0407", "CM0408", "CM0415", "CM0416", "CM0756"}, unreadable...)
	// relative: a path that may be anywhere.
	relative = []string{"CM0719"}
	// nothing to connect to.
	nothing = append([]string{"CM0301"}, unreadable...)
	// unanchored: it names no roots that agents go by, or no TLS.
	unanchored = []string{"CM0713", "CM0715", "CM0717"}
)

// compareReadings says in which ways two readings of one folder differ.
func compareReadings(cilium map[string]reading, ours verifyReport, dir string) []string {
	var misfits []string
	misfit := func(form string, args ...any) { misfits = append(misfits, fmt.Sprintf(form, args...)) }
	has := func(name string, codes []string, severity string) bool {
		for _, f := range ours.Findings {
			// A name is printed as one line.
			path := filepath.Join(dir, strings.ReplaceAll(name, "\n", `\n`))
			of := f.File == path || name == "" && strings.HasPrefix(f.File, "/")
			if of && slices.Contains(codes, f.Code) && (severity == "" || f.Severity == severity) {
				return true
			}
		}
		return false
	}

	var counted []string
	for name := range cilium {
		counted = append(counted, name)
		if told := has(name, misnamed, ""); cilium[name].NameError != "" && !told {
			misfit("%q is a name that Cilium refuses", name)
		}
		if cilium[name].NameError == "" && has(name, []string{"CM0702"}, "") {
			misfit("%q is a name that Cilium accepts", name)
		}
	}
	var taken []string
	for _, link := range ours.Subjects[0].Links {
		taken = append(taken, link.Cluster)
		file, found := cilium[link.Cluster]
		if !found {
			continue // told below
		}
		if file.Error != "" {
			// Of credentials, the finding stands at the file that is broken.
			if !has(link.Cluster, broken, "error") && !has("", broken, "error") && !has(link.Cluster, relative, "") {
				misfit("Cilium cannot read %q (%s), and verify does not say so", link.Cluster, file.Error)
			}
			continue
		}
		if len(file.Endpoints) == 0 && has(link.Cluster, nothing, "error") {
			continue // an agent that reads it connects to nothing either
		}
		if has(link.Cluster, unreadable, "") {
			misfit("Cilium reads %q, and verify says that it cannot", link.Cluster)
			continue
		}
		if got, want := unique(withoutUsers(link.Endpoints)), unique(withoutUsers(file.Endpoints)); !slices.Equal(got, want) {
			misfit("the endpoints of %q are %q to Cilium, %q to verify", link.Cluster, want, got)
		}
		if file.Anchored && has(link.Cluster, unanchored[:2], "error") || !file.Anchored && !has(link.Cluster, unanchored, "") {
			misfit("%q is anchored to Cilium: %v; verify says otherwise", link.Cluster, file.Anchored)
		}
		if (link.User != nil) != file.Certificate {
			misfit("%q has a certificate to Cilium: %v; verify says otherwise", link.Cluster, file.Certificate)
		}
	}
	for name := range cilium {
		if !slices.Contains(taken, name) && has(name, listed, "") {
			taken = append(taken, name)
		}
	}
	if got, want := unique(taken), unique(counted); !slices.Equal(got, want) {
		misfit("clusters are %q to Cilium, %q to verify", want, got)
	}
	return misfits
}

// unique are the same texts in order, each once.
func unique(texts []string) []string {
	return slices.Compact(slices.Sorted(slices.Values(texts)))
}

// withoutUsers leaves out what is before the host: verify never shows a user or a password.
func withoutUsers(endpoints []string) []string {
	var hosts []string
	for _, endpoint := range endpoints {
		if _, host, found := strings.Cut(endpoint, "@"); found {
			endpoint = "@" + host
		}
		hosts = append(hosts, endpoint)
	}
	return hosts
}
