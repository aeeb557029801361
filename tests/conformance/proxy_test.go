package conformance

import (
	"io"
	"net"
	"sync"
	"testing"
	"time"
)

// proxy passes on to a server whatever comes, as a line does.
type proxy struct {
	late   time.Duration // what each piece takes, each way
	paused time.Duration // how long a connection may be silent before it is closed; 0 for any time
	rate   int           // bytes a second; 0 for any number

	mutex   sync.Mutex
	isCut   bool
	streams []net.Conn
}

// start passes on from an address to another one, until the test ends or the line is cut.
func (p *proxy) start(t *testing.T, at, to string) {
	t.Helper()
	go serve(listen(t, at), func(client net.Conn) {
		server, err := net.Dial("tcp", to)
		if err != nil || !p.keep(client, server) {
			client.Close()
			return
		}
		go p.pass(client, server)
		go p.pass(server, client)
	})
}

// keep remembers both ends of a connection, unless the line is cut.
func (p *proxy) keep(streams ...net.Conn) bool {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.streams = append(p.streams, streams...)
	if p.isCut {
		streams[1].Close()
	}
	return !p.isCut
}

// cut ends all connections, and every new one at once.
func (p *proxy) cut() {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.isCut = true
	for _, stream := range p.streams {
		stream.Close()
	}
}

// pass is a line of some length: what is under way at once arrives at once.
func (p *proxy) pass(from, to net.Conn) {
	type piece struct {
		at    time.Time
		bytes []byte
	}
	line := make(chan piece, 1024)
	go func() {
		defer close(line)
		for {
			buffer := make([]byte, 64*1024)
			if p.rate > 0 {
				buffer = buffer[:p.rate/10]
			}
			if p.paused > 0 {
				_ = from.SetReadDeadline(time.Now().Add(p.paused))
			}
			n, err := from.Read(buffer)
			if n > 0 {
				line <- piece{time.Now().Add(p.late), buffer[:n]}
			}
			if err != nil {
				return
			}
			if p.rate > 0 {
				time.Sleep(time.Duration(n) * time.Second / time.Duration(p.rate))
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

// listen listens until the test ends.
func listen(t *testing.T, at string) net.Listener {
	t.Helper()
	listener, err := net.Listen("tcp", at)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	return listener
}

// serve hands over each connection as it comes, until the listener is closed.
func serve(listener net.Listener, take func(net.Conn)) {
	for {
		client, err := listener.Accept()
		if err != nil {
			return
		}
		take(client)
	}
}
