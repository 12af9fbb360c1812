import { QueryCache, QueryClient, QueryClientProvider, MutationCache } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { TaskApiError } from 'task-api-client';
import { App } from './App';
import { signOut } from './session';
import './style.css';

/** The token has expired, or is not one of this API: sign in again. */
function onError(error: Error): void {
  if (error instanceof TaskApiError && error.status === 401) signOut();
}

const queryClient = new QueryClient({
  queryCache: new QueryCache({ onError }),
  mutationCache: new MutationCache({ onError }),
  // The client itself repeats what is safe to repeat.
  defaultOptions: { queries: { retry: false } },
});

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root.');
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <App />
    </QueryClientProvider>
  </StrictMode>,
);
