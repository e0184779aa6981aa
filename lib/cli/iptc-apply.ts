/** The program `iptc-apply`: iptables-apply. */
import { runApply } from './dispatch';
import { programOf } from './program';

runApply(programOf(process.argv[1]!), process.argv.slice(2));
