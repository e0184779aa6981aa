/** A lock for each file of tests. Two of them run at a time, and iptables doesn't wait for one that is held. */
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const file = join(tmpdir(), `iptc-test-${process.pid}.lock`);
process.env.XTABLES_LOCKFILE = file;
process.on('exit', () => rmSync(file, { force: true }));
