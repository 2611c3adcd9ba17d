/** Values inside an entry by KFL path: `response.status`, `request.headers["X-Id"]`. */

const STEP = /([A-Za-z_$][\w$]*)|\[(?:"((?:[^"\\]|\\.)*)"|(\d+))\]|\./gy;

/** The value at `path`; undefined where there is none, or where the path is not one. */
export function valueAt(root: unknown, path: string): unknown {
  let value: unknown = root;
  STEP.lastIndex = 0;
  while (STEP.lastIndex < path.length) {
    const step = STEP.exec(path);
    if (step === null) return undefined;
    const key = step[1] ?? step[2]?.replace(/\\(.)/g, '$1') ?? step[3];
    if (key === undefined) continue;
    if (value === null || typeof value !== 'object' || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}

/** `path` with one more key: `request.headers["Accept"]`. */
export const pathTo = (path: string, key: string): string => `${path}[${JSON.stringify(key)}]`;
