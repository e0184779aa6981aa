/** The program `iptc-restore`: iptables-restore. */
import { runRestore } from './dispatch';
import { programOf } from './program';

runRestore(programOf(process.argv[1]!), process.argv.slice(2));
