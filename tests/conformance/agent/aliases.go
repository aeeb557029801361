//go:build !cilium_1_18

package main

import "github.com/cilium/cilium/pkg/clustermesh/common"

// readAliases reads Cilium's own part of a config, as agents do before they connect (pkg/clustermesh/common/remote_cluster.go).
func readAliases(path string) error {
	_, err := common.ParseCiliumConfig(path)
	return err
}
