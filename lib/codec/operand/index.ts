/** What the options of extensions are made of, by kind. */
export * from './address';
export * from './choice';
export * from './database';
export * from './masked';
export * from './number';
export * from './operand';
export * from './text';
