import { createTaskApiClient, unwrap } from 'task-api-client';

const { TASK_API_URL: baseUrl = 'http://127.0.0.1:3000', TASK_API_TOKEN: token = '' } = process.env;
const api = createTaskApiClient({ baseUrl, token });
const mine = { path: { user_id: 'me' } };

const body = { title: 'Buy oat milk' };
const task = unwrap(await api.POST('/api/{user_id}/tasks', { params: mine, body }));
console.log(`Made ${task.id}`);
for await (const { title } of api.tasks({ completed: false, q: 'milk' })) console.log(title);
