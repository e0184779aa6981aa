/** A lock for each file of tests. Two of them run at a time, and iptables doesn't wait for one that is held. */
import { join } from 'node:path';
import { temporaryFolder } from './temporary';

process.env.XTABLES_LOCKFILE = join(temporaryFolder('lock'), 'xtables.lock');
