package main

import (
	"fmt"
	"log/slog"

	"github.com/cilium/hive/cell"
	"github.com/spf13/cobra"

	"github.com/cilium/cilium/pkg/clustermesh/common"
	"github.com/cilium/cilium/pkg/clustermesh/types"
	"github.com/cilium/cilium/pkg/defaults"
	"github.com/cilium/cilium/pkg/hive"
	"github.com/cilium/cilium/pkg/kvstore"
	"github.com/cilium/cilium/pkg/option"
)

// localOptions are those by which an agent knows its own cluster, the folder of its peers, and the way to its etcd.
type localOptions struct {
	cluster types.ClusterInfo
	peers   common.Config
	kvstore kvstore.Config
}

// readOptions reads command line, environment and config-dir as agents do (daemon/cmd/root.go): all meet in hive's viper, and hive
// decodes them. The agent has the flags of many cells; those that are not here are passed over.
func readOptions(log *slog.Logger, args []string) (options localOptions, err error) {
	h := hive.New(
		cell.Config(types.DefaultClusterInfo),
		cell.Config(common.DefaultConfig),
		// What pkg/kvstore/cell.go has for its own: the cell itself keeps what it reads to itself.
		cell.Config(kvstore.Config{
			KVStore:                           kvstore.DisabledBackendName,
			KVStoreOpt:                        map[string]string{},
			KVStoreLeaseTTL:                   defaults.KVstoreLeaseTTL,
			KVstoreMaxConsecutiveQuorumErrors: defaults.KVstoreMaxConsecutiveQuorumErrors,
		}),
		cell.Invoke(func(cluster types.ClusterInfo, peers common.Config, kvstore kvstore.Config) {
			options = localOptions{cluster, peers, kvstore}
		}),
	)
	command := &cobra.Command{Use: "cilium-agent"}
	command.FParseErrWhitelist.UnknownFlags = true
	h.RegisterFlags(command.Flags())
	command.Flags().String(option.ConfigDir, "", "")
	if err := command.ParseFlags(args); err != nil {
		return options, fmt.Errorf("options: %w", err)
	}
	if err := h.Viper().BindPFlags(command.Flags()); err != nil {
		return options, fmt.Errorf("options: %w", err)
	}
	option.InitConfig(log, command, "cilium-agent", "cilium", h.Viper())()
	return options, h.Populate(log)
}

// showOptions prints what Cilium reads, as one object.
func showOptions(log *slog.Logger, args []string, out *printer) error {
	options, err := readOptions(log, args)
	if err != nil {
		return err
	}
	out.print(map[string]any{
		"cilium":     ciliumVersion(),
		"name":       options.cluster.Name,
		"id":         options.cluster.ID,
		"kvstore":    options.kvstore.KVStore,
		"kvstoreOpt": options.kvstore.KVStoreOpt,
	})
	return nil
}
