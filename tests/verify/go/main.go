// endpointjudge reads endpoints as etcd's client does, with Go's net/url: each argument becomes a line, the host and port that are dialled,
// or nothing.
package main

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"
)

// dialled follows translateEndpoint in client/v3/internal/endpoint/endpoint.go, and the target that gRPC parses in client/v3/client.go.
func dialled(endpoint string) string {
	authority, address := endpoint, endpoint
	if _, rest, ok := strings.Cut(endpoint, "://"); ok {
		authority = rest
		if parsed, err := url.Parse(endpoint); err == nil {
			if parsed.Scheme != "https" {
				return ""
			}
			address = parsed.Host
		}
	}
	if _, err := url.Parse("passthrough:///etcd-endpoints://0x1/" + authority); err != nil {
		return ""
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil || host == "" || strings.Contains(host, "/") {
		return ""
	}
	if number, err := net.LookupPort("tcp", port); err != nil || number == 0 {
		return ""
	}
	return net.JoinHostPort(host, port)
}

func main() {
	for _, endpoint := range os.Args[1:] {
		fmt.Println(dialled(endpoint))
	}
}
