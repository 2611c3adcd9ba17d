import '@fontsource-variable/inter/wght.css';
import '@fontsource-variable/jetbrains-mono/wght.css';
import '@mantine/core/styles.css';
import '@mantine/notifications/styles.css';
import '@mantine/spotlight/styles.css';
import './ui/tokens.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { httpApi } from './api/api.ts';
import { EntryFeed } from './api/feed.ts';
import { App } from './app/app.tsx';
import { loadCatalogue } from './ui/catalogue.ts';

// Without it (a chunk that went with an upgrade) badges show the protocol's id.
loadCatalogue().catch(() => undefined);

const hub = { api: httpApi, feed: new EntryFeed({ api: httpApi }) };

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <App hub={hub} />
  </StrictMode>,
);
