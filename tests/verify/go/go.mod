module endpointjudge

go 1.26
