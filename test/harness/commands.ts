/** The commands as they are published: the bundle of all of them, which scripts/build makes. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

export const MULTI = join(__dirname, '../../dist/cli/iptc-multi.js');

/** Why there are no commands, or undefined if there are. */
export const lacksCommands = (): string | undefined => (existsSync(MULTI) ? undefined : 'the commands are not built');
