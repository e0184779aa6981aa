"""python-iptables: prints the milliseconds of listing a table, or of appending COUNT rules to INPUT.

    python-iptables.py list TABLE
    python-iptables.py append COUNT
"""
import sys
import time

import iptc

if sys.argv[1] == "list":
    start = time.perf_counter()
    rules = iptc.easy.dump_table(sys.argv[2], ipv6=False)
else:
    rules = [
        {
            "src": "10.%d.%d.%d" % (i >> 16 & 255, i >> 8 & 255, i & 255),
            "protocol": "tcp",
            "tcp": {"dport": "22"},
            "conntrack": {"ctstate": "NEW"},
            "comment": {"comment": "rule %d" % i},
            "target": "DROP",
        }
        for i in range(int(sys.argv[2]))
    ]
    start = time.perf_counter()
    table = iptc.Table(iptc.Table.FILTER)
    table.autocommit = False
    chain = iptc.Chain(table, "INPUT")
    for rule in rules:
        chain.append_rule(iptc.easy.encode_iptc_rule(rule))
    table.commit()
print((time.perf_counter() - start) * 1000)
