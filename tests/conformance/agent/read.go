package main

import (
	"github.com/cilium/cilium/pkg/clustermesh/common"
	"github.com/cilium/cilium/pkg/clustermesh/types"
	clientyaml "go.etcd.io/etcd/client/v3/yaml"
)

// readFile is what Cilium makes of one file that it takes for a config.
type readFile struct {
	// NameError says why Cilium refuses the file's name as the name of a cluster.
	NameError string `json:"nameError,omitempty"`
	// Error says why the etcd client, or Cilium, refuses the content. An agent tries again for ever.
	Error     string   `json:"error,omitempty"`
	Endpoints []string `json:"endpoints,omitempty"`
	// Anchored is whether the config brings roots of its own; without them, Go trusts the system's.
	Anchored bool `json:"anchored"`
	// Certificate is whether the agent shows one.
	Certificate bool `json:"certificate"`
}

// read prints, one object a folder, what Cilium makes of every file in it: what it lists as configs (as agents do when they
// start), and what comes of opening each, as connectEtcdClient in pkg/kvstore/etcd.go and Cilium's own part of it do.
func read(dirs []string, out *printer) error {
	for _, dir := range dirs {
		found, err := common.ConfigFiles(dir)
		if err != nil {
			return err
		}
		report := make(map[string]readFile, len(found))
		for name, path := range found {
			file := readConfig(path)
			if err := types.ValidateClusterName(name); err != nil {
				file.NameError = err.Error()
			}
			report[name] = file
		}
		out.print(map[string]any{"cilium": ciliumVersion(), "dir": dir, "files": report})
	}
	return nil
}

func readConfig(path string) readFile {
	config, err := clientyaml.NewConfig(path)
	if err == nil {
		err = readAliases(path)
	}
	if err != nil {
		return readFile{Error: err.Error()}
	}
	return readFile{
		Endpoints:   config.Endpoints,
		Anchored:    config.TLS != nil && config.TLS.RootCAs != nil,
		Certificate: config.TLS != nil && len(config.TLS.Certificates) > 0,
	}
}
