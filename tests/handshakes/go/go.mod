module handshakes

go 1.26
