//go:build cilium_1_18

package main

// readAliases reads nothing: before 1.20 Cilium has no part of its own in a config.
func readAliases(string) error { return nil }
