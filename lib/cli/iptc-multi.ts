/** The program `iptc-multi`: all commands in one. */
import { runMulti } from './dispatch';
import { programOf } from './program';

runMulti(programOf(process.argv[1]!).name, process.argv.slice(2));
