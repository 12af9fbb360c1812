import { useQueryClient } from '@tanstack/react-query';
import { NewTask } from './NewTask';
import { signOut, useToken } from './session';
import { SignIn } from './SignIn';
import { TaskList } from './TaskList';

export function App() {
  const queryClient = useQueryClient();
  const token = useToken();

  if (token === null) return <SignIn />;
  return (
    <>
      <header>
        <h1>Tasks</h1>
        <button
          onClick={() => {
            signOut();
            // The next user must not see what this one has loaded.
            queryClient.clear();
          }}
        >
          Sign out
        </button>
      </header>
      <NewTask />
      <TaskList />
    </>
  );
}
