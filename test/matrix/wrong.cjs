/** `node wrong.cjs`: opens a firewall where that can't work, and prints the sentence that it gets. */
'use strict';
if (process.env.PLATFORM) Object.defineProperty(process, 'platform', { value: process.env.PLATFORM });
try {
  const { Firewall, formatRule } = require('libiptc');
  // What needs no addon works without one.
  if (formatRule({ target: 'DROP' }) !== '-j DROP') throw new Error('formatRule does not work');
  Firewall.open({}).then(
    () => console.log('opened'),
    (error) => console.log(`${error.code}: ${error.message}`),
  );
} catch (error) {
  console.log(error.message);
}
