import { Button, Group, Modal, Textarea } from '@mantine/core';
import { useState } from 'react';
import type { Mark } from './marks.ts';

interface MarkDialogProps {
  readonly mark: Mark;
  /** It was marked before: the mark can be taken away. */
  readonly isOld: boolean;
  readonly onSave: (mark: Mark) => void;
  readonly onRemove: () => void;
  readonly onClose: () => void;
}

export function MarkDialog({ mark, isOld, onSave, onRemove, onClose }: MarkDialogProps) {
  const [comment, setComment] = useState(mark.comment);
  const save = () => onSave({ ...mark, comment: comment.trim() });
  return (
    <Modal opened onClose={onClose} title="Mark this call" closeButtonProps={{ 'aria-label': 'Close' }}>
      <Textarea
        data-autofocus
        label={mark.summary}
        description="A comment for yourself; marks stay in this browser."
        autosize
        minRows={3}
        value={comment}
        onChange={(event) => setComment(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) save();
        }}
      />
      <Group justify="flex-end" mt="md">
        {isOld && (
          <Button variant="subtle" color="red" onClick={onRemove}>
            Remove the mark
          </Button>
        )}
        <Button onClick={save}>Mark</Button>
      </Group>
    </Modal>
  );
}
