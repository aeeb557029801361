package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"sigs.k8s.io/yaml"

	cilium_v2 "github.com/cilium/cilium/pkg/k8s/apis/cilium.io/v2"
	"github.com/cilium/cilium/pkg/labels"
	"github.com/cilium/cilium/pkg/labelsfilter"
	"github.com/cilium/cilium/pkg/policy/api"
)

// policy reads a CiliumNetworkPolicy as an agent does, or rules as `policy import` does. For each endpoint, whose
// labels are divided by commas, it tells whether the policy is about it, and whether it may come in.
func policy(args []string, out *printer) error {
	if len(args) < 1 {
		return errUsage
	}
	text, err := os.ReadFile(args[0])
	if err != nil {
		return err
	}
	rules, err := rulesOf(args[0], text)
	if err != nil {
		return err
	}
	// As an agent does it with labels that are given to an endpoint by hand.
	if err := readLabelPrefixes(); err != nil {
		return err
	}
	for _, text := range args[1:] {
		given := labels.NewLabelsFromModel(strings.Split(text, ","))
		kept, dropped := labelsfilter.Filter(given)
		if len(dropped) > 0 {
			return fmt.Errorf("labels that are no part of an identity: %v", dropped)
		}
		endpoint, verdict := kept.LabelArray(), policyVerdict{Endpoint: text}
		for _, rule := range rules {
			verdict.Subject = verdict.Subject || rule.EndpointSelector.Matches(endpoint)
			for _, ingress := range rule.Ingress {
				verdict.Allowed = verdict.Allowed || api.EndpointSelectorSlice(ingress.FromEndpoints).Matches(endpoint)
			}
		}
		out.print(verdict)
	}
	return nil
}

// rulesOf are the rules in a file, which the agent accepts.
func rulesOf(path string, text []byte) (rules api.Rules, err error) {
	if filepath.Ext(path) == ".json" {
		if err := json.Unmarshal(text, &rules); err != nil {
			return nil, err
		}
		for _, rule := range rules {
			if err := rule.Sanitize(); err != nil {
				return nil, err
			}
		}
		return rules, nil
	}
	document, err := yaml.YAMLToJSON(text)
	if err != nil {
		return nil, err
	}
	var object cilium_v2.CiliumNetworkPolicy
	if err := json.Unmarshal(document, &object); err != nil {
		return nil, err
	}
	return object.Parse()
}

// policyVerdict is what a policy means for an endpoint.
type policyVerdict struct {
	Endpoint string `json:"endpoint"`
	Subject  bool   `json:"subject"`
	Allowed  bool   `json:"allowed"`
}
