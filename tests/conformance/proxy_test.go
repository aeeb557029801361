package conformance

import (
	"io"
	"net"
	"testing"
	"time"
)

// startProxy passes on to a server whatever comes, each piece late.
func startProxy(t *testing.T, at, to string, late time.Duration) {
	t.Helper()
	listener, err := net.Listen("tcp", at)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial("tcp", to)
			if err != nil {
				client.Close()
				continue
			}
			go pass(client, server, late)
			go pass(server, client, late)
		}
	}()
}

// pass is a line of some length: what is under way at once arrives at once.
func pass(from, to net.Conn, late time.Duration) {
	type piece struct {
		at    time.Time
		bytes []byte
	}
	line := make(chan piece, 1024)
	go func() {
		defer close(line)
		for {
			buffer := make([]byte, 64*1024)
			n, err := from.Read(buffer)
			if n > 0 {
				line <- piece{time.Now().Add(late), buffer[:n]}
			}
			if err != nil {
				return
			}
		}
	}()
	for p := range line {
		time.Sleep(time.Until(p.at))
		if _, err := to.Write(p.bytes); err != nil {
			break
		}
	}
	_ = to.Close()
	_, _ = io.Copy(io.Discard, from)
}
