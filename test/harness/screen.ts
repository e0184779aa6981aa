/** A terminal of a test's own, by tmux: what a program shows on it, and keys for it. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { Netns } from './netns';
import { temporaryFolder } from './temporary';

const PATIENCE = 20_000;
const open = new Set<Screen>();
process.on('exit', () => {
  for (const screen of open) screen.close();
});

export class Screen {
  private readonly socket = join(temporaryFolder('screen'), 'socket');

  /** The command is run by a shell, in the namespace; the screen stays when it ends. */
  constructor(
    netns: Netns,
    command: string,
    { columns, rows, env = {} }: { columns: number; rows: number; env?: Readonly<Record<string, string>> },
  ) {
    const size = ['-x', `${columns}`, '-y', `${rows}`];
    const words = ['-S', this.socket, '-f', '/dev/null', 'new-session', '-d', ...size, `${command}; sleep 1000`];
    const { status, stderr } = netns.execSync('tmux', words, { env: { LC_ALL: 'C.UTF-8', ...env } });
    if (status !== 0) throw new Error(`tmux: ${stderr}`);
    open.add(this);
  }

  keys(...names: string[]): void {
    this.tmux('send-keys', ...names);
  }
  resize(columns: number, rows: number): void {
    this.tmux('resize-window', '-x', `${columns}`, '-y', `${rows}`);
  }
  /** Its lines; with their colours if wanted. */
  text(colour = false): string {
    return this.tmux('capture-pane', '-p', ...(colour ? ['-e'] : []));
  }
  /** Its lines, once they are as wanted, or as they are when patience ends. */
  async until(wanted: (text: string) => boolean): Promise<string> {
    const end = Date.now() + PATIENCE;
    for (;;) {
      const text = this.text();
      if (wanted(text) || Date.now() > end) return text;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  close(): void {
    if (open.delete(this)) spawnSync('tmux', ['-S', this.socket, 'kill-server']);
  }
  private tmux(...words: string[]): string {
    return spawnSync('tmux', ['-S', this.socket, ...words], {
      encoding: 'utf8',
      env: { ...process.env, LC_ALL: 'C.UTF-8' },
    }).stdout;
  }
}
