export * from './address';
export * from './hole';
export * from './number';
export * from './text';
