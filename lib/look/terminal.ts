/** A terminal as a whole: drawn line by line, where lines have changed; as it was when it is let go. */
type Input = NodeJS.ReadStream;
type Output = NodeJS.WriteStream;

// The other screen, without cursor and without lines that go on in the next.
const ENTER = '\u001b[?1049h\u001b[?25l\u001b[?7l\u001b[2J';
const LEAVE = '\u001b[?7h\u001b[?25h\u001b[?1049l';
// biome-ignore lint/suspicious/noControlCharactersInRegex: keys begin with it
const KEYS = /\u001b\[[0-9;]*[A-Za-z~]|./gsu;

export class Terminal {
  private drawn: readonly string[] = [];
  private readonly onData = (data: string) => {
    for (const [key] of data.matchAll(KEYS)) this.pressed(key);
  };
  private readonly onResize = () => {
    this.drawn = [];
    this.output.write('\u001b[2J');
    this.resized();
  };
  private readonly onExit = () => {
    this.output.write(LEAVE);
  };

  constructor(
    private readonly input: Input,
    private readonly output: Output,
    private readonly pressed: (key: string) => void,
    private readonly resized: () => void,
  ) {
    input.setRawMode(true);
    input.setEncoding('utf8');
    input.on('data', this.onData);
    output.on('resize', this.onResize);
    process.on('exit', this.onExit);
    output.write(ENTER);
  }

  get columns(): number {
    return this.output.columns || 80;
  }
  get lines(): number {
    return this.output.rows || 24;
  }

  draw(lines: readonly string[]): void {
    let text = '';
    for (const [i, line] of lines.entries())
      if (line !== this.drawn[i]) text += `\u001b[${i + 1};1H${line}\u001b[0m\u001b[K`;
    this.drawn = lines;
    if (text !== '') this.output.write(text);
  }

  close(): void {
    this.input.off('data', this.onData);
    this.input.setRawMode(false);
    this.input.pause();
    this.output.off('resize', this.onResize);
    process.off('exit', this.onExit);
    this.output.write(LEAVE);
  }
}
