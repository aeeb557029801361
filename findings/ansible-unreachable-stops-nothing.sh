#!/bin/sh
# Ansible: an unreachable host stops no rolling play, and `any_errors_fatal: true` takes away the one stop that there is.
#
# Versions:  ansible-core 2.19.14 (PyPI)
# Behaviour: with `serial: 2` a host whose task fails ends the play if any_errors_fatal or max_fail_percentage: 0 is set; a host
#            that is unreachable does not: its batch and all later ones are changed. With `serial: 1` the play ends at an
#            unreachable host, as the whole batch is lost; but not with any_errors_fatal: true, under which the host counts
#            twice, as failed and as unreachable, and so "all of the batch" is never reached. The exit status is 4 in the end.
# Matters:   certificates and restarts that are rolled out to the members of an etcd, one after another: behind a dead member
#            the next one is restarted as well, and the etcd loses its quorum. `serial: 1` without any_errors_fatal is safe.
# Output:    below, after `wanted`
set -eu
command -v python3 >/dev/null || { echo "missing: python3, with venv" >&2; exit 2; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check ansible-core==2.19.14

# Four hosts, all of them this machine; in one inventory the second one is a port on which nothing listens.
printf 'm%s ansible_connection=local\n' 1 2 3 4 >all-there
sed 's/^m2 .*/m2 ansible_connection=ssh ansible_host=127.0.0.1 ansible_port=1/' all-there >m2-unreachable

run() { # inventory batch setting
    cat >play.yml <<EOF
- hosts: all
  gather_facts: false
  serial: $2
  $3
  tasks:
  - name: Change
    ansible.builtin.command: { cmd: "test {{ inventory_hostname }} != {{ failing | default('none') }}" }
EOF
    status=0
    failing=none
    [ "$1" != all-there ] || failing=m2
    ANSIBLE_HOME=$work/home ANSIBLE_NOCOLOR=1 ANSIBLE_PYTHON_INTERPRETER=$work/venv/bin/python \
        venv/bin/ansible-playbook -i "$1" -e "failing=$failing" play.yml >log 2>&1 || status=$?
    changed=$(sed -n 's/^\(m[0-9]\) .*changed=1 .*/ \1/p' log | tr -d '\n')
    [ "$failing" = none ] && what=unreachable || what=failing
    echo "m2 $what, serial: $2, $3: exit status $status, changed:$changed"
}
{
    run all-there 2 'any_errors_fatal: true'
    run all-there 2 'max_fail_percentage: 0'
    run m2-unreachable 2 'any_errors_fatal: true'
    run m2-unreachable 2 'max_fail_percentage: 0'
    run m2-unreachable 1 'max_fail_percentage: 0'
    run m2-unreachable 1 'any_errors_fatal: true'
} >seen
cat >wanted <<'EOF'
m2 failing, serial: 2, any_errors_fatal: true: exit status 2, changed: m1
m2 failing, serial: 2, max_fail_percentage: 0: exit status 2, changed: m1
m2 unreachable, serial: 2, any_errors_fatal: true: exit status 4, changed: m1 m3 m4
m2 unreachable, serial: 2, max_fail_percentage: 0: exit status 4, changed: m1 m3 m4
m2 unreachable, serial: 1, max_fail_percentage: 0: exit status 4, changed: m1
m2 unreachable, serial: 1, any_errors_fatal: true: exit status 4, changed: m1 m3 m4
EOF
venv/bin/pip list --disable-pip-version-check 2>/dev/null | grep '^ansible-core '
cat seen
diff wanted seen
