import { useEffect, useState } from 'react';

export type Language = typeof import('./language.ts');

let language: Promise<Language> | null = null;

/** The language, loaded once. */
export function loadLanguage(): Promise<Language> {
  language ??= import('./language.ts');
  return language;
}

/** The language once it is here; asked for only while `isWanted`. */
export function useLanguage(isWanted = true): Language | null {
  const [loaded, setLoaded] = useState<Language | null>(null);
  useEffect(() => {
    if (!isWanted) return;
    let isShown = true;
    void loadLanguage().then((module) => isShown && setLoaded(module));
    return () => {
      isShown = false;
    };
  }, [isWanted]);
  return loaded;
}
