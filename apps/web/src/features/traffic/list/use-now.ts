import type { Micros } from '@kubeshark/model';
import { useEffect, useState } from 'react';

/** The time, once a second while `ticks`; zero otherwise, so that rows need not be drawn again. */
export function useNow(ticks: boolean): Micros {
  const [now, setNow] = useState(() => Date.now() * 1000);
  useEffect(() => {
    if (!ticks) return;
    const timer = setInterval(() => setNow(Date.now() * 1000), 1000);
    return () => clearInterval(timer);
  }, [ticks]);
  return ticks ? now : 0;
}
