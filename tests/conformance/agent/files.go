package main

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"time"

	clientyaml "go.etcd.io/etcd/client/v3/yaml"

	"github.com/cilium/cilium/pkg/clustermesh/common"
	"github.com/cilium/cilium/pkg/clustermesh/types"
	"github.com/cilium/cilium/pkg/kvstore"
)

// configFile is one file that Cilium takes for the config of a remote cluster.
type configFile struct {
	Path string `json:"path"`
	// NameError says why Cilium refuses the file's name as the name of a cluster.
	NameError string `json:"nameError,omitempty"`
}

// files prints what Cilium takes for configs in dir, by file name, as one object.
func files(dir string, out *printer) error {
	found, err := common.ConfigFiles(dir)
	if err != nil {
		return err
	}

	report := make(map[string]configFile, len(found))
	for name, path := range found {
		file := configFile{Path: path}
		if err := types.ValidateClusterName(name); err != nil {
			file.NameError = err.Error()
		}
		report[name] = file
	}
	out.print(map[string]any{"cilium": ciliumVersion(), "files": report})
	return nil
}

// troubleshootTimeout is generous: `cilium-dbg` has 5 s, and our machines may be busy.
const troubleshootTimeout = 20 * time.Second

// troubleshoot prints the lines that `cilium-dbg troubleshoot clustermesh` prints for one config, as one object.
func troubleshoot(ctx context.Context, config string, out *printer) error {
	ctx, cancel := context.WithTimeout(ctx, troubleshootTimeout)
	defer cancel()
	var report bytes.Buffer
	kvstore.EtcdDbg(ctx, config, kvstore.DefaultEtcdDbgDialer{}, &report)
	out.print(map[string]any{"cilium": ciliumVersion(), "report": strings.Split(strings.TrimSpace(report.String()), "\n")})
	return nil
}

// client prints what the etcd client that Cilium uses gets from a config, as one object.
func client(path string, out *printer) error {
	config, err := clientyaml.NewConfig(path)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	out.print(map[string]any{
		"endpoints": config.Endpoints,
		// Without roots of its own, Go trusts those of the system.
		"anchored":     config.TLS != nil && config.TLS.RootCAs != nil,
		"certificates": config.TLS != nil && len(config.TLS.Certificates) > 0,
	})
	return nil
}
