# Prints the endpoints, one per line.
list_endpoints() {
    printf '%s\n' "$ETCDCTL_ENDPOINTS" | tr , '\n'
}

# Refuses, before anything is changed, if authentication would lock out all clients.
check_before_enable() {
    [ -n "$administrator" ] || refuse "meshbundle issued no administrator certificate for this etcd, so it cannot check that root can still connect.
Set \`localClients: true\` for the etcd of $cluster in mesh.yaml. Or do it by hand: give the user root the role root, check that
every endpoint accepts its certificate and rejects clients without one, and run \`etcdctl auth enable\`"
    [ -z "${ETCDCTL_USER:-}" ] || refuse "ETCDCTL_USER is set, but the check needs the administrator's certificate alone: unset ETCDCTL_USER"
    [ -r "${ETCDCTL_CERT:-}" ] || refuse "the administrator's certificate is missing: set ETCDCTL_CERT and ETCDCTL_KEY, or put root.crt and root.key into the folder of this script"
    [ "$(cat "$ETCDCTL_CERT")" = "$administrator" ] || refuse "$ETCDCTL_CERT is not the administrator's certificate that this script was generated for"
    members=$(ctl member list) || cannot 'cannot list the members'
    known=,
    while IFS= read -r line; do
        urls=${line#*, *, *, *, }
        known=$known${urls%%, *},
    done <<MEMBERS
$members
MEMBERS
    echo 'checking each endpoint with and without a certificate; this takes some seconds each, because etcdctl retries'
    while IFS= read -r endpoint; do
        case $known in
            *,"$endpoint",*) ;;
            *) refuse "$endpoint is not the client URL of a member (\`etcdctl member list\`): behind a proxy, etcd sees the proxy's certificate for
every client. Set ETCDCTL_ENDPOINTS to the members' client URLs" ;;
        esac
        # The administrator connects right afterwards, to show that the network did not cause the rejection.
        if read_nameless_at "$endpoint"; then
            refuse "$endpoint accepts clients without a certificate, so etcd cannot identify users: start it with --client-cert-auth and --trusted-ca-file"
        fi
        read_at "$endpoint" || refuse "$endpoint does not answer the administrator: start every member, or set ETCDCTL_ENDPOINTS to those that run"
    done <<ENDPOINTS
$(list_endpoints)
ENDPOINTS
}

turn_on() {
    had=$(read_roles root) || refuse "there is no user root"
    case " $had " in
        *' root '*) ;;
        *) refuse "the user root does not have the role root" ;;
    esac
    had=$(read_roles "$agent") || refuse "there is no user $agent: etcd would deny the local agents"
    case " $had " in
        *' clustermesh-agent '*) ;;
        *) refuse "the user $agent does not have the role clustermesh-agent: etcd would deny the local agents" ;;
    esac
    ctl auth enable >/dev/null || cannot "authentication could not be turned on"
    while IFS= read -r endpoint; do
        read_at "$endpoint" ||
            cannot "authentication is on, but $endpoint does not answer the administrator; at another
endpoint that does (ETCDCTL_ENDPOINTS), \`etcd-auth.sh --disable\` turns it off again"
    done <<ENDPOINTS
$(list_endpoints)
ENDPOINTS
    [ "$(authentication)" = on ] || cannot "authentication was turned on, but etcd reports that it is off"
    echo 'authentication turned on; every endpoint accepts the administrator'
}

