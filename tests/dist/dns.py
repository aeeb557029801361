"""A name server that knows one name. usage: dns.py ADDRESS NAME ANSWER"""
import socket
import sys

address, name, answer = sys.argv[1:]
known = b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind((address, 53))
while True:
    query, client = server.recvfrom(4096)
    end = query.index(b"\0", 12) + 1
    asked, kind, question = query[12:end], query[end:end + 2], query[12:end + 4]
    # RFC 1035, 4.1: what the query says; a response, recursion available; one question, perhaps an answer.
    code = 0 if asked.lower() == known else 3
    found = code == 0 and kind == b"\0\1"
    record = b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4" + socket.inet_aton(answer) if found else b""
    header = query[:2] + bytes([0x81, 0x80 | code, 0, 1, 0, int(found), 0, 0, 0, 0])
    server.sendto(header + question + record, client)
