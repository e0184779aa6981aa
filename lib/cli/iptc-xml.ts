/** The program `iptc-xml`: iptables-xml. */
import { runXml } from './dispatch';
import { programOf } from './program';

runXml(programOf(process.argv[1]!), process.argv.slice(2));
