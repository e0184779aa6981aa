/** Text from the kernel, for people's eyes: what would move a cursor, hide or turn text around is shown by its number. */

// Controls, line separators, marks of direction and of no width, and what stands for bytes that aren't UTF-8.
const UNSEEN =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** `\x1b` for a byte, `\u202e` for a character. */
export const visible = (text: string): string =>
  text.replace(UNSEEN, (character) => {
    const code = character.charCodeAt(0);
    // Of bytes that aren't UTF-8 (net/text.ts).
    if (code >= 0xdc80 && code <= 0xdcff) return `\\x${(code - 0xdc00).toString(16)}`;
    return code < 0x80 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
  });
