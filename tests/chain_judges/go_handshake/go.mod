module handshake

go 1.21
