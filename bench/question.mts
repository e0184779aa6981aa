/** Answers one question, in a process of its own: `question.mjs NAME [--quick]` writes the answer to file descriptor 3. */
import { writeSync } from 'node:fs';
import { type Answer, firewall } from './rig.mjs';

const question = (await import(`./questions/${process.argv[2]}.mjs`)) as { default: () => Promise<Answer> };
const answer = await question.default();
writeSync(3, JSON.stringify(answer));
await firewall.close();
