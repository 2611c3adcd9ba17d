/** Where `kubeshark serve` listens unless told otherwise. */
export const DEFAULT_HUB = 'http://127.0.0.1:8899';
