//go:build cilium_1_18

package main

import (
	"github.com/cilium/cilium/pkg/labels"
	"github.com/cilium/cilium/pkg/policy/api"
)

// selects tells whether a selector is about an endpoint.
func selects(selector api.EndpointSelector, endpoint labels.LabelArray) bool {
	return selector.Matches(endpoint)
}
