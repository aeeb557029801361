"""A slow path to an etcd: its answers arrive 1.2 s late. usage: slow.py HERE THERE"""
import queue
import socket
import sys
import threading
import time

here, there = ((address, 2379) for address in sys.argv[1:])


def read(source, pieces, delay):
    while data := source.recv(65536):
        pieces.put((time.monotonic() + delay, data))


def write(target, pieces):
    while True:
        due, data = pieces.get()
        time.sleep(max(0, due - time.monotonic()))
        target.sendall(data)


for client, _ in iter(socket.create_server(here).accept, None):
    etcd = socket.create_connection(there)
    for source, target, delay in ((client, etcd, 0), (etcd, client, 1.2)):
        pieces = queue.Queue()
        threading.Thread(target=read, args=(source, pieces, delay), daemon=True).start()
        threading.Thread(target=write, args=(target, pieces), daemon=True).start()
