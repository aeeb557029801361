//go:build !cilium_1_18

package main

import (
	"github.com/cilium/cilium/pkg/labels"
	"github.com/cilium/cilium/pkg/policy/api"
	"github.com/cilium/cilium/pkg/policy/types"
)

// selects tells whether a selector is about an endpoint: for matching, rules become entries.
func selects(selector api.EndpointSelector, endpoint labels.LabelArray) bool {
	return types.NewLabelSelector(selector).Matches(endpoint)
}
