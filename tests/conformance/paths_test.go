package conformance

import (
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// The paths of TestProbe are real: a router between the sandbox and a machine far away, each in a network namespace of its own.
// The link between the two is narrower than that of the sandbox, as a tunnel is. What is wrong with a path goes by the address.
const (
	routerNamespace = "probe-router"
	farNamespace    = "probe-far"
	wellPath        = "10.98.0.1" // the router says how large packets may be
	holePath        = "10.98.0.2" // it drops what is too large, and nothing of it is heard
	answerHolePath  = "10.98.0.3" // the same for what comes back
	noAnswerPath    = "10.98.0.4" // the second packet of each connection, SYN-ACK, is lost
	resetPath       = "10.98.0.5" // a firewall resets each connection that says something
	forbiddenPath   = "10.98.0.6" // a firewall says that it lets nobody through
	natPath         = "10.98.0.7" // the same machine by an address of the router's
	rejectedPath    = "10.98.0.8" // a firewall refuses on behalf of the machine
	lossyPath       = "10.98.0.9" // each 20th packet is lost
)

var paths = []string{
	wellPath, holePath, answerHolePath, noAnswerPath, resetPath, forbiddenPath, natPath, rejectedPath, lossyPath,
}

// layPaths makes both namespaces.
const layPaths = `
ip netns add probe-router
ip netns add probe-far
ip link add probe0 type veth peer name near netns probe-router
ip address add 10.97.0.1/24 dev probe0
ip link set probe0 up
ip route add 10.98.0.0/16 via 10.97.0.2
router() { ip netns exec probe-router "$@"; }
far() { ip netns exec probe-far "$@"; }
router ip link add far type veth peer name back netns probe-far
router ip link set lo up
router ip address add 10.97.0.2/24 dev near
router ip link set near up
router ip address add 10.97.1.1/24 dev far
router ip link set far mtu 1280 up
far ip link set lo up
far ip address add 10.97.1.2/24 dev back
far ip link set back mtu 1280 up
for n in 1 2 3 4 5 6 8 9; do far ip address add 10.98.0.$n/32 dev lo; done
# As if the machine itself were on a link of full size: it announces that it takes segments of 1460 bytes.
far ip route add default via 10.97.1.1 advmss 1460
router ip route add 10.98.0.0/16 via 10.97.1.2
router sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward'
# The address of the packet that was too large is at byte 44 of what the router says of it.
router iptables -A OUTPUT -p icmp --icmp-type fragmentation-needed -m u32 --u32 '44=0x0A620002' -j DROP
router iptables -A FORWARD -s 10.98.0.3 -p tcp -m length --length 1201: -j DROP
router iptables -A FORWARD -s 10.98.0.4 -p tcp --tcp-flags SYN,ACK SYN,ACK -j DROP
router iptables -A FORWARD -d 10.98.0.5 -p tcp -m length --length 200: -j REJECT --reject-with tcp-reset
router iptables -A FORWARD -d 10.98.0.6 -j REJECT --reject-with icmp-admin-prohibited
router iptables -t nat -A PREROUTING -d 10.98.0.7 -j DNAT --to-destination 10.98.0.1
router iptables -t nat -A POSTROUTING -d 10.98.0.1 -m conntrack --ctorigdst 10.98.0.7 -j MASQUERADE
router iptables -A FORWARD -d 10.98.0.8 -p tcp -j REJECT --reject-with tcp-reset
router iptables -A FORWARD -s 10.98.0.9 -m statistic --mode nth --every 20 --packet 0 -j DROP
`

// startPaths makes the namespaces, which end with the sandbox.
func startPaths(t *testing.T) {
	t.Helper()
	const registry = "/run/netns" // where `ip netns` keeps them; what is mounted there is the sandbox's own
	makeMountPoint(t, registry)
	if err := syscall.Mount("none", registry, "tmpfs", 0, ""); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, namespace := range []string{routerNamespace, farNamespace} {
			output(t, exec.Command("ip", "netns", "delete", namespace))
		}
		if err := syscall.Unmount(registry, syscall.MNT_DETACH); err != nil {
			t.Errorf("%s: %v", registry, err)
		}
	})
	lay := exec.Command("sh", "-ec", layPaths)
	lay.Env = os.Environ()
	output(t, lay)
}

// farServers are the addresses with the port of etcd.
func farServers() []string {
	var at []string
	for _, path := range paths {
		if path != natPath {
			at = append(at, path+":2379")
		}
	}
	return at
}

// hostOf is the host of host:port.
func hostOf(at string) string { return strings.Trim(at[:strings.LastIndexByte(at, ':')], "[]") }
