function save(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = name.replace(/[^\w.-]+/g, '-');
  link.click();
  URL.revokeObjectURL(url);
}

/** Hands text to the browser as a download. */
export const saveText = (text: string, name: string, type = 'text/plain'): void =>
  save(new Blob([text], { type }), name);

/** Hands bytes to the browser as a download. */
export const saveBytes = (bytes: Uint8Array, name: string): void =>
  save(new Blob([bytes as Uint8Array<ArrayBuffer>], { type: 'application/octet-stream' }), name);
