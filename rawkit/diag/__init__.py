"""What a kernel says of its sockets, as values: answers of sock_diag(7) and the files of /proc/net. No I/O.

Each family has a file with its question (`request`) and what reads the answers (`sockets`); `details` reads what an
answer has beside: memory, TCP_INFO, congestion control. `choice` is the language of ss(8) in which sockets are chosen.
"""
