// The feature's own module has no types; it is imported for its effect.
declare module 'monaco-editor/editor/contrib/suggest/browser/suggestController';
