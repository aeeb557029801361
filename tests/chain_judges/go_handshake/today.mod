module handshake

go 1.26
