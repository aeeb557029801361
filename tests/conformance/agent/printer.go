package main

import (
	"encoding/json"
	"io"
	"sync"
)

// event is one thing that happened to one remote cluster.
type event struct {
	Event   string `json:"event"`
	Cluster string `json:"cluster,omitempty"`
	// ID is the id in the cluster-config that was read from the remote etcd.
	ID uint32 `json:"id,omitempty"`
	// Ready is the mesh's NumReadyClusters at that moment.
	Ready int    `json:"ready,omitempty"`
	Error string `json:"error,omitempty"`
	// Key is that of a node that was not there before, the endpoint that was read at, or the token of a round of reads.
	Key string `json:"key,omitempty"`
	// Seconds is how long a read took, with all its attempts.
	Seconds float64 `json:"seconds,omitempty"`
	// Config and Anchors are digests of the files that were dialled with.
	Config  string `json:"config,omitempty"`
	Anchors string `json:"anchors,omitempty"`
	// Cilium is the release of Cilium at work, told in the first event.
	Cilium string `json:"cilium,omitempty"`
}

// printer writes JSON lines from many goroutines.
type printer struct {
	mutex   sync.Mutex
	encoder *json.Encoder
}

func newPrinter(w io.Writer) *printer {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	return &printer{encoder: encoder}
}

// print writes one line. A reader that has gone away is no concern of the agent's.
func (p *printer) print(line any) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	_ = p.encoder.Encode(line)
}
