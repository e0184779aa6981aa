export * from './constraint';
export * from './definition';
export * from './extension';
export * from './revision';
