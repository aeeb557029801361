"""One end of connections: reads commands from stdin, a line each, and answers each with a line.

dial SRC DST PORT     TCP, until it is open             -> open
begin SRC DST PORT    TCP, without waiting              -> begun
begun SRC DST PORT    whether that one got through      -> open, closed
listen PORT           TCP, at all addresses             -> ready
udp PORT              receives UDP, at all addresses    -> ready
send SRC DST PORT     a datagram with SRC in it         -> sent
received PORT SRC     until the one of SRC is there     -> those that came, in order
raw                   receives ESP, IPv4                -> ready
esp SRC DST           a packet of ESP with SRC in it    -> sent
espreceived SRC       until the one of SRC is there     -> those that came, in order
echo SRC DST          an echo request                   -> sent
reply SRC             until its reply is there          -> reply
noreply SRC           whether a reply is there          -> reply, none
run WORD...           a program                         -> its exit status
"""
import select, socket, struct, subprocess, sys

ESP, ICMP, ICMP6 = 50, 1, 58
begun, held, udp, raw, pings = {}, [], {}, [], {}


def family(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def bound(kind, source, protocol=0):
    end = socket.socket(family(source), kind, protocol)
    end.bind((source, 0))
    held.append(end)
    return end


def checksum(data):
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def ping(source, target):
    is_6 = family(source) == socket.AF_INET6
    end = bound(socket.SOCK_RAW, source, ICMP6 if is_6 else ICMP)
    pings[source] = (end, is_6)
    head = struct.pack("!BBHHH", 128 if is_6 else 8, 0, 0, 7, 1)
    # The kernel fills in the checksum of ICMPv6.
    head = head if is_6 else struct.pack("!BBHHH", 8, 0, checksum(head), 7, 1)
    end.sendto(head, (target, 0))


def has_reply(source, blocking):
    end, is_6 = pings[source]
    while blocking or select.select([end], [], [], 0)[0]:
        data = end.recv(4096)
        kind = data[0] if is_6 else data[(data[0] & 15) * 4]
        if kind == (129 if is_6 else 0):
            return True
    return False


def until(receive, wanted):
    came = []
    while wanted not in came:
        came.append(receive())
    return " ".join(came)


def answer(verb, words):
    if verb == "dial":
        end = bound(socket.SOCK_STREAM, words[0])
        end.connect((words[1], int(words[2])))
        return "open"
    if verb == "begin":
        end = bound(socket.SOCK_STREAM, words[0])
        end.setblocking(False)
        end.connect_ex((words[1], int(words[2])))
        begun[tuple(words)] = end
        return "begun"
    if verb == "begun":
        try:
            begun[tuple(words)].getpeername()
            return "open"
        except OSError:
            return "closed"
    if verb == "listen":
        held.append(socket.create_server(("::", int(words[0])), family=socket.AF_INET6, dualstack_ipv6=True))
        return "ready"
    if verb == "udp":
        end = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        end.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        end.bind(("::", int(words[0])))
        udp[words[0]] = end
        return "ready"
    if verb == "send":
        bound(socket.SOCK_DGRAM, words[0]).sendto(words[0].encode(), (words[1], int(words[2])))
        return "sent"
    if verb == "received":
        return until(lambda: udp[words[0]].recv(4096).decode(), words[1])
    if verb == "raw":
        raw.append(socket.socket(socket.AF_INET, socket.SOCK_RAW, ESP))
        return "ready"
    if verb == "esp":
        bound(socket.SOCK_RAW, words[0], ESP).sendto(b"\0\0\1\0\0\0\0\1" + words[0].encode(), (words[1], 0))
        return "sent"
    if verb == "espreceived":
        return until(lambda: raw[0].recv(4096)[28:].decode(), words[0])
    if verb == "echo":
        ping(*words)
        return "sent"
    if verb == "reply":
        return "reply" if has_reply(words[0], True) else ""
    if verb == "noreply":
        return "reply" if has_reply(words[0], False) else "none"
    if verb == "run":
        return str(subprocess.run(words, stdout=subprocess.DEVNULL).returncode)
    raise ValueError(verb)


for line in sys.stdin:
    verb, *words = line.split()
    print(answer(verb, words), flush=True)
