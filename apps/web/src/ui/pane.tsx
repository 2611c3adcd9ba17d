/** A part of the screen that may fail alone: the rest of the page goes on. */

import { Button, Code, Stack, Text } from '@mantine/core';
import { Component, type ReactNode } from 'react';

interface PaneProps {
  /** Name of the part, for the message: `the list`. */
  readonly name: string;
  readonly children: ReactNode;
}

export class Pane extends Component<PaneProps, { readonly error: Error | null }> {
  override state: { readonly error: Error | null } = { error: null };

  static getDerivedStateFromError(error: unknown) {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (error === null) return this.props.children;
    return (
      <Stack align="center" justify="center" h="100%" p="lg" gap="xs" role="alert">
        <Text fw={600}>Something broke in {this.props.name}</Text>
        <Code maw="60ch">{error.message}</Code>
        <Button variant="default" onClick={() => this.setState({ error: null })}>
          Try again
        </Button>
      </Stack>
    );
  }
}
