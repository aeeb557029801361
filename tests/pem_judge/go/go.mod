module pemjudge

go 1.26

require go.etcd.io/etcd/client/pkg/v3 v3.6.12
