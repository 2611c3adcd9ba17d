import { Empty } from '../../ui/empty.tsx';

export function SettingsPage() {
  return <Empty title="Settings" />;
}
