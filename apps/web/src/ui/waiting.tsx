/** Stands in for an answer that takes its time: how long already, and the way out. */

import { Button, Loader } from '@mantine/core';
import { IconPlayerStop } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import type { Stop } from '../api/use-stop.ts';
import { Empty } from './empty.tsx';

/** Answers faster than this need no way out. */
const PATIENCE_SECONDS = 2;

interface WaitingProps extends Stop {
  readonly title: string;
}

export function Waiting({ title, isStopped, stop, goOn }: WaitingProps) {
  if (isStopped)
    return (
      <Empty
        icon={<IconPlayerStop size={38} stroke={1.3} />}
        title="Stopped"
        action={<Button onClick={goOn}>Ask again</Button>}
      >
        The store was not asked to the end.
      </Empty>
    );
  return <Running title={title} onStop={stop} />;
}

function Running({ title, onStop }: { readonly title: string; readonly onStop: () => void }) {
  const [seconds, setSeconds] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setSeconds((before) => before + 1), 1000);
    return () => clearInterval(timer);
  }, []);
  const isLong = seconds >= PATIENCE_SECONDS;
  return (
    <Empty
      title={title}
      icon={<Loader size="sm" />}
      action={
        isLong && (
          <Button variant="default" onClick={onStop}>
            Stop
          </Button>
        )
      }
    >
      {isLong && `${seconds} s; a shorter time or a narrower query is answered sooner.`}
    </Empty>
  );
}
