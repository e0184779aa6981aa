/** The program `iptc-multi`: all commands in one. */
import { runMulti } from './dispatch';
import { programOf } from './program';
import { commandWords } from './words';

runMulti(programOf(process.argv[1]!).name, commandWords());
