// Package conformance proves with Cilium's own code that what meshbundle writes is read and connected with. There is
// nothing here but tests; README.md says how they work and what they need.
package conformance
