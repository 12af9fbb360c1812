import { TaskApiError } from 'task-api-client';

/** What the problem document says: what happened, what to do, and where the fault is. */
export function ErrorNote({ error }: { readonly error: Error | null }) {
  if (error === null) return null;
  if (!(error instanceof TaskApiError) || error.problem === undefined) {
    return <p role="alert">{error.message}</p>;
  }
  const { title, detail, errors, request_id } = error.problem;
  return (
    <div role="alert">
      <strong>{title}</strong>
      <p>{detail}</p>
      {errors !== undefined && (
        <ul>
          {errors.map(({ pointer, parameter, header, detail: fault }, index) => (
            <li key={index}>
              {pointer ?? parameter ?? header}: {fault}
            </li>
          ))}
        </ul>
      )}
      <small>Request {request_id}</small>
    </div>
  );
}
