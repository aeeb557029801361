package main

import (
	"encoding/json"
	"io"
	"sync"
)

// event is one thing that happened to one remote cluster. The names are those of `agent`.
type event struct {
	Event   string `json:"event"`
	Cluster string `json:"cluster,omitempty"`
	// ID is the id in the cluster-config that was read from the remote etcd.
	ID    uint32 `json:"id,omitempty"`
	Error string `json:"error,omitempty"`
}

// printer writes JSON lines from many goroutines.
type printer struct {
	mutex   sync.Mutex
	encoder *json.Encoder
}

func newPrinter(w io.Writer) *printer { return &printer{encoder: json.NewEncoder(w)} }

func (p *printer) print(line any) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	_ = p.encoder.Encode(line)
}
