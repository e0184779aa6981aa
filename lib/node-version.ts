/**
 * The first import of every entry point: an older Node would stop at syntax that it doesn't know, in the middle of some
 * other file.
 */
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 16 || (major === 16 && minor < 17))
  throw new Error(`libiptc needs Node 16.17 or later, this is ${process.versions.node}`);
