/** What -v says of the chains that commands are about, before it is done: those of the table at that moment. */
import { encodeText } from '../net/text';
import type { CommandLetter } from './command';

export class Announcer {
  private users: readonly string[];
  private readonly builtin: readonly string[];

  constructor(
    chains: readonly { readonly name: string; readonly builtin: boolean }[],
    private readonly say: (line: string) => void,
  ) {
    this.builtin = chains.filter((chain) => chain.builtin).map(({ name }) => name);
    this.users = chains.filter((chain) => !chain.builtin).map(({ name }) => name);
  }

  /** Makes a chain; libiptc keeps them in order. */
  add(name: string): void {
    if (!this.builtin.includes(name) && !this.users.includes(name))
      this.users = [...this.users, name].sort((a, b) => Buffer.compare(encodeText(a), encodeText(b)));
  }

  command(letter: CommandLetter, chain: string | undefined, newName?: string): void {
    const each = (doing: string, all: readonly string[]) => {
      for (const name of chain === undefined ? all : [chain]) this.say(`${doing} chain \`${name}'\n`);
    };
    if (letter === 'F') each('Flushing', [...this.builtin, ...this.users]);
    if (letter === 'Z') each('Zeroing', [...this.builtin, ...this.users]);
    if (letter === 'X') each('Deleting', this.users);
    if (letter === 'X' || letter === 'E')
      this.users = this.users.filter((name) => chain !== undefined && name !== chain);
    if (letter === 'N') this.add(chain!);
    if (letter === 'E') this.add(newName!);
  }
}
