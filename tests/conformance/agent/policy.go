package main

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/cilium/cilium/pkg/clustermesh/types"
	cilium_v2 "github.com/cilium/cilium/pkg/k8s/apis/cilium.io/v2"
	"github.com/cilium/cilium/pkg/labels"
	"github.com/cilium/cilium/pkg/labelsfilter"
)

// policy reads a CiliumNetworkPolicy as an agent of a cluster does, from Kubernetes or from its folder of policies. For each endpoint, whose
// labels are divided by commas, it tells whether the policy is about it, and whether it may come in.
func policy(log *slog.Logger, args []string, out *printer) error {
	if len(args) < 3 {
		return errUsage
	}
	local, err := strconv.ParseBool(args[2])
	if err != nil {
		return errUsage
	}
	text, err := os.ReadFile(args[0])
	if err != nil {
		return err
	}
	var object cilium_v2.CiliumNetworkPolicy
	document, err := yaml.YAMLToJSON(text)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(document, &object); err != nil {
		return err
	}
	config := types.PolicyConfig{PolicyDefaultLocalCluster: local}
	rules, err := object.Parse(log, types.LocalClusterNameForPolicies(config, args[1]))
	if err != nil {
		return err
	}
	// As an agent does it with labels that are given to an endpoint by hand.
	if err := labelsfilter.ParseLabelPrefixCfg(log, nil, nil, ""); err != nil {
		return err
	}
	for _, text := range args[3:] {
		given := labels.NewLabelsFromModel(strings.Split(text, ","))
		kept, dropped := labelsfilter.Filter(given)
		if len(dropped) > 0 {
			return fmt.Errorf("labels that are no part of an identity: %v", dropped)
		}
		endpoint, verdict := kept.LabelArray(), policyVerdict{Endpoint: text}
		for _, rule := range rules {
			verdict.Subject = verdict.Subject || selects(rule.EndpointSelector, endpoint)
			for _, ingress := range rule.Ingress {
				for _, peer := range ingress.FromEndpoints {
					verdict.Allowed = verdict.Allowed || selects(peer, endpoint)
				}
			}
		}
		out.print(verdict)
	}
	return nil
}

// policyVerdict is what a policy means for an endpoint.
type policyVerdict struct {
	Endpoint string `json:"endpoint"`
	Subject  bool   `json:"subject"`
	Allowed  bool   `json:"allowed"`
}
