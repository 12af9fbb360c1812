import { useMutation, useQueryClient } from '@tanstack/react-query';
import { ErrorNote } from './ErrorNote';
import { signIn } from './session';

export function SignIn() {
  const queryClient = useQueryClient();
  const { mutate, error, isPending } = useMutation({
    mutationFn: signIn,
    // The session of an earlier user may have ended by itself: nobody sees what that one loaded.
    onMutate: () => queryClient.removeQueries(),
  });

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        mutate(String(new FormData(event.currentTarget).get('email')));
      }}
    >
      <h1>Tasks</h1>
      <label>
        Email
        <input name="email" type="email" defaultValue="you@example.com" required />
      </label>
      <button disabled={isPending}>Sign in</button>
      <ErrorNote error={error} />
    </form>
  );
}
