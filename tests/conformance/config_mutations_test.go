package conformance

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

const (
	mutations = 400
	// mutationSeed makes the same mutations in each run; another one finds others.
	mutationSeed = 20261122
)

// fragments are what people, editors and templates leave in YAML.
var fragments = []string{
	":", " :", ": ", "-", "- ", "#", " #", "\"", "'", "\t", "\r", "\n", "\n\n", "  ", "[", "]", "{", "}", "&a ", "*a", "!", "|", ">", "%", "@", "`",
	",", "?", "? ", "~", "---\n", "...\n", "<<: ", "null", "true", "yes", "12", "1.5", "\u00a0", "\x00", "\xff", "é", "{{ x }}",
	"dial-timeout: 5s\n", "reject-old-cluster: 1\n", "username: 7\n", "cilium-host-aliases: [{}]\n",
}

// mutatedFolders are the good config with one to three small faults, the same ones in each run.
func mutatedFolders(t *testing.T) []folder {
	t.Helper()
	random := rand.New(rand.NewPCG(mutationSeed, 0))
	var folders []folder
	for i := range mutations {
		text := goodConfig + "cilium-host-aliases:\n- hostname: etcd.example.net\n  ips: [127.0.0.1]\nreject-old-cluster: false\n"
		for range 1 + random.IntN(3) {
			text = mutated(text, random)
		}
		folders = append(folders, config(fmt.Sprintf("mutation %d", i), text))
	}
	return folders
}

func mutated(text string, random *rand.Rand) string {
	at := random.IntN(len(text))
	switch random.IntN(6) {
	case 0: // a character is lost
		return text[:at] + text[at+1:]
	case 1, 2: // something slips in
		return text[:at] + fragments[random.IntN(len(fragments))] + text[at:]
	case 3: // a character becomes something else
		return text[:at] + fragments[random.IntN(len(fragments))] + text[at+1:]
	}
	lines := strings.SplitAfter(text, "\n")
	one, other := random.IntN(len(lines)), random.IntN(len(lines))
	if random.IntN(2) == 0 { // two lines change places
		lines[one], lines[other] = lines[other], lines[one]
		return strings.Join(lines, "")
	}
	// a line comes twice
	return strings.Join(lines[:one], "") + lines[other] + strings.Join(lines[one:], "")
}
