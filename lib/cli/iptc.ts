/** The program `iptc`: The iptables command. */
import { runIptables } from './dispatch';
import { programOf } from './program';

runIptables(programOf(process.argv[1]!), process.argv.slice(2));
