mode=apply
case $#:${1:-} in
    0:) ;;
    1:--check | 1:--add | 1:--enable | 1:--disable | 1:--receipt) mode=${1#--} ;;
    1:--help | 1:-h) help && exit ;;
    *) help >&2 && exit 2 ;;
esac
command -v etcdctl >/dev/null || cannot "etcdctl is not installed: install etcdctl 3.4 or newer"
here=$(unset CDPATH && cd -- "$(dirname -- "$0")" && pwd)
: "${ETCDCTL_ENDPOINTS:=$endpoints}"
export ETCDCTL_ENDPOINTS
if [ -z "${ETCDCTL_CACERT:-}" ] && [ -r "$here/server-ca.crt" ]; then
    export ETCDCTL_CACERT="$here/server-ca.crt"
fi
if [ -z "${ETCDCTL_CERT:-}${ETCDCTL_KEY:-}" ] && [ -r "$here/root.crt" ]; then
    export ETCDCTL_CERT="$here/root.crt" ETCDCTL_KEY="$here/root.key"
fi
printf 'the etcd of %s, at %s\n' "$cluster" "$ETCDCTL_ENDPOINTS"
if ! read_at "$ETCDCTL_ENDPOINTS"; then
    [ -n "${ETCDCTL_CERT:-}" ] || cannot "cannot read at $ETCDCTL_ENDPOINTS, and no certificate was presented: there is no root.crt in the folder of this script, so set
ETCDCTL_CERT, ETCDCTL_KEY and ETCDCTL_CACERT to absolute paths of the administrator's files"
    cannot "cannot read at $ETCDCTL_ENDPOINTS: it does not answer, or it rejects this certificate; with
authentication on, only the user root may do this"
fi

case $mode in
    apply | add | check)
        reconcile
        report_authentication
        [ "$mode" != check ] || exit $different
        ;;
    enable)
        case $(authentication) in
            on)
                reconcile
                echo 'authentication: already on'
                ;;
            off)
                check_before_enable
                reconcile
                turn_on
                ;;
            *) refuse "cannot tell whether it is already on" ;;
        esac
        ;;
    receipt)
        read_etcd
        [ -n "$record" ] || cannot "this etcd has no generation yet: run this script without --receipt"
        print_receipt
        report_authentication
        ;;
    disable)
        case $(authentication) in
            off) echo 'authentication: already off' ;;
            *)
                ctl auth disable >/dev/null || cannot "authentication could not be turned off: only the user root may"
                [ "$(authentication)" = off ] || cannot "authentication was turned off, but etcd reports that it is on"
                echo 'authentication turned off: etcd ignores roles until it is on again'
                ;;
        esac
        ;;
esac
