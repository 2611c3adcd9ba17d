import { recordingEndpoints } from '@kubeshark/contract/recordings';
import { useState } from 'react';
import { httpApi } from '../../api/api.ts';
import { showFailure } from '../../ui/undo.tsx';
import { showOpened } from './opened.ts';

export interface Opening {
  readonly name: string;
  readonly cancel: () => void;
}

/** Sends a file to the hub and shows it once it is read. */
export function useOpenFile(): { readonly opening: Opening | null; readonly open: (file: File) => void } {
  const [opening, setOpening] = useState<Opening | null>(null);
  const send = async (file: File, gone: AbortController) => {
    try {
      // Always beside the live traffic, whatever is looked at now.
      const query = { name: file.name };
      showOpened(await httpApi.ask(recordingEndpoints.openFile, { query, body: file, signal: gone.signal }));
    } catch (error) {
      if (!gone.signal.aborted) void showFailure(error);
    } finally {
      setOpening(null);
    }
  };
  const open = (file: File) => {
    const gone = new AbortController();
    setOpening({ name: file.name, cancel: () => gone.abort() });
    void send(file, gone);
  };
  return { opening, open };
}
