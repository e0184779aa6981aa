/** The program `iptc-save`: iptables-save. */
import { runSave } from './dispatch';
import { programOf } from './program';

runSave(programOf(process.argv[1]!), process.argv.slice(2));
