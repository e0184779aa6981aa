/** Text in HTML and SVG: whatever it says, it stays text. */
import { visible } from './visible';

export const escapeText = (text: string): string =>
  visible(text).replace(/[&<>"'`]/g, (character) => `&#${character.charCodeAt(0)};`);
